"""Compressed bodies: gzip and deflate, bounded before they are unpacked."""

import zlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from modelspec_serving.protocol.errors import RequestError

ACCEPTED = "gzip, deflate, identity"
SMALLEST = 1024
"""Bytes below which compressing costs more than it saves."""

_LEVEL = 1
"""The fastest: the network between pods is quicker than any other."""

_WRAPPERS: Mapping[str, int] = MappingProxyType({"gzip": 16 + zlib.MAX_WBITS, "deflate": 15})


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """Return a body as it was before its ``Content-Encoding``.

    Args:
        body: What arrived.
        encoding: The value of the header.
        limit: Most bytes that may come out; no more are ever unpacked.

    Raises:
        RequestError: The encoding is unknown, the body is none such, or holds more.
    """
    name = encoding.strip().lower().replace("x-gzip", "gzip")
    if name == "identity":
        return body
    if name not in _WRAPPERS:
        shown = encoding[:32]
        message = f"Content-Encoding: '{shown}' is not supported; supported: {ACCEPTED}"
        raise RequestError(message, status=415)
    return _inflate(body, name, limit)


def _inflate(body: bytes, name: str, limit: int) -> bytes:
    inflater = zlib.decompressobj(_WRAPPERS[name])
    try:
        unpacked = inflater.decompress(body, limit + 1)
    except zlib.error as error:
        raise RequestError(f"body: not {name}: {error}") from error
    if len(unpacked) > limit:
        raise RequestError(f"body: longer than {limit} bytes when unpacked", status=413)
    if not inflater.eof or inflater.unused_data:
        raise RequestError(f"body: not one whole {name} stream")
    return unpacked


def choose(accepted: str) -> str | None:
    """Return the encoding to answer with, for the value of ``Accept-Encoding``; or none."""
    offered = dict(_weights(accepted))
    found = max(_WRAPPERS, key=lambda name: offered.get(name, 0.0))
    return found if offered.get(found, 0.0) > 0.0 else None


def _weights(accepted: str) -> Iterator[tuple[str, float]]:
    for item in accepted.lower().split(","):
        name, _, parameter = item.partition(";")
        weight = parameter.strip().removeprefix("q=").strip()
        yield name.strip(), float(weight) if weight.replace(".", "", 1).isdigit() else 1.0


def pack(body: bytes, encoding: str) -> bytes:
    """Return a body with an encoding that `choose` returned."""
    deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WRAPPERS[encoding])
    return deflater.compress(body) + deflater.flush()
