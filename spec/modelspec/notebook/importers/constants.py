"""Estimators of scikit-learn that answer the same whatever they are asked."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from modelspec.notebook.importers.graphs import Graph
from modelspec.notebook.importers.imported import ImportedModel
from modelspec.notebook.importers.originals import (
    Float64Array,
    Original,
    import_original,
    named,
    score,
)
from modelspec.notebook.importers.refusals import UnsupportedModelError
from modelspec.notebook.importers.suffixes import suffixes

RANDOM = ("stratified", "uniform")
"""Strategies of `DummyClassifier` that draw lots."""


def import_dummy_classifier(original: Original) -> Sequence[ImportedModel]:
    """Return the probabilities of a classifier that looks at nothing.

    Raises:
        UnsupportedModelError: It draws lots, or has several targets.
    """
    estimator = original.estimator
    if estimator.strategy in RANDOM:
        raise UnsupportedModelError(
            f"`DummyClassifier` with `strategy` '{estimator.strategy}' answers at random;"
            " use 'prior'"
        )
    if estimator.n_outputs_ > 1:
        raise UnsupportedModelError(
            f"`DummyClassifier` has {estimator.n_outputs_} targets; train one for each"
        )
    binary = len(estimator.classes_) == 2  # noqa: PLR2004  # the second one's probability
    return _import_constant(
        original,
        estimator.predict_proba,
        () if binary else suffixes(estimator.classes_),
        slice(1, 2) if binary else slice(None),
    )


def import_dummy_regressor(original: Original) -> Sequence[ImportedModel]:
    """Return the constant of a regressor that looks at nothing."""
    count = original.estimator.n_outputs_
    names = suffixes(range(count)) if count > 1 else ()
    return _import_constant(original, original.estimator.predict, names, slice(None))


def _import_constant(
    original: Original, ask: Callable[[Float64Array], Any], names: Sequence[str], columns: slice
) -> Sequence[ImportedModel]:
    """Return what an estimator answers to a row of zeros, for every row."""

    def reference(rows: Float64Array) -> dict[str, Float64Array]:
        answers = np.asarray(ask(rows), np.float64).reshape(len(rows), -1)
        return {tensor: answers[:, columns]}

    tensor = "scores" if names else "score"
    nothing = np.zeros((1, len(original.features)))
    constant = reference(nothing)[tensor]
    graph = Graph(len(original.features))
    rows = graph.add("Shape", graph.features, start=0, end=1)
    width = graph.constant(np.array([constant.shape[1]]))
    shape = graph.add("Concat", rows, width, axis=0)
    answer = graph.add("Expand", graph.constant(constant), shape)
    graph.answer(tensor, answer, constant.shape[1])
    outputs = named(tensor, names) if names else score()
    return (import_original(original, graph.content(), outputs, reference, takes_missing=True),)
