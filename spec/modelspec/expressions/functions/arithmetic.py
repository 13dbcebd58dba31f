"""Arithmetic functions: the same bits on every machine.

Each has one formula, whose steps are the same for a row and for a column, so that also the sign of
a zero is.
"""

from collections.abc import Callable
from functools import partial
from math import ceil, copysign, floor, inf, isfinite, sqrt, trunc
from typing import Any

import numpy as np

from modelspec.errors import Code
from modelspec.expressions.functions.operators import BEYOND, OVERFLOW, multiply_integers
from modelspec.expressions.operation import Domain, LiteralError, Operation
from modelspec.expressions.types import MAX_FLOAT, Range

GROUP = "Arithmetic"

MAX_DIGITS = 15
"""Furthest place from the point that a number can be rounded to."""

_POWERS = tuple(10.0**digits for digits in range(MAX_DIGITS + 1))

_operation = partial(Operation, group=GROUP)


# Signs and sizes.


def _magnitude(x: Range) -> Range:
    low = 0.0 if x.low <= 0 <= x.high else min(abs(x.low), abs(x.high))
    return Range(low, max(abs(x.low), abs(x.high)))


def _square(x: Range) -> Range:
    low, high = _magnitude(x)
    return Range(low * low, high * high)


def _signs(x: Range) -> Range:
    low, high = (float(end > 0) - float(end < 0) for end in x)
    return Range(low, high)


def _sign(x: Any) -> Any:
    # NaN is neither, and stays; -0.0 + 0.0 is 0.0.
    return np.where(x > 0, 1.0, np.where(x < 0, -1.0, x + 0.0))


_SIZES = (
    _operation(
        "abs(x: number) -> number",
        "The number without its sign.",
        (("abs(-3)", 3), ("abs(-1.5)", 1.5), ("abs(null)", None)),
        scalar="abs({x:raw})",
        columns=np.abs,
        range=_magnitude,
    ),
    _operation(
        "sign(x: int64) -> int64",
        "1 for a positive number, -1 for a negative one, 0 for 0.",
        (("sign(-3)", -1), ("sign(0)", 0)),
        scalar="1 if {x} > 0 else -1 if {x} < 0 else 0",
        columns=np.sign,
        range=_signs,
    ),
    _operation(
        "sign(x: float64) -> float64",
        "1.0 for a positive number, -1.0 for a negative one, 0.0 for 0.0 and -0.0.",
        (("sign(-0.5)", -1.0), ("sign(-0.0)", 0.0), ("sign(null)", None)),
        scalar="1.0 if {x} > 0 else -1.0 if {x} < 0 else {x} + 0.0",
        columns=_sign,
        range=_signs,
    ),
    _operation(
        "sqrt(x: float64) -> float64?",
        "The square root.",
        (("sqrt(9)", 3.0), ("sqrt(-1)", None), ("sqrt(null)", None)),
        scalar=sqrt,
        columns=np.sqrt,
        domain={"x": Domain(low=0.0)},
        range=lambda x: Range(sqrt(max(x.low, 0.0)), sqrt(max(x.high, 0.0))),
    ),
    _operation(
        "square(x: int64) -> int64",
        "The number times itself.",
        (("square(-3)", 9), ("square(94906266)", None)),
        null=BEYOND,
        scalar="{x} * {x}",
        columns=lambda x: multiply_integers(x, x),
        range=_square,
    ),
    _operation(
        "square(x: float64) -> float64",
        "The number times itself.",
        (("square(-1.5)", 2.25), ("square(1e200)", None)),
        null=OVERFLOW,
        scalar="{x:raw} * {x:raw}",
        columns=lambda x: x * x,
        range=_square,
    ),
)


# Whole numbers, and numbers with few digits.


def _to_whole(
    whole: Callable[[float], int], summary: str, scalar: str, columns: Any, *examples: Any
) -> tuple[Operation, Operation]:
    """Return the entries of a function that leaves a number without a fraction."""
    name = whole.__name__
    return (
        _operation(
            f"{name}(x: int64) -> int64",
            "The integer itself.",
            ((f"{name}(-7)", -7), (f"{name}(0)", 0)),
            scalar="{x}",
            columns=np.positive,
            range=lambda x: x,
        ),
        _operation(
            f"{name}(x: float64) -> float64",
            f"{summary}; it is a float, as to_int() gives an integer.",
            (*examples, (f"{name}(null)", None)),
            # A division rounded down does what NumPy does, also to -0.0 and to large numbers.
            scalar=scalar,
            columns=columns,
            range=lambda x: Range(float(whole(x.low)), float(whole(x.high))),
        ),
    )


def _digits(digits: int) -> int:
    if abs(digits) > MAX_DIGITS:
        message = f"must be from {-MAX_DIGITS} to {MAX_DIGITS}, got {digits}"
        raise LiteralError(Code.MS325, message)
    return digits


def round_float(x: float, digits: int) -> float:
    """Return a float rounded to decimal digits, half to even; infinity on overflow."""
    power = _POWERS[abs(digits)]
    if digits < 0:
        return copysign(round(x / power), x) * power
    scaled = x * power
    return copysign(round(scaled), x) / power if isfinite(scaled) else x


