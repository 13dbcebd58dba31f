"""ONNX files as their bytes: whether they can be served, and what their graphs declare."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import onnx
from google.protobuf.message import DecodeError
from onnx import GraphProto, ModelProto, TensorProto

from modelspec.errors import Code, Finding, fail
from modelspec.graphs import Tensor

MAX_OPSETS = {"": 28, "ai.onnx": 28, "ai.onnx.ml": 5}
"""The newest operators that the serving runtime has: onnxruntime as it is locked."""

DOMAINS = frozenset({*MAX_OPSETS, "com.microsoft"})
"""Whose operators it has at all."""

_ELEMENTS: dict[int, str] = {number: name.lower() for name, number in TensorProto.DataType.items()}

_MAX_SENTENCE = 300


@dataclass(frozen=True)
class DeclaredGraph:
    """What a file says of its graph."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


def read_model(path: str, content: bytes) -> ModelProto:
    """Return a model that is whole and valid.

    Args:
        path: Path of the model in the specification, for messages.
        content: The bytes of the file.

    Raises:
        ModelSpecError: ``MS412``, it is no ONNX model; ``MS413``, its weights lie in other files.
    """
    try:
        model = onnx.load_model_from_string(content)
        external = any(map(_is_external, _tensors(model)))
        if not external:
            onnx.checker.check_model(content)
    except (DecodeError, ValueError, onnx.checker.ValidationError) as error:
        reason = " ".join(str(error).split())[:_MAX_SENTENCE]
        raise fail(Code.MS412, path, f"not a valid ONNX model: {reason}") from error
    if external:
        message = "ONNX external data is not allowed; save as one file"
        raise fail(Code.MS413, path, message)
    return model


def declared_graph(model: ModelProto) -> DeclaredGraph:
    """Return what the graph of a model declares."""
    initialized = {tensor.name for tensor in model.graph.initializer}
    return DeclaredGraph(
        inputs=tuple(_tensor(item) for item in model.graph.input if item.name not in initialized),
        outputs=tuple(map(_tensor, model.graph.output)),
    )


def opset_findings(path: str, model: ModelProto) -> Iterator[Finding]:
    """MS414: yield the operators, and the sets of them, that the serving runtime does not have."""
    for opset in model.opset_import:
        newest = MAX_OPSETS.get(opset.domain, opset.version)
        if opset.version > newest:
            domain = f" of '{opset.domain}'" if opset.domain not in {"", "ai.onnx"} else ""
            message = (
                f"opset {opset.version}{domain} is newer than the serving runtime supports"
                f" ({newest}); export with a lower opset"
            )
            yield Finding(Code.MS414, path, message)
    for domain, name in sorted(_unknown_operators(model)):
        yield Finding(Code.MS414, path, f"operator {domain}.{name} is not registered")


def _unknown_operators(model: ModelProto) -> set[tuple[str, str]]:
    """Return domain and name of operators that neither the runtime nor the model itself defines.

    What exporters only import, or define as functions of the model, does no harm.
    """
    used = {(node.domain, node.op_type) for node in _nodes(model)}
    own = {(function.domain, function.name) for function in model.functions}
    return {operator for operator in used - own if operator[0] not in DOMAINS}


def _tensors(model: ModelProto) -> Iterator[Any]:
    """Yield every constant of a model."""
    for graph in _graphs(model):
        yield from graph.initializer
        for sparse in graph.sparse_initializer:
            yield from (sparse.values, sparse.indices)
    for node in _nodes(model):
        for attribute in node.attribute:
            sparse = attribute.sparse_tensor
            yield from (attribute.t, sparse.values, sparse.indices, *attribute.tensors)


def _nodes(model: ModelProto) -> Iterator[Any]:
    """Yield every node of a model, those of its functions and of inner graphs included."""
    for holder in (*model.functions, *_graphs(model)):
        yield from holder.node


def _graphs(model: ModelProto) -> Iterator[Any]:
    """Yield the graph of a model and all that are in its nodes, and in those of its functions."""
    holders: list[Any] = [model.graph, *model.functions]
    while holders:
        holder = holders.pop()
        if isinstance(holder, GraphProto):
            yield holder
        for node in holder.node:
            for attribute in node.attribute:
                holders += [attribute.g] if attribute.HasField("g") else []
                holders += attribute.graphs


def _is_external(tensor: Any) -> bool:
    return bool(tensor.data_location == TensorProto.EXTERNAL or tensor.external_data)


def _tensor(item: Any) -> Tensor:
    if item.type.WhichOneof("value") != "tensor_type":
        return Tensor(item.name, _spelled(item.type), (), is_tensor=False)
    declared = item.type.tensor_type
    return Tensor(item.name, _element(declared), tuple(map(_axis, declared.shape.dim)))


def _spelled(declared: Any) -> str:
    """Return a type as the serving runtime does: ``seq(map(int64,tensor(float)))``."""
    match declared.WhichOneof("value"):
        case "sequence_type":
            return f"seq({_spelled(declared.sequence_type.elem_type)})"
        case "map_type":
            key = _ELEMENTS.get(declared.map_type.key_type, "undefined")
            return f"map({key},{_spelled(declared.map_type.value_type)})"
        case "optional_type":
            return f"optional({_spelled(declared.optional_type.elem_type)})"
        case "tensor_type":
            return f"tensor({_element(declared.tensor_type)})"
        case other:
            return str(other).removesuffix("_type")


def _element(declared: Any) -> str:
    return _ELEMENTS.get(declared.elem_type, "undefined")


def _axis(dimension: Any) -> int | str | None:
    match dimension.WhichOneof("value"):
        case "dim_value":
            return int(dimension.dim_value)
        case "dim_param":
            return str(dimension.dim_param)
        case _:
            return None
