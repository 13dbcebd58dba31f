"""One model object: from rows of raw features to its outputs.

One generated function computes everything that the model takes, in float64; numbers are rounded
to float32 where they enter the tensor, once.
"""

from collections.abc import Container, Mapping, Sequence
from copy import copy
from itertools import islice
from time import perf_counter_ns
from typing import Any

import msgspec
import numpy as np

from modelspec.compiler.rows import RefusedFeatureError
from modelspec.compiler.scalar import column_count, compile_tensor, pack_row, row_layout
from modelspec.expressions.program import Program
from modelspec.parts import Model, ModelInput, ModelOutput
from modelspec.sessions import Array, Float32Array, Session
from modelspec_serving.monitoring.requests import Durations


class RefusedRowError(Exception):
    """A row lacks a required feature, or holds a value that a feature may not have."""

    def __init__(self, row: int, error: RefusedFeatureError) -> None:
        super().__init__(f"row {row}, feature {error.feature!r}: {error.problem}")
        self.row = row
        self.feature = error.feature
        self.problem = error.problem


class Scorer:
    """One model object, ready to run.

    It is not for several threads at once: single rows share a buffer.
    """

    def __init__(
        self,
        program: Program,
        model: Model,
        session: Session,
        *,
        preprocessing: Durations,
        running: Durations,
    ) -> None:
        """Take what counts the time that features take, and that the graph takes."""
        self._preprocessing = preprocessing
        self._running = running
        names = [name for item in model.inputs for name in item.feature_names]
        self._compute = compile_tensor(program, names).function
        self._widths = {name: column_count(program, [name]) for name in names}
        self._session = session
        self._inputs = _slices(program, model.inputs)
        self._keep(model.outputs)
        self._cells = row_layout(column_count(program, names))
        self._single = bytearray(self._cells.size)
        self._single_inputs = self._cut(self._single)

    def only(self, names: Container[str]) -> "Scorer":
        """Return the scorer that computes no other outputs than these."""
        scorer = copy(self)
        scorer._keep([output for output in self.outputs if output.name in names])  # noqa: SLF001
        return scorer

    def _keep(self, outputs: Sequence[ModelOutput]) -> None:
        self.outputs = tuple(outputs)
        self._tensors = sorted({output.graph_name for output in outputs})
        self._places = [
            (item.name, self._tensors.index(item.graph_name), item.index) for item in outputs
        ]

    def score(self, rows: Sequence[msgspec.Struct]) -> dict[str, Array]:
        """Return every output by name: shape ``(rows,)``, or ``(rows, width)`` for a vector.

        Args:
            rows: At least one.

        Raises:
            RefusedRowError: A row lacks a required feature, or holds a value that it may not have.
            SessionError: The runtime failed.
        """
        tensors = self._run(rows)
        return {name: _pick(tensors[place], index) for name, place, index in self._places}

    def score_row(self, row: msgspec.Struct) -> dict[str, Any]:
        """Return every output of one row by name: a number, or several of a vector.

        Raises:
            RefusedRowError: The row lacks a required feature, or holds a value that it may not.
            SessionError: The runtime failed.
        """
        tensors = [tensor.tolist()[0] for tensor in self._run((row,))]
        return {
            name: tensors[place] if index is None else tensors[place][index]
            for name, place, index in self._places
        }

    def see(self, row: msgspec.Struct) -> dict[str, Any]:
        """Return what the graph is given of a row, by feature: a number, or several of a vector.

        Raises:
            RefusedRowError: The row lacks a required feature, or holds a value that it may not.
        """
        self._pack(self._single, 0, row)
        cells = iter(np.frombuffer(self._single, np.float32).tolist())
        taken = {name: list(islice(cells, width)) for name, width in self._widths.items()}
        return {name: item[0] if len(item) == 1 else item for name, item in taken.items()}

    def tensors(self, rows: Sequence[msgspec.Struct]) -> dict[str, Array]:
        """Return what the graph computes for *rows*, by the names of its outputs."""
        return dict(zip(self._tensors, self._run(rows), strict=True))

    def _run(self, rows: Sequence[msgspec.Struct]) -> list[Array]:
        started = perf_counter_ns()
        inputs = self._preprocess(rows)
        running = perf_counter_ns()
        results = self._session.run(self._tensors, inputs)
        self._preprocessing.add(running - started)
        self._running.add(perf_counter_ns() - running)
        return results

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
            raise RefusedRowError(number, error) from error

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


def _pick(tensor: Array, index: int | None) -> Array:
    return tensor if index is None else tensor[:, index]
