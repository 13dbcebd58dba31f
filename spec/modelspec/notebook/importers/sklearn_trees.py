"""Scikit-learn's trees, forests and gradient boosting.

Their trees compare float32 numbers, widened, with float64 thresholds, and their sums are float64.
Forests give means: predictions, or the probabilities of classes. Gradient boosting gives margins.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from modelspec.notebook.importers.ensemble_models import Groups, TreeModel, import_ensemble
from modelspec.notebook.importers.ensembles import (
    BoolArray,
    Ensemble,
    Float64Array,
    IntArray,
    Tree,
    numeric_tree,
)
from modelspec.notebook.importers.extras import require
from modelspec.notebook.importers.imported import Float32Array, ImportedModel
from modelspec.notebook.importers.isolation_graphs import build_isolation
from modelspec.notebook.importers.originals import SIGMOID, hyperparameters
from modelspec.notebook.importers.refusals import UnsupportedModelError
from modelspec.notebook.importers.sklearn_histograms import read_histograms

Answer: TypeAlias = Callable[[Float32Array], Any]
Calibration: TypeAlias = Mapping[str, Any] | None

_TWICE = {"type": "Sigmoid", "sigmoid": {"slope": "2.0", "intercept": "0.0"}}

_BINARY = 2


@dataclass(frozen=True)
class _Read:
    """What a class of estimators is, before it is asked anything."""

    ensemble: Ensemble
    answer: Answer
    labels: tuple[Any, ...] = ()
    calibration: Calibration = None
    content: bytes | None = None


def import_trees(
    estimator: Any, features: Sequence[str], contributions: Groups | None = None
) -> ImportedModel | None:
    """Return a fitted estimator of trees as a graph, not verified yet; none if it has no trees.

    Args:
        estimator: A fitted estimator of scikit-learn.
        features: Names of its columns, in order.
        contributions: By reason code the features that contribute to its margin.

    Raises:
        UnsupportedModelError: No graph gives the same; the message says why.
        RowsError: The names are not those of the model.
    """
    name = type(estimator).__name__
    if name not in READERS:
        return None
    read = READERS[name](estimator)
    model = TreeModel(
        ensemble=read.ensemble,
        answer=read.answer,
        framework="scikit-learn",
        framework_version=str(require("sklearn", "sklearn").__version__),
        labels=read.labels,
        hyperparameters=hyperparameters(estimator),
        calibration=read.calibration,
        takes_missing=_takes_missing(read),
        content=read.content,
    )
    return import_ensemble(model, features, contributions)


def _takes_missing(read: _Read) -> bool:
    """Return whether the estimator answers NaN: this depends on how it was trained."""
    try:
        read.answer(np.full((1, read.ensemble.columns), np.nan, np.float32))
    except ValueError:
        return False
    return True


def _read_tree(estimator: Any) -> _Read:
    return _read_means(estimator, [estimator], estimator)


def _read_forest(estimator: Any) -> _Read:
    # Threads would add their trees as they come.
    sequential = copy.copy(estimator)
    sequential.n_jobs = 1
    return _read_means(estimator, estimator.estimators_, sequential)


def _read_means(estimator: Any, trees: Sequence[Any], asked: Any) -> _Read:
    """Return the mean of predictions, or of the probabilities of classes."""
    if not hasattr(estimator, "classes_"):
        targets = tuple(range(estimator.n_outputs_))
        values = [tree.tree_.value[:, :, 0] for tree in trees]
        answer, labels = asked.predict, targets if len(targets) > 1 else ()
    else:
        if estimator.n_outputs_ > 1:
            raise UnsupportedModelError(
                f"`{type(estimator).__name__}` has {estimator.n_outputs_} targets; train one for"
                " each"
            )
        binary = len(estimator.classes_) == _BINARY
        kept = slice(1, 2) if binary else slice(0, len(estimator.classes_))
        values = [tree.tree_.value[:, 0, kept] for tree in trees]
        answer = _Probabilities(asked, kept)
        labels = tuple(estimator.classes_) if values[0].shape[1] > 1 else ()
    width = values[0].shape[1]
    read = [
        _tree(tree.tree_, some, tuple(range(width)))
        for tree, some in zip(trees, values, strict=True)
    ]
    ensemble = Ensemble(tuple(read), estimator.n_features_in_, (0.0,) * width, mean=True)
    return _Read(ensemble, answer, labels)


@dataclass(frozen=True)
class _Probabilities:
    estimator: Any
    kept: slice

    def __call__(self, rows: Float32Array) -> Any:
        return self.estimator.predict_proba(rows)[:, self.kept]


def _read_boosting(estimator: Any) -> _Read:
    """Return gradient boosting, whose trees are scaled by the learning rate as they are added."""
    _refuse_init(estimator)
    targets = estimator.n_trees_per_iteration_
    trees = [
        _tree(tree.tree_, tree.tree_.value[:, :, 0] * estimator.learning_rate, (target,))
        for stage in estimator.estimators_
        for target, tree in enumerate(stage)
    ]
    columns = estimator.n_features_in_
    base = estimator._raw_predict_init(np.zeros((1, columns), np.float32))  # noqa: SLF001  # no other way
    ensemble = Ensemble(tuple(trees), columns, tuple(map(float, base.ravel())))
    if not hasattr(estimator, "classes_"):
        return _Read(ensemble, estimator.predict)
    labels = tuple(estimator.classes_) if targets > 1 else ()
    calibration = {"log_loss": SIGMOID, "exponential": _TWICE}[estimator.loss]
    return _Read(ensemble, estimator.decision_function, labels, None if labels else calibration)


def _refuse_init(estimator: Any) -> None:
    name = type(estimator.init_).__name__
    if estimator.init_ != "zero" and not name.startswith("Dummy"):
        raise UnsupportedModelError(
            f"`init` is `{name}`, a model of its own before the first tree; leave it out, or give"
            " 'zero'"
        )


def _tree(
    tree: Any, values: Float64Array, targets: tuple[int, ...], columns: IntArray | None = None
) -> Tree:
    """Return a tree of scikit-learn, given values for all nodes and numbers for its columns."""
    left, right = tree.children_left, tree.children_right
    is_leaf: BoolArray = left < 0
    splits, leaves = np.flatnonzero(~is_leaf), np.flatnonzero(is_leaf)
    numbers: IntArray = np.empty(len(left), np.int64)
    numbers[splits], numbers[leaves] = np.arange(len(splits)), ~np.arange(len(leaves))
    asked = tree.feature[splits].astype(np.int64)
    return numeric_tree(
        asked if columns is None else columns[asked],
        tree.threshold[splits],
        tree.missing_go_to_left[splits].astype(bool),
        (numbers[left[splits]], numbers[right[splits]]),
        (np.ascontiguousarray(values[leaves]), tree.weighted_n_node_samples[leaves]),
        targets,
    )


def _read_isolation(estimator: Any) -> _Read:
    """Return an isolation forest, whose score is a power of the mean depth of a row's leaves."""
    trees = [
        _tree(tree.tree_, (lengths + average - 1.0).reshape(-1, 1), (0,), columns)
        for tree, columns, lengths, average in zip(
            estimator.estimators_,
            estimator.estimators_features_,
            estimator._decision_path_lengths,  # noqa: SLF001  # depths have no public name
            estimator._average_path_length_per_tree,  # noqa: SLF001
            strict=True,
        )
    ]
    ensemble = Ensemble(tuple(trees), estimator.n_features_in_)
    content = build_isolation(ensemble, _expected_depth(estimator), float(estimator.offset_))
    return _Read(ensemble, estimator.decision_function, content=content)


