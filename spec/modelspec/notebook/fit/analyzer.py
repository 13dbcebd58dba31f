"""What every analyzer is given and gives: a column of the training data, and a parameter."""

from dataclasses import dataclass
from math import isfinite
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from modelspec.expressions.columns import Column, Encoded, Floats, Integers

FloatArray: TypeAlias = NDArray[np.float64]
IntegerArray: TypeAlias = NDArray[np.int64]
Document: TypeAlias = dict[str, Any]
"""A fitted parameter as a specification writes it, without its name."""


class FitError(ValueError):
    """Training data from which nothing can be fitted; says what is wrong with them."""


@dataclass(frozen=True)
class Keys:
    """A column of categories: codes into distinct keys."""

    codes: IntegerArray
    """One for each row, -1 for null."""

    distinct: tuple[str | int, ...]

    @property
    def key_type(self) -> str:
        """The type of the keys as parameters write it."""
        return "Int64" if self.distinct and isinstance(self.distinct[0], int) else "String"

    def counts(self) -> IntegerArray:
        """Return how often each key occurs."""
        known = self.codes[self.codes >= 0]
        return np.bincount(known, minlength=len(self.distinct))

    def sums(self, values: FloatArray) -> FloatArray:
        """Return the sum of the values that stand beside each key, in the order of the rows."""
        known = self.codes >= 0
        size = len(self.distinct)
        sums: FloatArray = np.bincount(self.codes[known], values[known], size).astype(np.float64)
        return sums

    def rows(self, chosen: NDArray[np.bool_]) -> "Keys":
        """Return the column of the chosen rows."""
        return Keys(self.codes[chosen], self.distinct)


class Analyzer(Protocol):
    """Fits one parameter to one column."""

    def fit(self, values: Any, target: FloatArray | None = None) -> Document:
        """Return the parameter.

        Raises:
            FitError: The column cannot be fitted.
        """


def keys_of(column: Column, rows: int) -> Keys:
    """Return a computed column as categories; its distinct keys stand in their order."""
    if isinstance(column, Integers):
        return _integer_keys(column, rows)
    if not isinstance(column, Encoded):
        raise FitError("categories are texts or integers; use to_string or to_int")
    order = sorted(
        (index for index, value in enumerate(column.values) if value is not None),
        key=column.values.__getitem__,
    )
    places = np.full(len(column.values), -1, np.int64)
    places[order] = np.arange(len(order))
    codes = np.broadcast_to(places[column.codes], rows)
    return _used(Keys(codes, tuple(column.values[index] for index in order)))


def _integer_keys(column: Integers, rows: int) -> Keys:
    distinct, codes = np.unique(column.value, return_inverse=True)
    codes = np.where(column.null, -1, codes)
    return _used(Keys(np.broadcast_to(codes, rows), tuple(distinct.tolist())))


def _used(keys: Keys) -> Keys:
    """Return categories without keys that no row has."""
    used = keys.counts() > 0
    places = np.append(np.where(used, np.cumsum(used) - 1, -1), -1)
    distinct = tuple(key for key, is_used in zip(keys.distinct, used, strict=True) if is_used)
    return Keys(places[keys.codes], distinct)


def floats_of(column: Column, rows: int) -> FloatArray:
    """Return a computed column as numbers, NaN for null."""
    if isinstance(column, Floats):
        values = column.value
    elif isinstance(column, Integers):
        values = np.where(column.null, np.nan, column.value.astype(np.float64))
    else:
        raise FitError("only numbers can be fitted; use to_float or indicator")
    return np.broadcast_to(values, rows)


def known_values(values: FloatArray) -> FloatArray:
    """Return the numbers that are there.

    Raises:
        FitError: There are none, or float64 cannot say how far they are apart.
    """
    array = np.asarray(values, np.float64)
    known = array[np.isfinite(array)]
    if not len(known):
        raise FitError("there is no value that is not null")
    low, high = float(known.min()), float(known.max())
    if not isfinite(high - low):
        raise FitError(f"values from {low} to {high} are too far apart; use clip")
    return known


def decimal(value: float) -> str:
    """Return the shortest text that reads back as this float64."""
    return repr(float(value))
