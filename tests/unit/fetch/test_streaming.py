"""Bytes are proven while they come, however they are cut into pieces."""

import pytest
from hypothesis import given, strategies as st

from modelspec.artifacts import sha256_of, streamed
from modelspec.errors import ModelSpecError
from support.effort import examples
from support.fetching import packed

PATH = "spec.models[0].artifact"
CONTENT = bytes(range(256)) * 64


def _pieces(stored: bytes, size: int) -> list[bytes]:
    return [stored[start : start + size] for start in range(0, len(stored), size)]


def _read(stored: list[bytes], content: bytes = CONTENT, *, is_packed: bool = True) -> bytes:
    chunks = streamed(PATH, stored, sha256_of(content), size=len(content), packed=is_packed)
    return b"".join(chunks)


@examples(50)
@given(st.binary(min_size=1, max_size=5000), st.integers(1, 700), st.booleans())
def test_pieces_of_any_size_give_the_same_bytes(
    content: bytes,
    size: int,
    is_packed: bool,  # noqa: FBT001  # hypothesis passes it by name
) -> None:
    stored = packed(content) if is_packed else content

    assert _read(_pieces(stored, size), content, is_packed=is_packed) == content


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_gzip_data_that_ends_too_early_is_refused(size: int) -> None:
    with pytest.raises(
        ModelSpecError, match=r"^MS408 .* ends too early, or goes on after its end"
    ):
        _read(_pieces(packed(CONTENT)[:-3], size))


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize("more", [b"x", packed(b"second")], ids=["garbage", "second member"])
def test_gzip_data_that_goes_on_after_its_end_is_refused(size: int, more: bytes) -> None:
    with pytest.raises(
        ModelSpecError, match=r"^MS408 .* ends too early, or goes on after its end"
    ):
        _read(_pieces(packed(CONTENT) + more, size))


def test_what_is_not_packed_is_told_so() -> None:
    with pytest.raises(ModelSpecError, match=r"^MS408 .*: is not readable as gzip: "):
        _read([CONTENT])


def test_fewer_bytes_are_other_bytes() -> None:
    with pytest.raises(ModelSpecError, match=r"^MS408 .*: sha256 mismatch"):
        _read([CONTENT[:-1]], is_packed=False)


def test_another_size_of_the_right_bytes_is_told() -> None:
    chunks = streamed(PATH, [CONTENT], sha256_of(CONTENT), size=len(CONTENT) + 1, packed=False)

    with pytest.raises(ModelSpecError) as caught:
        list(chunks)

    expected = f"MS409 {PATH}.sizeBytes: expected {len(CONTENT) + 1}, got {len(CONTENT)}"
    assert str(caught.value) == expected
