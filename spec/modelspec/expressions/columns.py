"""Columns: many values of one type, each with its nulls, in the form that NumPy is fast with.

A float's null is NaN; integers, times and vectors carry a mask; a bool is a pair of masks, true
and false, which makes Kleene's logic two array operations; texts and lists are codes into the
tuple of their distinct values, so that a function of texts runs once per distinct text. A column
of one row stands for a constant.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from modelspec.expressions.types import Kind, Type

FloatArray: TypeAlias = NDArray[np.float64]
IntegerArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

NONE = np.zeros(1, dtype=np.bool_)
"""The mask of a column without nulls."""


@dataclass(frozen=True, eq=False)
class Floats:
    """Float64 values; not finite means null."""

    raw: FloatArray
    wild: bool = False
    """Whether an infinity may stand for null; otherwise only NaN does."""

    @cached_property
    def value(self) -> FloatArray:
        """The values with NaN for every null."""
        return np.where(np.isfinite(self.raw), self.raw, nan) if self.wild else self.raw

    @cached_property
    def null(self) -> BoolArray:
        """Where there is no value."""
        return ~np.isfinite(self.raw) if self.wild else np.isnan(self.raw)


@dataclass(frozen=True, eq=False)
class Integers:
    """Int64 values, or microseconds since the epoch; what stands under a null is zero."""

    value: IntegerArray
    null: BoolArray

    @property
    def raw(self) -> IntegerArray:
        """The values; integers have no infinities."""
        return self.value


@dataclass(frozen=True, eq=False)
class Booleans:
    """Truth values: null is neither true nor false."""

    true: BoolArray
    false: BoolArray

    @property
    def value(self) -> BoolArray:
        """The values; false where null."""
        return self.true

    @property
    def raw(self) -> BoolArray:
        """The values; truth has no infinities."""
        return self.true

    @cached_property
    def null(self) -> BoolArray:
        """Where there is no value."""
        return ~(self.true | self.false)


@dataclass(frozen=True, eq=False)
class Encoded:
    """Texts or lists as codes into their distinct values; a null has the code of the last one."""

    codes: IntegerArray
    values: tuple[Any, ...]
    """The distinct values; null, if it occurs, is among them as ``None``."""

    @cached_property
    def null(self) -> BoolArray:
        """Where there is no value."""
        return np.array([value is None for value in self.values], dtype=np.bool_)[self.codes]


@dataclass(frozen=True, eq=False)
class Vectors:
    """One vector per row; shape ``(rows, width)``."""

    value: FloatArray
    null: BoolArray


Column: TypeAlias = Floats | Integers | Booleans | Encoded | Vectors


def rows_of(column: Column) -> int:
    """Return the number of rows; 1 for a constant."""
    match column:
        case Floats():
            return len(column.raw)
        case Encoded():
            return len(column.codes)
        case Booleans():
            return broadcast_length((len(column.true), len(column.false)))
        case _:
            return broadcast_length((len(column.value), len(column.null)))


def broadcast_length(lengths: Iterable[int]) -> int:
    """Return how many rows columns have together, of which those of one row are constants."""
    listed = set(lengths)
    return 0 if 0 in listed else max(listed, default=1)


def encode(values: Iterable[Any]) -> Encoded:
    """Return hashable values, ``None`` for null, as codes into the distinct ones."""
    listed = values if isinstance(values, list) else list(values)
    keys = _keys(listed)
    distinct = dict(zip(keys, listed, strict=True))
    if len(distinct) == len(listed):
        return Encoded(np.arange(len(listed)), tuple(listed))
    numbers = dict(zip(distinct, range(len(distinct)), strict=True))
    codes = np.fromiter(map(numbers.__getitem__, keys), dtype=np.int64, count=len(listed))
    return Encoded(codes, tuple(distinct.values()))


def _keys(values: Sequence[Any]) -> Sequence[Hashable]:
    """Return what tells values apart: of lists with zeros also the text, as -0.0 equals 0.0."""
    if tuple not in set(map(type, values)):
        return values
    return [(v, repr(v)) if isinstance(v, tuple) and 0.0 in v else v for v in values]


def column_of(values: Sequence[Any], kind: Kind, width: int = 0) -> Column:
    """Return Python values of one kind as a column; ``None`` and NaN are null."""
    match kind:
        case Kind.FLOAT64:
            return Floats(np.array([nan if value is None else value for value in values], float))
        case Kind.BOOL:
            known = [(value is True, value is False) for value in values]
            pairs = np.array(known, dtype=np.bool_).reshape(len(known), 2)
            return Booleans(pairs[:, 0], pairs[:, 1])
        case Kind.STRING | Kind.LIST | Kind.NULL:
            return encode(values)
        case Kind.VECTOR:
            width = width or 1  # the null literal has none; one item stands beside any number
            null = np.array([value is None for value in values], dtype=np.bool_)
            filled = [(0.0,) * width if value is None else value for value in values]
            return Vectors(np.array(filled, dtype=float).reshape(len(filled), width), null)
        case _:
            null = np.array([value is None for value in values], dtype=np.bool_)
            filled = [0 if value is None else value for value in values]
            return Integers(np.array(filled, dtype=np.int64), null)


def values_of(column: Column) -> list[Any]:
    """Return a column as Python values, NaN for a float's null and ``None`` for any other."""
    match column:
        case Floats():
            floats: list[Any] = column.value.tolist()
            return floats
        case Encoded():
            return [column.values[code] for code in column.codes.tolist()]
        case Vectors():
            return [
                None if null else tuple(row)
                for row, null in zip(column.value.tolist(), _masks(column), strict=True)
            ]
        case _:
            rows = rows_of(column)
            values = np.broadcast_to(column.value, rows).tolist()
            return [
                None if null else value for value, null in zip(values, _masks(column), strict=True)
            ]


