"""Scikit-learn's histogram gradient boosting.

Categories are numbers that were seen in training; any other number, and NaN, is missing, and goes
where a split sends missing values. Columns of categories come first inside the model.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from modelspec.notebook.importers.ensembles import (
    BoolArray,
    Ensemble,
    Float64Array,
    IntArray,
    Tree,
    build_tree,
    interval_edges,
    numeric_tree,
)
from modelspec.notebook.importers.originals import EXPONENTIAL, SIGMOID
from modelspec.notebook.importers.refusals import UnsupportedModelError

_CALIBRATIONS: Mapping[str, Mapping[str, Any]] = {
    "log_loss": SIGMOID,
    "poisson": EXPONENTIAL,
    "gamma": EXPONENTIAL,
}

_WORD_BITS = 32

_Read = tuple[Ensemble, Callable[[Any], Any], tuple[Any, ...], Mapping[str, Any] | None]


def read_histograms(estimator: Any) -> _Read:
    """Return the ensemble of an estimator, its margins, their labels, and a calibration.

    Raises:
        UnsupportedModelError: Its categories are not numbers.
    """
    columns = _columns(estimator)
    categories = _categories(estimator)
    targets = estimator.n_trees_per_iteration_
    trees = [
        _read_tree(predictor, columns, categories, target)
        for stage in estimator._predictors  # noqa: SLF001  # trees have no public name
        for target, predictor in enumerate(stage)
    ]
    base = tuple(map(float, np.ravel(estimator._baseline_prediction)))  # noqa: SLF001
    ensemble = Ensemble(tuple(trees), estimator.n_features_in_, base)
    labels = tuple(estimator.classes_) if targets > 1 else ()
    calibration = None if labels else _CALIBRATIONS.get(estimator.loss)
    # `predict` of a regressor may be behind a link function; margins have no public name.
    return ensemble, estimator._raw_predict, labels, calibration  # noqa: SLF001


def _columns(estimator: Any) -> IntArray:
    """Return the number of the caller's column for each column inside the model."""
    if estimator.is_categorical_ is None:
        return np.arange(estimator.n_features_in_)
    categorical: BoolArray = estimator.is_categorical_
    return np.concatenate([np.flatnonzero(categorical), np.flatnonzero(~categorical)])


def _categories(estimator: Any) -> list[Float64Array]:
    """Return for each column of categories, which come first, what its codes stand for.

    Raises:
        UnsupportedModelError: They are not numbers.
    """
    if estimator.is_categorical_ is None:
        return []
    encoder = estimator._preprocessor.named_transformers_["encoder"]  # noqa: SLF001
    for values in encoder.categories_:
        if values.dtype.kind not in "iufb":
            raise UnsupportedModelError(
                f"the model was trained on categories such as {values[0]!r}, of which it makes"
                " codes itself; make the codes with `ordinal` in the specification and train on"
                " them with `categorical_features`"
            )
    return [values.astype(np.float64) for values in encoder.categories_]


def _read_tree(
    predictor: Any, columns: IntArray, categories: list[Float64Array], target: int
) -> Tree:
    nodes = predictor.nodes
    is_leaf = nodes["is_leaf"].astype(bool)
    inner, leaves = nodes[~is_leaf], nodes[is_leaf]
    numbers = np.empty(len(nodes), np.int64)
    numbers[~is_leaf], numbers[is_leaf] = np.arange(len(inner)), ~np.arange(len(leaves))
    children = (numbers[inner["left"]], numbers[inner["right"]])
    ends = (leaves["value"].reshape(-1, 1).copy(), leaves["count"].astype(np.float64))
    asked = columns[inner["feature_idx"].astype(np.int64)]
    missing_left = inner["missing_go_to_left"].astype(bool)
    if not inner["is_categorical"].any():
        edges = inner["num_threshold"].copy()
        return numeric_tree(asked, edges, missing_left, children, ends, (target,))
    splits = [
        (int(column), *_split(predictor, node, categories), bool(node["missing_go_to_left"]))
        for column, node in zip(asked, inner, strict=True)
    ]
    return build_tree(splits, *children, ends, (target,))


def _split(predictor: Any, node: Any, categories: list[Float64Array]) -> tuple[Float64Array, bool]:
    """Return the edges of a split, and whether the numbers up to the first go left."""
    if not node["is_categorical"]:
        return np.array([node["num_threshold"]]), True
    words = predictor.raw_left_cat_bitsets[node["bitset_idx"]].astype(np.int64)
    goes_left = (words[:, np.newaxis] >> np.arange(_WORD_BITS) & 1).ravel() > 0
    known = categories[int(node["feature_idx"])]
    known = known[~np.isnan(known)]
    # What is unknown goes where missing values go: only the codes of the other side are a set.
    missing_left = bool(node["missing_go_to_left"])
    members = known[goes_left[: len(known)] != missing_left]
    return interval_edges(np.nextafter(members, -np.inf), members), missing_left