def _expected_depth(estimator: Any) -> float:
    """Return the depth at which a row is as far in as expected, added over all trees."""
    module = require("sklearn.ensemble._iforest", "sklearn")
    depth = float(module._average_path_length([estimator._max_samples])[0])  # noqa: SLF001
    if depth == 0:
        raise UnsupportedModelError(
            "each tree was trained on one row, so that all rows have the same score; raise"
            " `max_samples`"
        )
    return len(estimator.estimators_) * depth


def _read_histograms(estimator: Any) -> _Read:
    return _Read(*read_histograms(estimator))


READERS: Mapping[str, Callable[[Any], _Read]] = {
    "DecisionTreeClassifier": _read_tree,
    "DecisionTreeRegressor": _read_tree,
    "ExtraTreeClassifier": _read_tree,
    "ExtraTreeRegressor": _read_tree,
    "RandomForestClassifier": _read_forest,
    "RandomForestRegressor": _read_forest,
    "ExtraTreesClassifier": _read_forest,
    "ExtraTreesRegressor": _read_forest,
    "GradientBoostingClassifier": _read_boosting,
    "GradientBoostingRegressor": _read_boosting,
    "HistGradientBoostingClassifier": _read_histograms,
    "HistGradientBoostingRegressor": _read_histograms,
    "IsolationForest": _read_isolation,
}
"""By class of estimators what reads it."""
