"""Graphs that compute in float64 between a float32 input and float32 outputs.

Everything is rounded once, at the end. Sums whose order matters are written out as NumPy adds: a
graph that adds in another order differs in the last bits of a float64, and after a subtraction in
the float32 too.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from modelspec.notebook.importers.extras import require
from modelspec.notebook.importers.imported import INPUT

OPSET = 18
IR_VERSION = 9
"""What the serving runtime has had for years; nothing newer is used."""

LANES = 8
"""NumPy adds a row in eight lanes side by side."""

BLOCK = 128
"""Rows longer than this are added in halves."""


class Graph:
    """A graph under construction; operations return the name of what they give."""

    def __init__(self, width: int) -> None:
        self._onnx = require("onnx", "notebook")
        self._width = width
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._outputs: list[Any] = []
        self.features = self.add("Cast", INPUT, to=self._onnx.TensorProto.DOUBLE)
        """The input as float64."""

    def constant(self, values: ArrayLike) -> str:
        """Add an array of float64 or int64, as it is given."""
        name = f"c{len(self._constants)}"
        array = np.ascontiguousarray(values)
        self._constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operation with one result."""
        return self._add(operator, inputs, 1, attributes)[0]

    def split(self, tensor: str, parts: int, axis: int) -> tuple[str, ...]:
        """Cut a tensor into equal parts."""
        return self._add("Split", (tensor,), parts, {"axis": axis, "num_outputs": parts})

    def take(self, tensor: str, start: int, stop: int, axis: int) -> str:
        """Return a range of a tensor along one axis."""
        bounds = [self.constant(np.array([number])) for number in (start, stop, axis)]
        return self.add("Slice", tensor, *bounds)

    def total(self, terms: tuple[str, ...]) -> str:
        """Add tensors from left to right."""
        return self.add("Sum", *terms) if len(terms) > 1 else terms[0]

    def answer(self, name: str, tensor: str, width: int) -> None:
        """Make a float64 tensor an output of the graph, rounded to float32."""
        self._nodes.append(
            self._onnx.helper.make_node("Cast", [tensor], [name], to=self._onnx.TensorProto.FLOAT)
        )
        self._outputs.append(self._value(name, width))

    def content(self) -> bytes:
        """Return the graph as an ONNX file."""
        graph = self._onnx.helper.make_graph(
            self._nodes,
            "modelspec",
            [self._value(INPUT, self._width)],
            self._outputs,
            self._constants,
        )
        opsets = [self._onnx.helper.make_opsetid("", OPSET)]
        model = self._onnx.helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
        return bytes(model.SerializeToString())

    def _add(
        self, operator: str, inputs: tuple[str, ...], count: int, attributes: dict[str, Any]
    ) -> tuple[str, ...]:
        start = len(self._nodes)
        results = tuple(f"t{start}_{index}" for index in range(count))
        self._nodes.append(self._onnx.helper.make_node(operator, inputs, results, **attributes))
        return results

    def _value(self, name: str, width: int) -> Any:
        helper, element = self._onnx.helper, self._onnx.TensorProto.FLOAT
        return helper.make_tensor_value_info(name, element, ["N", width])


def affine(graph: Graph, tensor: str, weights: ArrayLike, intercepts: ArrayLike) -> str:
    """Return ``tensor @ weights + intercepts``, which is a row of numbers for each row."""
    product = graph.add("MatMul", tensor, graph.constant(np.asarray(weights, np.float64)))
    return graph.add("Add", product, graph.constant(np.asarray(intercepts, np.float64)))


def numpy_sum(graph: Graph, tensor: str, width: int) -> str:
    """Return the sum over the last axis of ``(N, K, width)`` as NumPy adds it, ``(N, K)``.

    NumPy adds up to seven numbers from left to right; up to 128 in eight lanes, which are then
    added in pairs, and what is left over from left to right; more in halves.
    """
    axis = graph.constant(np.array([2]))
    return graph.add("Squeeze", _numpy_sum(graph, tensor, width), axis)


def _numpy_sum(graph: Graph, tensor: str, width: int) -> str:
    """Return the sum as ``(N, K, 1)``."""
    if width < LANES:
        return graph.total(graph.split(tensor, width, 2) if width > 1 else (tensor,))
    if width > BLOCK:
        half = width // 2 - width // 2 % LANES
        left = _numpy_sum(graph, graph.take(tensor, 0, half, 2), half)
        right = _numpy_sum(graph, graph.take(tensor, half, width, 2), width - half)
        return graph.add("Add", left, right)
    whole = width - width % LANES
    pairs = _lanes(graph, graph.take(tensor, 0, whole, 2), whole // LANES)
    while len(pairs) > 1:
        pairs = tuple(map(graph.add, ["Add"] * len(pairs), pairs[::2], pairs[1::2]))
    rest = graph.take(tensor, whole, width, 2) if whole < width else ""
    return graph.total((*pairs, *_parts(graph, rest, width - whole)))


def _lanes(graph: Graph, tensor: str, rounds: int) -> tuple[str, ...]:
    """Return eight sums, each of every eighth number."""
    if rounds == 1:
        return graph.split(tensor, LANES, 2)
    summed = graph.total(graph.split(tensor, rounds, 2))
    return graph.split(summed, LANES, 2)


def _parts(graph: Graph, tensor: str, count: int) -> tuple[str, ...]:
    if count <= 1:
        return (tensor,) * count
    return graph.split(tensor, count, 2)