def _masks(column: Integers | Booleans | Vectors) -> list[bool]:
    masks: list[bool] = np.broadcast_to(column.null, rows_of(column)).tolist()
    return masks


def choose(condition: BoolArray, then: Any, otherwise: Any) -> Column:
    """Return the rows of *then* where the condition holds, of *otherwise* elsewhere."""
    match then:
        case Floats():
            return Floats(np.where(condition, then.value, otherwise.value))
        case Booleans():
            return Booleans(
                np.where(condition, then.true, otherwise.true),
                np.where(condition, then.false, otherwise.false),
            )
        case Encoded():
            left, right, values = _common(then, otherwise)
            return Encoded(np.where(condition, left, right), values)
        case Vectors():
            return Vectors(
                np.where(condition[:, np.newaxis], then.value, otherwise.value),
                np.where(condition, then.null, otherwise.null),
            )
        case _:
            return Integers(
                np.where(condition, then.value, otherwise.value),
                np.where(condition, then.null, otherwise.null),
            )


def _common(left: Encoded, right: Encoded) -> tuple[IntegerArray, IntegerArray, tuple[Any, ...]]:
    """Return the codes of both columns into the union of their distinct values."""
    keys = _keys(right.values)
    distinct = dict(zip(_keys(left.values), left.values, strict=True))
    for key, value in zip(keys, right.values, strict=True):
        distinct.setdefault(key, value)
    numbers = {key: number for number, key in enumerate(distinct)}
    table = np.array([numbers[key] for key in keys], dtype=np.int64)
    return left.codes, table[right.codes], tuple(distinct.values())


def nulls_of(columns: Iterable[Column]) -> BoolArray:
    """Return where at least one of the columns is null."""
    null = NONE
    for column in columns:
        null = null | column.null
    return null


