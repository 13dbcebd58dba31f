"""From text to tokens, up to the first thing that is none.

One regular expression finds all tokens of a text at once. What it leaves over is looked at again,
to say what is wrong with it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from math import isinf
from typing import NamedTuple

from modelspec.errors import Code
from modelspec.expressions.syntax import Literal, Problem, Span, Value
from modelspec.expressions.types import MAX_FLOAT, MAX_INTEGER, Kind

MAX_STRING = 256
"""Code points of a string literal."""

MAX_NAME = 63
"""Characters of a name."""

RESERVED = frozenset({"and", "or", "not", "in", "if", "else"})
CONSTANTS: dict[str, tuple[Value, Kind]] = {
    "true": (True, Kind.BOOL),
    "false": (False, Kind.BOOL),
    "null": (None, Kind.NULL),
}
_WORDS = RESERVED | CONSTANTS.keys()


class Tokens(NamedTuple):
    """The tokens of a text with their places; the last one is empty and ends them."""

    texts: list[str]
    starts: list[int]
    ends: list[int]

    problem: Problem | None
    """Why what stands in the last place is no token, if it is not the end of the text."""


_ARITHMETIC = ("+", "-", "*", "/", "//", "%", "**")
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_PUNCTUATION = ("(", ")", "[", "]", ",", "=")

_FOREIGN: Mapping[str, str] = {
    "'": "use double quotes",
    "`": "use double quotes",
    "\u2018": "use double quotes",
    "\u2019": "use double quotes",
    "\u201c": "use straight double quotes",
    "\u201d": "use straight double quotes",
    "&": "use 'and'",
    "&&": "use 'and'",
    "|": "use 'or'",
    "||": "use 'or'",
    "~": "use 'not'",
    "!": "use 'not'",
    "<>": "use '!='",
    "!==": "use '!='",
    "===": "use '=='",
    "=<": "use '<='",
    "=>": "use '>='",
    "\u2260": "use '!='",
    "\u2264": "use '<='",
    "\u2265": "use '>='",
    "\u2013": "use '-'",
    "\u2212": "use '-'",
    "\u00d7": "use '*'",
    "^": "use '**' for powers",
    "?": "write 'a if condition else b'",
    "??": "use coalesce()",
    ":=": "assignment is not allowed",
    ":": "only calls like f(x) are allowed",
    ".": "only calls like f(x) are allowed",
    ";": "write a single expression",
    "#": "comments are not allowed",
}
"""What other languages and word processors write, and what to do about it here."""


def _any_of(symbols: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(symbols, key=len, reverse=True)))


_SPACES = " \t\n\r"
_SYMBOLS = (*_ARITHMETIC, *_COMPARISONS, *_PUNCTUATION)
_LONGER = [symbol for symbol in _FOREIGN if symbol.startswith(_SYMBOLS)]
_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_PLAIN = r'[^"\\\x00-\x1f\x7f-\x9f\ud800-\udfff]'
_CODE = r"u(?![dD][89a-fA-F])[0-9a-fA-F]{4}"
_STRING = re.compile(rf'"(?:{_PLAIN}++|\\["\\nt]|\\{_CODE})*+')
"""A string without its end."""

_TOKEN = re.compile(
    rf"([a-z][a-z0-9_]{{0,{MAX_NAME - 1}}}+(?![A-Za-z0-9_])"
    rf"|(?!{_any_of(_LONGER)})(?:{_any_of(_SYMBOLS)})"
    rf"|(?<![0-9A-Za-z_.]){_NUMBER.pattern}(?![0-9A-Za-z_.])"
    rf'|{_STRING.pattern}(?:"|[\s\S]*+))'
)
_NO_TOKEN = re.compile(
    r"(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>\.?[0-9](?:[eE][+-]|[0-9A-Za-z_.])*)"
    r'|(?P<string>")'
    rf"|(?P<symbol>{_any_of(_FOREIGN)})"
)
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_BASED_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,12}|0[oO][0-7]{1,16}|0[bB][01]{1,48}")
_REPAIRS = (
    (re.compile(r"_"), ""),
    (re.compile(r"^\."), "0."),
    (re.compile(r"\.(?![0-9])"), ".0"),
    (re.compile(r"^0+(?=[0-9])"), ""),
)
_ESCAPE = re.compile(rf'\\(?:["\\nt]|{_CODE})')
_BAD_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,4}|[!-~])?")
_ESCAPES = {'\\"': '"', "\\\\": "\\", "\\n": "\n", "\\t": "\t"}


def tokens_of(text: str) -> Tokens:
    """Return the tokens of a text."""
    pieces = _TOKEN.split(text)
    texts, gaps = pieces[1::2], pieces[::2]
    places = list(accumulate(map(len, pieces)))
    starts, ends = places[::2], places[1::2]
    if texts and _is_open(texts[-1]):
        gaps[-2] += texts.pop()
    count = len(texts)
    if "".join(gaps).strip(_SPACES):
        count = next(index for index, gap in enumerate(gaps) if gap.strip(_SPACES))
    end = ends[count - 1] if count else 0
    rest = text[end:].lstrip(_SPACES)
    problem = _problem_at(text, len(text) - len(rest)) if rest else None
    last = problem.span if problem else Span(end, end)
    return Tokens(
        [*texts[:count], ""], [*starts[:count], last.start], [*ends[:count], last.end], problem
    )


def _is_open(token: str) -> bool:
    """Return whether a token is a string without its end, and all that follows it."""
    match = _STRING.match(token)
    return match is not None and token[match.end() :] != '"'


def is_name(token: str) -> bool:
    """Return whether a token is neither a literal nor a symbol."""
    return token.isidentifier() and token not in _WORDS


def is_number(token: str) -> bool:
    """Return whether a token is a number; numbers have no signs."""
    return token[:1].isdecimal()


def is_literal(token: str) -> bool:
    """Return whether a token is a number, a string or a constant."""
    return token in CONSTANTS or token.startswith('"') or is_number(token)


def read_literal(token: str, span: Span) -> tuple[Literal, Problem | None]:
    """Return a literal, and what is wrong with it although it can be read."""
    if token in CONSTANTS:
        return Literal(*CONSTANTS[token], span), None
    if token.startswith('"'):
        return _string(token, span)
    return _integer(token, span) if token.isdecimal() else _real(token, span)


def clip(text: str, width: int = 40) -> str:
    """Return *text* short enough for a message."""
    return text if len(text) <= width else f"{text[:width]}…"


def _problem_at(text: str, position: int) -> Problem:
    """Return why there is no token at a position."""
    match = _NO_TOKEN.match(text, position)
    if match is None:
        message = f"unexpected character {_shown(text[position])}"
        return Problem(Code.MS312, Span(position, position + 1), message)
    return _PROBLEMS[match.lastgroup or ""](match)


def _shown(character: str) -> str:
    """Return a character as messages show it: with its code point unless everyone can type it."""
    point = f"U+{ord(character):04X}"
    if not character.isprintable():
        return point
    quoted = '"\'"' if character == "'" else f"'{character}'"
    return quoted if character.isascii() else f"{quoted} ({point})"


def _no_symbol(match: re.Match[str]) -> Problem:
    symbol = match[0]
    code = Code.MS313 if symbol == "'" else Code.MS312
    what = f"character {_shown(symbol)}" if len(symbol) == 1 else f"'{symbol}'"
    return Problem(code, Span(*match.span()), f"unexpected {what}; {_FOREIGN[symbol]}")


def _no_word(match: re.Match[str]) -> Problem:
    word = match[0]
    message = f"unexpected '{clip(word)}'; {_word_remedy(word)}"
    if _NAME.fullmatch(word):
        message = f"name must be at most {MAX_NAME} characters, got {len(word)}"
    return Problem(Code.MS312, Span(*match.span()), message)


def _word_remedy(word: str) -> str:
    meant = "null" if word in {"None", "NONE"} else word.lower()
    if meant in RESERVED or meant in CONSTANTS:
        return f"use '{meant}'"
    return "names have lower-case letters, digits and underscores, and start with a letter"


def _no_number(match: re.Match[str]) -> Problem:
    message = f"invalid number '{clip(match[0])}'; {_number_remedy(match[0])}"
    return Problem(Code.MS312, Span(*match.span()), message)


def _number_remedy(run: str) -> str:
    if _BASED_NUMBER.fullmatch(run):
        return f"write {int(run, 0)}"
    repaired = run
    for pattern, replacement in _REPAIRS:
        repaired = pattern.sub(replacement, repaired)
    if _NUMBER.fullmatch(repaired):
        return f"write {clip(repaired)}"
    return "numbers look like 12, 1.5 or 1e-3"


def _integer(run: str, span: Span) -> tuple[Literal, Problem | None]:
    if len(run) <= len(str(MAX_INTEGER)) and int(run) <= MAX_INTEGER:
        return Literal(int(run), Kind.INT64, span), None
    message = f"{clip(run)} is outside the safe integer range"
    return Literal(MAX_INTEGER, Kind.INT64, span), Problem(Code.MS333, span, message)


def _real(run: str, span: Span) -> tuple[Literal, Problem | None]:
    literal = Literal(float(run), Kind.FLOAT64, span)
    if not isinf(float(run)):
        return literal, None
    message = f"{clip(run)} is too large for float64; the largest is {MAX_FLOAT}"
    return literal, Problem(Code.MS312, span, message)


def _string(token: str, span: Span) -> tuple[Literal, Problem | None]:
    value = _ESCAPE.sub(_meaning, token[1:-1])
    literal = Literal(value, Kind.STRING, span)
    if len(value) <= MAX_STRING:
        return literal, None
    message = f"string must be at most {MAX_STRING} characters, got {len(value)}"
    return literal, Problem(Code.MS316, span, message)


def _meaning(escape: re.Match[str]) -> str:
    """Return the character that an escape stands for."""
    return _ESCAPES.get(escape[0]) or chr(int(escape[0].removeprefix("\\u"), 16))


def _no_string(quote: re.Match[str]) -> Problem:
    """Return why a string cannot be read to its end."""
    text = quote.string
    match = _STRING.match(text, quote.start())
    position = match.end() if match else quote.end()
    if position == len(text):
        message = "expected '\"', found end of expression"
        return Problem(Code.MS314, Span(position, position), message)
    if escape := _BAD_ESCAPE.match(text, position):
        is_surrogate = len(escape[0]) == len("\\uXXXX")
        known = 'use \\", \\\\, \\n, \\t or \\uXXXX'
        remedy = "write the whole character itself" if is_surrogate else known
        message = f"invalid escape '{escape[0]}'; {remedy}"
        return Problem(Code.MS312, Span(*escape.span()), message)
    character = text[position]
    remedy = {"\n": "\\n", "\t": "\\t"}.get(character, f"\\u{ord(character):04x}")
    message = f"unexpected character {_shown(character)} in a string"
    if not "\ud800" <= character <= "\udfff":
        message += f"; write {remedy}"
    return Problem(Code.MS312, Span(position, position + 1), message)


_PROBLEMS: Mapping[str, Callable[[re.Match[str]], Problem]] = {
    "word": _no_word,
    "number": _no_number,
    "string": _no_string,
    "symbol": _no_symbol,
}
"""Why something is no token, by what it looks like."""
