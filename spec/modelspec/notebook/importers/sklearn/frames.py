"""The data that a pipeline was fitted on: columns with types, and rows with other values."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import numpy as np

from modelspec.compiler.found import Found, find_column, library_of
from modelspec.expressions.columns import Encoded
from modelspec.expressions.lexer import CONSTANTS, RESERVED
from modelspec.expressions.types import Kind
from modelspec.notebook.importers.sklearn.drafts import MAX_NAME, feature_name
from modelspec.notebook.importers.sklearn.imputing import is_nothing

_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{MAX_NAME - 1}}}")

_LIBRARIES = {"pandas", "polars", "pyarrow"}


class FrameRefusedError(ValueError):
    """Data of which no features can be made, or not those that the pipeline was fitted on."""


@dataclass(frozen=True)
class RawColumn:
    """One column as it was found."""

    kind: Kind
    dtype: np.dtype[Any]


@dataclass(frozen=True)
class Frame:
    """Rows that the original takes."""

    data: Any
    """A DataFrame of pandas or polars, or a matrix."""

    columns: Mapping[str, RawColumn]
    """The columns that the original was fitted on, in that order."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.data)

    def take(self, rows: Sequence[int]) -> "Frame":
        """Return some of the rows."""
        taken = self.data.iloc[list(rows)] if hasattr(self.data, "iloc") else self.data[list(rows)]
        return Frame(taken, self.columns)

    def readable(self) -> Any:
        """Return the data as specifications read them: by the names of features."""
        if not isinstance(self.data, np.ndarray):
            return self.data
        return {name: _plain(self.data[:, place]) for place, name in enumerate(self.columns)}

    def changed(self, changes: Sequence[tuple[str, Any]]) -> "Frame":
        """Return the rows with one value of each changed, by the name of its column."""
        moved: dict[str, dict[int, Any]] = {}
        for row, (name, value) in enumerate(changes):
            moved.setdefault(name, {})[row] = value
        data = self.data.copy() if not hasattr(self.data, "with_columns") else self.data
        if isinstance(data, np.ndarray):
            return Frame(_changed_matrix(data, list(self.columns), moved), self.columns)
        for name, values in moved.items():
            series = data[name]
            items = [values.get(row, item) for row, item in enumerate(series.to_list())]
            if hasattr(data, "with_columns"):
                data = data.with_columns(_polars_series(series, items))
            else:
                data[name] = _pandas_series(series, items)
        return Frame(data, self.columns)


def read_frame(data: Any, fitted_on: Sequence[str] | None, count: int | None) -> Frame:
    """Return data as a frame.

    Args:
        data: A DataFrame of pandas or polars, a Table of pyarrow, or a matrix.
        fitted_on: The names that the original was fitted on, if it knows them.
        count: How many columns it was fitted on, if it knows.

    Raises:
        FrameRefusedError: They are no such data; the message says what to do.
    """
    if library_of(data) == "pyarrow":
        data = data.to_pandas()
    if isinstance(data, np.ndarray) and data.ndim == 2:  # noqa: PLR2004  # rows and columns
        names = [f"x{place}" for place in range(data.shape[1])]
        found = {name: find_column(data[:, place]) for place, name in enumerate(names)}
    elif library_of(data) in _LIBRARIES and hasattr(data, "columns") and hasattr(data, "shape"):
        _check_names(data.columns if fitted_on is None else fitted_on, list(data.columns))
        names = list(data.columns if fitted_on is None else fitted_on)
        data = data[names]
        found = {name: find_column(data[name]) for name in names}
    else:
        raise FrameRefusedError(
            "`frame` must be a DataFrame of pandas or polars, a Table of pyarrow or a matrix of"
            f" NumPy, got {type(data).__name__}"
        )
    if count is not None and len(names) != count:
        raise FrameRefusedError(
            f"`frame` has {len(names)} columns and the pipeline was fitted on {count}; give the"
            " data that it was fitted on"
        )
    if not len(data):
        raise FrameRefusedError("`frame` has no rows; give those that the pipeline was fitted on")
    return Frame(data, {name: _typed(name, item) for name, item in found.items()})


