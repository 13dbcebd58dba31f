"""Naive Bayes of scikit-learn: joint log likelihoods, and for two classes their difference.

``predict_proba`` of two classes is the sigmoid of the difference, which is therefore the margin.
It is taken in float64, before anything is rounded.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modelspec.notebook.importers.graphs import Graph, affine, numpy_sum
from modelspec.notebook.importers.imported import ImportedModel
from modelspec.notebook.importers.originals import (
    SIGMOID,
    Float64Array,
    Original,
    Reference,
    import_original,
    named,
    score,
)
from modelspec.notebook.importers.suffixes import suffixes

BINARY = 2


def import_gaussian(original: Original) -> Sequence[ImportedModel]:
    """Return Gaussian naive Bayes; its sums are added as NumPy adds them."""
    estimator, width = original.estimator, len(original.features)
    with np.errstate(all="ignore"):
        # As the original computes them, in whatever type it was fitted in.
        priors = [np.log(prior) for prior in estimator.class_prior_]
        spreads = [-0.5 * np.sum(np.log(2.0 * np.pi * row)) for row in estimator.var_]
    graph = Graph(width)
    axis = graph.constant(np.array([1]))
    rows = graph.add("Unsqueeze", graph.features, axis)
    away = graph.add("Sub", rows, graph.constant(_float64(estimator.theta_)))
    scaled = graph.add("Mul", away, away)
    scaled = graph.add("Div", scaled, graph.constant(_float64(estimator.var_)))
    half = graph.add("Mul", numpy_sum(graph, scaled, width), graph.constant(np.array(0.5)))
    spread = graph.add("Sub", graph.constant(_float64(spreads)), half)
    joint = graph.add("Add", graph.constant(_float64(priors)), spread)
    return _import_joint(original, graph, joint, estimator.predict_joint_log_proba)


def import_products(original: Original) -> Sequence[ImportedModel]:
    """Return multinomial or complement naive Bayes, whose likelihoods are linear."""
    estimator = original.estimator
    adds_prior = original.name == "MultinomialNB" or len(estimator.classes_) == 1
    priors = estimator.class_log_prior_ if adds_prior else np.zeros(len(estimator.classes_))
    graph = Graph(len(original.features))
    joint = affine(graph, graph.features, estimator.feature_log_prob_.T, priors)
    return _import_joint(original, graph, joint, estimator.predict_joint_log_proba)


def import_bernoulli(original: Original) -> Sequence[ImportedModel]:
    """Return Bernoulli naive Bayes, which asks of each feature whether it is above a threshold."""
    estimator = original.estimator
    with np.errstate(all="ignore"):
        negative = np.log(1 - np.exp(estimator.feature_log_prob_))
        weights = (estimator.feature_log_prob_ - negative).T
        constants = estimator.class_log_prior_ + negative.sum(axis=1)
    graph = Graph(len(original.features))
    present, boundaries = graph.features, list[tuple[float, ...]]()
    if estimator.binarize is not None:
        threshold = graph.constant(np.array(float(estimator.binarize)))
        above = graph.add("Greater", graph.features, threshold)
        # A product of truth values and weights needs them as numbers.
        present = graph.add("Where", above, *map(graph.constant, map(np.array, (1.0, 0.0))))
        boundaries = [(float(estimator.binarize),)] * len(original.features)
    joint = affine(graph, present, weights, constants)
    ask = estimator.predict_joint_log_proba
    return _import_joint(original, graph, joint, ask, boundaries)


def import_categorical(original: Original) -> Sequence[ImportedModel]:
    """Return categorical naive Bayes; a category that it was not trained on gives NaN.

    The original raises there. What follows the decimal point is cut off, as it does.
    """
    estimator, width = original.estimator, len(original.features)
    counts = np.array([table.shape[1] for table in estimator.feature_log_prob_])
    classes = len(estimator.classes_)
    # A row of NaN after the categories of each feature stands for all others.
    unknown = np.full((1, classes), np.nan)
    tables = [part for table in estimator.feature_log_prob_ for part in (table.T, unknown)]
    starts = np.concatenate([[0], np.cumsum(counts + 1)[:-1]])
    graph = Graph(width)
    codes = _codes(graph, counts)
    places = graph.add("Add", codes, graph.constant(starts.astype(np.int64)))
    found = graph.add("Gather", graph.constant(np.concatenate(tables)), places, axis=0)
    terms = graph.split(found, width, 1) if width > 1 else (found,)
    summed = graph.add("Squeeze", graph.total(terms), graph.constant(np.array([1])))
    joint = graph.add("Add", summed, graph.constant(_float64(estimator.class_log_prior_)))
    boundaries = [tuple(range(count)) for count in counts]

    def ask(rows: Float64Array) -> Float64Array:
        known = ((rows > -1) & (rows < counts)).all(axis=1)
        answers = np.full((len(rows), classes), np.nan)
        if known.any():
            answers[known] = estimator.predict_joint_log_proba(rows[known])
        return answers

    return _import_joint(original, graph, joint, ask, boundaries)


def _codes(graph: Graph, counts: Any) -> str:
    """Return the categories as whole numbers; the number of categories for those unknown."""
    limits = graph.constant(counts.astype(np.float64))
    below = graph.add("Greater", graph.features, graph.constant(np.array(-1.0)))
    above = graph.add("Less", graph.features, limits)
    known = graph.add("And", below, above)
    # Chosen before the cast: what a number too large for an integer becomes is not defined.
    chosen = graph.add("Where", known, graph.features, limits)
    return graph.add("Cast", chosen, to=_INT64)


_INT64 = 7
"""`TensorProto.INT64`."""


def _import_joint(
    original: Original,
    graph: Graph,
    joint: str,
    ask: Any,
    boundaries: Sequence[Sequence[float]] = (),
) -> Sequence[ImportedModel]:
    """Return what may be imported: with the margin of two classes, and without.

    The margin is left out where the classes' likelihoods are so nearly the same that their
    difference is not certain in float32; then only the likelihoods are imported.
    """
    classes = original.estimator.classes_
    graph.answer("joint", joint, len(classes))
    likelihoods = named("joint", suffixes(classes, ("score",)))

    def finished(reference: Reference, *, margin: bool) -> ImportedModel:
        return import_original(
            original,
            graph.content(),
            (*score(), *likelihoods) if margin else likelihoods,
            reference,
            calibration=SIGMOID if margin else None,
            boundaries=boundaries,
        )

    plain = finished(lambda rows: {"joint": ask(rows)}, margin=False)
    if len(classes) != BINARY:
        return (plain,)
    columns = graph.split(joint, BINARY, 1)
    graph.answer("score", graph.add("Sub", columns[1], columns[0]), 1)

    def reference(rows: Float64Array) -> Mapping[str, Float64Array]:
        answers = ask(rows)
        return {"joint": answers, "score": answers[:, 1] - answers[:, 0]}

    return (finished(reference, margin=True), plain)


def _float64(values: Any) -> Float64Array:
    return np.asarray(values, np.float64)
