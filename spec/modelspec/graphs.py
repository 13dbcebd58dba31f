"""Whether a graph is the one that the specification describes; every check yields findings.

The pod asks with what its runtime says of the graph, lint with what is written in the file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from typing_extensions import override

from modelspec.compiler.scalar import column_count
from modelspec.errors import Code, Finding, nearest
from modelspec.expressions.program import Program
from modelspec.expressions.types import Kind
from modelspec.parts import Model, ModelInput, ModelOutput

_NUMBERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_NO_NUMBERS = frozenset({Kind.STRING, Kind.TIMESTAMP, Kind.LIST})
ANSWERABLE = frozenset({"float", "double", "bool", "string", *_NUMBERS})
"""Element types that JSON and the inference protocols can carry."""


@dataclass(frozen=True)
class Tensor:
    """One input or output as the graph declares it."""

    name: str
    """Name in the graph."""

    type: str
    """Element type in ONNX's words, ``float``; for what is no tensor the whole type."""

    shape: tuple[int | str | None, ...]
    """One entry per axis: a size, a symbol such as ``N``, or nothing known."""

    is_tensor: bool = True
    """False for sequences and maps."""

    @override
    def __str__(self) -> str:
        """Return the tensor as messages write it: ``float[N,4]``."""
        if not self.is_tensor:
            return self.type
        return f"{self.type}[{','.join(str(size or '?') for size in self.shape)}]"


class Graph(Protocol):
    """What a graph declares."""

    @property
    def inputs(self) -> Sequence[Tensor]:
        """Its inputs."""

    @property
    def outputs(self) -> Sequence[Tensor]:
        """Its outputs."""


def check_graph(path: str, model: Model, program: Program, graph: Graph) -> Iterator[Finding]:
    """Yield every way in which the graph's declaration contradicts the specification."""
    for index, item in enumerate(model.inputs):
        wrong_columns = tuple(_check_features(f"{path}.inputs[{index}]", item, program))
        yield from wrong_columns
        width = None if wrong_columns else column_count(program, item.feature_names)
        yield from _check_input(f"{path}.inputs[{index}]", item, width, graph)
    yield from _check_all_fed(path, model, graph)
    for index, output in enumerate(model.outputs):
        yield from _check_output(f"{path}.outputs[{index}]", output, graph)


def _check_features(path: str, item: ModelInput, program: Program) -> Iterator[Finding]:
    for index, name in enumerate(item.feature_names):
        where = f"{path}.featureNames[{index}]"
        if name not in program.values:
            near = nearest(name, program.values)
            hint = f"; did you mean '{near}'?" if near else ""
            yield Finding(Code.MS421, where, f"'{name}' is not a feature{hint}")
        elif program.values[name].type.kind in _NO_NUMBERS:
            kind = program.values[name].type.kind
            message = f"'{name}' is a {kind}, tensor is Float32; derive a numeric feature"
            yield Finding(Code.MS422, where, message)


def _check_input(
    path: str, item: ModelInput, width: int | None, graph: Graph
) -> Iterator[Finding]:
    tensor = next((tensor for tensor in graph.inputs if tensor.name == item.name), None)
    if tensor is None:
        message = f"'{item.name}' is not an input of the ONNX graph; inputs: {_list(graph.inputs)}"
        yield Finding(Code.MS415, f"{path}.name", message)
    elif tensor.type != "float":
        message = f"Float32 does not match graph input '{item.name}' {tensor}; cast in the graph"
        yield Finding(Code.MS417, path, message)
    else:
        yield from _check_shape(path, item, width, tensor)


def _check_shape(
    path: str, item: ModelInput, width: int | None, tensor: Tensor
) -> Iterator[Finding]:
    """Yield what is wrong with a shape; without a *width* only its rows are looked at."""
    rows, *columns = tensor.shape or (None,)
    if isinstance(rows, int):
        message = (
            f"graph input '{item.name}' {tensor} has {rows} rows; export with a dynamic batch"
        )
        yield Finding(Code.MS420, path, message)
    if width is None:
        return
    if len(columns) != 1 or (isinstance(columns[0], int) and columns[0] != width):
        message = f"[N,{width}] does not match graph input '{item.name}' {tensor}"
        yield Finding(Code.MS419, f"{path}.featureNames", message)


def _check_all_fed(path: str, model: Model, graph: Graph) -> Iterator[Finding]:
    fed = {item.name for item in model.inputs}
    for tensor in graph.inputs:
        if tensor.name not in fed:
            message = f"graph input '{tensor.name}' ({tensor}) is not fed"
            yield Finding(Code.MS416, f"{path}.inputs", message)


def _check_output(path: str, output: ModelOutput, graph: Graph) -> Iterator[Finding]:
    graph_name = output.graph_name
    tensor = next((tensor for tensor in graph.outputs if tensor.name == graph_name), None)
    field = f"{path}.{'tensor' if output.tensor else 'name'}"
    if tensor is None:
        known = _list(graph.outputs)
        message = f"'{graph_name}' is not an output of the ONNX graph; outputs: {known}"
        yield Finding(Code.MS426, field, message)
    elif not tensor.is_tensor:
        message = f"graph output '{graph_name}' is {tensor}; convert with zipmap=False"
        yield Finding(Code.MS427, field, message)
    elif tensor.type not in ANSWERABLE:
        message = f"graph output '{graph_name}' {tensor} cannot be answered; cast in the graph"
        yield Finding(Code.MS426, field, message)
    elif output.index is not None and _is_outside(output.index, tensor):
        yield outside(path, output, str(tensor))


def _is_outside(index: int, tensor: Tensor) -> bool:
    width = tensor.shape[1] if len(tensor.shape) > 1 else None
    return isinstance(width, int) and index >= width


def outside(path: str, output: ModelOutput, shape: str) -> Finding:
    """Return the finding about an index beyond the graph's output."""
    message = (
        f"{output.index} is outside graph output '{output.graph_name}' {shape}"
        f" (output '{output.name}')"
    )
    return Finding(Code.MS426, f"{path}.index", message)


def _list(tensors: Sequence[Tensor]) -> str:
    return ", ".join(f"'{tensor.name}' ({tensor})" for tensor in tensors)
