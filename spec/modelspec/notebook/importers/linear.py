"""Linear models of scikit-learn: a product, a sum, and what their link function does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modelspec.notebook.importers.graphs import Graph, affine
from modelspec.notebook.importers.imported import ImportedModel, ImportedOutput
from modelspec.notebook.importers.originals import (
    EXPONENTIAL,
    SIGMOID,
    Float64Array,
    Original,
    column_numbers,
    import_original,
    named,
    score,
)
from modelspec.notebook.importers.refusals import UnsupportedModelError
from modelspec.notebook.importers.suffixes import suffixes

Calibration = Mapping[str, Any] | None


@dataclass(frozen=True)
class LinearKind:
    """How a class of linear models answers."""

    method: str
    """The original's method that gives margins."""

    calibrate: Callable[[Any], Calibration] = lambda _: None
    """What makes its prediction, or its probability, of the margin of two classes."""


def _logistic(_: Any) -> Calibration:
    return SIGMOID


def _stochastic(estimator: Any) -> Calibration:
    """Return what `SGDClassifier.predict_proba` does, for the losses that have it."""
    clipped = {"x": ["-1.0", "1.0"], "values": ["0.0", "1.0"]}
    by_loss: dict[str, Calibration] = {
        "log_loss": SIGMOID,
        "modified_huber": {"type": "PiecewiseLinear", "piecewiseLinear": clipped},
    }
    return by_loss.get(estimator.loss)


def _linked(estimator: Any) -> Calibration:
    """Return the inverse link: exp, or nothing for Tweedie's identity."""
    link = getattr(estimator, "link", "log")
    identity = link == "identity" or (link == "auto" and estimator.power <= 0)
    return None if identity else EXPONENTIAL


REGRESSION = LinearKind("predict")
CLASSIFIER = LinearKind("decision_function")
LOGISTIC = LinearKind("decision_function", _logistic)
STOCHASTIC = LinearKind("decision_function", _stochastic)
# Only the predictor before the link is a margin, and no public method gives it.
GENERALIZED = LinearKind("_linear_predictor", _linked)


def import_linear(original: Original, kind: LinearKind) -> Sequence[ImportedModel]:
    """Return a linear model, with contributions if they are asked for.

    Raises:
        UnsupportedModelError: Contributions are asked of a model with several margins.
    """
    estimator = original.estimator
    weights = _dense(estimator.coef_).reshape(-1, len(original.features)).T
    intercepts = np.broadcast_to(np.asarray(estimator.intercept_, np.float64), weights.shape[1:])
    return import_margins(original, kind, weights, intercepts)


def import_margins(
    original: Original, kind: LinearKind, weights: Float64Array, intercepts: Float64Array
) -> Sequence[ImportedModel]:
    """Return a model whose margins are ``rows @ weights + intercepts``.

    Raises:
        UnsupportedModelError: Contributions are asked of a model with several margins.
    """
    single = weights.shape[1] == 1
    tensor = "score" if single else "scores"
    graph = Graph(len(original.features))
    margins = affine(graph, graph.features, weights, intercepts)
    graph.answer(tensor, margins, weights.shape[1])
    outputs = score() if single else named(tensor, _margin_names(original, weights.shape[1]))
    ask = getattr(original.estimator, kind.method)
    grouped = _contributions(original, weights) if original.contributions else None
    if grouped is not None:
        outputs += grouped.add_to(graph)

    def reference(rows: Float64Array) -> dict[str, Float64Array]:
        more = {"contributions": grouped.values(rows)} if grouped else {}
        return {tensor: ask(rows), **more}

    calibration = kind.calibrate(original.estimator) if single else None
    content = graph.content()
    return (import_original(original, content, outputs, reference, calibration=calibration),)


@dataclass(frozen=True)
class Contributions:
    """By how much groups of features move the margin away from what it is at a baseline.

    The contribution of a feature is ``weight * (value - baseline)``, which is exact: those of all
    features and the margin at the baseline are the margin.
    """

    codes: tuple[str, ...]
    weights: Float64Array
    """One column for each code; zero where a feature belongs to another."""

    baseline: Float64Array

    def values(self, rows: Float64Array) -> Float64Array:
        """Return the contributions to each code."""
        moved: Float64Array = rows - self.baseline
        return np.asarray(moved @ self.weights)

    def add_to(self, graph: Graph) -> tuple[ImportedOutput, ...]:
        """Add them to a graph, and return its outputs."""
        moved = graph.add("Sub", graph.features, graph.constant(self.baseline))
        weighted = graph.add("MatMul", moved, graph.constant(self.weights))
        graph.answer("contributions", weighted, len(self.codes))
        return tuple(
            ImportedOutput(suffix, "contributions", index)
            for index, suffix in enumerate(suffixes(self.codes, ("score",)))
        )


def _contributions(original: Original, weights: Float64Array) -> Contributions:
    if weights.shape[1] != 1:
        raise UnsupportedModelError(
            f"`{original.name}` has {weights.shape[1]} margins, and contributions are to one;"
            " leave `contributions` out, or train a model of two classes"
        )
    groups = dict(original.contributions or {})
    grouped = np.zeros((len(original.features), len(groups)))
    for index, (code, names) in enumerate(groups.items()):
        columns = column_numbers(original, names, f"contributions['{code}']")
        grouped[columns, index] = weights[columns, 0]
    baseline = original.baseline
    if baseline is None:
        baseline = np.nanmean(original.rows, axis=0, dtype=np.float64)
    return Contributions(tuple(groups), grouped, baseline)


def _margin_names(original: Original, count: int) -> tuple[str, ...]:
    """Return the names of several margins: classes, or numbers of targets."""
    classes = getattr(original.estimator, "classes_", None)
    labels = range(count) if classes is None or len(classes) != count else classes
    return suffixes(labels)


def _dense(weights: Any) -> Float64Array:
    """Return weights that may be stored as a sparse matrix."""
    dense = weights.toarray() if hasattr(weights, "toarray") else weights
    return np.asarray(dense, np.float64)
