"""The bytes of artifacts: stored as they are or with gzip, always known by their own digest."""

import hashlib
import zlib
from collections.abc import Iterator

from modelspec.errors import Code, fail

MAX_BYTES = 67_108_864
"""Of an artifact that is kept in a ConfigMap, which holds 1 MiB of it compressed."""

_CHUNK = 1_048_576
_GZIP = b"\x1f\x8b"
_WITH_GZIP_HEADER = 31  # window bits as zlib counts them


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
    return b"".join(_checked(path, stored, sha256, size))


def verify(path: str, stored: bytes, sha256: str, *, size: int | None = None) -> None:
    """Check what is stored as ``verified`` does, without holding it in memory.

    Raises:
        ModelSpecError: As ``verified``.
    """
    for _ in _checked(path, stored, sha256, size):
        pass


def _checked(path: str, stored: bytes, sha256: str, size: int | None) -> Iterator[bytes]:
    digest, found = hashlib.sha256(), 0
    for chunk in _unpacked(path, stored, sha256, size):
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
    stream = zlib.decompressobj(_WITH_GZIP_HEADER)
    rest, found = stored, 0
    try:
        while rest and not stream.eof:
            chunk = stream.decompress(rest, _CHUNK)
            rest, found = stream.unconsumed_tail, found + len(chunk)
            if found > most:
                limit = "its limit" if size is None else "`sizeBytes`"
                raise fail(Code.MS411, path, f"decompressed size is over {limit} {most}")
            yield chunk
    except zlib.error as error:
        raise fail(Code.MS408, path, f"is not readable as gzip: {error}") from error
    if not stream.eof or stream.unused_data:
        raise fail(Code.MS408, path, "gzip data ends too early, or goes on after its end")
