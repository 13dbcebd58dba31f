"""The V2 protocol: one tensor per feature in, one tensor per output out, as JSON.

Source: Open Inference Protocol, REST, "Inference", "Model Metadata", "Server Metadata".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

import msgspec

from modelspec.expressions.program import RawFeature
from modelspec.expressions.types import Kind
from modelspec_serving.protocol.errors import RequestError, check_row_count, decode, unknown
from modelspec_serving.protocol.tensors import (
    FEATURE_DATATYPE,
    OUTPUT_DATATYPE,
    Values,
    read_column,
)

PLATFORM = "onnx_onnxv1"

_NO_LISTS = "tensors cannot carry lists, use the V1 protocol"


class _Input(msgspec.Struct):
    name: str
    shape: list[int]
    datatype: str
    data: msgspec.Raw


class _RequestedOutput(msgspec.Struct):
    name: str


class _Request(msgspec.Struct):
    inputs: list[_Input]
    id: str | None = None
    outputs: list[_RequestedOutput] | None = None


_DECODER = msgspec.json.Decoder(_Request)


class OutputTensor(Protocol):
    """One tensor of every answer."""

    @property
    def name(self) -> str:
        """Name of the output."""

    @property
    def element(self) -> str:
        """NumPy's name for the type of a value; ``object`` for a text."""

    @property
    def width(self) -> int:
        """Values of each row."""


@dataclass(frozen=True)
class Inference:
    """One decoded request."""

    rows: list[msgspec.Struct]
    """The rows, in the order of the tensors."""

    id: str | None
    """The caller's own name for the request, if it gave one."""

    outputs: tuple[str, ...]
    """Names of the outputs to answer, in this order."""


class Codec:
    """Reads and writes ``infer`` bodies of one snapshot."""

    def __init__(
        self,
        row_type: type[msgspec.Struct],
        features: Sequence[RawFeature],
        outputs: Iterable[str],
        *,
        takes_unknown: bool,
        max_rows: int,
    ) -> None:
        self._row_type = row_type
        self._types = {feature.name: feature.type for feature in features}
        self._outputs = tuple(outputs)
        self._takes_unknown = takes_unknown
        self._max_rows = max_rows

    def inference(self, body: bytes) -> Inference:
        """Return the decoded request; a feature without an input is missing in every row.

        Inputs that name no feature are ignored if the specification says so.

        Raises:
            RequestError: The body is not such a request.
        """
        request = decode(_DECODER, body)
        columns = self._columns(request.inputs)
        missing = [None] * len(next(iter(columns.values())))
        ordered = [columns.get(name, missing) for name in self._types]
        rows = [self._row_type(*values) for values in zip(*ordered, strict=True)]
        return Inference(rows, request.id, self._requested(request.outputs))

    def refusal(self, row: int, feature: str, problem: str) -> str:
        """Return the message for a row that is refused for the value of a feature."""
        if self._types[feature].kind is Kind.LIST:
            return f"inputs[{feature}]: {problem}; {_NO_LISTS}"
        return f"inputs[{feature}].data[{row}]: {problem}"

    def _columns(self, inputs: Sequence[_Input]) -> dict[str, Values]:
        columns: dict[str, Values] = {}
        known = self._known(inputs)
        for index, item in known.items():
            if item.name in columns:
                raise RequestError(f"inputs[{index}].name: '{item.name}' is given twice")
            columns[item.name] = self._column(f"inputs[{index}]", item)
            first, other = next(iter(known.items()))
            if item.shape[0] != other.shape[0]:
                message = f"{item.shape[0]} rows, but inputs[{first}] has {other.shape[0]}"
                raise RequestError(f"inputs[{index}].shape: {message}")
        return columns

    def _known(self, inputs: Sequence[_Input]) -> dict[int, _Input]:
        """Return the inputs that name a feature by their position; at least one must."""
        if not inputs:
            raise RequestError("inputs: at least one input is required")
        listed = dict(enumerate(inputs))
        known = {index: item for index, item in listed.items() if item.name in self._types}
        if not known or not (self._takes_unknown or len(known) == len(inputs)):
            index = next(index for index in listed if index not in known)
            raise unknown(f"inputs[{index}].name", inputs[index].name, "input", self._types)
        return known

    def _column(self, path: str, item: _Input) -> Values:
        if self._types[item.name].kind is Kind.LIST:
            raise RequestError(f"{path}.name: '{item.name}' is a List; {_NO_LISTS}")
        if not item.shape or item.shape[1:] not in ([], [1]):
            raise RequestError(f"{path}.shape: must be [rows] or [rows, 1]")
        check_row_count(f"{path}.shape", item.shape[0], self._max_rows)
        values = read_column(path, self._types[item.name], item.datatype, item.data)
        if len(values) != item.shape[0]:
            message = f"{len(values)} elements do not fill shape {item.shape}"
            raise RequestError(f"{path}.data: {message}")
        return values

    def _requested(self, outputs: Sequence[_RequestedOutput] | None) -> tuple[str, ...]:
        """Return the names of the outputs to answer; all of them when the request names none."""
        for index, output in enumerate(outputs or ()):
            if output.name not in self._outputs:
                raise unknown(f"outputs[{index}].name", output.name, "output", self._outputs)
        return tuple(output.name for output in outputs) if outputs else self._outputs


