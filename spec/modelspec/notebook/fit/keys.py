"""Analyzers of categories: vocabularies, frequencies, mean targets."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from modelspec.notebook.fit.analyzer import (
    Document,
    FitError,
    FloatArray,
    IntegerArray,
    Keys,
    decimal,
)
from modelspec.schema.preprocessing import MAX_ENTRIES


def _bounded(count: int) -> None:
    if count > MAX_ENTRIES:
        raise FitError(
            f"{count} keys are more than the {MAX_ENTRIES} of a parameter;"
            " limit them by min_count or max_size, or use hash_bucket"
        )


def _most_frequent(keys: Keys, min_count: int, max_size: int | None) -> list[int]:
    """Return the keys that are frequent enough, the most frequent first; ties by the key."""
    counts = keys.counts()
    # A stable sort leaves keys that are equally frequent in their own order.
    order = np.argsort(-counts, kind="stable")
    kept: list[int] = order[counts[order] >= min_count].tolist()
    return kept[:max_size]


def _table(
    keys: Keys, values: FloatArray, kept: list[int], default: float, missing: float
) -> Document:
    _bounded(len(kept))
    entries = [
        {"key": str(keys.distinct[index]), "value": decimal(values[index])}
        for index in sorted(kept)
    ]
    table = {
        "keyType": keys.key_type,
        "entries": entries,
        "default": decimal(default),
        "missing": decimal(missing),
    }
    return {"type": "LookupTable", "lookupTable": table}


@dataclass(frozen=True)
class Vocabulary:
    """The keys that are frequent enough, with a code each: 0 for the most frequent.

    All others, new ones included, get one code together: the number of keys that are kept. Null
    gets the code after it.
    """

    min_count: int = 1
    max_size: int | None = None

    def fit(self, values: Keys, target: FloatArray | None = None) -> Document:
        """Return `Vocabulary`, whose `unknown` is the infrequent code.

        Raises:
            FitError: There are too many keys for a parameter.
        """
        del target
        kept = _most_frequent(values, self.min_count, self.max_size)
        _bounded(len(kept))
        vocabulary = {
            "keyType": values.key_type,
            "keys": [str(values.distinct[index]) for index in kept],
            "unknown": len(kept),
            "missing": len(kept) + 1,
        }
        return {"type": "Vocabulary", "vocabulary": vocabulary}


@dataclass(frozen=True)
class Frequency:
    """How large a share of all rows has each key; 0 for a new one."""

    min_count: int = 1

    def fit(self, values: Keys, target: FloatArray | None = None) -> Document:
        """Return `LookupTable`.

        Raises:
            FitError: There are no rows, or too many keys for a parameter.
        """
        del target
        rows = len(values.codes)
        if not rows:
            raise FitError("there are no rows")
        kept = _most_frequent(values, self.min_count, None)
        missing = float((values.codes < 0).sum()) / rows
        return _table(values, values.counts() / rows, kept, 0.0, missing)


@lru_cache(maxsize=8)
def _folds(rows: int, folds: int, seed: int) -> IntegerArray:
    order = np.random.Generator(np.random.PCG64(seed)).permutation(rows)
    return order % folds


@dataclass(frozen=True)
class TargetMean:
    """The mean target of each key, drawn to that of all rows where a key is rare.

    ``(sum + smoothing * mean) / (count + smoothing)``, as ``TargetEncoder(smooth=smoothing)``
    (Micci-Barreca, 2001, with constant weight). A new key has the mean of all rows; so has null,
    unless it occurs. In the training matrix each fold has the means of the others.
    """

    smoothing: float = 20.0
    folds: int = 5
    seed: int = 0

    def fold_of(self, rows: int) -> IntegerArray:
        """Return the fold of every row: equally many in each, at random, for ever the same."""
        return _folds(rows, self.folds, self.seed)

    def fit(self, values: Keys, target: FloatArray | None = None) -> Document:
        """Return `LookupTable`.

        Raises:
            FitError: There is no target, it has nulls, or there are too many keys.
        """
        if target is None or not len(target):
            raise FitError("there is no target; give fit_transform the labels, too")
        if not np.isfinite(target).all():
            raise FitError("the target has nulls or infinities")
        mean = float(target.mean())
        sums, counts = values.sums(target), values.counts()
        means = (sums + self.smoothing * mean) / (counts + self.smoothing)
        null = values.codes < 0
        missing = (target[null].sum() + self.smoothing * mean) / (null.sum() + self.smoothing)
        kept = np.flatnonzero(counts).tolist()
        return _table(values, means, kept, mean, float(missing) if null.any() else mean)
