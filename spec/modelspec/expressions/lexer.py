"""From text to tokens, up to the first thing that is none.

What is wrong with a token travels with it, so that the parser reports the problems of a text in
the order in which a person reads it.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
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


class TokenKind(Enum):
    """What the parser can do with a token."""

    NAME = auto()
    LITERAL = auto()
    SYMBOL = auto()
    """An operator, a bracket, a comma or a reserved word."""

    INVALID = auto()
    """The first thing that is no token; nothing follows it."""

    END = auto()


class Token(NamedTuple):
    """A name, a literal or a symbol, and where it stands."""

    kind: TokenKind
    text: str
    span: Span
    literal: Literal | None = None
    problem: Problem | None = None
    """Why a token is invalid, or what is wrong with a literal that can still be read past."""


_ARITHMETIC = ("+", "-", "*", "/", "//", "%", "**")
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
_PUNCTUATION = ("(", ")", "[", "]", ",", "=")

_FOREIGN = {
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

_SPACE = re.compile(r"[ \t\n\r]*")
_LONGEST_FIRST = sorted(
    (*_ARITHMETIC, *_COMPARISONS, *_PUNCTUATION, *_FOREIGN), key=len, reverse=True
)
_TOKEN = re.compile(
    r"(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>\.?[0-9](?:[eE][+-]|[0-9A-Za-z_.])*)"  # malformed ones too, to name them whole
    r'|(?P<string>")'
    rf"|(?P<symbol>{'|'.join(map(re.escape, _LONGEST_FIRST))})"
)
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)(?P<fraction>\.[0-9]+)?(?P<exponent>[eE][+-]?[0-9]+)?")
_BASED_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,12}|0[oO][0-7]{1,16}|0[bB][01]{1,48}")
_REPAIRS = (
    (re.compile(r"_"), ""),
    (re.compile(r"^\."), "0."),
    (re.compile(r"\.(?![0-9])"), ".0"),
    (re.compile(r"^0+(?=[0-9])"), ""),
)
_STRING_PIECE = re.compile(
    r'(?P<plain>[^"\\\x00-\x1f\x7f-\x9f\ud800-\udfff]+)'
    r'|\\(?P<escape>["\\nt])'
    r"|\\u(?P<code>(?![dD][89a-fA-F])[0-9a-fA-F]{4})"
)
_BAD_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,4}|[!-~])?")
_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}


def tokens_of(text: str) -> Iterator[Token]:
    """Yield the tokens of a text; the last one is the end, or the first that is invalid."""
    position = _after_space(text, 0)
    while position < len(text):
        token = _token_at(text, position)
        yield token
        if token.kind is TokenKind.INVALID:
            return
        position = _after_space(text, token.span.end)
    end = len(text.rstrip(" \t\n\r"))
    yield Token(TokenKind.END, "", Span(end, end))


def clip(text: str, width: int = 40) -> str:
    """Return *text* short enough for a message."""
    return text if len(text) <= width else f"{text[:width]}…"


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _token_at(text: str, position: int) -> Token:
    match = _TOKEN.match(text, position)
    if match is None:
        message = f"unexpected character {_shown(text[position])}"
        return _invalid(text[position], Span(position, position + 1), message)
    span = Span(match.start(), match.end())
    match match.lastgroup:
        case "word":
            return _word(match[0], span)
        case "number":
            return _number(match[0], span)
        case "string":
            return _string(text, position)
        case _:
            return _symbol(match[0], span)


def _invalid(text: str, span: Span, message: str, code: Code = Code.MS312) -> Token:
    return Token(TokenKind.INVALID, text, span, problem=Problem(code, span, message))


def _shown(character: str) -> str:
    """Return a character as messages show it: with its code point unless everyone can type it."""
    point = f"U+{ord(character):04X}"
    if not character.isprintable():
        return point
    quoted = '"\'"' if character == "'" else f"'{character}'"
    return quoted if character.isascii() else f"{quoted} ({point})"


def _symbol(symbol: str, span: Span) -> Token:
    if symbol not in _FOREIGN:
        return Token(TokenKind.SYMBOL, symbol, span)
    code = Code.MS313 if symbol == "'" else Code.MS312
    what = f"character {_shown(symbol)}" if len(symbol) == 1 else f"'{symbol}'"
    return _invalid(symbol, span, f"unexpected {what}; {_FOREIGN[symbol]}", code)


def _word(word: str, span: Span) -> Token:
    if word in CONSTANTS:
        return _literal(word, span, *CONSTANTS[word])
    if word in RESERVED:
        return Token(TokenKind.SYMBOL, word, span)
    if not _NAME.fullmatch(word):
        return _invalid(word, span, f"unexpected '{clip(word)}'; {_word_remedy(word)}")
    if len(word) > MAX_NAME:
        message = f"name must be at most {MAX_NAME} characters, got {len(word)}"
        return _invalid(word, span, message)
    return Token(TokenKind.NAME, word, span)


def _word_remedy(word: str) -> str:
    meant = "null" if word in {"None", "NONE"} else word.lower()
    if meant in RESERVED or meant in CONSTANTS:
        return f"use '{meant}'"
    return "names have lower-case letters, digits and underscores, and start with a letter"


def _literal(
    text: str, span: Span, value: Value, kind: Kind, problem: Problem | None = None
) -> Token:
    return Token(TokenKind.LITERAL, text, span, Literal(value, kind, span), problem)


def _number(run: str, span: Span) -> Token:
    match = _NUMBER.fullmatch(run)
    if match is None:
        return _invalid(run, span, f"invalid number '{clip(run)}'; {_number_remedy(run)}")
    if match["fraction"] or match["exponent"]:
        real = float(run)
        problem = _too_large(run, span) if isinf(real) else None
        return _literal(run, span, real, Kind.FLOAT64, problem)
    if len(run) <= len(str(MAX_INTEGER)) and int(run) <= MAX_INTEGER:
        return _literal(run, span, int(run), Kind.INT64)
    message = f"{clip(run)} is outside the safe integer range"
    return _literal(run, span, MAX_INTEGER, Kind.INT64, Problem(Code.MS333, span, message))


def _too_large(run: str, span: Span) -> Problem:
    message = f"{clip(run)} is too large for float64; the largest is {MAX_FLOAT}"
    return Problem(Code.MS312, span, message)


def _number_remedy(run: str) -> str:
    if _BASED_NUMBER.fullmatch(run):
        return f"write {int(run, 0)}"
    repaired = run
    for pattern, replacement in _REPAIRS:
        repaired = pattern.sub(replacement, repaired)
    if _NUMBER.fullmatch(repaired):
        return f"write {clip(repaired)}"
    return "numbers look like 12, 1.5 or 1e-3"


def _string(text: str, start: int) -> Token:
    pieces: list[str] = []
    position = start + 1
    while piece := _STRING_PIECE.match(text, position):
        pieces.append(_meaning(piece))
        position = piece.end()
    if not text.startswith('"', position):
        return _broken_string(text, position)
    value = "".join(pieces)
    span = Span(start, position + 1)
    problem = None
    if len(value) > MAX_STRING:
        message = f"string must be at most {MAX_STRING} characters, got {len(value)}"
        problem = Problem(Code.MS316, span, message)
    return _literal(text[start : span.end], span, value, Kind.STRING, problem)


def _meaning(piece: re.Match[str]) -> str:
    """Return the characters that a piece of a string stands for."""
    if piece["code"]:
        return chr(int(piece["code"], 16))
    return _ESCAPES[piece["escape"]] if piece["escape"] else piece["plain"]


def _broken_string(text: str, position: int) -> Token:
    """Return the token for a string that cannot be read on from *position*."""
    if position == len(text):
        message = "expected '\"', found end of expression"
        return _invalid("", Span(position, position), message, Code.MS314)
    if escape := _BAD_ESCAPE.match(text, position):
        is_surrogate = len(escape[0]) == len("\\uXXXX")
        known = 'use \\", \\\\, \\n, \\t or \\uXXXX'
        remedy = "write the whole character itself" if is_surrogate else known
        message = f"invalid escape '{escape[0]}'; {remedy}"
        return _invalid(escape[0], Span(*escape.span()), message)
    character = text[position]
    remedy = {"\n": "\\n", "\t": "\\t"}.get(character, f"\\u{ord(character):04x}")
    message = f"unexpected character {_shown(character)} in a string"
    if not "\ud800" <= character <= "\udfff":
        message += f"; write {remedy}"
    return _invalid(character, Span(position, position + 1), message)