class Answers:
    """Writes the bodies of one version; what never changes is encoded once."""

    def __init__(
        self, name: str, version: int, digest: str, outputs: Iterable[OutputTensor]
    ) -> None:
        self._common = {"model_name": name, "model_version": str(version)}
        self._parameters = {"snapshot": digest}
        self._outputs = {output.name: output for output in outputs}

    def inference(
        self, outputs: Mapping[str, Values], requested: Sequence[str], request_id: str
    ) -> bytes:
        """Return the body of an answer.

        NaN and infinities become ``null``, as in V1; whatever else has no value is ``null``, too.
        """
        tensors = [_tensor(self._outputs[name], outputs[name]) for name in requested]
        return msgspec.json.encode(
            {
                **self._common,
                "id": request_id,
                "parameters": self._parameters,
                "outputs": tensors,
            }
        )

    def model_metadata(self, features: Sequence[RawFeature]) -> bytes:
        """Return the body of ``GET /v2/models/{name}``.

        Args:
            features: What callers may send; lists, which no tensor can carry, are left out.
        """
        return msgspec.json.encode(
            {
                "name": self._common["model_name"],
                "versions": [self._common["model_version"]],
                "platform": PLATFORM,
                "inputs": [
                    {
                        "name": feature.name,
                        "datatype": FEATURE_DATATYPE[feature.type.kind],
                        "shape": [-1, 1],
                    }
                    for feature in features
                    if feature.type.kind in FEATURE_DATATYPE
                ],
                "outputs": [_output_metadata(output) for output in self._outputs.values()],
                "properties": self._parameters,
            }
        )

    def model_ready(self) -> bytes:
        """Return the body of ``GET /v2/models/{name}/ready`` of a model that is ready."""
        return msgspec.json.encode({"name": self._common["model_name"], "ready": True})


def server_metadata(version: str) -> bytes:
    """Return the body of ``GET /v2``; no extension is supported."""
    return msgspec.json.encode({"name": "modelspec-serving", "version": version, "extensions": []})


def _tensor(output: OutputTensor, values: Values) -> dict[str, Any]:
    is_nested = isinstance(values[0], list)
    return {
        "name": output.name,
        "shape": [len(values), output.width],
        "datatype": OUTPUT_DATATYPE[output.element],
        "data": list(chain.from_iterable(values)) if is_nested else values,
    }


def _output_metadata(output: OutputTensor) -> dict[str, Any]:
    datatype = OUTPUT_DATATYPE[output.element]
    return {"name": output.name, "datatype": datatype, "shape": [-1, output.width]}
