"""The bytes of artifacts: stored as they are or with gzip, always known by their own digest."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator

from modelspec.errors import Code, fail

MAX_BYTES = 67_108_864
"""Of an artifact that is kept in a ConfigMap, which holds 1 MiB of it compressed."""

MAX_FETCHED_BYTES = 1_073_741_824
"""Of an artifact that is kept elsewhere; a parser of ONNX takes less than twice as much."""

_CHUNK = 1_048_576
_GZIP = b"\x1f\x8b"
_WITH_GZIP_HEADER = 31  # window bits as zlib counts them

_GZIP_SPARE = 65_536
"""Bytes of headers, beside a 64th of the content, by which gzip may be longer than that."""


def sha256_of(content: bytes) -> str:
    """Return the digest of bytes as specifications state it."""
    return hashlib.sha256(content).hexdigest()


def verified(path: str, stored: bytes, sha256: str, *, size: int | None = None) -> bytes:
    """Return the bytes that a specification names, unpacked if they are stored with gzip.

    Args:
        path: Path of the artifact in the specification, for messages.
        stored: What is kept.
        sha256: Digest of the bytes.
        size: Number of the bytes, if the specification says it.

    Raises:
        ModelSpecError: ``MS408``, other bytes; ``MS409``, another size; ``MS411``, they unpack to
            more than they should.
    """
    return b"".join(_checked(path, _unpacked(path, stored, sha256, size), sha256, size))


def verify(path: str, stored: bytes, sha256: str, *, size: int | None = None) -> None:
    """Check what is stored as ``verified`` does, without holding it in memory.

    Raises:
        ModelSpecError: As ``verified``.
    """
    for _ in _checked(path, _unpacked(path, stored, sha256, size), sha256, size):
        pass


def streamed(
    path: str, chunks: Iterable[bytes], sha256: str, *, size: int | None, packed: bool
) -> Iterator[bytes]:
    """Yield the bytes that a specification names while they come; the last one proves them all.

    Never more than a chunk is held, and nothing is read beyond what they can take.

    Args:
        path: Path of the artifact in the specification, for messages.
        chunks: What is stored, in pieces.
        sha256: Digest of the bytes.
        size: Number of the bytes, if the specification says it.
        packed: Whether they are stored with gzip.

    Raises:
        ModelSpecError: As ``verified``.
    """
    most = MAX_BYTES if size is None else size
    if packed:
        bounded = _bounded(path, chunks, most)
        yield from _checked(path, _inflated(path, bounded, most, "`sizeBytes`"), sha256, size)
    else:
        yield from _checked(path, _counted(path, chunks, most), sha256, size)


def _counted(path: str, chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    found = 0
    for chunk in chunks:
        found += len(chunk)
        if found > size:
            raise fail(Code.MS409, f"{path}.sizeBytes", f"expected {size}, got more")
        yield chunk


def _bounded(path: str, chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield packed bytes up to what *size* bytes can take; empty blocks could go on for ever."""
    most, found = size + size // 64 + _GZIP_SPARE, 0
    for chunk in chunks:
        found += len(chunk)
        if found > most:
            message = f"stored size is over {most}, which `sizeBytes` {size} can take with gzip"
            raise fail(Code.MS411, path, message)
        yield chunk


def _checked(path: str, chunks: Iterable[bytes], sha256: str, size: int | None) -> Iterator[bytes]:
    digest, found = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        found += len(chunk)
        yield chunk
    if digest.hexdigest() != sha256:
        message = f"sha256 mismatch: expected {sha256}, got {digest.hexdigest()}"
        raise fail(Code.MS408, path, f"{message}; the bytes changed")
    if size is not None and found != size:
        raise fail(Code.MS409, f"{path}.sizeBytes", f"expected {size}, got {found}")


def _unpacked(path: str, stored: bytes, sha256: str, size: int | None) -> Iterator[bytes]:
    """Yield the bytes; what has the digest as it is stored needs no unpacking."""
    if not stored.startswith(_GZIP) or sha256_of(stored) == sha256:
        yield stored
        return
    most = MAX_BYTES if size is None else size
    yield from _inflated(path, [stored], most, "its limit" if size is None else "`sizeBytes`")


def _inflated(path: str, chunks: Iterable[bytes], most: int, limit: str) -> Iterator[bytes]:
    """Yield the content of one gzip member, up to *most* bytes."""
    stream, found, is_over = zlib.decompressobj(_WITH_GZIP_HEADER), 0, False
    try:
        for chunk in chunks:
            rest, is_over = chunk, is_over or (stream.eof and bool(chunk))
            while rest and not stream.eof:
                unpacked = stream.decompress(rest, _CHUNK)
                rest, found = stream.unconsumed_tail, found + len(unpacked)
                if found > most:
                    message = f"decompressed size is over {limit} {most}"
                    raise fail(Code.MS411, path, message)
                yield unpacked
    except zlib.error as error:
        raise fail(Code.MS408, path, f"is not readable as gzip: {error}") from error
    if not stream.eof or stream.unused_data or is_over:
        raise fail(Code.MS408, path, "gzip data ends too early, or goes on after its end")
