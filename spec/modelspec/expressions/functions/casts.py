"""Casts between kinds; a cast that cannot keep the value gives null."""

import re
from collections.abc import Mapping
from dataclasses import replace
from math import isfinite, nan, trunc
from typing import Any

import numpy as np

from modelspec.expressions.functions.text import as_long
from modelspec.expressions.operation import Domain, Operation, Phase
from modelspec.expressions.types import MAX_INTEGER, Range, Type

GROUP = "Cast"

_INTEGER = re.compile(r"([+-]?)(?=[0-9])0*+([0-9]{0,16})")
_FLOAT = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?")


def parse_float(s: str) -> float:
    """Return the float nearest to a decimal number, or NaN."""
    value = float(s) if _FLOAT.fullmatch(s) else nan
    return value if isfinite(value) else nan


def parse_int(s: str) -> int | None:
    """Return a whole number, or nothing."""
    # What Python makes of a long run of digits depends on a setting; this one is short.
    match = _INTEGER.fullmatch(s)
    value = int(f"{match[1]}0{match[2]}") if match else None
    return value if value is not None and abs(value) <= MAX_INTEGER else None


def _truncated(x: Range) -> Range:
    return Range(float(_nearest_integer(x.low)), float(_nearest_integer(x.high)))


def _nearest_integer(bound: float) -> int:
    return trunc(min(max(bound, -MAX_INTEGER), MAX_INTEGER))


def _digits(types: tuple[Type, ...], _bound: Mapping[str, Any], plain: Type) -> Type:
    ends = (types[0].range.low, types[0].range.high)
    return replace(plain, length=max(len(str(trunc(end))) for end in ends))


def _word(_types: tuple[Type, ...], _bound: Mapping[str, Any], plain: Type) -> Type:
    return replace(plain, length=len("false"))


_TO_FLOAT = (
    Operation(
        "to_float(x: int64) -> float64",
        "The number as a float.",
        (("to_float(3)", 3.0),),
        group=GROUP,
        scalar="{x} + 0.0",
        columns=lambda x: x.astype(float),
        range=lambda x: x,
    ),
    Operation(
        "to_float(x: float64) -> float64",
        "The number itself.",
        (("to_float(1.5)", 1.5),),
        group=GROUP,
        scalar="{x:raw}",
        columns=np.positive,
        range=lambda x: x,
    ),
    Operation(
        "to_float(x: bool) -> float64",
        "1.0 for true, 0.0 for false.",
        (("to_float(true)", 1.0), ("to_float(null_if(true, true))", None)),
        group=GROUP,
        scalar="1.0 if {x} else 0.0",
        columns=lambda x: x.astype(float),
        range=Range(0.0, 1.0),
    ),
)

_TO_INT = (
    Operation(
        "to_int(x: int64) -> int64",
        "The number itself.",
        (("to_int(3)", 3),),
        group=GROUP,
        scalar="{x}",
        columns=np.positive,
        range=lambda x: x,
    ),
    Operation(
        "to_int(x: float64) -> int64?",
        "The number without its fraction: rounded toward zero.",
        (("to_int(2.9)", 2), ("to_int(-2.9)", -2), ("to_int(1e16)", None)),
        group=GROUP,
        null="null beyond plus or minus 2^53 - 1",
        scalar="int({x})",
        cost=2,
        columns=lambda x: x.astype(np.int64),
        domain={"x": Domain(low=-float(MAX_INTEGER), high=float(MAX_INTEGER))},
        range=_truncated,
    ),
    Operation(
        "to_int(x: bool) -> int64",
        "1 for true, 0 for false.",
        (("to_int(true)", 1), ("to_int(false)", 0)),
        group=GROUP,
        scalar="1 if {x} else 0",
        columns=lambda x: x.astype(np.int64),
        range=Range(0.0, 1.0),
    ),
)

_TO_BOOL = (
    Operation(
        "to_bool(x: bool) -> bool",
        "The truth value itself.",
        (("to_bool(true)", True),),
        group=GROUP,
        scalar="{x}",
        columns=lambda x: x,
    ),
    Operation(
        "to_bool(x: number) -> bool",
        "Whether the number is not zero.",
        (("to_bool(0)", False), ("to_bool(-0.5)", True)),
        group=GROUP,
        scalar="{x} != 0",
        columns=lambda x: x != 0,
    ),
)

_TO_STRING = (
    Operation(
        "to_string(x: int64) -> string",
        "The number in decimal digits, with a minus sign if it is negative.",
        (("to_string(5967)", "5967"), ("to_string(-1)", "-1")),
        group=GROUP,
        scalar=str,
        infer=_digits,
        cost=3,
    ),
    Operation(
        "to_string(x: bool) -> string",
        "`true` or `false`.",
        (("to_string(1 > 0)", "true"), ("to_string(1 < 0)", "false")),
        group=GROUP,
        scalar='("true" if {x} else "false")',
        infer=_word,
    ),
    Operation(
        "to_string(x: string) -> string",
        "The text itself.",
        (('to_string("a")', "a"),),
        group=GROUP,
        scalar="{x}",
        infer=as_long,
    ),
)

_PARSERS = (
    Operation(
        "parse_float(s: string) -> float64?",
        "The float nearest to the decimal number that the text is: an optional sign, digits with"
        " an optional fraction, an optional exponent.",
        (
            ('parse_float("-12.50")', -12.5),
            ('parse_float("1e3")', 1000.0),
            ('parse_float(" 1")', None),
        ),
        group=GROUP,
        null="null for any other text, also with blanks, separators, inf or nan, and for a number"
        " too large for float64",
        scalar=parse_float,
        phase=Phase.HOST,
        cost=10,
        per_character=0.1,
    ),
    Operation(
        "parse_int(s: string) -> int64?",
        "The whole number that the text is: an optional sign and digits, of which the first may"
        " be zeros.",
        (
            ('parse_int("007")', 7),
            ('parse_int("-3")', -3),
            ('parse_int("3.0")', None),
        ),
        group=GROUP,
        null="null for any other text, and beyond plus or minus 2^53 - 1",
        scalar=parse_int,
        phase=Phase.HOST,
        cost=10,
        per_character=0.1,
    ),
)

OPERATIONS: tuple[Operation, ...] = (*_TO_FLOAT, *_TO_INT, *_TO_BOOL, *_TO_STRING, *_PARSERS)