def map_rows(function: Callable[..., Any], columns: Sequence[Column], result: Type) -> Column:
    """Return *function* of every row, called once for rows that are equal where that is cheap.

    The function gets ``None`` for the null of anything but a float, and gives it likewise.
    """
    index, distinct = _distinct(columns)
    rows = zip(*distinct, strict=True) if columns else [()]
    values = [function(*row) for row in rows]
    column = column_of(values, result.kind, result.length)
    return column if index is None else take(column, index)


def take(column: Column, index: IntegerArray) -> Column:
    """Return the rows of *column* that *index* names."""
    match column:
        case Floats():
            return Floats(column.raw[index], column.wild)
        case Encoded():
            return Encoded(column.codes[index], column.values)
        case Booleans():
            return Booleans(column.true[index], column.false[index])
        case Vectors():
            return Vectors(column.value[index], column.null[index])
        case _:
            return Integers(column.value[index], column.null[index])


def _distinct(columns: Sequence[Column]) -> tuple[IntegerArray | None, list[Sequence[Any]]]:
    """Return which distinct row each row is, and the distinct rows column by column.

    Without an index the rows come as they are: finding the distinct ones would cost more.
    """
    rows = broadcast_length(map(rows_of, columns))
    encoded = [_encoded(column, rows) for column in columns]
    if any(column is None for column in encoded):
        return None, [_broadcast(values_of(column), rows) for column in columns]
    return _combine([column for column in encoded if column is not None], rows)


def _combine(columns: list[Encoded], rows: int) -> tuple[IntegerArray, list[Sequence[Any]]]:
    index: IntegerArray = np.zeros(1, dtype=np.int64)
    picks: list[IntegerArray] = []
    for column in columns:
        size = len(column.values)
        pairs, index = _unique(np.broadcast_to(index * size + column.codes, rows))
        picks = [pick[pairs // size] for pick in picks]
        picks.append(pairs % size)
    listed: list[Sequence[Any]] = [
        [column.values[code] for code in pick.tolist()]
        for column, pick in zip(columns, picks, strict=True)
    ]
    return index, listed


def _unique(keys: IntegerArray) -> tuple[IntegerArray, IntegerArray]:
    """Return the distinct non-negative keys, and for each key its position among them."""
    highest = int(keys.max(initial=0))
    if highest > 4 * len(keys) + 1024:
        pairs, index = np.unique(keys, return_inverse=True)
        return pairs, index
    # A table is several times faster than a sort while the keys are dense.
    seen = np.zeros(highest + 1, dtype=np.bool_)
    seen[keys] = True
    pairs = np.flatnonzero(seen)
    positions = np.zeros(highest + 1, dtype=np.int64)
    positions[pairs] = np.arange(len(pairs))
    return pairs, positions[keys]


_SAMPLE = 1024


def _encoded(column: Column, rows: int) -> Encoded | None:
    """Return a column as codes into distinct values, or ``None`` where most values differ."""
    if isinstance(column, Encoded):
        return column
    if isinstance(column, Booleans):
        return Encoded(np.where(column.true, 1, np.where(column.false, 0, 2)), (False, True, None))
    if isinstance(column, Vectors) or (rows > 1 and not _repeats(column)):
        return None
    return _encode_floats(column) if isinstance(column, Floats) else encode(values_of(column))


def _repeats(column: Floats | Integers) -> bool:
    """Return whether a sample shows that values repeat a lot; constants do."""
    values = column.value
    sample = values[:: max(1, len(values) // _SAMPLE)]
    return len(values) == 1 or len(np.unique(sample)) * 4 < len(sample)


def _encode_floats(column: Floats) -> Encoded:
    """Return floats as codes; by their bits, because -0.0 equals 0.0 and NaN not even itself."""
    bits, codes = np.unique(column.value.view(np.int64), return_inverse=True)
    return Encoded(codes, tuple(bits.view(np.float64).tolist()))


def _broadcast(values: list[Any], rows: int) -> Sequence[Any]:
    return values * rows if len(values) == 1 and rows != 1 else values
