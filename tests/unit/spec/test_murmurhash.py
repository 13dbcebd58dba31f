"""The hash is scikit-learn's, whatever the text, its length and the seed."""

import random
from collections.abc import Callable

import pytest

from modelspec.expressions.murmurhash import murmurhash3, murmurhash3_of_all

ALPHABET = "aZ09 -|\x00\x1f\u00e9\u00df\u0416\u4e2d\U0001f600\uffff"
SEEDS = (0, 1, 42, 2**31, 2**32 - 1)


@pytest.fixture
def reference() -> Callable[..., int]:
    """Return scikit-learn's hash; importing it takes seconds, which only these tests pay."""
    from sklearn.utils import murmurhash3_32  # noqa: PLC0415

    hashed: Callable[..., int] = murmurhash3_32
    return hashed


def test_it_agrees_with_scikit_learn(reference: Callable[..., int]) -> None:
    source = random.Random(3)  # noqa: S311  # not for cryptography
    texts = ["", *("".join(source.choices(ALPHABET, k=source.randrange(48))) for _ in range(2000))]

    for text in texts:
        seed = source.choice(SEEDS)
        expected = reference(text.encode(), seed=seed, positive=True)
        assert murmurhash3(text, seed) == expected, (text, seed)


def test_half_a_surrogate_pair_has_a_hash(reference: Callable[..., int]) -> None:
    assert murmurhash3("\ud800", 1) == reference(b"\xed\xa0\x80", seed=1, positive=True)


def test_many_at_once_are_hashed_as_one_by_one() -> None:
    source = random.Random(4)  # noqa: S311  # not for cryptography
    texts = ["", "\ud800", "x" * 1000]
    texts += ["".join(source.choices(ALPHABET, k=source.randrange(48))) for _ in range(500)]

    for seed in SEEDS:
        assert murmurhash3_of_all(texts, seed).tolist() == [murmurhash3(t, seed) for t in texts]
    assert murmurhash3_of_all([], 0).tolist() == []
