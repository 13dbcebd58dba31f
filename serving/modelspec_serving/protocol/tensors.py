"""Tensors of the Open Inference Protocol: datatypes, and their data to values of a feature.

Source: Open Inference Protocol, REST, "Tensor Data" and "Tensor Data Types".
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from math import isfinite
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from modelspec.compiler.rows import python_type
from modelspec.expressions.types import Kind, Type
from modelspec_serving.protocol.binary import read_numbers, read_texts
from modelspec_serving.protocol.errors import RequestError, decode, explain

Values = Sequence[Any]

FEATURE_DATATYPE: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.FLOAT64: "FP64",
        Kind.INT64: "INT64",
        Kind.BOOL: "BOOL",
        Kind.STRING: "BYTES",
        Kind.TIMESTAMP: "BYTES",
    }
)
"""The datatype that metadata names for a feature; a tensor cannot hold lists."""

OUTPUT_DATATYPE: Mapping[str, str] = MappingProxyType(
    {
        "float32": "FP32",
        "float64": "FP64",
        "bool": "BOOL",
        "object": "BYTES",
        **{f"int{bits}": f"INT{bits}" for bits in (8, 16, 32, 64)},
        **{f"uint{bits}": f"UINT{bits}" for bits in (8, 16, 32, 64)},
    }
)
"""Datatypes by the name of NumPy's type; ``object`` is how strings arrive."""


class _Decoders:
    """The two ways to write the data of one datatype: flat, or a list per row."""

    def __init__(self, element: Any) -> None:
        self._flat = msgspec.json.Decoder(list[element | None])
        self._nested = msgspec.json.Decoder(list[list[element | None]])

    def values(self, data: msgspec.Raw, path: str) -> list[Any]:
        """Return the elements in row-major order."""
        text = bytes(data)
        if not text[1:].lstrip().startswith(b"["):
            return decode(self._flat, text, path)
        return [value for row in decode(self._nested, text, path) for value in row]


def _integers(bits: int) -> Any:
    return Annotated[int, Meta(ge=-(2 ** (bits - 1)), le=2 ** (bits - 1) - 1)]


def _unsigned(bits: int) -> Any:
    return Annotated[int, Meta(ge=0, le=2**bits - 1)]


_DECODERS: Mapping[str, _Decoders] = MappingProxyType(
    {
        "FP32": _Decoders(float),
        "FP64": _Decoders(float),
        "BOOL": _Decoders(bool | int),
        **{f"INT{bits}": _Decoders(_integers(bits)) for bits in (8, 16, 32, 64)},
        **{f"UINT{bits}": _Decoders(_unsigned(bits)) for bits in (8, 16, 32)},
        # msgspec knows no bound above 2^63; what is as large is missing as an Int64 anyway.
        "UINT64": _Decoders(Annotated[int, Meta(ge=0)]),
    }
)

_ACCEPTED: Mapping[Kind, frozenset[str]] = MappingProxyType(
    {
        Kind.BOOL: frozenset({"BOOL"}),
        Kind.INT64: frozenset(_DECODERS) - {"BOOL"} | {"FP16"},
        Kind.FLOAT64: frozenset(_DECODERS) - {"BOOL"} | {"FP16"},
        Kind.STRING: frozenset({"BYTES"}),
        Kind.TIMESTAMP: frozenset({"BYTES"}),
    }
)

_WORDS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.BOOL: "Bool",
        Kind.INT64: "Int64",
        Kind.FLOAT64: "Float64",
        Kind.STRING: "String",
        Kind.TIMESTAMP: "Timestamp",
    }
)


def read_column(
    path: str, declared: Type, datatype: str, data: msgspec.Raw | memoryview
) -> Values:
    """Return the values of one input as values of its feature.

    Args:
        path: Path of the input in the request, for messages.
        declared: Type of the feature that the input names; no list.
        datatype: Datatype that the request declares.
        data: The JSON array, flat or with one list per row; or the elements as bytes.

    Raises:
        RequestError: The datatype is not accepted, or a value is not exactly one of the feature's.
    """
    kind = declared.kind
    if datatype not in _ACCEPTED[kind]:
        accepted = ", ".join(sorted(_ACCEPTED[kind]))
        message = f"{datatype[:16]!r} is not accepted for a feature of type {_WORDS[kind]}"
        raise RequestError(f"{path}.datatype: {message}; accepted: {accepted}")
    where = f"{path}.data"
    if datatype == "BYTES":
        return _read_texts(where, declared, data)
    if isinstance(data, memoryview):
        values = read_numbers(where, datatype, data)
    else:
        values = read_json_numbers(where, datatype, data)
    if kind is Kind.FLOAT64 and datatype.startswith("FP"):
        return values
    convert = _CONVERT[kind]
    return [
        None if value is None else convert(f"{where}[{index}]", value)
        for index, value in enumerate(values)
    ]


def read_json_numbers(path: str, datatype: str, data: msgspec.Raw) -> list[Any]:
    """Return the numbers of a JSON array, flat or nested; ``None`` where it says null.

    Raises:
        RequestError: It holds something else, or the datatype has no form in JSON.
    """
    if datatype == "FP16":
        raise RequestError(f"{path}: FP16 has no form in JSON; use the binary data format")
    values = _DECODERS[datatype].values(data, path)
    return _rounded(values) if datatype == "FP32" else values


def _read_texts(path: str, declared: Type, data: msgspec.Raw | memoryview) -> Values:
    if not isinstance(data, memoryview):
        return _text_decoders(declared).values(data, path)
    texts = read_texts(path, data)
    try:
        found: list[Any] = msgspec.convert(texts, list[python_type(declared)])  # type: ignore[misc]
    except msgspec.ValidationError as error:
        raise RequestError(explain(str(error), path)) from error
    return found


@cache
def _text_decoders(declared: Type) -> _Decoders:
    return _Decoders(python_type(declared))


# Beyond float32 a number is infinite, as IEEE 754 rounds it; what is not finite is missing.
@np.errstate(over="ignore")
def _rounded(values: Values) -> list[float | None]:
    """Return the float32 that each decimal text denotes, as float64."""
    rounded = (None if value is None else np.float32(value).item() for value in values)
    return [value if value is not None and isfinite(value) else None for value in rounded]


def _to_float(path: str, value: float) -> float:
    try:
        converted = float(value)
    except OverflowError:
        raise _inexact(path, value, Kind.FLOAT64) from None
    if converted != value:
        raise _inexact(path, value, Kind.FLOAT64)
    return converted


def _to_integer(path: str, value: Any) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise _inexact(path, value, Kind.INT64)
    return int(value)


def _to_bool(path: str, value: float) -> bool:
    if value not in {0, 1}:
        raise _inexact(path, value, Kind.BOOL)
    return bool(value)


def _inexact(path: str, value: float, kind: Kind) -> RequestError:
    return RequestError(f"{path}: {str(value)[:32]} is not exactly a value of type {_WORDS[kind]}")


_CONVERT: Mapping[Kind, Callable[[str, Any], float | bool]] = MappingProxyType(
    {Kind.BOOL: _to_bool, Kind.INT64: _to_integer, Kind.FLOAT64: _to_float}
)
