"""Whether a graph is the one that the specification describes; every check yields findings.

Items of a snapshot are sorted by name, so an index in a path counts in that order; the message
repeats the item's name.
"""

from collections.abc import Iterator, Mapping, Sequence

from modelspec.errors import Code, Finding, nearest
from modelspec.expressions.program import Program
from modelspec.expressions.types import Kind
from modelspec.parts import Model, ModelInput, ModelOutput
from modelspec_serving.dataplane import column_count
from modelspec_serving.session import Array, Session, Tensor

_NUMBERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_NO_NUMBERS = frozenset({Kind.STRING, Kind.TIMESTAMP, Kind.LIST})
ANSWERABLE = frozenset({"float", "double", "bool", "string", *_NUMBERS})
"""Element types that JSON and the inference protocols can carry."""


def check_graph(path: str, model: Model, program: Program, session: Session) -> Iterator[Finding]:
    """Yield every way in which the graph's declaration contradicts the specification."""
    for index, item in enumerate(model.inputs):
        wrong_columns = tuple(_check_features(f"{path}.inputs[{index}]", item, program))
        yield from wrong_columns
        width = None if wrong_columns else column_count(program, item.feature_names)
        yield from _check_input(f"{path}.inputs[{index}]", item, width, session)
    yield from _check_all_fed(path, model, session)
    for index, output in enumerate(model.outputs):
        yield from _check_output(f"{path}.outputs[{index}]", output, session)


def check_results(
    path: str, model: Model, results: Mapping[str, Array], rows: int
) -> Iterator[Finding]:
    """Yield every output that the computed tensors cannot give for that many rows."""
    for index, output in enumerate(model.outputs):
        shape = results[output.graph_name].shape
        has_rows = len(shape) in {1, 2} and shape[0] == rows
        if not has_rows or (output.index is not None and len(shape) == 1):
            message = (
                f"graph output '{output.graph_name}' has shape {list(shape)} for {rows} rows;"
                f" '{output.name}' needs [{rows}, width]"
            )
            yield Finding(Code.MS426, f"{path}.outputs[{index}]", message)
        elif output.index is not None and output.index >= shape[1]:
            yield _outside(f"{path}.outputs[{index}]", output, f"of width {shape[1]}")


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
    path: str, item: ModelInput, width: int | None, session: Session
) -> Iterator[Finding]:
    tensor = next((tensor for tensor in session.inputs if tensor.name == item.name), None)
    if tensor is None:
        message = (
            f"'{item.name}' is not an input of the ONNX graph; inputs: {_list(session.inputs)}"
        )
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
        yield Finding(Code.MS419, path, message)
    if width is None:
        return
    if len(columns) != 1 or (isinstance(columns[0], int) and columns[0] != width):
        message = f"[N,{width}] does not match graph input '{item.name}' {tensor}"
        yield Finding(Code.MS419, f"{path}.featureNames", message)


def _check_all_fed(path: str, model: Model, session: Session) -> Iterator[Finding]:
    fed = {item.name for item in model.inputs}
    for tensor in session.inputs:
        if tensor.name not in fed:
            message = f"graph input '{tensor.name}' ({tensor}) is not fed"
            yield Finding(Code.MS416, f"{path}.inputs", message)


def _check_output(path: str, output: ModelOutput, session: Session) -> Iterator[Finding]:
    graph_name = output.graph_name
    tensor = next((tensor for tensor in session.outputs if tensor.name == graph_name), None)
    field = f"{path}.{'tensor' if output.tensor else 'name'}"
    if tensor is None:
        known = _list(session.outputs)
        message = f"'{graph_name}' is not an output of the ONNX graph; outputs: {known}"
        yield Finding(Code.MS426, field, message)
    elif not tensor.is_tensor:
        message = f"graph output '{graph_name}' is {tensor}; convert with zipmap=False"
        yield Finding(Code.MS426, field, message)
    elif tensor.type not in ANSWERABLE:
        message = f"graph output '{graph_name}' {tensor} cannot be answered; cast in the graph"
        yield Finding(Code.MS426, field, message)
    elif output.index is not None and _is_outside(output.index, tensor):
        yield _outside(path, output, str(tensor))


def _is_outside(index: int, tensor: Tensor) -> bool:
    width = tensor.shape[1] if len(tensor.shape) > 1 else None
    return isinstance(width, int) and index >= width


def _outside(path: str, output: ModelOutput, shape: str) -> Finding:
    message = (
        f"{output.index} is outside graph output '{output.graph_name}' {shape}"
        f" (output '{output.name}')"
    )
    return Finding(Code.MS426, f"{path}.index", message)


def _list(tensors: Sequence[Tensor]) -> str:
    return ", ".join(f"'{tensor.name}' ({tensor})" for tensor in tensors)
