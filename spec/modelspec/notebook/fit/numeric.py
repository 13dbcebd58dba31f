"""Analyzers of numbers: location and scale, bounds, edges of bins, what stands in for null.

Each gives the numbers of the scikit-learn transformer that it names, of the rows that are not
null; infinities count as null, as everywhere. None depends on the order of the rows: sums are
rounded once, so a mean or a deviation can differ from scikit-learn's in the last digits, which
depend there on how many columns are fitted together. What is stored is what is used, in training
as in production.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from modelspec.notebook.fit.analyzer import Document, FitError, FloatArray, decimal, known_values
from modelspec.notebook.fit.sums import exact_deviation, exact_mean
from modelspec.schema.preprocessing import MAX_ENTRIES

_EPSILON = float(np.finfo(np.float64).eps)

_LEAST_SCALE = 10.0 * _EPSILON
"""A spread below it counts as none, as in scikit-learn."""


def _affine(center: float, scale: float) -> Document:
    return {"type": "Affine", "affine": {"center": decimal(center), "scale": decimal(scale)}}


def _usable(spread: float) -> float:
    """Return what to divide by; a column that does not vary is not scaled, as in scikit-learn."""
    return spread if spread >= _LEAST_SCALE else 1.0


@dataclass(frozen=True)
class MeanStd:
    """Mean and population standard deviation, as ``StandardScaler``."""

    def fit(self, values: FloatArray, target: FloatArray | None = None) -> Document:
        """Return `Affine`: ``(x - mean) / std``."""
        del target
        known = known_values(values)
        if known.min() == known.max():
            return _affine(float(known[0]), 1.0)
        center = exact_mean(known)
        scale = exact_deviation(known, center)
        # scikit-learn's bound for what may be no more than rounding, squared as there.
        varies = scale**2 > (len(known) * _EPSILON * center) ** 2
        return _affine(center, scale if varies else 1.0)


@dataclass(frozen=True)
class MinMax:
    """Minimum and range, as ``MinMaxScaler(feature_range=(low, high))``."""

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        """Refuse bounds between which there is nothing.

        Raises:
            FitError: They are not finite and rising.
        """
        if not -np.inf < self.low < self.high < np.inf:
            raise FitError(f"`low` must be less than `high`, got {self.low} and {self.high}")

    def fit(self, values: FloatArray, target: FloatArray | None = None) -> Document:
        """Return `Affine`: ``low`` for the minimum, ``high`` for the maximum."""
        del target
        known = known_values(values)
        least, width = float(known.min()), float(known.max() - known.min())
        scale = _usable(width) / (self.high - self.low)
        return _affine(least - self.low * scale, scale)


def _check_shares(low: float, high: float) -> None:
    """Refuse what is no pair of quantiles.

    Raises:
        FitError: They are not rising, from 0 to 1.
    """
    if not 0.0 <= low < high <= 1.0:
        raise FitError(
            "quantiles go from 0 to 1 and `low` is less than `high`,"
            f" got {low} and {high}; write 0.05 for 5 %"
        )


@dataclass(frozen=True)
class Robust:
    """Median and distance between two quantiles, as ``RobustScaler``."""

    low: float = 0.25
    high: float = 0.75

    def __post_init__(self) -> None:
        """Refuse what is no pair of quantiles."""
        _check_shares(self.low, self.high)

    def fit(self, values: FloatArray, target: FloatArray | None = None) -> Document:
        """Return `Affine`: ``(x - median) / (quantile(high) - quantile(low))``."""
        del target
        known = known_values(values)
        low, high = np.quantile(known, [self.low, self.high])
        return _affine(float(np.median(known)), _usable(float(high - low)))


@dataclass(frozen=True)
class Winsorize:
    """Two quantiles beyond which values are pulled in; linear between values, as NumPy's."""

    low: float = 0.01
    high: float = 0.99

    def __post_init__(self) -> None:
        """Refuse what is no pair of quantiles."""
        _check_shares(self.low, self.high)

    def fit(self, values: FloatArray, target: FloatArray | None = None) -> Document:
        """Return `Bounds`."""
        del target
        low, high = np.quantile(known_values(values), [self.low, self.high])
        return {"type": "Bounds", "bounds": {"low": decimal(low), "high": decimal(high)}}


@dataclass(frozen=True)
class QuantileEdges:
    """Inner edges of bins with equally many rows, as ``KBinsDiscretizer(strategy="quantile")``.

    An edge is a value that occurs, or lies halfway between two. Edges that coincide are one edge,
    so there may be fewer bins. Unlike there, all rows are used and not 200 000 of them, bins may
    be narrower than 1e-8, and what is as large as the maximum has a bin of its own where it fills
    one.
    """

    bins: int = 10

    def __post_init__(self) -> None:
        """Refuse a number of bins that has no edges.

        Raises:
            FitError: Fewer than two bins are asked for, or more than a parameter can hold.
        """
        if not 2 <= self.bins <= MAX_ENTRIES + 1:  # noqa: PLR2004  # one bin has no edge
            problem = f"there must be at least 2 bins and at most {MAX_ENTRIES + 1}"
            raise FitError(f"{problem}, got {self.bins}")

    def fit(self, values: FloatArray, target: FloatArray | None = None) -> Document:
        """Return `Edges`, at most ``bins - 1``.

        Raises:
            FitError: Nearly all values are equal.
        """
        del target
        known = known_values(values)
        shares = np.linspace(0.0, 100.0, self.bins + 1)[1:-1]
        edges = np.unique(np.percentile(known, shares, method="averaged_inverted_cdf"))
        inner = edges[edges > known.min()]
        if not len(inner):
            raise FitError(
                f"more than {self.bins - 1} of {self.bins} parts have the same value,"
                f" {known.min()}; take more bins, or compare with that value"
            )
        return {"type": "Edges", "edges": {"values": [decimal(edge) for edge in inner]}}


Strategy = Literal["mean", "median", "most_frequent", "constant"]


@dataclass(frozen=True)
class Impute:
    """What stands in for a missing number, as ``SimpleImputer``.

    Of values that are equally frequent it is the least.
    """

    strategy: Strategy = "median"
    value: float | None = None
    """What stands in, for the strategy ``constant``."""

    def __post_init__(self) -> None:
        """Refuse a constant without a value, and a value without a use.

        Raises:
            FitError: There is none, it is not finite, or the strategy finds another.
        """
        constant = self.strategy == "constant"
        if constant and (self.value is None or not np.isfinite(self.value)):
            raise FitError(f"'constant' needs a finite `value`, got {self.value}")
        if not constant and self.value is not None:
            raise FitError(f"'{self.strategy}' finds the value; omit `value`, or write 'constant'")
        if self.strategy not in _STRATEGIES and not constant:
            names = ", ".join(f"'{name}'" for name in (*_STRATEGIES, "constant"))
            raise FitError(f"`strategy` must be one of {names}, got '{self.strategy}'")

    def fit(self, values: FloatArray, target: FloatArray | None = None) -> Document:
        """Return `Imputation`."""
        del target
        found = self.value
        if found is None:
            found = _STRATEGIES[self.strategy](known_values(values))
        return {"type": "Imputation", "imputation": {"value": decimal(found)}}


def _median(known: FloatArray) -> float:
    return float(np.median(known))


def _most_frequent(known: FloatArray) -> float:
    distinct, counts = np.unique(known, return_counts=True)
    return float(distinct[counts.argmax()])


_STRATEGIES = {"mean": exact_mean, "median": _median, "most_frequent": _most_frequent}
