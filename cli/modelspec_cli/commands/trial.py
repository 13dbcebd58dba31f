"""One expression tried on rows: what it is, and its values by both executors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from modelspec.compiler.columns import compute_columns
from modelspec.compiler.frames import FrameError, read_columns
from modelspec.compiler.rows import build_row_type
from modelspec.compiler.scalar import compile_values
from modelspec.expressions.canonical import canonical_expression
from modelspec.expressions.columns import values_of
from modelspec.expressions.cost import cost_of
from modelspec.expressions.graph import Apply
from modelspec.expressions.operation import Operation
from modelspec.expressions.parameters import Parameter
from modelspec.expressions.program import (
    DerivedFeature,
    Program,
    RawFeature,
    build_program,
    check_expression,
)
from modelspec.expressions.syntax import Expression, names_in
from modelspec.expressions.types import Boundary, Kind, Type
from modelspec_cli.commands.errors import OptionError
from modelspec_cli.commands.rows import Row

_RESULT = "#result"
"""Name of what is computed; no feature can have it."""

_BOUNDARIES = {
    Kind.NULL: Boundary.FLOAT64,
    **{
        boundary.kind: boundary
        for boundary in Boundary
        if boundary not in {Boundary.INT32, Boundary.FLOAT32}
    },
}
"""What emits a value of a kind as it is."""


@dataclass(frozen=True)
class Trial:
    """What an expression is, and its values for all rows."""

    canonical: str
    type: Type
    cost: float
    """Units of 50 ns."""

    operations: Sequence[Operation]
    features: Sequence[RawFeature]
    """The features that it names."""

    by_row: Sequence[Any]
    by_column: Sequence[Any]

    @property
    def differing(self) -> Sequence[int]:
        """Rows for which the executors differ, in a bit, in the type or in the sign of zero."""
        pairs = zip(self.by_row, self.by_column, strict=True)
        return [row for row, (left, right) in enumerate(pairs) if repr(left) != repr(right)]


def try_expression(
    text: str,
    tree: Expression,
    features: Sequence[RawFeature],
    parameters: Mapping[str, Parameter],
    rows: Sequence[Row],
) -> Trial:
    """Return what an expression is and computes.

    Raises:
        ExpressionError: It is not valid.
        OptionError: A row holds what a feature does not take.
    """
    node = check_expression(text, features, parameters)
    used = [feature for feature in features if feature.name in names_in(tree)]
    derived = DerivedFeature(_RESULT, text, _BOUNDARIES[node.type.kind])
    program = build_program(used, [derived], parameters)
    by_column = _run_columns(program, rows)
    return Trial(
        canonical=canonical_expression(text),
        type=node.type,
        cost=cost_of(node),
        operations=list(_operations(program)),
        features=used,
        by_row=_run_rows(program, rows),
        by_column=by_column,
    )


def _operations(program: Program) -> Iterator[Operation]:
    for node in program.needed([program.values[_RESULT]]):
        if isinstance(node, Apply):
            yield node.operation


def _run_rows(program: Program, rows: Sequence[Row]) -> list[Any]:
    function = compile_values(program, [_RESULT]).function
    row_type = build_row_type(program.features)
    return [function(_convert(number, row, row_type))[0] for number, row in enumerate(rows)]


def _convert(number: int, row: Row, row_type: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        return msgspec.convert(row, row_type)
    except msgspec.ValidationError as error:
        raise OptionError(f"row {number}: {error}") from None


def _run_columns(program: Program, rows: Sequence[Row]) -> list[Any]:
    data = {item.name: [row.get(item.name) for row in rows] for item in program.features}
    try:
        columns = read_columns(data, program.features)
    except FrameError as error:
        raise OptionError(str(error)) from None
    values = values_of(compute_columns(program, columns, [_RESULT])[_RESULT])
    return values * len(rows) if len(values) == 1 else values
