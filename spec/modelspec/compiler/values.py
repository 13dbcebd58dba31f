"""Single values in people's data: what is missing, what a feature takes, what it does not.

The rules are those for rows. A number, a text or a time with a zone is taken as it is; what is
not finite is missing, and so is an integer of 2^53 or more; nothing is guessed from its looks.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from math import isfinite
from typing import Annotated, Any, TypeAlias

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from modelspec.compiler.rows import microseconds
from modelspec.expressions.columns import NONE, BoolArray, IntegerArray
from modelspec.expressions.limits import clipped
from modelspec.expressions.types import MAX_INTEGER, Kind, Type

Reader: TypeAlias = Callable[[Any], Any]
"""Returns a value in the form that columns are made of; ``None`` stands for a missing one."""


class RefusedValueError(ValueError):
    """A value that a feature does not take; says why, and what to do."""


def reader_of(declared: Type) -> Reader:
    """Return what reads the values of a feature of this type."""
    match declared.kind:
        case Kind.STRING:
            return partial(_read_text, declared.length)
        case Kind.LIST:
            item = Type(declared.item or Kind.FLOAT64, length=declared.item_length)
            return partial(_read_list, reader_of(item), declared.length)
        case Kind.BOOL:
            return _read_bool
        case Kind.INT64:
            return _read_integer
        case Kind.TIMESTAMP:
            return _read_time
        case _:
            return _read_float


def is_missing(value: Any) -> bool:
    """Return whether a Python object stands for no value, in whichever library."""
    if value is None:
        return True
    if isinstance(value, float | np.floating):
        return not isfinite(value)
    if isinstance(value, np.datetime64):
        return bool(np.isnat(value))
    return type(value).__name__ in {"NAType", "NaTType"}


def _read_float(value: Any) -> float | None:
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        if is_missing(value):
            return None
        try:
            return float(value)
        except OverflowError:
            return None
    _refuse_value(value, "convert it to a number")
    return None


def _read_integer(value: Any) -> int | None:
    if is_missing(value) or isinstance(value, bool):
        _refuse_value(value, "convert it to an integer")
        return None
    if isinstance(value, int | float | np.integer | np.floating):
        whole = int(value)
        if whole != value:
            problem = "which is not whole; round it, or declare Float64"
            raise RefusedValueError(f"{clipped(value)}, {problem}")
        return whole if -MAX_INTEGER <= whole <= MAX_INTEGER else None
    _refuse_value(value, "convert it to an integer")
    return None


def _read_bool(value: Any) -> bool | None:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    _refuse_value(value, "convert it to a truth value, as `column > 0` does")
    return None


def _read_text(most: int, value: Any) -> str | None:
    if not isinstance(value, str):
        _refuse_value(value, "convert it to text")
        return None
    if len(value) > most:
        raise RefusedValueError(f"a text of {len(value)} characters; `maxLength` is {most}")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise RefusedValueError(f"{clipped(value)}, which is not valid Unicode")
    return str(value)


_TIME = Annotated[datetime, Meta(tz=True)]


def _read_time(value: Any) -> int | None:
    if isinstance(value, str):
        try:
            return microseconds(msgspec.convert(value, _TIME))
        except msgspec.ValidationError:
            remedy = "write it like 2026-01-31T12:00:00Z"
            raise RefusedValueError(f"{clipped(value)}; {remedy}") from None
    if is_missing(value):
        return None
    if isinstance(value, np.datetime64):
        return _read_numpy_time(np.array([value]))
    if not isinstance(value, datetime):
        _refuse_value(value, "convert it to a time with a zone")
        return None
    if value.tzinfo is None:
        raise RefusedValueError(f"{clipped(value)}, a time without a zone; {NAIVE_REMEDY}")
    # Times of pandas are more precise than those of Python, which they claim to be.
    return microseconds(value) + (getattr(value, "nanosecond", 0) >= 500)  # noqa: PLR2004


def _read_numpy_time(times: NDArray[np.datetime64]) -> int:
    if is_outside(times).any():
        raise RefusedValueError(f"{times[0]}; years are 1 to 9999")
    return int(to_microseconds(times)[0])


def _read_list(read: Reader, most: int, value: Any) -> tuple[Any, ...] | None:
    items = value.tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(items, list | tuple):
        _refuse_value(value, "convert it to a list")
        return None
    if len(items) > most:
        raise RefusedValueError(f"a list of {len(items)} items; `maxItems` is {most}")
    found = tuple(map(read, items))
    if None in found:
        raise RefusedValueError(
            f"a list whose item {found.index(None)} has no value, or one of 2^53 or more"
        )
    return found


def _refuse_value(value: Any, remedy: str) -> None:
    """Refuse a value of a type that is not taken, unless it says that there is none."""
    if not is_missing(value):
        raise RefusedValueError(f"{clipped(value)}, a {type(value).__name__}; {remedy}")


NAIVE_REMEDY = "say which, as `.dt.tz_localize('UTC')` or `.dt.replace_time_zone('UTC')` do"

_FINER = {"ns": 1_000, "ps": 1_000_000, "fs": 10**9, "as": 10**12}
"""Parts of a microsecond; in 64 bits they cover no more than a few centuries."""

# A day more on either side, because the zone of a time can move it by as much.
_FIRST = np.datetime64("0000-12-31", "us")
_LAST = np.datetime64("10000-01-01T23:59:59", "us")


def is_outside(times: NDArray[np.datetime64]) -> BoolArray:
    """Return which of NumPy's times are outside the years 1 to 9999."""
    if np.datetime_data(times.dtype)[0] in _FINER:
        return NONE
    return (times < _FIRST.astype(times.dtype)) | (times > _LAST.astype(times.dtype))


def to_microseconds(times: NDArray[np.datetime64]) -> IntegerArray:
    """Return NumPy's times, none missing or outside, as microseconds since 1970.

    Nanoseconds are rounded as they are in a text of a request: halves go up.
    """
    unit, _ = np.datetime_data(times.dtype)
    if unit not in _FINER:
        return times.astype("M8[us]").view(np.int64)
    parts = times.astype(f"M8[{unit}]").view(np.int64)
    per = _FINER[unit]
    return parts // per + (parts % per * 2 >= per)
