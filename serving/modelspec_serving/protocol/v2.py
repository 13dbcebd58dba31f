"""Requests of the V2 protocol: one tensor per feature, as JSON, as bytes, or mixed.

Source: Open Inference Protocol, REST, "Inference"; Triton, "Binary Tensor Data Extension".
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from modelspec.expressions.program import RawFeature
from modelspec.expressions.types import Kind
from modelspec_serving.protocol.binary import LAYOUTS
from modelspec_serving.protocol.errors import RequestError, check_row_count, decode, unknown
from modelspec_serving.protocol.tensors import FEATURE_DATATYPE, Values, read_column

_NO_LISTS = "tensors cannot carry lists, use the V1 protocol"

Parameters: TypeAlias = dict[str, str | bool | int | float]
Data: TypeAlias = msgspec.Raw | memoryview
"""Elements as JSON, or as bytes."""


class Input(msgspec.Struct):
    """One tensor of a request."""

    name: str
    shape: list[int]
    datatype: str
    parameters: Parameters | None = None
    data: msgspec.Raw = msgspec.Raw()


class RequestedOutput(msgspec.Struct):
    """One output that a request asks for."""

    name: str
    parameters: Parameters | None = None


class _Request(msgspec.Struct):
    inputs: list[Input]
    id: str | None = None
    outputs: list[RequestedOutput] | None = None
    parameters: Parameters | None = None


_DECODER = msgspec.json.Decoder(_Request)
_EMPTY: Parameters = {}


@dataclass(frozen=True)
class Inference:
    """One decoded request."""

    count: int
    """Number of rows."""

    rows: Iterable[msgspec.Struct]
    """The rows, in the order of the tensors."""

    id: str | None
    """The caller's own name for the request, if it gave one."""

    outputs: tuple[str, ...]
    """Names of the outputs to answer, in this order."""

    binary: frozenset[str] = field(default=frozenset())
    """Those among them that are wanted as bytes."""


Reading: TypeAlias = Generator[None, None, Inference]
"""Reads a request, and lets others have their turn in between."""


