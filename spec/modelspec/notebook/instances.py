"""Rows as requests have them: from people's data to JSON objects, and back to columns."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from modelspec.compiler.frames import read_columns
from modelspec.expressions.columns import (
    Column,
    IntegerArray,
    broadcast_length,
    rows_of,
    take,
    values_of,
)
from modelspec.expressions.program import RawFeature
from modelspec.expressions.types import Kind

Instance: TypeAlias = dict[str, Any]
"""Raw features of one row by name; what is missing is not there."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instances_of(
    data: Any, features: Sequence[RawFeature], chosen: IntegerArray | None = None
) -> list[Instance]:
    """Return rows of people's data as requests would bring them.

    Args:
        data: What `read_columns` takes.
        features: The raw features.
        chosen: Numbers of the rows; all when omitted.

    Raises:
        FrameError: The data lack a required feature, or a value is none of its feature.
    """
    columns = read_columns(data, features)
    rows = broadcast_length(map(rows_of, columns.values())) if chosen is None else len(chosen)
    listed = {item.name: _values(item, columns[item.name], rows, chosen) for item in features}
    return [
        {name: values[row] for name, values in listed.items() if values[row] is not None}
        for row in range(rows)
    ]


def _values(
    feature: RawFeature, column: Column, rows: int, chosen: IntegerArray | None
) -> list[Any]:
    is_constant = rows_of(column) == 1
    picked = column if chosen is None or is_constant else take(column, chosen)
    values = [_plain(feature.type.kind, value) for value in values_of(picked)]
    return values * rows if is_constant and rows != 1 else values


def _plain(kind: Kind, value: Any) -> Any:
    if value is None or value != value:  # noqa: PLR0124  # NaN is null
        return None
    if kind is Kind.TIMESTAMP:
        return time_text(value)
    return list(value) if isinstance(value, tuple) else value


def time_text(microseconds: int) -> str:
    """Return a time as requests write it: RFC 3339, in UTC."""
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat().replace("+00:00", "Z")


def columns_of(instances: Sequence[Mapping[str, Any]], features: Sequence[RawFeature]) -> Any:
    """Return rows as people's data: a list for each feature, ``None`` for what is missing."""
    return {item.name: [row.get(item.name) for row in instances] for item in features}
