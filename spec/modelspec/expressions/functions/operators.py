"""The operators of arithmetic: the same bits on every machine, but for ``**``.

A float operation that overflows gives infinity, which stands for null until something looks at
the value; NaN passes through arithmetic by itself. Integers are checked where their bounds do not
show that they stay below 2^53.
"""

from math import inf, nan
from typing import Any

import numpy as np

from modelspec.expressions.columns import BoolArray
from modelspec.expressions.operation import Domain, Exactness, Operation
from modelspec.expressions.types import Range

OPERATORS = "Operators"

NONZERO = Domain(nonzero=True)

BEYOND = "null beyond plus or minus 2^53 - 1"
OVERFLOW = "null where it is too large for float64"

_SLACK = 2.0**-50
"""More than two roundings can move a number, relative to it."""


def _sum(a: Range, b: Range) -> Range:
    return Range(a.low + b.low, a.high + b.high)


def _difference(a: Range, b: Range) -> Range:
    return Range(a.low - b.high, a.high - b.low)


def _product(a: Range, b: Range) -> Range:
    corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    return Range(min(corners), max(corners))


def _quotient(a: Range, b: Range) -> Range:
    if b.low <= 0 <= b.high:
        return Range(-inf, inf)
    corners = [x / y for x in (a.low, a.high) for y in (b.low, b.high)]
    return Range(min(corners), max(corners))


def _whole_quotient(a: Range, b: Range) -> Range:
    # Python divides what the remainder leaves of a, and takes up to one off.
    low, high = _quotient(a, b)
    low = low - abs(low) * _SLACK - 1.0
    return Range(0.0 if min(a.low, b.low) >= 0 else low, high + abs(high) * _SLACK)


def _whole_quotient_of_integers(a: Range, b: Range) -> Range:
    size = max(abs(a.low), abs(a.high))
    return Range(0.0 if min(a.low, b.low) >= 0 else -size, size)


def _remainder(_a: Range, b: Range) -> Range:
    # It has the sign of the divisor, and rounding can make it as large.
    return Range(min(b.low, 0.0), max(b.high, 0.0))


def _negated(x: Range) -> Range:
    return Range(-x.high, -x.low)


def power(a: float, b: float) -> float:
    """Return a to the power of b, or NaN where that is no finite real number."""
    try:
        result = a**b
    except (OverflowError, ZeroDivisionError):
        return nan
    return result if isinstance(result, float) else nan


def multiply_integers(a: Any, b: Any) -> tuple[Any, BoolArray]:
    """Return products of integers, and where int64 is too small for them to be right."""
    large = np.abs(a.astype(float) * b) > 2.0**60
    return a * b, large


def _divisor(b: Any) -> Any:
    return np.where(b == 0, 1, b)


_SUMS = (
    Operation(
        "+(a: int64, b: int64) -> int64",
        "The sum.",
        (("1 + 2", 3), ("9007199254740991 + 1", None), ("1 + null", None)),
        group=OPERATORS,
        null=BEYOND,
        scalar="{a} + {b}",
        columns=np.add,
        range=_sum,
    ),
    Operation(
        "+(a: float64, b: float64) -> float64",
        "The sum; an integer beside a float counts as a float.",
        (("1 + 0.5", 1.5), ("1e308 + 1e308", None)),
        group=OPERATORS,
        null=OVERFLOW,
        scalar="{a:raw} + {b:raw}",
        columns=np.add,
        range=_sum,
    ),
    Operation(
        "-(a: int64, b: int64) -> int64",
        "The difference.",
        (("1 - 2", -1), ("-9007199254740991 - 1", None), ("null - 2", None)),
        group=OPERATORS,
        null=BEYOND,
        scalar="{a} - {b}",
        columns=np.subtract,
        range=_difference,
    ),
    Operation(
        "-(a: float64, b: float64) -> float64",
        "The difference; an integer beside a float counts as a float.",
        (("1 - 0.5", 0.5), ("-1e308 - 1e308", None)),
        group=OPERATORS,
        null=OVERFLOW,
        scalar="{a:raw} - {b:raw}",
        columns=np.subtract,
        range=_difference,
    ),
    Operation(
        "-(x: int64) -> int64",
        "The number with the other sign.",
        (("-(1 + 2)", -3), ("-null", None)),
        group=OPERATORS,
        scalar="-{x}",
        columns=np.negative,
        range=_negated,
    ),
    Operation(
        "-(x: float64) -> float64",
        "The number with the other sign.",
        (("-(1.0 + 0.5)", -1.5), ("-(1e308 + 1e308)", None)),
        group=OPERATORS,
        scalar="-{x:raw}",
        columns=np.negative,
        range=_negated,
    ),
)

