"""Numbers with fitted parameters: the text names the parameter, a refit changes its values."""

from bisect import bisect_right
from collections.abc import Callable
from math import copysign, exp, expm1, inf, isfinite, log, log1p, nan
from typing import Any

import numpy as np

from modelspec.expressions.columns import Floats
from modelspec.expressions.operation import Domain, Exactness, Operation
from modelspec.expressions.parameters import (
    Affine,
    Bounds,
    Imputation,
    Piecewise,
    PowerTransform,
)
from modelspec.expressions.types import Range

GROUP = "Fitted numeric"

_LARGEST_EXPONENT = 709.78
"""Up to here ``exp`` is finite."""

_EPSILON = 2.0**-52

_SLACK = 1e-12
"""More than rounding can move a transformed value, relative to it."""


def _scaled(x: Range, p: Affine) -> Range:
    ends = ((x.low - p.center) / p.scale, (x.high - p.center) / p.scale)
    return Range(min(ends), max(ends))


def _interpolate(x: float, p: Piecewise) -> float:
    """Return the function at x; the last step keeps rounding from leaving the segment."""
    right = bisect_right(p.x, x)
    if right == 0:
        return p.y[0]
    if right == len(p.x):
        return p.y[-1]
    x0, x1, y0, y1 = p.x[right - 1], p.x[right], p.y[right - 1], p.y[right]
    y = y0 + (x - x0) / (x1 - x0) * (y1 - y0)
    low, high = (y0, y1) if y0 < y1 else (y1, y0)
    return min(max(y, low), high)


def _interpolate_columns(x: Any, p: Piecewise) -> Any:
    """Return what `_interpolate` does, step by step with the same roundings; NaN stays NaN."""
    xs, ys = np.array(p.x), np.array(p.y)
    right = np.searchsorted(xs, x, side="right").clip(1, len(xs) - 1)
    x0, x1, y0, y1 = xs[right - 1], xs[right], ys[right - 1], ys[right]
    y = y0 + (x - x0) / (x1 - x0) * (y1 - y0)
    rises = y0 < y1
    low, high = np.where(rises, y0, y1), np.where(rises, y1, y0)
    y = np.where(y < low, low, np.where(y > high, high, y))
    return np.where(x < xs[0], ys[0], np.where(x >= xs[-1], ys[-1], y))


def _power(logarithm: float, exponent: float, least: float) -> float:
    """Return ``(b**exponent - 1) / exponent`` for a base by its logarithm, or NaN on overflow.

    The steps are SciPy's; an exponent nearer to zero than *least* counts as zero.
    """
    if abs(exponent) < least:
        return logarithm
    product = exponent * logarithm
    try:
        if product < _LARGEST_EXPONENT:
            result = expm1(product) / exponent
        else:
            result = copysign(exp(product - log(abs(exponent))), exponent) - 1 / exponent
    except OverflowError:
        return nan
    return result if isfinite(result) else nan


def yeo_johnson(x: float, p: PowerTransform) -> float:
    """Return the Yeo-Johnson transformation of x, or NaN where it is not finite."""
    if x >= 0:
        return _power(log1p(x), p.exponent, _EPSILON)
    return -_power(log1p(-x), 2 - p.exponent, 1.5 * _EPSILON)


def box_cox(x: float, p: PowerTransform) -> float:
    """Return the Box-Cox transformation of a positive x, or NaN where it is not finite."""
    return _power(log(x), p.exponent, 1e-19)


def _rising(
    function: Callable[[float, PowerTransform], float], least: float
) -> Callable[..., Range]:
    """Return the range rule of a function that rises from *least* on."""

    def bounds(x: Range, p: PowerTransform) -> Range:
        low, high = function(max(x.low, least), p), function(max(x.high, least), p)
        return Range(
            low - _SLACK * abs(low) if isfinite(low) else -inf,
            high + _SLACK * abs(high) if isfinite(high) else inf,
        )

    return bounds


def _winsorize(x: Any, p: Bounds) -> Any:
    return np.where(x < p.low, p.low, np.where(x > p.high, p.high, x))


