"""Columns as they are found: what NumPy, pandas, polars and pyarrow hold, in three plain forms.

None of the libraries is imported: whatever has to be done to their columns, their columns can do.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from modelspec.expressions.columns import NONE, BoolArray, Encoded, encode

Cells: TypeAlias = NDArray[Any] | Encoded | list[Any]


@dataclass(frozen=True)
class Found:
    """One column of somebody's data."""

    cells: Cells
    """Truth values, numbers or times; codes into distinct Python objects; or Python objects."""

    described: str
    """What its library calls its type."""

    null: BoolArray = field(default_factory=lambda: NONE)
    """For an array, where there is no value."""

    naive: bool = False
    """Whether times have no zone, though their library knows zones."""


def library_of(data: Any) -> str:
    """Return which of the libraries an object comes from, or nothing."""
    roots = {shape.__module__.partition(".")[0] for shape in type(data).__mro__}
    return next((name for name in _READERS if name in roots), "")


def find_column(column: Any) -> Found:
    """Return any array-like as one of the plain forms.

    Raises:
        TypeError: It is no column.
    """
    library = library_of(column)
    if library:
        return _READERS[library](column)
    if isinstance(column, Sequence) and not isinstance(column, str | bytes):
        return Found(list(column), "object")
    if not hasattr(column, "__array__"):
        raise TypeError(f"a column must be an array or a list, got {type(column).__name__}")
    return _from_numpy(column if isinstance(column, np.ndarray) else np.asarray(column))


def _from_numpy(array: NDArray[Any]) -> Found:
    described = str(array.dtype)
    if array.ndim == 0:
        raise TypeError("a column must be an array or a list, got a single value")
    if isinstance(array, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(array)
        if array.dtype.kind in "biufM":
            return Found(np.asarray(array.data), described, mask)
        return Found([None if m else v for v, m in zip(array.data, mask, strict=True)], described)
    if array.ndim > 1 or array.dtype.kind not in "biufMU":
        return Found(array.tolist(), described)
    if array.dtype.kind == "U":
        return Found(encode(array.tolist()), described)
    return Found(array, described)


def _from_pandas(series: Any) -> Found:
    dtype = series.dtype
    described = str(dtype)
    if hasattr(dtype, "pyarrow_dtype"):
        return _from_arrow(series.array.__arrow_array__())
    if hasattr(dtype, "categories"):
        return _coded(series.cat.codes.to_numpy(), series.cat.categories.tolist(), described)
    if type(dtype).__name__ == "StringDtype":
        codes, distinct = series.factorize()
        return _coded(codes, distinct.tolist(), described)
    null = series.isna().to_numpy()
    if dtype.kind == "M":
        zoned = getattr(dtype, "tz", None) is not None
        times = series.dt.tz_convert("UTC").dt.tz_localize(None) if zoned else series
        return Found(times.to_numpy(), described, null, naive=not zoned)
    if hasattr(dtype, "numpy_dtype"):
        return Found(series.to_numpy(dtype=dtype.numpy_dtype, na_value=0), described, null)
    return _from_numpy(np.asarray(series))


def _coded(codes: NDArray[Any], distinct: list[Any], described: str) -> Found:
    """Return codes of which negative ones stand for null."""
    numbers = np.where(codes < 0, len(distinct), codes).astype(np.int64)
    return Found(Encoded(numbers, (*distinct, None)), described)


_POLARS_NUMBERS = {
    *(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)),
    *("Float32", "Float64", "Boolean"),
}


def _from_polars(series: Any) -> Found:
    dtype = series.dtype
    described = str(dtype)
    word = described.partition("(")[0]
    if word in {"String", "Categorical", "Enum"}:
        texts = series.cast(str)
        with suppress(ImportError):  # Arrow's dictionaries are quicker, where Arrow is installed
            return _from_arrow_codes(texts.to_arrow(), described)
        distinct = texts.unique(maintain_order=True)
        codes = texts.replace_strict(distinct, list(range(len(distinct)))) if len(texts) else []
        values = tuple(distinct.to_list())
        return Found(Encoded(np.asarray(codes, dtype=np.int64), values), described)
    null = series.is_null().to_numpy()
    if word == "Datetime":
        times = series.to_physical().fill_null(0).to_numpy().view(f"M8[{dtype.time_unit}]")
        return Found(times, described, null, naive=dtype.time_zone is None)
    if word in _POLARS_NUMBERS:
        zero = False if word == "Boolean" else 0
        return Found(series.fill_null(zero).to_numpy(), described, null)
    return Found(series.to_list(), described)


_ARROW_NUMBERS = {
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    *("halffloat", "float", "double", "bool"),
}
_ARROW_TEXTS = {"string", "large_string", "string_view"}


def _from_arrow(column: Any) -> Found:
    described = str(column.type)
    if described in _ARROW_NUMBERS:
        zero = False if described == "bool" else 0
        return Found(_arrow_array(column.fill_null(zero)), described, _arrow_nulls(column))
    if described.startswith("timestamp["):
        integers = _arrow_array(column.cast("int64").fill_null(0))
        times = integers.view(f"M8[{column.type.unit}]")
        return Found(times, described, _arrow_nulls(column), naive=column.type.tz is None)
    if described in _ARROW_TEXTS or described.startswith("dictionary<"):
        return _from_arrow_codes(column, described)
    return Found(column.to_pylist(), described)


def _arrow_array(column: Any) -> NDArray[Any]:
    # A chunked array copies by itself; an array has to be told that it may.
    chunked = hasattr(column, "chunks")
    return np.asarray(column.to_numpy() if chunked else column.to_numpy(zero_copy_only=False))


def _arrow_nulls(column: Any) -> BoolArray:
    return _arrow_array(column.is_null()) if column.null_count else NONE


def _from_arrow_codes(column: Any, described: str) -> Found:
    """Return the codes of a dictionary, which all chunks of a column share."""
    coded = column
    if (kind := str(column.type)) in _ARROW_TEXTS:
        # Not every version of Arrow can encode views.
        texts = column.cast("large_string") if kind == "string_view" else column
        coded = texts.dictionary_encode()
    chunks = coded.unify_dictionaries().chunks if hasattr(coded, "chunks") else [coded]
    codes = [_arrow_array(chunk.indices.cast("int64").fill_null(-1)) for chunk in chunks]
    distinct = chunks[0].dictionary.to_pylist() if chunks else []
    return _coded(np.concatenate(codes or [np.zeros(0, np.int64)]), distinct, described)


_READERS = {"pandas": _from_pandas, "polars": _from_polars, "pyarrow": _from_arrow}