def _check_names(names: Sequence[Any], listed: Sequence[Any]) -> None:
    lost = [name for name in names if name not in listed]
    if lost:
        message = f"`frame` has no column {lost[0]!r}, on which the pipeline was fitted"
        raise FrameRefusedError(f"{message}; give the data that it was fitted on")
    words = RESERVED | CONSTANTS.keys()
    wrong = [n for n in names if not isinstance(n, str) or not _NAME.fullmatch(n) or n in words]
    if wrong:
        suggested = {name: feature_name(str(name)) for name in wrong}
        raise FrameRefusedError(
            f"column {wrong[0]!r} cannot be the name of a feature, which is what callers send;"
            f" rename columns and fit again: frame.rename(columns={suggested!r})"
        )


def _typed(name: str, found: Found) -> RawColumn:
    cells = found.cells
    if isinstance(cells, np.ndarray):
        kind = _ARRAYS.get(cells.dtype.kind)
        if kind is None:
            raise FrameRefusedError(f"column '{name}' holds {found.described}; convert it")
        return RawColumn(kind, cells.dtype)
    values = cells.values if isinstance(cells, Encoded) else cells
    shapes = {type(value) for value in values if not is_nothing(value)}
    if not shapes:
        message = f"column '{name}' holds no value that tells its type"
        raise FrameRefusedError(f"{message}; make it float64, or leave it out and fit again")
    for taken, kind in _OBJECTS:
        if shapes <= taken:
            return RawColumn(kind, np.dtype(object))
    mixed = " and ".join(sorted(shape.__name__ for shape in shapes))
    raise FrameRefusedError(f"column '{name}' holds {mixed}; give it one type")


_ARRAYS = {"b": Kind.BOOL, "i": Kind.INT64, "u": Kind.INT64, "f": Kind.FLOAT64}
_ARRAYS["M"] = Kind.TIMESTAMP

_OBJECTS: tuple[tuple[set[type], Kind], ...] = (
    ({bool, np.bool_}, Kind.BOOL),
    ({str, np.str_}, Kind.STRING),
    ({int, np.int64}, Kind.INT64),
    ({int, float, np.int64, np.float64}, Kind.FLOAT64),
)


def _plain(column: Any) -> Any:
    return column.tolist() if column.dtype.kind == "O" else column


def _changed_matrix(
    data: Any, names: Sequence[str], moved: Mapping[str, Mapping[int, Any]]
) -> Any:
    """Return a matrix with other values; NaN needs a matrix of floats."""
    values = [value for column in moved.values() for value in column.values()]
    if data.dtype.kind == "O":
        marker = _marker(data.flat)
    else:
        marker = nan
        if (any(value is None for value in values) and data.dtype.kind != "f") or (
            any(isinstance(value, float) for value in values) and data.dtype.kind in "iub"
        ):
            data = data.astype(np.float64)
        elif data.dtype.kind == "U":
            data = data.astype(object)
            marker = None
    for name, column in moved.items():
        place = names.index(name)
        for row, value in column.items():
            data[row, place] = marker if value is None else value
    return data


def _marker(items: Iterable[Any]) -> float | None:
    """Return what stands for a missing value among Python objects: NaN if it does already."""
    return nan if any(isinstance(item, float) and isnan(item) for item in items) else None


def _pandas_series(series: Any, items: Sequence[Any]) -> Any:
    dtype = series.dtype
    if hasattr(dtype, "categories"):
        dtype = dtype.categories.dtype
    plain = isinstance(dtype, np.dtype)
    absent = any(is_nothing(item) for item in items)
    if plain and dtype.kind in "iu" and absent:
        dtype = np.dtype(np.float64)
    elif plain and dtype.kind == "b" and absent:
        dtype = np.dtype(object)
    marker = None
    if plain and dtype.kind == "O":
        marker = _marker(series)
    elif plain:
        marker = nan
    values = [marker if is_nothing(item) else item for item in items]
    return type(series)(values, index=series.index, dtype=dtype)


def _polars_series(series: Any, items: Sequence[Any]) -> Any:
    coded = str(series.dtype).partition("(")[0] in {"Categorical", "Enum"}
    if coded:
        return type(series)(series.name, items)
    return type(series)(series.name, items, dtype=series.dtype, strict=False)