def _within(x: Range, p: Bounds) -> Range:
    return Range(min(max(x.low, p.low), p.high), min(max(x.high, p.low), p.high))


def _impute(x: Floats, p: Imputation) -> Floats:
    return Floats(np.where(x.null, p.value, x.value))


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "affine(x: float64, p: Affine) -> float64",
        "(x - center) / scale: standard, min-max and robust scaling.",
        (("affine(5.0, scaler)", 1.5), ("affine(null, scaler)", None)),
        group=GROUP,
        scalar="({x:raw} - {p.center}) / {p.scale}",
        columns=lambda x, p: (x - p.center) / p.scale,
        range=_scaled,
    ),
    Operation(
        "bucketize(x: float64, p: Edges) -> int64",
        "How many edges are at most x: the number of the bin, from 0.",
        (
            ("bucketize(7.0, edges)", 2),
            ("bucketize(-1.0, edges)", 0),
            ("bucketize(null, edges)", None),
        ),
        group=GROUP,
        scalar="{bisect}({p.values}, {x})",
        helpers={"bisect": bisect_right},
        columns=lambda x, p: np.searchsorted(p.values, x, side="right"),
        range=lambda _x, p: Range(0.0, float(len(p.values))),
        cost=2,
    ),
    Operation(
        "piecewise(x: float64, p: Piecewise) -> float64",
        "Linear interpolation between the points, constant outside: quantile transformation and"
        " calibration. Between (x0, y0) and (x1, y1), for x0 <= x < x1, it is"
        " y0 + (x - x0) / (x1 - x0) * (y1 - y0), and never outside y0 and y1.",
        (
            ("piecewise(3.0, curve)", 0.875),
            ("piecewise(99.0, curve)", 1.0),
            ("piecewise(null, curve)", None),
        ),
        group=GROUP,
        scalar=_interpolate,
        columns=_interpolate_columns,
        range=lambda _x, p: p.range,
        cost=12,
    ),
    Operation(
        "yeo_johnson(x: float64, p: PowerTransform) -> float64",
        "((1 + x) ** e - 1) / e for x >= 0, log1p(x) for e = 0; and for negative x"
        " -((1 - x) ** (2 - e) - 1) / (2 - e), -log1p(-x) for e = 2; e is the exponent."
        " As scikit-learn's PowerTransformer without standardizing.",
        (
            ("yeo_johnson(3.0, root)", 2.0),
            ("yeo_johnson(0.0, root)", 0.0),
            ("yeo_johnson(null, root)", None),
        ),
        group=GROUP,
        scalar=yeo_johnson,
        range=_rising(yeo_johnson, -inf),
        exactness=Exactness.ROUNDED,
        cost=5,
    ),
    Operation(
        "box_cox(x: float64, p: PowerTransform) -> float64?",
        "(x ** e - 1) / e, and log(x) for e = 0; e is the exponent."
        " As scikit-learn's PowerTransformer without standardizing.",
        (("box_cox(4.0, root)", 2.0), ("box_cox(0.0, root)", None)),
        group=GROUP,
        scalar=box_cox,
        domain={"x": Domain(low=0.0, open=True)},
        range=_rising(box_cox, 5e-324),
        exactness=Exactness.ROUNDED,
        cost=5,
    ),
    Operation(
        "winsorize(x: float64, p: Bounds) -> float64",
        "x, but low where x is less than low, and high where x is greater than high.",
        (
            ("winsorize(250.0, limits)", 100.0),
            ("winsorize(50, limits)", 50.0),
            ("winsorize(null, limits)", None),
        ),
        group=GROUP,
        scalar="{p.low} if {x} < {p.low} else {p.high} if {x} > {p.high} else {x}",
        columns=_winsorize,
        range=_within,
    ),
    Operation(
        "impute(x: float64, p: Imputation) -> float64",
        "x, or the fitted value where x is null: a constant, the mean or the median.",
        (("impute(null, median)", 42.0), ("impute(7, median)", 7.0)),
        group=GROUP,
        lenient=True,
        null="never null",
        scalar="{p.value} if {x:null} else {x:sure}",
        columns=_impute,
        range=lambda x, p: x.hull(Range(p.value, p.value)),
    ),
)