def _round_floats(x: Any, digits: int) -> Any:
    power = _POWERS[abs(digits)]
    if digits < 0:
        return np.rint(x / power) * power
    scaled = x * power
    return np.where(np.isfinite(scaled), np.rint(scaled) / power, x)


def _rounded_floats(x: Range, digits: int) -> Range:
    # The largest that can be scaled may come out above the smallest that cannot.
    power = _POWERS[max(digits, 0)]
    return Range(
        round_float(x.low, digits) if x.low * power > -inf else -MAX_FLOAT,
        round_float(x.high, digits) if x.high * power < inf else MAX_FLOAT,
    )


def _round_integers(x: Any, digits: int) -> Any:
    if digits >= 0:
        return x
    power = 10**-digits
    whole, rest = np.divmod(x, power)
    is_half = 2 * rest == power
    return (whole + (2 * rest > power) + (is_half & (whole % 2 == 1))) * power


_WHOLES = (
    *_to_whole(
        floor,
        "The largest whole number that is not above x",
        "{x:raw} // 1.0",
        np.floor,
        ("floor(2.5)", 2.0),
        ("floor(-2.5)", -3.0),
    ),
    *_to_whole(
        ceil,
        "The smallest whole number that is not below x",
        "-(-{x:raw} // 1.0)",
        np.ceil,
        ("ceil(2.5)", 3.0),
        ("ceil(-0.5)", -0.0),
    ),
    *_to_whole(
        trunc,
        "x without its fraction",
        "{x:raw} // 1.0 if {x:raw} >= 0 else -(-{x:raw} // 1.0)",
        np.trunc,
        ("trunc(2.5)", 2.0),
        ("trunc(-2.5)", -2.0),
    ),
    _operation(
        "round(x: int64, digits: literal int64 = 0) -> int64",
        "The integer itself, or the nearest multiple of 10 ** -digits if digits is negative: of"
        " two the one whose last digit that is left is even. digits is from -15 to 15.",
        (("round(7)", 7), ("round(250, -2)", 200), ("round(350, -2)", 400)),
        null=BEYOND,
        scalar="round({x}, {digits})",
        columns=_round_integers,
        range=lambda x, digits: Range(round(int(x.low), digits), round(int(x.high), digits)),
        prepare={"digits": _digits},
        cost=3,
    ),
    _operation(
        "round(x: float64, digits: literal int64 = 0) -> float64",
        "x rounded to decimal digits, a half to even: rint(x * 10 ** digits) / 10 ** digits in"
        " these steps of float64, and rint(x / 10 ** -digits) * 10 ** -digits if digits is"
        " negative. x itself where x * 10 ** digits is too large for float64. digits is from -15"
        " to 15.",
        (
            ("round(2.5)", 2.0),
            ("round(-0.125, 2)", -0.12),
            ("round(1250.0, digits=-2)", 1200.0),
            ("round(null, 1)", None),
        ),
        scalar=round_float,
        columns=_round_floats,
        range=_rounded_floats,
        prepare={"digits": _digits},
        cost=5,
    ),
)


# Bounds and ratios.


def _clip(x: Any, lo: Any, hi: Any) -> Any:
    below = np.where(lo <= hi, lo, hi)
    return np.where(x > hi, hi, np.where(x < lo, below, x))


def _clipped(x: Range, lo: Range, hi: Range) -> Range:
    return Range(min(max(x.low, lo.low), hi.low), min(max(x.high, lo.high), hi.high))


_RATIOS = (
    _operation(
        "clip(x: number, lo: number, hi: number) -> number",
        "x, but lo where x is less than lo, and hi where x is greater than hi; as in NumPy hi"
        " everywhere if lo is greater than hi.",
        (("clip(15, 0, 12)", 12), ("clip(-0.5, 0.0, 1.0)", 0.0), ("clip(1, 0, null)", None)),
        scalar="{hi} if {x} > {hi} else ({lo} if {lo} <= {hi} else {hi}) if {x} < {lo} else {x}",
        asks=frozenset({"lo", "hi"}),
        columns=_clip,
        range=_clipped,
    ),
    _operation(
        "safe_div(a: float64, b: float64, default: float64) -> float64",
        "a / b, or the default where that is null: where a or b is, where b is 0, and where the"
        " quotient is too large for float64.",
        (
            ("safe_div(1, 4, 0)", 0.25),
            ("safe_div(1, indicator(1 > 2), 0)", 0.0),
            ("safe_div(1, null, -1)", -1.0),
        ),
        lenient=True,
        null="null where the default is taken and is null",
        definition="coalesce(a / b, default)",
    ),
    _operation(
        "pct_change(a: float64, b: float64) -> float64?",
        "(a - b) / b: the change from b to a as a fraction of b.",
        (
            ("pct_change(3, 2)", 0.5),
            ("pct_change(3, indicator(1 > 2))", None),
            ("pct_change(1, null)", None),
        ),
        null="null where b is 0, and where a step is too large for float64",
        definition="(a - b) / b",
    ),
)

OPERATIONS: tuple[Operation, ...] = (*_SIZES, *_WHOLES, *_RATIOS)
