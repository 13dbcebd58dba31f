"""ONNX files as their bytes: whether they can be served, and what their graphs declare."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import onnx
from google.protobuf.message import DecodeError
from onnx import TensorProto

from modelspec.errors import Code, Finding, fail
from modelspec.graphs import Tensor

DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
"""Whose operators the serving runtime has."""

MAX_OPSET = 24
"""The newest version of ONNX's own operators that it has, as of onnxruntime 1.24."""

_MAX_SENTENCE = 300


@dataclass(frozen=True)
class DeclaredGraph:
    """What a file says of its graph."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


def read_graph(path: str, content: bytes) -> DeclaredGraph:
    """Return what the graph of a model declares.

    Args:
        path: Path of the model in the specification, for messages.
        content: The bytes of the file.

    Raises:
        ModelSpecError: ``MS412``, it is no ONNX model; ``MS413``, its weights lie in other files.
    """
    try:
        model = onnx.load_model_from_string(content)
        external = any(map(_is_external, _tensors(model.graph)))
        if not external:
            onnx.checker.check_model(content)
    except (DecodeError, ValueError, onnx.checker.ValidationError) as error:
        reason = " ".join(str(error).split())[:_MAX_SENTENCE]
        raise fail(Code.MS412, path, f"not a valid ONNX model: {reason}") from error
    if external:
        message = "ONNX external data is not allowed; save as one file"
        raise fail(Code.MS413, path, message)
    initialized = {tensor.name for tensor in model.graph.initializer}
    return DeclaredGraph(
        inputs=tuple(_tensor(item) for item in model.graph.input if item.name not in initialized),
        outputs=tuple(map(_tensor, model.graph.output)),
    )


def opset_findings(path: str, content: bytes) -> Iterator[Finding]:
    """MS414: yield the sets of operators that the serving runtime does not have."""
    model = onnx.load_model_from_string(content)
    for opset in model.opset_import:
        if opset.domain not in DOMAINS:
            used = next(
                (node.op_type for node in model.graph.node if node.domain == opset.domain), "*"
            )
            message = f"operator {opset.domain}.{used} is not registered"
            yield Finding(Code.MS414, path, message)
        elif opset.domain in {"", "ai.onnx"} and opset.version > MAX_OPSET:
            message = (
                f"opset {opset.version} is newer than the serving runtime supports ({MAX_OPSET});"
                " export with a lower opset"
            )
            yield Finding(Code.MS414, path, message)


def _tensors(graph: Any) -> Iterator[Any]:
    """Yield every constant of a graph, those of its inner graphs included."""
    waiting = [graph]
    while waiting:
        found = waiting.pop()
        yield from found.initializer
        for node in found.node:
            for attribute in node.attribute:
                yield attribute.t
                yield from attribute.tensors
                waiting += [attribute.g] if attribute.HasField("g") else []
                waiting += attribute.graphs


def _is_external(tensor: Any) -> bool:
    return bool(tensor.data_location == TensorProto.EXTERNAL or tensor.external_data)


def _tensor(item: Any) -> Tensor:
    kind = item.type.WhichOneof("value")
    if kind != "tensor_type":
        noun = "a sequence of maps" if kind == "sequence_type" else str(kind)
        return Tensor(item.name, noun, (), is_tensor=False)
    declared = item.type.tensor_type
    element = TensorProto.DataType.Name(declared.elem_type).lower()
    return Tensor(item.name, element, tuple(map(_axis, declared.shape.dim)))


def _axis(dimension: Any) -> int | str | None:
    match dimension.WhichOneof("value"):
        case "dim_value":
            return int(dimension.dim_value)
        case "dim_param":
            return str(dimension.dim_param)
        case _:
            return None
