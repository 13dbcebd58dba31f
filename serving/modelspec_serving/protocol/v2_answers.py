"""Answers of the V2 protocol: one tensor per output, and what metadata tells of the model.

Source: Open Inference Protocol, REST, "Inference", "Model Metadata", "Server Metadata"; Triton,
"Binary Tensor Data Extension", "Model Repository Extension".
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

import msgspec

from modelspec.expressions.program import RawFeature
from modelspec_serving.protocol import binary
from modelspec_serving.protocol.errors import decode
from modelspec_serving.protocol.tensors import FEATURE_DATATYPE, OUTPUT_DATATYPE

PLATFORM = "onnx_onnxv1"
EXTENSIONS = (binary.EXTENSION, "model_repository")


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
class Encoded:
    """The body of an answer."""

    body: bytes

    json_size: int | None = None
    """How many bytes of it are JSON; ``None`` where all are."""


class Answers:
    """Writes the bodies of one version; what never changes is encoded once."""

    def __init__(
        self, name: str, version: int, digest: str, outputs: Iterable[OutputTensor]
    ) -> None:
        self._common = {"model_name": name, "model_version": str(version)}
        self._parameters = {"snapshot": digest}
        self._outputs = {output.name: output for output in outputs}

    def inference(
        self,
        answers: Sequence[Mapping[str, Any]],
        requested: Sequence[str],
        request_id: str,
        as_bytes: Collection[str] = (),
    ) -> Encoded:
        """Return the body of an answer.

        NaN and infinities become ``null``, as in V1; whatever else has no value is ``null``, too.
        An output wanted as bytes is written so unless it holds a null that bytes cannot say.

        Args:
            answers: The value of each output, for each row.
            requested: The outputs to answer, in this order.
            request_id: Name of the request.
            as_bytes: Those of the outputs that are wanted as bytes.
        """
        tensors = []
        contents = []
        for name in requested:
            tensor, values = self._tensor(name, answers)
            datatype = tensor["datatype"]
            if name in as_bytes and binary.can_hold(datatype, values):
                contents.append(binary.write(datatype, values))
                tensor["parameters"] = {"binary_data_size": len(contents[-1])}
            else:
                tensor["data"] = values
            tensors.append(tensor)
        document = {
            **self._common,
            "id": request_id,
            "parameters": self._parameters,
            "outputs": tensors,
        }
        encoded = msgspec.json.encode(document)
        if not contents:
            return Encoded(encoded)
        return Encoded(b"".join([encoded, *contents]), len(encoded))

    def _tensor(
        self, name: str, answers: Sequence[Mapping[str, Any]]
    ) -> tuple[dict[str, Any], list[Any]]:
        """Return a tensor that lacks its elements, and the elements."""
        output = self._outputs[name]
        values = [answer[name] for answer in answers]
        if isinstance(values[0], tuple):  # reason codes: a text for each row
            values = list(map(",".join, values))
        elif isinstance(values[0], list):
            values = list(chain.from_iterable(values))
        datatype = OUTPUT_DATATYPE[output.element]
        shape = [len(answers), output.width]
        return {"name": name, "shape": shape, "datatype": datatype}, values

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

    def model_list(self) -> bytes:
        """Return the body of ``GET /v2/models``."""
        return msgspec.json.encode({"models": [self._common["model_name"]]})

    def repository_index(self, body: bytes, *, is_ready: bool) -> bytes:
        """Return the body of ``POST /v2/repository/index``.

        Args:
            body: Of the request; it may ask for what is ready only, and may be empty.
            is_ready: Whether this pod wants new connections.

        Raises:
            RequestError: The body is something else.
        """
        asked = decode(_INDEX_DECODER, body) if body.strip() else _IndexRequest()
        if asked.ready and not is_ready:
            return b"[]"
        state = ("READY", "") if is_ready else ("UNAVAILABLE", "this pod is stopping")
        entry = {
            "name": self._common["model_name"],
            "version": self._common["model_version"],
            "state": state[0],
            "reason": state[1],
        }
        return msgspec.json.encode([entry])


class _IndexRequest(msgspec.Struct):
    ready: bool = False


_INDEX_DECODER = msgspec.json.Decoder(_IndexRequest)


def server_metadata(version: str) -> bytes:
    """Return the body of ``GET /v2``."""
    document = {"name": "modelspec-serving", "version": version, "extensions": EXTENSIONS}
    return msgspec.json.encode(document)


def _output_metadata(output: OutputTensor) -> dict[str, Any]:
    datatype = OUTPUT_DATATYPE[output.element]
    return {"name": output.name, "datatype": datatype, "shape": [-1, output.width]}
