"""Isotonic regression of scikit-learn: a line through points, with NumPy's arithmetic."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modelspec.notebook.importers.graphs import Graph
from modelspec.notebook.importers.imported import ImportedModel
from modelspec.notebook.importers.originals import (
    Float64Array,
    Original,
    import_original,
    score,
)
from modelspec.notebook.importers.refusals import UnsupportedModelError

_INT64 = 7
"""`TensorProto.INT64`."""

MAX_POINTS = 1000
"""Of a calibration in a specification."""


def import_isotonic(original: Original) -> Sequence[ImportedModel]:
    """Return isotonic regression over one feature; NaN where the original raises.

    Raises:
        UnsupportedModelError: It was fitted in float32.
    """
    estimator = original.estimator
    x, _ = points(estimator)
    graph = Graph(1)
    graph.answer("score", _interpolated(graph, estimator), 1)

    def ask(rows: Float64Array) -> Float64Array:
        answers = np.full(len(rows), np.nan)
        raises = estimator.out_of_bounds == "raise" and len(x) > 1
        known = (rows[:, 0] >= x[0]) & (rows[:, 0] <= x[-1]) | (not raises)
        answers[known] = estimator.predict(rows[known, 0]) if known.any() else ()
        return answers

    return (
        import_original(
            original,
            graph.content(),
            score(),
            lambda rows: {"score": ask(rows)},
            boundaries=(tuple(x.tolist()),),
        ),
    )


def points(estimator: Any) -> tuple[Float64Array, Float64Array]:
    """Return the points between which a fitted isotonic regression draws lines.

    Raises:
        UnsupportedModelError: It was fitted in float32, where SciPy interpolates otherwise.
    """
    x, y = estimator.X_thresholds_, estimator.y_thresholds_
    if x.dtype != np.float64 or y.dtype != np.float64:
        raise UnsupportedModelError(
            f"`IsotonicRegression` was fitted in {x.dtype}, and interpolates there with other"
            " arithmetic; fit it on float64"
        )
    return x, y


def piecewise(estimator: Any) -> Mapping[str, Any]:
    """Return a fitted isotonic regression as a calibration.

    Raises:
        UnsupportedModelError: It has more points than a specification takes, or does not clip.
    """
    x, y = points(estimator)
    if estimator.out_of_bounds != "clip":
        raise UnsupportedModelError(
            f"`IsotonicRegression` has `out_of_bounds` '{estimator.out_of_bounds}', and a"
            " calibration is constant outside its points; fit it with 'clip'"
        )
    if len(x) == 1:
        # The same everywhere; a line needs two points.
        x, y = np.array([x[0], np.nextafter(x[0], np.inf)]), np.array([y[0], y[0]])
    if len(x) > MAX_POINTS:
        raise UnsupportedModelError(
            f"the isotonic calibration has {len(x)} points and a specification takes"
            f" {MAX_POINTS}; calibrate on fewer rows, or with method='sigmoid'"
        )
    document = {"x": _decimals(x), "values": _decimals(y)}
    return {"type": "PiecewiseLinear", "piecewiseLinear": document}


def _decimals(values: Float64Array) -> list[str]:
    return [repr(float(value)) for value in values]


def _interpolated(graph: Graph, estimator: Any) -> str:
    """Return ``slope * (x - start) + value`` of the segment in which x lies, as `numpy.interp`."""
    x, y = points(estimator)
    first, last = graph.constant(x[:1]), graph.constant(x[-1:])
    clipped = graph.add("Min", graph.add("Max", graph.features, first), last)
    reached = graph.add("GreaterOrEqual", clipped, graph.constant(x))
    counted = graph.add(
        "ReduceSum", graph.add("Cast", reached, to=_INT64), graph.constant(np.array([1]))
    )
    segment = graph.add("Sub", counted, graph.constant(np.array([[1]])))
    # Nothing lies after the last point, where the line is its value.
    slopes = np.append(np.diff(y) / np.diff(x), 0.0)
    slope, start, value = (
        graph.add("Gather", graph.constant(table), segment, axis=0) for table in (slopes, x, y)
    )
    line = graph.add("Add", graph.add("Mul", slope, graph.add("Sub", clipped, start)), value)
    if estimator.out_of_bounds == "clip" or len(x) == 1:
        return line
    inside = graph.add("Equal", clipped, graph.features)
    return graph.add("Where", inside, line, graph.constant(np.array(np.nan)))
