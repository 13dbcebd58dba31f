"""Both executors over the rows of `support.rows`, and what types promise of results."""

from collections.abc import Mapping, Sequence
from functools import cache
from math import isfinite, isnan, nan
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from modelspec.compiler.columns import compute_columns
from modelspec.compiler.frames import read_columns
from modelspec.compiler.rows import build_row_type
from modelspec.compiler.scalar import compile_tensor, compile_values, pack_row, row_layout
from modelspec.compiler.tensors import to_float32
from modelspec.expressions.columns import Column, values_of
from modelspec.expressions.program import (
    DerivedFeature,
    Program,
    build_program,
    check_expression,
)
from modelspec.expressions.types import MAX_INTEGER, MAX_TEXT, Boundary, Kind, Type
from support.rows import FEATURES, PARAMETERS, many_rows

BOUNDARY = {
    boundary.kind: boundary
    for boundary in Boundary
    if boundary not in {Boundary.INT32, Boundary.FLOAT32}
}
"""What emits a value of a kind as it is."""

TENSOR_KINDS = {Kind.BOOL, Kind.INT64, Kind.FLOAT64, Kind.VECTOR}

ROW = build_row_type(FEATURES)


class Table:
    """Rows, as both executors want them."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.rows = rows
        self.structs = [msgspec.convert(row, ROW) for row in rows]
        self.columns = columns_of(rows)


def columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Column]:
    """Return rows as the columns of all raw features."""
    return read_columns({f.name: [row[f.name] for row in rows] for f in FEATURES}, FEATURES)


@cache
def usual_table() -> Table:
    """Return rows that are the same in every test."""
    return Table(many_rows(128))


def program_of(*texts: str, **derived: str) -> Program:
    """Return the program that computes texts as ``f0``, ``f1`` …, after derived features."""
    named = {**derived, **{f"f{index}": text for index, text in enumerate(texts)}}
    kinds = kinds_of(named)
    listed = [DerivedFeature(name, text, BOUNDARY[kinds[name]]) for name, text in named.items()]
    return build_program(FEATURES, listed, PARAMETERS)


def kinds_of(named: Mapping[str, str]) -> dict[str, Kind]:
    """Return the kind of every expression; each may use the ones before it."""
    kinds: dict[str, Kind] = {}
    features = list(FEATURES)
    for name, text in named.items():
        node = check_expression(text, features, PARAMETERS)
        kinds[name] = Kind.FLOAT64 if node.type.kind is Kind.NULL else node.type.kind
        features.append(type(FEATURES[0])(name, node.type))
    return kinds


def run_rows(program: Program, names: Sequence[str], table: Table) -> list[tuple[Any, ...]]:
    """Return the named features of every row, by the executor for single rows."""
    function = compile_values(program, names).function
    return [function(row) for row in table.structs]


def run_columns(program: Program, names: Sequence[str], table: Table) -> list[tuple[Any, ...]]:
    """Return the named features of every row, by the executor for columns."""
    computed = compute_columns(program, table.columns, names)
    count = len(table.rows)
    listed = [values_of(computed[name]) for name in names]
    spread = [values * count if len(values) == 1 else values for values in listed]
    return list(zip(*spread, strict=True))


def tensor_of_rows(program: Program, names: Sequence[str], table: Table) -> NDArray[np.float32]:
    """Return the tensor that single rows are packed into."""
    function = compile_tensor(program, names).function
    cells = [function(row) for row in table.structs]
    packed = b"".join(map(packed_row, cells))
    return np.frombuffer(packed, np.float32).reshape(len(cells), -1)


def packed_row(cells: tuple[float, ...]) -> bytes:
    """Return the float32 bytes of one row's cells."""
    layout = row_layout(len(cells))
    buffer = bytearray(layout.size)
    pack_row(layout, buffer, 0, cells)
    return bytes(buffer)


def tensor_of_columns(program: Program, names: Sequence[str], table: Table) -> NDArray[np.float32]:
    """Return the tensor of all rows at once."""
    return to_float32(program, table.columns, names)


def same_bits(a: NDArray[np.float32], b: NDArray[np.float32]) -> bool:
    """Return whether two tensors are the same, with any NaN equal to any other."""
    quiet = np.float32(nan)
    left, right = (np.where(np.isnan(t), quiet, t).view(np.uint32) for t in (a, b))
    return left.shape == right.shape and bool((left == right).all())


def same(a: Any, b: Any) -> bool:
    """Return whether two values are the same, the type and the sign of zero included."""
    return repr(a) == repr(b)


def breaches(value: Any, declared: Type) -> str | None:
    """Return how a value breaks what its type promises, if it does."""
    if value is None or (isinstance(value, float) and isnan(value)):
        return None if declared.nullable else "null"
    return _CHECKS[declared.kind](value, declared)


def _float(value: Any, declared: Type) -> str | None:
    if type(value) is not float or not isfinite(value):
        return "no finite float"
    return None if declared.range.low <= value <= declared.range.high else "outside its range"


def _integer(value: Any, declared: Type) -> str | None:
    if type(value) is not int or abs(value) > MAX_INTEGER:
        return "no safe integer"
    return None if declared.range.low <= value <= declared.range.high else "outside its range"


def _text(value: Any, declared: Type) -> str | None:
    if type(value) is not str:
        return "no text"
    return None if len(value) <= min(declared.length, MAX_TEXT) else "too long"


def _list(value: Any, declared: Type) -> str | None:
    if type(value) is not tuple or len(value) > declared.length:
        return "no list, or too long"
    item = Type(declared.item or Kind.FLOAT64, length=declared.item_length)
    return next((flaw for v in value if (flaw := breaches(v, item))), None)


def _vector(value: Any, declared: Type) -> str | None:
    if type(value) is not tuple or len(value) != declared.length:
        return "no vector of its width"
    return None if all(type(v) is float and isfinite(v) for v in value) else "no finite floats"


_CHECKS = {
    Kind.BOOL: lambda value, _declared: None if type(value) is bool else "no truth value",
    Kind.INT64: _integer,
    Kind.FLOAT64: _float,
    Kind.STRING: _text,
    Kind.TIMESTAMP: lambda value, _declared: None if type(value) is int else "no time",
    Kind.LIST: _list,
    Kind.VECTOR: _vector,
}
