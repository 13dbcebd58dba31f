"""What several numbers of a row have in common; null is skipped.

Of equal values the first is taken, and sums run from left to right, so that results are the same
bits on every machine.
"""

from collections.abc import Mapping
from functools import partial
from math import isfinite, nan
from typing import Any

import numpy as np

from modelspec.expressions.columns import Column, Floats, choose
from modelspec.expressions.functions.arithmetic import GROUP
from modelspec.expressions.operation import Operation
from modelspec.expressions.results import with_range
from modelspec.expressions.types import Range, Type

_EPSILON = 2.0**-52

_operation = partial(Operation, group=GROUP, lenient=True)


def _extreme(types: tuple[Type, ...], plain: Type, low: float, high: float) -> Type:
    return with_range(plain.optional(all(item.nullable for item in types)), low, high)


def _at_most(types: tuple[Type, ...], _bound: Mapping[str, Any], plain: Type) -> Type:
    """Return the type of what is not above any value that is never null."""
    low, high = (list(ends) for ends in zip(*(item.range for item in types), strict=True))
    sure = [item.range.high for item in types if not item.nullable]
    return _extreme(types, plain, min(low), min(sure, default=max(high)))


def _at_least(types: tuple[Type, ...], _bound: Mapping[str, Any], plain: Type) -> Type:
    """Return the type of what is not below any value that is never null."""
    low, high = (list(ends) for ends in zip(*(item.range for item in types), strict=True))
    sure = [item.range.low for item in types if not item.nullable]
    return _extreme(types, plain, max(sure, default=min(low)), max(high))


def _null_if_all(types: tuple[Type, ...], _bound: Mapping[str, Any], plain: Type) -> Type:
    return plain.optional(all(item.nullable for item in types))


def _least(a: Any, rest: Any) -> Column:
    return choose(~a.null & (rest.null | (a.value <= rest.value)), a, rest)


def _greatest(a: Any, rest: Any) -> Column:
    return choose(~a.null & (rest.null | (a.value >= rest.value)), a, rest)


def _total(values: tuple[float, ...]) -> tuple[float, int]:
    """Return the sum of what is not null, from left to right, and how many that are."""
    total, count = 0.0, 0
    for value in values:
        if value == value:  # noqa: PLR0124  # null is NaN
            total += value
            count += 1
    return total, count


def sum_of(*values: float) -> float:
    """Return the sum of what is not NaN; NaN if nothing is, not finite on overflow."""
    total, count = _total(values)
    return total if count else nan


def mean_of(*values: float) -> float:
    """Return the mean of what is not NaN; NaN if nothing is, not finite on overflow."""
    total, count = _total(values)
    return total / count if count else nan


def _total_columns(values: tuple[Any, ...]) -> tuple[Any, Any]:
    total, count = np.zeros(1), np.zeros(1)
    for column in values:
        total = np.where(column.null, total, total + column.value)
        count = count + ~column.null
    return total, np.where(count == 0, nan, count)


def _sum_columns(*values: Any) -> Floats:
    total, count = _total_columns(values)
    return Floats(np.where(np.isnan(count), nan, total))


def _mean_columns(*values: Any) -> Floats:
    total, count = _total_columns(values)
    return Floats(total / count)


def _sums(*values: Range) -> Range:
    # Each value may be null, and then adds nothing.
    low = high = 0.0
    for value in values:
        low += min(value.low, 0.0)
        high += max(value.high, 0.0)
    return Range(low, high)


def _means(*values: Range) -> Range:
    sums = _sums(*values)
    if not (isfinite(sums.low) and isfinite(sums.high)):
        return sums
    low, high = min(value.low for value in values), max(value.high for value in values)
    slack = len(values) * _EPSILON * max(abs(low), abs(high))
    return Range(max(low - slack, sums.low), min(high + slack, sums.high))


_EXTREMES = (
    _operation(
        "least(a: number, *rest: number) -> number",
        "The least of the values that are not null.",
        (("least(3, 1, 2)", 1), ("least(null, 2.5)", 2.5), ("least(null, null)", None)),
        null="null if all are null",
        folds=True,
        scalar="{a:sure} if {a:known} and ({rest:null} or {a:sure} <= {rest:sure}) else {rest}",
        columns=_least,
        infer=_at_most,
    ),
    _operation(
        "greatest(a: number, *rest: number) -> number",
        "The greatest of the values that are not null.",
        (("greatest(3, 1, 2)", 3), ("greatest(null, 2.5)", 2.5), ("greatest(null, null)", None)),
        null="null if all are null",
        folds=True,
        scalar="{a:sure} if {a:known} and ({rest:null} or {a:sure} >= {rest:sure}) else {rest}",
        columns=_greatest,
        infer=_at_least,
    ),
)

_TOTALS = (
    _operation(
        "sum_of(a: float64, *rest: float64) -> float64",
        "The sum of the values that are not null, from left to right, beginning with 0.0.",
        (("sum_of(1, null, 2.5)", 3.5), ("sum_of(null, null)", None)),
        null="null if all are null, and where the sum is too large for float64 at any step",
        scalar=sum_of,
        columns=_sum_columns,
        range=_sums,
        infer=_null_if_all,
        cost=4,
    ),
    _operation(
        "mean_of(a: float64, *rest: float64) -> float64",
        "The sum of the values that are not null, as by sum_of(), divided by their number.",
        (("mean_of(1, null, 2)", 1.5), ("mean_of(null, null)", None)),
        null="null if all are null, and where the sum is too large for float64 at any step",
        scalar=mean_of,
        columns=_mean_columns,
        range=_means,
        infer=_null_if_all,
        cost=4,
    ),
)

OPERATIONS: tuple[Operation, ...] = (*_EXTREMES, *_TOTALS)
