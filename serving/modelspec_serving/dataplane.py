"""From rows of raw features to named outputs, whatever the wire looked like.

One generated function computes everything that the model takes, in float64; numbers are rounded
to float32 where they enter the tensor, once.
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from modelspec.choices import UnknownFields
from modelspec.compiler.rows import RefusedFeatureError, blank_values, build_row_type
from modelspec.compiler.scalar import column_count, compile_tensor, pack_row, row_layout
from modelspec.expressions.program import Program
from modelspec.parts import Model, ModelInput, ModelOutput
from modelspec.sessions import Array, Float32Array, Session


class RefusedRowError(Exception):
    """A row lacks a required feature, or holds a value that a feature may not have."""

    def __init__(self, row: int, feature: str, problem: str) -> None:
        super().__init__(f"row {row}, feature {feature!r}: {problem}")
        self.row = row
        self.feature = feature
        self.problem = problem


class DataPlane:
    """The decision of one snapshot.

    It is not for several threads at once: single rows share a buffer.
    """

    def __init__(
        self,
        program: Program,
        model: Model,
        session: Session,
        *,
        unknown_fields: UnknownFields,
    ) -> None:
        self.features = program.features
        self.takes_unknown = unknown_fields is UnknownFields.IGNORE
        self.row_type = build_row_type(program.features, is_open=self.takes_unknown)
        names = [name for item in model.inputs for name in item.feature_names]
        self._compute = compile_tensor(program, names).function
        self._session = session
        self._inputs = _slices(program, model.inputs)
        self._outputs = model.outputs
        self._tensors = sorted({output.graph_name for output in model.outputs})
        self._cells = row_layout(column_count(program, names))
        self._single = bytearray(self._cells.size)
        self._single_inputs = self._cut(self._single)

    def infer(self, rows: Sequence[msgspec.Struct]) -> dict[str, Array]:
        """Return every output by name: shape ``(rows,)``, or ``(rows, width)`` for a vector.

        Args:
            rows: Instances of ``row_type``, at least one.

        Raises:
            RefusedRowError: A row lacks a required feature, or holds a value that it may not have.
            SessionError: The runtime failed.
        """
        return self.select(self.run(rows))

    def run(self, rows: Sequence[msgspec.Struct]) -> dict[str, Array]:
        """Return the tensors that the graph computes for *rows*, by their names in the graph."""
        results = self._session.run(self._tensors, self._preprocess(rows))
        return dict(zip(self._tensors, results, strict=True))

    def select(self, tensors: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs that the specification picks from the graph's tensors."""
        return {output.name: _pick(output, tensors) for output in self._outputs}

    def blank_row(self) -> msgspec.Struct:
        """Return a row in which nothing is missing, and nothing out of range."""
        return self.row_type(*blank_values(self.features))

    def _preprocess(self, rows: Sequence[msgspec.Struct]) -> Mapping[str, Float32Array]:
        """Return the inputs of the graph."""
        if len(rows) == 1:
            self._pack(self._single, 0, rows[0])
            return self._single_inputs
        buffer = bytearray(len(rows) * self._cells.size)
        for number, row in enumerate(rows):
            self._pack(buffer, number, row)
        return self._cut(buffer)

    def _pack(self, buffer: bytearray, number: int, row: msgspec.Struct) -> None:
        """Write the cells of one row where they belong."""
        try:
            pack_row(self._cells, buffer, number * self._cells.size, self._compute(row))
        except RefusedFeatureError as error:
            raise RefusedRowError(number, error.feature, error.problem) from error

    def _cut(self, buffer: bytearray) -> dict[str, Float32Array]:
        """Return the inputs that lie beside each other in the rows of a buffer."""
        rows = len(buffer) // self._cells.size
        matrix = np.frombuffer(buffer, np.float32).reshape(rows, -1)
        return {name: np.ascontiguousarray(matrix[:, columns]) for name, columns in self._inputs}


def _slices(program: Program, inputs: Sequence[ModelInput]) -> tuple[tuple[str, slice], ...]:
    """Return, per graph input, its columns of the matrix."""
    found = []
    start = 0
    for item in inputs:
        end = start + column_count(program, item.feature_names)
        found.append((item.name, slice(start, end)))
        start = end
    return tuple(found)


def _pick(output: ModelOutput, tensors: Mapping[str, Array]) -> Array:
    tensor = tensors[output.graph_name]
    return tensor if output.index is None else tensor[:, output.index]