_PRODUCTS = (
    Operation(
        "*(a: int64, b: int64) -> int64",
        "The product.",
        (("2 * 3", 6), ("3037000500 * 3037000500", None), ("2 * null", None)),
        group=OPERATORS,
        null=BEYOND,
        scalar="{a} * {b}",
        columns=multiply_integers,
        range=_product,
    ),
    Operation(
        "*(a: float64, b: float64) -> float64",
        "The product; an integer beside a float counts as a float.",
        (("2 * 0.5", 1.0), ("1e200 * 1e200", None)),
        group=OPERATORS,
        null=OVERFLOW,
        scalar="{a:raw} * {b:raw}",
        columns=np.multiply,
        range=_product,
    ),
    Operation(
        "/(a: float64, b: float64) -> float64?",
        "The quotient, a float also of integers.",
        (("7 / 2", 3.5), ("7 / indicator(1 > 2)", None), ("1e308 / 0.1", None)),
        group=OPERATORS,
        null="null where b is 0, and where the quotient is too large for float64",
        scalar="{a:raw} / {b:truthy}",
        columns=np.divide,
        domain={"b": NONZERO},
        range=_quotient,
    ),
    Operation(
        "//(a: int64, b: int64) -> int64?",
        "The quotient rounded down.",
        (("7 // 2", 3), ("-7 // 2", -4), ("7 // size(no_amounts)", None)),
        group=OPERATORS,
        null="null where b is 0",
        scalar="{a} // {b}",
        columns=lambda a, b: np.floor_divide(a, _divisor(b)),
        domain={"b": NONZERO},
        range=_whole_quotient_of_integers,
    ),
    Operation(
        "//(a: float64, b: float64) -> float64?",
        "The quotient rounded down, as Python has it: 1.0 // 0.1 is 9.0, because 0.1 stands for a"
        " number a little larger.",
        (("7.5 // 2", 3.0), ("-7.5 // 2", -4.0), ("1.0 // 0.1", 9.0)),
        group=OPERATORS,
        null="null where b is 0, and where the quotient is too large for float64",
        scalar="{a} // {b}",
        columns=np.floor_divide,
        domain={"b": NONZERO},
        range=_whole_quotient,
    ),
    Operation(
        "%(a: int64, b: int64) -> int64?",
        "What a division rounded down leaves; it has the sign of the divisor.",
        (("7 % 3", 1), ("-7 % 3", 2), ("7 % -3", -2), ("7 % size(no_amounts)", None)),
        group=OPERATORS,
        null="null where b is 0",
        scalar="{a} % {b}",
        columns=lambda a, b: np.remainder(a, _divisor(b)),
        domain={"b": NONZERO},
        range=_remainder,
    ),
    Operation(
        "%(a: float64, b: float64) -> float64?",
        "What a division rounded down leaves, as Python has it; it has the sign of the divisor.",
        (("7.5 % 2", 1.5), ("-7.5 % 3", 1.5), ("7.5 % indicator(1 > 2)", None)),
        group=OPERATORS,
        null="null where b is 0",
        scalar="{a} % {b}",
        columns=np.remainder,
        domain={"b": NONZERO},
        range=_remainder,
    ),
    Operation(
        "**(a: float64, b: float64) -> float64?",
        "a to the power of b, a float also of integers; 0 ** 0 is 1.0.",
        (("2 ** 10", 1024.0), ("(-2) ** 0.5", None), ("0 ** -1", None), ("null ** 0", None)),
        group=OPERATORS,
        null="null where the power is no real number or too large for float64",
        scalar=power,
        exactness=Exactness.ROUNDED,
        cost=3,
    ),
)

OPERATIONS: tuple[Operation, ...] = (*_SUMS, *_PRODUCTS)
