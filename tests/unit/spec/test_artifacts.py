"""Bytes are known by their own digest, however they are stored."""

import gzip
import zlib

import pytest
from hypothesis import given, strategies as st

from modelspec.artifacts import MAX_BYTES, sha256_of, verified, verify
from modelspec.errors import ModelSpecError

PATH = "spec.models[0].artifact"
CONTENT = b"weights" * 1000


def _refusal(stored: bytes, sha256: str, size: int | None = None) -> str:
    with pytest.raises(ModelSpecError) as caught:
        verify(PATH, stored, sha256, size=size)
    return str(caught.value)


@given(st.binary(max_size=4096))
def test_bytes_are_found_as_they_are_and_in_gzip(content: bytes) -> None:
    for stored in (content, gzip.compress(content)):
        assert verified(PATH, stored, sha256_of(content), size=len(content)) == content


def test_bytes_that_are_gzip_themselves_are_not_unpacked() -> None:
    packed = gzip.compress(CONTENT)

    assert verified(PATH, packed, sha256_of(packed), size=len(packed)) == packed


def test_other_bytes_are_refused() -> None:
    assert _refusal(CONTENT, "0" * 64) == (
        f"MS408 {PATH}: sha256 mismatch: expected {'0' * 64}, got {sha256_of(CONTENT)};"
        " the bytes changed"
    )


def test_another_size_is_refused() -> None:
    expected = f"MS409 {PATH}.sizeBytes: expected 8000, got 7000"

    assert _refusal(CONTENT, sha256_of(CONTENT), 8000) == expected
    assert _refusal(gzip.compress(CONTENT), sha256_of(CONTENT), 8000) == expected


def test_what_unpacks_to_more_than_it_should_is_refused_early() -> None:
    bomb = gzip.compress(bytes(50_000_000))

    assert _refusal(bomb, "0" * 64, 1000) == (
        f"MS411 {PATH}: decompressed size is over `sizeBytes` 1000"
    )


def test_nothing_unpacks_to_more_than_the_limit() -> None:
    packer = zlib.compressobj(9, wbits=31)
    chunk = bytes(1_048_576)
    packed = b"".join(packer.compress(chunk) for _ in range(MAX_BYTES // len(chunk) + 1))

    assert _refusal(packed + packer.flush(), "0" * 64) == (
        f"MS411 {PATH}: decompressed size is over its limit {MAX_BYTES}"
    )


@pytest.mark.parametrize(
    "stored",
    [gzip.compress(CONTENT)[:-9], gzip.compress(CONTENT) + b"more", b"\x1f\x8bnonsense"],
    ids=["truncated", "followed", "broken"],
)
def test_broken_gzip_is_refused(stored: bytes) -> None:
    assert _refusal(stored, sha256_of(CONTENT)).startswith(f"MS408 {PATH}: ")