class Codec:
    """Reads ``infer`` bodies of one snapshot."""

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

    def inference(self, body: bytes, json_size: int | None = None) -> Reading:
        """Return the decoded request; a feature without an input is missing in every row.

        Inputs that name no feature are ignored if the specification says so.

        Args:
            body: JSON, and tensors after it.
            json_size: How many bytes are JSON; all when omitted, and 0 for a body that is the
                only input's tensor and nothing else.

        Raises:
            RequestError: The body is not such a request.
        """
        if json_size == 0:
            return (yield from self._read(self._raw_request(body), memoryview(body)))
        document, tail = body[:json_size], memoryview(body)[json_size:] if json_size else None
        return (yield from self._read(decode(_DECODER, document), tail))

    def _read(self, request: _Request, tail: memoryview | None) -> Reading:
        outputs = self._requested(request.outputs)
        tensors = list(_tensors(request.inputs, tail))
        columns = yield from self._columns(request.inputs, tensors)
        count = len(next(iter(columns.values())))
        missing = [None] * count
        ordered = [columns.get(name, missing) for name in self._types]
        return Inference(
            count,
            (self._row_type(*values) for values in zip(*ordered, strict=True)),
            request.id,
            outputs,
            _binary(request, outputs),
        )

    def refusal(self, row: int, feature: str, problem: str) -> RequestError:
        """Return the error for a row that is refused for the value of a feature."""
        if self._types[feature].kind is Kind.LIST:
            return RequestError(f"inputs[{feature}]: {problem}; {_NO_LISTS}")
        return RequestError(f"inputs[{feature}].data[{row}]: {problem}")

    def _columns(
        self, inputs: Sequence[Input], tensors: Sequence[Data]
    ) -> Generator[None, None, dict[str, Values]]:
        columns: dict[str, Values] = {}
        known = self._known(inputs)
        first, other = next(iter(known.items()))
        for index, item in known.items():
            path = f"inputs[{index}]"
            if item.name in columns:
                raise RequestError(f"{path}.name: '{item.name}' is given twice")
            columns[item.name] = self._column(path, item, tensors[index])
            if item.shape[0] != other.shape[0]:
                message = f"{item.shape[0]} rows, but inputs[{first}] has {other.shape[0]}"
                raise RequestError(f"{path}.shape: {message}")
            if item.shape[0] > 1:
                yield
        return columns

    def _known(self, inputs: Sequence[Input]) -> dict[int, Input]:
        """Return the inputs that name a feature by their position; at least one must."""
        if not inputs:
            raise RequestError("inputs: at least one input is required")
        listed = dict(enumerate(inputs))
        known = {index: item for index, item in listed.items() if item.name in self._types}
        if not known or not (self._takes_unknown or len(known) == len(inputs)):
            index = next(index for index in listed if index not in known)
            raise unknown(f"inputs[{index}].name", inputs[index].name, "input", self._types)
        return known

    def _column(self, path: str, item: Input, data: Data) -> Values:
        if self._types[item.name].kind is Kind.LIST:
            raise RequestError(f"{path}.name: '{item.name}' is a List; {_NO_LISTS}")
        if not item.shape or item.shape[1:] not in ([], [1]):
            raise RequestError(f"{path}.shape: must be [rows] or [rows, 1]")
        check_row_count(f"{path}.shape", item.shape[0], self._max_rows)
        values = read_column(path, self._types[item.name], item.datatype, data)
        if len(values) != item.shape[0]:
            message = f"{len(values)} elements do not fill shape {item.shape}"
            raise RequestError(f"{path}.data: {message}")
        return values

    def _requested(self, outputs: Sequence[RequestedOutput] | None) -> tuple[str, ...]:
        """Return the names of the outputs to answer; all of them when the request names none."""
        for index, output in enumerate(outputs or ()):
            if output.name not in self._outputs:
                raise unknown(f"outputs[{index}].name", output.name, "output", self._outputs)
        return tuple(output.name for output in outputs) if outputs else self._outputs

    def _raw_request(self, body: bytes) -> _Request:
        """Return the request whose only tensor is the whole body."""
        if len(self._types) != 1:
            raise RequestError(
                "Inference-Header-Content-Length: 0 needs a model with one input;"
                f" this one has {len(self._types)}"
            )
        ((name, declared),) = self._types.items()
        datatype = FEATURE_DATATYPE.get(declared.kind, "")
        # Texts have no fixed size: there can be one.
        rows = len(body) // LAYOUTS[datatype].itemsize if datatype in LAYOUTS else 1
        tensor = Input(name, [rows], datatype, {"binary_data_size": len(body)})
        return _Request([tensor], parameters={"binary_data_output": True})


def _tensors(inputs: Sequence[Input], tail: memoryview | None) -> Iterable[Data]:
    """Yield the elements of each input; those that are bytes follow each other in the body."""
    start = 0
    for index, item in enumerate(inputs):
        size = (item.parameters or _EMPTY).get("binary_data_size")
        has_data = bool(bytes(item.data))
        if (size is None) != has_data:
            raise RequestError(f"inputs[{index}]: needs either data or binary_data_size")
        if size is None:
            yield item.data
            continue
        start, end = _range(f"inputs[{index}].parameters.binary_data_size", size, start, tail)
        assert tail is not None  # noqa: S101  # or there were no range
        yield tail[start:end]
        start = end
    if tail is not None and start != len(tail):
        raise RequestError(f"body: {len(tail) - start} bytes follow the last tensor")


def _range(path: str, size: object, start: int, tail: memoryview | None) -> tuple[int, int]:
    if tail is None:
        raise RequestError(f"{path}: needs the header Inference-Header-Content-Length")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise RequestError(f"{path}: must be a number of bytes")
    if start + size > len(tail):
        raise RequestError(f"{path}: {size} is more than the {len(tail) - start} bytes left")
    return start, start + size


def _binary(request: _Request, outputs: Sequence[str]) -> frozenset[str]:
    """Return the outputs that are wanted as bytes; each may say otherwise than the request."""
    general = (request.parameters or _EMPTY).get("binary_data_output") is True
    wanted: Mapping[str, Parameters | None] = {
        item.name: item.parameters for item in request.outputs or ()
    }
    return frozenset(
        name
        for name in outputs
        if (wanted.get(name) or _EMPTY).get("binary_data", general) is True
    )
