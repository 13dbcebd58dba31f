"""From what data scientists have to columns of raw features, by the same rules as for rows.

Data are a mapping of arrays or lists, a DataFrame of pandas or polars, or a Table of pyarrow. A
column that is not there, null, NaN, NaT, infinities and integers of 2^53 or more are missing; then
the feature's default stands in. NumPy's times are in UTC, as it has no word for another zone;
those of a library that has must say which.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelspec.compiler.found import Found, find_column, library_of
from modelspec.compiler.values import (
    NAIVE_REMEDY,
    Reader,
    RefusedValueError,
    is_outside,
    reader_of,
    to_microseconds,
)
from modelspec.expressions.columns import (
    NONE,
    BoolArray,
    Booleans,
    Column,
    Encoded,
    Floats,
    IntegerArray,
    Integers,
    choose,
    column_of,
    encode,
    take,
    values_of,
)
from modelspec.expressions.limits import Limits, shown
from modelspec.expressions.program import RawFeature
from modelspec.expressions.types import MAX_INTEGER, Boundary, Kind


class FrameError(ValueError):
    """Data that cannot be columns of raw features: which feature, and which row, from 0."""

    def __init__(self, message: str, feature: str | None = None, row: int | None = None) -> None:
        super().__init__(message)
        self.feature = feature
        self.row = row


def read_columns(data: Any, features: Sequence[RawFeature]) -> dict[str, Column]:
    """Return the column of every raw feature; other columns of the data are ignored.

    Raises:
        FrameError: The data are none of what is known, or a value is none of its feature.
    """
    columns, rows = _columns(data, [feature.name for feature in features])
    with np.errstate(all="ignore"):
        return {item.name: _read(item, columns.get(item.name), rows) for item in features}


def _columns(data: Any, names: Sequence[str]) -> tuple[dict[str, Found], int]:
    """Return the columns of these names that there are, and the number of rows."""
    if library_of(data) and not hasattr(data, "collect") and hasattr(data, "columns"):
        # What pyarrow calls columns are the columns; the others mean their names.
        listed = list(data.schema.names if hasattr(data, "num_rows") else data.columns)
        take_one, rows = data.__getitem__, len(data)
    elif isinstance(data, Mapping):
        listed = list(data)
        take_one, rows = data.__getitem__, _common_length(data)
    else:
        raise FrameError(
            "data must be a mapping of columns, a DataFrame of pandas or polars or a Table of"
            f" pyarrow, got {type(data).__name__}"
            + ("; collect() it" if hasattr(data, "collect") else "")
        )
    wanted = [name for name in names if name in listed]
    for name in wanted:
        if listed.count(name) > 1:
            raise FrameError(f"{listed.count(name)} columns are named {name!r}", name)
    return {name: _find(name, take_one(name)) for name in wanted}, rows


def _common_length(data: Mapping[str, Any]) -> int:
    lengths: dict[str, int] = {}
    for name, column in data.items():
        # What has no length is no column, and no harm unless a feature has its name.
        with suppress(TypeError):
            lengths[name] = len(column)
    if len(set(lengths.values())) > 1:
        raise FrameError(f"columns must have the same number of rows, got {lengths}")
    return next(iter(lengths.values()), 0)


def _find(name: str, column: Any) -> Found:
    try:
        return find_column(column)
    except TypeError as error:
        raise FrameError(f"column {name!r}: {error}", name) from error


def _read(feature: RawFeature, found: Found | None, rows: int) -> Column:
    """Return the column of one feature, with what stands in for missing values."""
    if found is None:
        column = _nothing(feature, rows)
    elif isinstance(found.cells, np.ndarray):
        column = _read_array(feature, found, found.cells)
    else:
        column = _read_objects(feature, found.cells)
    column = _completed(feature, column)
    if feature.strict_limits:
        _check(feature, feature.strict_limits, column)
    return column


def _check(feature: RawFeature, limits: Limits, column: Column) -> None:
    """Refuse a column with a value that is not within the limits."""
    rows = np.flatnonzero(_outside(limits, column))
    if len(rows):
        row = int(rows[0])
        (value,) = values_of(take(column, rows[:1]))
        message = f"feature {feature.name!r} {limits.requirement(value)}"
        raise FrameError(f"{message}, row {row} holds {shown(value)}", feature.name, row)


def _outside(limits: Limits, column: Any) -> BoolArray:
    if isinstance(column, Encoded):
        known = {None, *limits.allowed}
        is_other: BoolArray = np.array([value not in known for value in column.values], np.bool_)
        return is_other[column.codes]
    low, high = limits.range
    outside: BoolArray = ~column.null & ((column.value < low) | (column.value > high))
    return outside


def _completed(feature: RawFeature, column: Column) -> Column:
    null = np.flatnonzero(column.null)
    if not len(null):
        return column
    if feature.required:
        row = int(null[0])
        message = f"feature {feature.name!r} is required, row {row} has no value"
        raise FrameError(message, feature.name, row)
    if feature.default is None:
        return column
    return choose(column.null, column_of([feature.default], feature.type.kind), column)


def _read_objects(feature: RawFeature, cells: Encoded | list[Any]) -> Column:
    """Return Python objects as a column; each distinct one is read once where they are known."""
    if isinstance(cells, list) and feature.type.kind in _HASHED:
        cells = _distinct(cells)
    read = reader_of(feature.type)
    if isinstance(cells, list):
        return column_of(_read_each(feature, cells, range(len(cells)), read), feature.type.kind)
    if not len(cells.codes):
        return column_of([], feature.type.kind)
    first = _first_rows(cells)
    known = np.flatnonzero(first >= 0)
    objects = [cells.values[code] for code in known.tolist()]
    values = _read_each(feature, objects, first[known].tolist(), read)
    table = np.zeros(len(cells.values), np.int64)
    table[known] = np.arange(len(known))
    return take(take(column_of(values, feature.type.kind), table), cells.codes)


def _first_rows(cells: Encoded) -> IntegerArray:
    """Return the first row of each distinct value, -1 where it does not occur."""
    first = np.full(len(cells.values), -1, np.int64)
    # Of several writes to one place the last one stays.
    first[cells.codes[::-1]] = np.arange(len(cells.codes) - 1, -1, -1)
    return first


_HASHED = {Kind.STRING, Kind.TIMESTAMP}
"""Kinds whose values may be found distinct before they are read: equal ones read the same."""


def _distinct(cells: list[Any]) -> Encoded | list[Any]:
    try:
        return encode(cells)
    except TypeError:  # what has no hash is nothing that is taken, and will be refused
        return cells


def _read_each(
    feature: RawFeature, objects: Sequence[Any], rows: Sequence[int], read: Reader
) -> list[Any]:
    """Return what every object means; *rows* tells where it stands first."""
    values = []
    refused: list[tuple[int, str]] = []
    for row, value in zip(rows, objects, strict=True):
        try:
            values.append(read(value))
        except RefusedValueError as refusal:
            refused.append((row, str(refusal)))
    if refused:
        row, problem = min(refused)
        message = f"feature {feature.name!r} is {_word(feature)}, row {row} holds {problem}"
        raise FrameError(message, feature.name, row)
    return values


def _read_array(feature: RawFeature, found: Found, cells: NDArray[Any]) -> Column:
    """Return a whole array as a column, if its type is one that the feature takes."""
    null = np.broadcast_to(found.null | _is_missing(cells), len(cells))
    if null.all():
        return _nothing(feature, len(cells))
    dtypes, read = _ARRAYS.get(feature.type.kind, ("", _read_floats))
    if cells.dtype.kind not in dtypes:
        message = f"feature {feature.name!r} is {_word(feature)}, its column holds"
        raise FrameError(
            f"{message} {found.described}; {_REMEDIES[feature.type.kind]}", feature.name
        )
    if found.naive:
        message = f"feature {feature.name!r} holds times without a zone; {NAIVE_REMEDY}"
        raise FrameError(message, feature.name)
    return read(feature, cells, null)


def _is_missing(cells: NDArray[Any]) -> BoolArray:
    # NaT is not finite either.
    return ~np.isfinite(cells) if cells.dtype.kind in "fM" else NONE


def _read_floats(_feature: RawFeature, cells: NDArray[Any], null: BoolArray) -> Column:
    values = np.where(null, nan, cells.astype(np.float64))
    # What is wider than float64 may be infinite in it.
    return Floats(np.where(np.isfinite(values), values, nan))


def _read_integers(feature: RawFeature, cells: NDArray[Any], null: BoolArray) -> Column:
    if cells.dtype.kind == "f":
        cells = cells.astype(np.float64)
    _refuse_where(
        ~null & (cells != np.trunc(cells)),
        feature,
        cells,
        "which is not whole; round it, or declare Float64",
    )
    lost = null | (cells > MAX_INTEGER) | (cells < -MAX_INTEGER)
    return Integers(np.where(lost, 0, cells).astype(np.int64), lost)


def _read_booleans(_feature: RawFeature, cells: NDArray[Any], null: BoolArray) -> Column:
    return Booleans(cells & ~null, ~cells & ~null)


def _read_times(feature: RawFeature, cells: NDArray[Any], null: BoolArray) -> Column:
    known = np.where(null, np.zeros(1, np.int64).view(cells.dtype), cells)
    _refuse_where(is_outside(known), feature, cells, "outside the years 1 to 9999")
    return Integers(to_microseconds(known), null)


def _refuse_where(
    wrong: BoolArray, feature: RawFeature, cells: NDArray[Any], problem: str
) -> None:
    rows = np.flatnonzero(wrong)
    if len(rows):
        row = int(rows[0])
        message = f"feature {feature.name!r} is {_word(feature)}, row {row} holds {cells[row]}"
        raise FrameError(f"{message}, {problem}", feature.name, row)


_ARRAYS: dict[Kind, tuple[str, Callable[[RawFeature, NDArray[Any], BoolArray], Column]]] = {
    Kind.FLOAT64: ("iuf", _read_floats),
    Kind.INT64: ("iuf", _read_integers),
    Kind.BOOL: ("b", _read_booleans),
    Kind.TIMESTAMP: ("M", _read_times),
}
"""By kind: NumPy's letters for the types that a feature takes, and how they are read."""

_REMEDIES = {
    Kind.FLOAT64: "convert it to numbers",
    Kind.INT64: "convert it to integers",
    Kind.BOOL: "convert it to truth values, as `column > 0` does",
    Kind.STRING: "convert it to text, and mind that 5967.0 is not 5967",
    Kind.TIMESTAMP: "convert it to times with a zone",
    Kind.LIST: "convert it to lists",
}

_WORDS = {boundary.kind: str(boundary) for boundary in Boundary}


def _word(feature: RawFeature) -> str:
    """Return the type of a feature as a specification spells it."""
    return _WORDS[feature.type.kind]


def _nothing(feature: RawFeature, rows: int) -> Column:
    return take(column_of([None], feature.type.kind), np.zeros(rows, np.int64))
