"""Tensors as bytes: the binary tensor data extension of the Open Inference Protocol.

Source: Triton, "Binary Tensor Data Extension". Elements stand in row-major order, little endian,
without padding; a text is its length as an unsigned integer of four bytes, then its UTF-8.
"""

from collections.abc import Iterator, Mapping, Sequence
from struct import Struct
from types import MappingProxyType
from typing import Any

import numpy as np

from modelspec_serving.protocol.errors import RequestError

EXTENSION = "binary_tensor_data"
"""How metadata advertises it."""

SIZE_HEADER = b"inference-header-content-length"
"""The header that says how many bytes of the body are JSON; tensors follow."""

LAYOUTS: Mapping[str, np.dtype[Any]] = MappingProxyType(
    {
        "BOOL": np.dtype("u1"),
        **{f"INT{bits}": np.dtype(f"<i{bits // 8}") for bits in (8, 16, 32, 64)},
        **{f"UINT{bits}": np.dtype(f"<u{bits // 8}") for bits in (8, 16, 32, 64)},
        **{f"FP{bits}": np.dtype(f"<f{bits // 8}") for bits in (16, 32, 64)},
    }
)
"""How the elements of each datatype lie in memory, but for texts."""

_LENGTH = Struct("<I")


def json_size(text: bytes, length: int) -> int:
    """Return how many bytes of a body are JSON.

    Args:
        text: The value of the header.
        length: Number of bytes of the whole body.

    Raises:
        RequestError: It is no whole number from 0 to the length.
    """
    name = "Inference-Header-Content-Length"
    if not text.isdigit() or len(text) > len(str(2**63)):
        raise RequestError(f"{name}: must be the number of bytes that are JSON")
    size = int(text)
    if size > length:
        raise RequestError(f"{name}: {size} is more than the {length} bytes of the body")
    return size


def read_numbers(path: str, datatype: str, content: memoryview) -> list[Any]:
    """Return the elements of a tensor; a number that is not finite is missing, ``None``.

    Raises:
        RequestError: The bytes are no whole number of elements, or no truth values.
    """
    layout = LAYOUTS[datatype]
    if len(content) % layout.itemsize:
        raise RequestError(
            f"{path}: {len(content)} bytes are no multiple of the {layout.itemsize} of {datatype}"
        )
    array = np.frombuffer(content, layout)
    if datatype == "BOOL" and (array > 1).any():
        raise RequestError(f"{path}: a BOOL must be a byte 0 or 1")
    values: list[Any] = array.tolist()
    if layout.kind == "f" and not np.isfinite(array).all():
        return [value if -np.inf < value < np.inf else None for value in values]
    return values


def read_texts(path: str, content: memoryview) -> list[str]:
    """Return the texts of a tensor.

    Raises:
        RequestError: A length points beyond the end, or bytes are not UTF-8.
    """
    return list(_texts(path, content))


def _texts(path: str, content: memoryview) -> Iterator[str]:
    start, number = 0, 0
    while start < len(content):
        begin = start + _LENGTH.size
        if begin > len(content):
            raise RequestError(f"{path}: element {number} lacks its length of 4 bytes")
        end = begin + _LENGTH.unpack_from(content, start)[0]
        if end > len(content):
            raise RequestError(f"{path}: element {number} ends beyond the tensor's last byte")
        try:
            yield str(content[begin:end], "utf-8")
        except UnicodeDecodeError as error:
            raise RequestError(f"{path}: element {number} is not UTF-8") from error
        start, number = end, number + 1


def can_hold(datatype: str, values: Sequence[Any]) -> bool:
    """Return whether bytes can say these values; only floats have bytes for null: NaN."""
    return datatype.startswith("FP") or None not in values


def write(datatype: str, values: Sequence[Any]) -> bytes:
    """Return the bytes of values that `can_hold` affirms."""
    if datatype == "BYTES":
        texts = [value.encode() for value in values]
        return b"".join(_LENGTH.pack(len(text)) + text for text in texts)
    layout = LAYOUTS[datatype]
    if layout.kind == "f":
        values = [np.nan if value is None else value for value in values]
    return np.array(values, layout).tobytes()
