"""MurmurHash3 for x86 with 32 bits, by Austin Appleby: fixed for ever, as part of the language.

The same as scikit-learn's ``murmurhash3_32`` and onnxruntime's ``MurmurHash3`` of a key in UTF-8.
"""

from collections.abc import Sequence
from struct import unpack_from
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Words: TypeAlias = NDArray[np.uint32]

_MASK = 0xFFFF_FFFF
_TWICE = 0x1_0000_0001
"""Writes 32 bits twice, side by side: shifted to the right by 32 - n they are rotated by n."""

_C1 = 0xCC9E_2D51
_C2 = 0x1B87_3593


def murmurhash3(text: str, seed: int) -> int:
    """Return the hash of a text as a number from 0 to 2**32 - 1; the seed is one, too.

    Half of a surrogate pair, which UTF-8 cannot say, is hashed as three bytes instead of failing.
    """
    data = text.encode("utf-8", "surrogatepass")
    size = len(data)
    words = size // 4
    state = seed
    for word in unpack_from(f"<{words}I", data):
        # Bits above the 32nd that a rotation leaves are masked later; they only move upwards.
        mixed = ((word * _C1 & _MASK) * _TWICE >> 17) * _C2 & _MASK
        state = ((state ^ mixed) * _TWICE >> 19) * 5 + 0xE654_6B64 & _MASK
    if size % 4:
        rest = int.from_bytes(data[4 * words :], "little")
        state ^= ((rest * _C1 & _MASK) * _TWICE >> 17) * _C2 & _MASK
    return _avalanche(state ^ size)


def _avalanche(state: int) -> int:
    state = (state ^ state >> 16) * 0x85EB_CA6B & _MASK
    state = (state ^ state >> 13) * 0xC2B2_AE35 & _MASK
    return state ^ state >> 16


def murmurhash3_of_all(texts: Sequence[str], seed: int) -> Words:
    """Return the hashes of many texts at once, each as ``murmurhash3`` gives it.

    Round i mixes word i of every text that has one; texts with more words come first, so that
    those that are left are a prefix.
    """
    joined, sizes = _joined(texts)
    order = np.argsort(-sizes, kind="stable")
    starts = (np.cumsum(sizes) - sizes)[order]
    sizes = sizes[order]
    # A word at every byte, whatever its alignment; the last texts need bytes after their own.
    words = np.ndarray(len(joined) + 1, dtype="<u4", buffer=joined + bytes(4), strides=(1,))
    state = _mix_all(words, starts, sizes // 4, seed)
    rest = sizes % 4
    tails = words[starts + sizes - rest] & ((1 << (8 * rest)) - 1).astype(np.uint32)
    result = np.empty_like(state)
    result[order] = _avalanche_all(state ^ _scrambled(tails) ^ sizes.astype(np.uint32))
    return result


def _joined(texts: Sequence[str]) -> tuple[bytes, NDArray[np.int64]]:
    """Return the bytes of all texts, one after the other, and how many each has."""
    together = "".join(texts)
    if together.isascii():
        return together.encode(), np.fromiter(map(len, texts), np.int64, len(texts))
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    return b"".join(encoded), np.fromiter(map(len, encoded), np.int64, len(encoded))


def _mix_all(
    words: Words, starts: NDArray[np.int64], counts: NDArray[np.int64], seed: int
) -> Words:
    state = np.full(len(starts), seed, dtype=np.uint32)
    for word in range(int(counts.max(initial=0))):
        left = int(np.searchsorted(-counts, -word, side="left"))
        mixed = state[:left] ^ _scrambled(words[starts[:left] + 4 * word])
        state[:left] = _rotated(mixed, 13) * np.uint32(5) + np.uint32(0xE654_6B64)
    return state


def _scrambled(words: Words) -> Words:
    return _rotated(words * np.uint32(_C1), 15) * np.uint32(_C2)


def _rotated(words: Words, bits: int) -> Words:
    return (words << np.uint32(bits)) | (words >> np.uint32(32 - bits))


def _avalanche_all(state: Words) -> Words:
    state = (state ^ (state >> np.uint32(16))) * np.uint32(0x85EB_CA6B)
    state = (state ^ (state >> np.uint32(13))) * np.uint32(0xC2B2_AE35)
    return state ^ (state >> np.uint32(16))
