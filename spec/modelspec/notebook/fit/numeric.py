"""Analyzers of numbers: location and scale, bounds, edges of bins, what stands in for null.

Each gives the numbers of the scikit-learn transformer that it names, of the rows that are not
null. Sums are NumPy's, so a mean can differ from that of another machine in its last digit; what
is stored is what is used, in training as in production.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from modelspec.notebook.fit.analyzer import Document, FitError, FloatArray, decimal, known_values

_LEAST_SCALE = 10.0 * float(np.finfo(np.float64).eps)
"""A spread below it counts as none, as in scikit-learn."""


def _affine(center: float, scale: float) -> Document:
    """Return `Affine`; a column that does not vary is not scaled, as in scikit-learn."""
    usable = scale if scale >= _LEAST_SCALE else 1.0
    return {"type": "Affine", "affine": {"center": decimal(center), "scale": decimal(usable)}}


@dataclass(frozen=True)
class MeanStd:
    """Mean and population standard deviation, as ``StandardScaler``."""

    def fit(self, values: FloatArray, target: FloatArray | None = None) -> Document:
        """Return `Affine`: ``(x - mean) / std``."""
        del target
        known = known_values(values)
        center, scale = float(known.mean()), float(known.std())
        # What is left of rounding is no spread: sums of n equal numbers are off by n roundings.
        bound = len(known) * np.finfo(np.float64).eps * abs(center)
        return _affine(center, scale if scale > bound else 1.0)


@dataclass(frozen=True)
class MinMax:
    """Minimum and range, as ``MinMaxScaler``: the training data come to lie in 0 to 1."""

    def fit(self, values: FloatArray, target: FloatArray | None = None) -> Document:
        """Return `Affine`: ``(x - min) / (max - min)``."""
        del target
        known = known_values(values)
        low = float(known.min())
        return _affine(low, float(known.max()) - low)


@dataclass(frozen=True)
class Robust:
    """Median and distance between two quantiles, as ``RobustScaler``."""

    low: float = 0.25
    high: float = 0.75

    def fit(self, values: FloatArray, target: FloatArray | None = None) -> Document:
        """Return `Affine`: ``(x - median) / (quantile(high) - quantile(low))``."""
        del target
        known = known_values(values)
        low, high = np.quantile(known, [self.low, self.high])
        return _affine(float(np.median(known)), float(high - low))


@dataclass(frozen=True)
class Winsorize:
    """Two quantiles beyond which values are pulled in."""

    low: float = 0.01
    high: float = 0.99

    def fit(self, values: FloatArray, target: FloatArray | None = None) -> Document:
        """Return `Bounds`."""
        del target
        low, high = np.quantile(known_values(values), [self.low, self.high])
        return {"type": "Bounds", "bounds": {"low": decimal(low), "high": decimal(high)}}


@dataclass(frozen=True)
class QuantileEdges:
    """Inner edges of bins with equally many rows, as ``KBinsDiscretizer(strategy="quantile")``.

    An edge is a value that occurs, or lies halfway between two. Edges that coincide are one edge,
    so there may be fewer bins.
    """

    bins: int = 10

    def fit(self, values: FloatArray, target: FloatArray | None = None) -> Document:
        """Return `Edges`, at most ``bins - 1``.

        Raises:
            FitError: Fewer than two bins are asked for, or all values are equal.
        """
        del target
        if self.bins < 2:  # noqa: PLR2004  # one bin has no edge
            raise FitError(f"there must be at least 2 bins, got {self.bins}")
        known = known_values(values)
        shares = np.linspace(0.0, 100.0, self.bins + 1)[1:-1]
        edges = np.unique(np.percentile(known, shares, method="averaged_inverted_cdf"))
        inner = edges[edges > known.min()]
        if not len(inner):
            raise FitError(f"more than {self.bins - 1} of {self.bins} parts have the same value")
        return {"type": "Edges", "edges": {"values": [decimal(edge) for edge in inner]}}


@dataclass(frozen=True)
class Impute:
    """What stands in for a missing number, as ``SimpleImputer``."""

    strategy: Literal["mean", "median", "most_frequent"] = "median"

    def fit(self, values: FloatArray, target: FloatArray | None = None) -> Document:
        """Return `Imputation`."""
        del target
        known = known_values(values)
        if self.strategy == "most_frequent":
            distinct, counts = np.unique(known, return_counts=True)
            value = distinct[counts.argmax()]
        else:
            value = known.mean() if self.strategy == "mean" else np.median(known)
        return {"type": "Imputation", "imputation": {"value": decimal(value)}}
