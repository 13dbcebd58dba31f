"""The executor for columns: the same program, one operation after the other, over whole arrays."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from math import nan
from typing import Any

import numpy as np

from modelspec.compiler.emission import Emitter
from modelspec.compiler.generated import generate
from modelspec.expressions.columns import (
    NONE,
    BoolArray,
    Booleans,
    Column,
    Encoded,
    Floats,
    Integers,
    Vectors,
    column_of,
    map_rows,
    nulls_of,
)
from modelspec.expressions.graph import Apply, Constant, Input, Node
from modelspec.expressions.operation import Operation
from modelspec.expressions.program import Program
from modelspec.expressions.types import MAX_INTEGER, Kind


def compute_columns(
    program: Program, columns: Mapping[str, Column], names: Sequence[str]
) -> dict[str, Column]:
    """Return the named features of all rows.

    Args:
        program: The program.
        columns: Every raw feature that is needed, with what stands in for missing values.
        names: Raw or derived features.
    """
    wanted = [program.values[name] for name in names]
    computed: dict[int, Column] = {}
    with np.errstate(all="ignore"):
        for node in program.needed(wanted):
            computed[node.number] = _compute(node, columns, computed)
    return {name: computed[program.values[name].number] for name in names}


def _compute(node: Node, columns: Mapping[str, Column], computed: dict[int, Column]) -> Column:
    if isinstance(node, Input):
        return columns[node.name]
    if isinstance(node, Constant):
        return column_of([node.value], node.type.kind, node.type.length)
    assert isinstance(node, Apply)  # noqa: S101  # there is no fourth kind of node
    return _apply(node, [computed[argument.number] for argument in node.arguments])


def _apply(node: Apply, arguments: list[Column]) -> Column:
    operation = node.operation
    if operation.columns is None:
        return _mapped(node, arguments)
    if operation.lenient:
        result: Column = operation.columns(*arguments, **dict(node.bound))
        return replace(result, wild=True) if node.wild and isinstance(result, Floats) else result
    arrays = [
        _array(column, raw=name in operation.raw_arguments)
        for name, column in _named(operation, arguments)
    ]
    return _wrap(node, arguments, operation.columns(*arrays, **dict(node.bound)))


def _array(column: Column, *, raw: bool) -> Any:
    """Return what the meaning of a strict operation works with: texts and lists stay encoded."""
    if isinstance(column, Encoded):
        return column
    return column.raw if raw and not isinstance(column, Vectors) else column.value


def _named(operation: Operation, arguments: Sequence[Column]) -> Iterator[tuple[str, Any]]:
    names = operation.value_names
    for position, column in enumerate(arguments):
        yield names[min(position, len(names) - 1)], column


def _wrap(node: Apply, arguments: Sequence[Column], result: Any) -> Column:
    """Return arrays of a strict operation as a column, with null where its rules say so."""
    array, lost = result if isinstance(result, tuple) else (result, NONE)
    null = lost | _outside(node.operation, arguments)
    match node.type.kind:
        case Kind.FLOAT64:
            # NaN passes through arithmetic by itself, but not through a comparison.
            null = null | nulls_of(
                column
                for name, column in _named(node.operation, arguments)
                if name in node.operation.asks or not isinstance(column, Floats)
            )
            return Floats(np.where(null, nan, array) if null.any() else array, node.wild)
        case Kind.BOOL:
            null = null | nulls_of(arguments)
            return Booleans(array & ~null, ~(array | null))
        case Kind.VECTOR:
            return Vectors(array, null | nulls_of(arguments))
        case _:
            null = null | nulls_of(arguments)
            if node.wild:
                null = null | (np.abs(array) > MAX_INTEGER)
            return Integers(np.where(null, 0, array) if null.any() else array, null)


def _outside(operation: Operation, arguments: Sequence[Column]) -> BoolArray:
    """Return where an argument is outside its domain."""
    outside = NONE
    for name, column in _named(operation, arguments):
        if name in operation.domain:
            outside = outside | ~operation.domain[name].holds(column.value)
    return outside


def _mapped(node: Apply, arguments: list[Column]) -> Column:
    if len(arguments) == 1 and isinstance(arguments[0], Floats) and _is_plain(node.operation):
        return _map_floats(node, arguments[0])
    return map_rows(_row_function(node), arguments, node.type)


def _is_plain(operation: Operation) -> bool:
    """Return whether an operation is one function of one float, with a domain."""
    single = len(operation.signature.arguments) == 1 and operation.signature.result == "float64"
    return single and callable(operation.scalar) and not operation.lenient


def _map_floats(node: Apply, column: Floats) -> Column:
    """Return the function of every value that has one; several times faster than row by row."""
    defined = np.isfinite(column.value) & ~_outside(node.operation, [column])
    function: Any = node.operation.scalar
    result = np.full(len(defined), nan)
    known = column.value[defined].tolist()
    result[defined] = np.fromiter(map(function, known), dtype=float, count=len(known))
    return Floats(result, node.wild)


@lru_cache(maxsize=1024)
def _row_function(node: Apply) -> Callable[..., Any]:
    """Return the meaning for one row as a function of the arguments' values."""
    emitter = Emitter()
    names = [f"a{position}" for position in range(len(node.arguments))]
    for argument, name in zip(node.arguments, names, strict=True):
        emitter.assume(argument, name)
    return generate(emitter.source(names, emitter.ask(node, "")), emitter.bound)
