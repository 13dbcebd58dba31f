"""Texts: sequences of code points, counted from 0; case and blanks are those of ASCII.

What Unicode's tables say changes with their version, so no function looks at them.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from math import log2
from typing import Any

from modelspec.errors import Code
from modelspec.expressions.operation import (
    Domain,
    Exactness,
    LiteralError,
    Operation,
    Phase,
    TypeRule,
)
from modelspec.expressions.types import Range, Type

GROUP = "String"

MAX_DISTANCE = 64
"""The largest `max` of an edit distance."""

_operation = partial(Operation, group=GROUP, phase=Phase.HOST)

_NOT_NEGATIVE = Domain(low=0)
_LENIENT = "surrogatepass"  # a lone surrogate is kept as it is


def lower(s: str) -> str:
    """Return a text with A to Z in lower case."""
    return s.encode(errors=_LENIENT).lower().decode(errors=_LENIENT)


def upper(s: str) -> str:
    """Return a text with a to z in upper case."""
    return s.encode(errors=_LENIENT).upper().decode(errors=_LENIENT)


def split_part(s: str, sep: str, i: int) -> str | None:
    """Return part i of a text, or nothing past the last one."""
    parts = s.split(sep, i + 1)
    return parts[i] if i < len(parts) else None


def shannon_entropy(s: str) -> float:
    """Return bits per code point; terms are added in the order in which code points occur."""
    bits = 0.0
    for count in Counter(s).values():
        bits += count / len(s) * log2(len(s) / count)
    return bits


def edit_distance(a: str, b: str, limit: int) -> int:
    """Return the Levenshtein distance, or the limit if that is less."""
    if abs(len(a) - len(b)) >= limit:
        return limit
    shorter, longer = sorted((a, b), key=len)
    return 0 if a == b else min(_levenshtein(longer, shorter), limit)


def _levenshtein(pattern: str, text: str) -> int:
    """Return the distance of two texts, the first not empty.

    Myers' algorithm as Hyyrö simplified it: the bits of an integer say where a column of the
    table of distances rises or falls, so that a code point of *text* costs a few operations.
    """
    last = 1 << (len(pattern) - 1)
    everywhere = 2 * last - 1
    places: dict[str, int] = {}
    for position, character in enumerate(pattern):
        places[character] = places.get(character, 0) | 1 << position
    rises, falls, distance = everywhere, 0, len(pattern)
    for character in text:
        same = places.get(character, 0)
        level = ((same & rises) + rises ^ rises) | same | falls
        up = falls | ~(level | rises)
        down = level & rises
        distance += bool(up & last) - bool(down & last)
        up = up << 1 | 1
        rises = everywhere & (down << 1 | ~(level | up))
        falls = everywhere & up & level
    return distance


def as_long(types: tuple[Type, ...], _bound: Mapping[str, Any], plain: Type) -> Type:
    """Refine the type of a text that is no longer than the first argument."""
    return replace(plain, length=types[0].length)


def _maybe_as_long(types: tuple[Type, ...], bound: Mapping[str, Any], plain: Type) -> Type:
    """Return the type of a part of the first text, of which there may be none."""
    return as_long(types, bound, plain).optional()


def _cut_to(position: int) -> TypeRule:
    """Return the rule for a text that is no longer than the number at this position."""
    return lambda types, _bound, plain: replace(
        plain, length=max(0, min(types[0].length, int(types[position].range.high)))
    )


def _joined(types: tuple[Type, ...], _bound: Mapping[str, Any], plain: Type) -> Type:
    return replace(plain, length=sum(declared.length for declared in types))


def _replaced(types: tuple[Type, ...], bound: Mapping[str, Any], plain: Type) -> Type:
    length = types[0].length
    growth = max(0, len(bound["new"]) - len(bound["old"]))
    return replace(plain, length=length + length // len(bound["old"]) * growth)


def _counted(types: tuple[Type, ...], _bound: Mapping[str, Any], plain: Type) -> Type:
    return replace(plain, range=Range(0.0, float(types[0].length)))


def _limited(types: tuple[Type, ...], bound: Mapping[str, Any], plain: Type) -> Type:
    longest = max(declared.length for declared in types)
    return replace(plain, range=Range(0.0, float(min(bound["max"], longest))))


def _not_empty(literal: str) -> str:
    if not literal:
        raise LiteralError(Code.MS325, "must not be empty")
    return literal


def _one_character(literal: str) -> str:
    if len(literal) != 1:
        raise LiteralError(Code.MS325, f"must be one character, got {len(literal)}")
    return literal


def _distance_limit(literal: int) -> int:
    if not 0 <= literal <= MAX_DISTANCE:
        message = f"must be from 0 to {MAX_DISTANCE}, got {literal}"
        raise LiteralError(Code.MS325, message)
    return literal


OPERATIONS: tuple[Operation, ...] = (
    _operation(
        "lower(s: string) -> string",
        "The text with A to Z in lower case; every other character stays as it is.",
        (('lower("Visa DEBIT")', "visa debit"), ('lower("ÀB")', "Àb")),
        scalar="{s}.lower() if {s}.isascii() else {lower}({s})",
        helpers={"lower": lower},
        infer=as_long,
        cost=6,
        per_character=0.2,
    ),
    _operation(
        "upper(s: string) -> string",
        "The text with a to z in upper case; every other character stays as it is.",
        (('upper("Visa debit")', "VISA DEBIT"), ('upper("straße")', "STRAßE")),
        scalar="{s}.upper() if {s}.isascii() else {upper}({s})",
        helpers={"upper": upper},
        infer=as_long,
        cost=6,
        per_character=0.2,
    ),
    _operation(
        "trim(s: string) -> string",
        "The text without the spaces, tabs, line feeds, carriage returns, vertical tabs and form"
        " feeds at its ends.",
        (('trim("  a b\\n")', "a b"), ('trim(" ")', "")),
        scalar='{s}.strip(" \\t\\n\\r\\v\\f")',
        infer=as_long,
        cost=2,
        per_character=0.1,
    ),
    _operation(
        "length(s: string) -> int64",
        "How many code points the text has.",
        (('length("naïve")', 5), ('length("")', 0)),
        scalar="len({s})",
        infer=_counted,
    ),
    _operation(
        "concat(a: string, *rest: string) -> string",
        "The texts one after the other.",
        (('concat("a", "-", "b")', "a-b"), ('concat("a", null)', None)),
        folds=True,
        scalar="{a} + {rest}",
        infer=_joined,
        per_character=0.02,
    ),
    _operation(
        "substr(s: string, start: int64, len: int64) -> string?",
        "At most len code points from position start on, counted from 0; past the end there are"
        " none.",
        (
            ('substr("abcdef", 1, 3)', "bcd"),
            ('substr("abc", 2, 9)', "c"),
            ('substr("abc", -1, 1)', None),
        ),
        null="null where start or len is negative",
        scalar="{s}[{start}:{start} + {len}]",
        domain={"start": _NOT_NEGATIVE, "len": _NOT_NEGATIVE},
        infer=_cut_to(2),
        cost=2,
        per_character=0.02,
    ),
    _operation(
        "left(s: string, n: int64) -> string?",
        "The first n code points, or all if there are fewer.",
        (('left("abc", 2)', "ab"), ('left("abc", 9)', "abc"), ('left("abc", -1)', None)),
        null="null where n is negative",
        scalar="{s}[:{n}]",
        domain={"n": _NOT_NEGATIVE},
        infer=_cut_to(1),
        cost=2,
        per_character=0.02,
    ),
    _operation(
        "right(s: string, n: int64) -> string?",
        "The last n code points, or all if there are fewer.",
        (('right("abc", 2)', "bc"), ('right("abc", 0)', ""), ('right("abc", -1)', None)),
        null="null where n is negative",
        scalar='({s}[-{n}:] if {n} else "")',
        domain={"n": _NOT_NEGATIVE},
        infer=_cut_to(1),
        cost=2,
        per_character=0.02,
    ),
    _operation(
        "starts_with(s: string, prefix: string) -> bool",
        "Whether the text begins with prefix; every text begins with the empty one.",
        (('starts_with("POS-17", "POS")', True), ('starts_with("pos-17", "POS")', False)),
        scalar="{s}.startswith({prefix})",
        cost=2,
        per_character=0.01,
    ),
    _operation(
        "ends_with(s: string, suffix: string) -> bool",
        "Whether the text ends with suffix; every text ends with the empty one.",
        (('ends_with("a.example", ".example")', True), ('ends_with("a", "ba")', False)),
        scalar="{s}.endswith({suffix})",
        cost=2,
        per_character=0.01,
    ),
    _operation(
        "contains(s: string, part: string) -> bool",
        "Whether part occurs in the text; the empty one occurs in every text.",
        (('contains("gift card", "card")', True), ('contains("gift card", "Card")', False)),
        scalar="{part} in {s}",
        cost=2,
        per_character=1.2,
    ),
    _operation(
        "replace(s: string, old: literal string, new: literal string) -> string",
        "The text with every occurrence of old, found from left to right, replaced by new.",
        (('replace("a-b-c", "-", "")', "abc"), ('replace("aaa", "aa", "b")', "ba")),
        scalar="{s}.replace({old}, {new})",
        prepare={"old": _not_empty},
        infer=_replaced,
        cost=2,
        per_character=1.2,
    ),
    _operation(
        "split_part(s: string, sep: literal string, i: int64) -> string?",
        "Part i, counted from 0, of the text split at every sep.",
        (
            ('split_part("a/b/c", "/", 1)', "b"),
            ('split_part("a//c", "/", 1)', ""),
            ('split_part("a/b/c", "/", 3)', None),
        ),
        null="null where i is negative or past the last part",
        scalar=split_part,
        domain={"i": _NOT_NEGATIVE},
        prepare={"sep": _not_empty},
        infer=_maybe_as_long,
        cost=5,
        per_character=0.3,
    ),
    _operation(
        "count_char(s: string, c: literal string) -> int64",
        "How often the character c occurs.",
        (('count_char("a.b.c", ".")', 2), ('count_char("", ".")', 0)),
        scalar="{s}.count({c})",
        prepare={"c": _one_character},
        infer=_counted,
        cost=2,
        per_character=0.1,
    ),
    _operation(
        "is_digits(s: string) -> bool",
        "Whether the text consists of the digits 0 to 9 alone; the empty one does not.",
        (('is_digits("0042")', True), ('is_digits("-42")', False)),
        scalar="{s}.isascii() and {s}.isdigit()",
        cost=2,
        per_character=0.1,
    ),
    _operation(
        "is_alpha(s: string) -> bool",
        "Whether the text consists of the letters A to Z and a to z alone; the empty one does"
        " not.",
        (('is_alpha("Visa")', True), ('is_alpha("é")', False)),
        scalar="{s}.isascii() and {s}.isalpha()",
        cost=2,
        per_character=0.1,
    ),
    _operation(
        "digits_only(s: string) -> string",
        "The digits 0 to 9 in the text, without what is between them.",
        (('digits_only("+46 (0)70-1")', "460701"), ('digits_only("none")', "")),
        scalar=partial(re.compile("[^0-9]+").sub, ""),
        infer=as_long,
        cost=5,
        per_character=1.0,
    ),
    _operation(
        "shannon_entropy(s: string) -> float64",
        "Shannon's entropy of the text's code points, in bits for each; 0.0 for the empty text.",
        (('shannon_entropy("aabb")', 1.0), ('shannon_entropy("aaaa")', 0.0)),
        scalar=shannon_entropy,
        # No text has more than 2^16 code points; the rest is room for rounding.
        range=Range(0.0, 17.0),
        exactness=Exactness.ROUNDED,
        cost=40,
        per_character=4.0,
    ),
    _operation(
        "edit_distance(a: string, b: string, max: literal int64 = 16) -> int64",
        "How many code points must be inserted, deleted or replaced to turn a into b"
        " (Levenshtein), or max if that is less; max is at most 64.",
        (
            ('edit_distance("kitten", "sitting")', 3),
            ('edit_distance("kitten", "sitting", max=2)', 2),
        ),
        scalar=edit_distance,
        prepare={"max": _distance_limit},
        infer=_limited,
        cost=40,
        per_character=8.0,
    ),
)
