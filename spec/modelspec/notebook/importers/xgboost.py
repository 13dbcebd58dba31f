"""XGBoost's boosters, read from the JSON in which XGBoost itself stores them.

It compares float32 numbers with float32 thresholds, by *x < t*, and rounds a sum to float32 after
each tree, beginning with the base score. JSON holds the shortest decimals of each float32, so that
nothing is lost.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modelspec.notebook.importers.ensemble_models import (
    Groups,
    TreeModel,
    import_ensemble,
    refuse_no_trees,
)
from modelspec.notebook.importers.ensembles import (
    Ensemble,
    Float64Array,
    IntArray,
    Tree,
    build_tree,
    interval_edges,
    numeric_tree,
)
from modelspec.notebook.importers.extras import require
from modelspec.notebook.importers.imported import Float32Array, ImportedModel
from modelspec.notebook.importers.originals import EXPONENTIAL, SIGMOID
from modelspec.notebook.importers.refusals import UnsupportedModelError
from modelspec.notebook.importers.verification import verify_import

_CALIBRATIONS: Mapping[str, Mapping[str, Any]] = {
    "binary:logistic": SIGMOID,
    "reg:logistic": SIGMOID,
    "count:poisson": EXPONENTIAL,
    "reg:gamma": EXPONENTIAL,
    "reg:tweedie": EXPONENTIAL,
    "survival:cox": EXPONENTIAL,
    "survival:aft": EXPONENTIAL,
}


def from_xgboost(
    model: Any, *, features: Sequence[str], rows: Any, contributions: Groups | None = None
) -> ImportedModel:
    """Return an XGBoost model as a graph that gives its margins bit for bit.

    What counts is `Booster.predict` of a `DMatrix`. For dart, XGBoost's estimators add in another
    order, which differs in the last bit of a float32.

    Args:
        model: An `xgboost.Booster`, or a fitted `XGBClassifier`, `XGBRegressor`, `XGBRanker`. What
            `predict` uses is imported: of a booster all rounds, of an estimator with early
            stopping those up to the best one.
        features: Names of the columns it was trained on, in order.
        rows: Rows that it will see, as a float32 matrix: the import is verified on them.
        contributions: By reason code the features that contribute to it; each code becomes an
            output. One model, of one margin.

    Raises:
        UnsupportedModelError: No graph gives the same; the message says why.
        MismatchError: The graph differs from the model on a row.
        RowsError: The rows or names are not what the model takes.
    """
    imported = import_ensemble(read_xgboost(model), features, contributions)
    verify_import(imported, rows)
    return imported


def read_xgboost(model: Any) -> TreeModel:
    """Return what XGBoost says of a model.

    Raises:
        UnsupportedModelError: It is no XGBoost model, or one with parts that no graph gives.
    """
    library = require("xgboost", "xgboost")
    booster = model.get_booster() if isinstance(model, library.XGBModel) else model
    if not isinstance(booster, library.Booster):
        raise UnsupportedModelError(
            f"`{type(model).__name__}` is no model of XGBoost; give a `Booster` or a fitted"
            " estimator of `xgboost`"
        )
    _refuse_missing_value(model)
    stored = json.loads(bytes(booster.save_raw("json")))
    _refuse_parts(stored)
    answer = _Answer(booster, _rounds(model, stored))
    learner = stored["learner"]
    ensemble = _ensemble(stored, answer.rounds, _base_margin(booster))
    return TreeModel(
        ensemble=ensemble,
        answer=answer,
        framework="XGBoost",
        framework_version=str(library.__version__),
        labels=_labels(model, ensemble.targets),
        hyperparameters=_hyperparameters(model, learner),
        calibration=_CALIBRATIONS.get(learner["objective"]["name"]),
    )


@dataclass(frozen=True)
class _Answer:
    booster: Any
    rounds: int

    def __call__(self, rows: Float32Array) -> Any:
        library = require("xgboost", "xgboost")
        matrix = library.DMatrix(
            rows,
            feature_names=self.booster.feature_names,
            feature_types=self.booster.feature_types,
            enable_categorical=True,
        )
        margins = (0, self.rounds)
        return self.booster.predict(matrix, output_margin=True, iteration_range=margins)


def _ensemble(stored: Mapping[str, Any], rounds: int, base: Float64Array) -> Ensemble:
    trees = _trees(stored)
    stop = trees["iteration_indptr"][rounds]
    dropped = stored["learner"]["gradient_booster"].get("weight_drop")
    factors = np.array(dropped or np.ones(stop), np.float32)
    read = [
        _read_tree(tree, factors[number], trees["tree_info"][number])
        for number, tree in enumerate(trees["trees"][:stop])
    ]
    columns = int(stored["learner"]["learner_model_param"]["num_feature"])
    return Ensemble(tuple(read), columns, tuple(base.tolist()), rounds=True)


def _read_tree(stored: Mapping[str, Any], factor: np.float32, target: int) -> Tree:
    nodes = _reachable(stored)
    numbers = np.full(len(stored["left_children"]), -1)
    left, right = (np.array(stored[f"{side}_children"]) for side in ("left", "right"))
    splits, leaves = nodes[left[nodes] >= 0], nodes[left[nodes] < 0]
    numbers[splits], numbers[leaves] = np.arange(len(splits)), ~np.arange(len(leaves))
    conditions = np.array(stored["split_conditions"], np.float32)
    children = (numbers[left[splits]], numbers[right[splits]])
    values = (conditions[leaves] * factor).astype(np.float64).reshape(-1, 1)
    covers = np.array(stored["sum_hessian"], np.float64)[leaves]
    columns = np.array(stored["split_indices"], np.int64)[splits]
    missing_left = np.array(stored["default_left"], bool)[splits]
    edges = _before(conditions[splits])
    sets = _sets(stored)
    if not sets:
        bounds = (columns, edges, missing_left, children)
        return numeric_tree(*bounds, (values, covers), (target,))
    described = [
        (int(column), sets.get(int(node), np.array([edge])), True, bool(missing))
        for node, column, edge, missing in zip(splits, columns, edges, missing_left, strict=True)
    ]
    return build_tree(described, *children, (values, covers), (target,))


def _reachable(stored: Mapping[str, Any]) -> IntArray:
    """Return the numbers of the nodes that were not pruned, the root first."""
    waiting, found = [0], []
    while waiting:
        node = waiting.pop()
        found.append(node)
        children = (stored["left_children"][node], stored["right_children"][node])
        waiting += [child for child in children if child >= 0]
    return np.array(found, np.int64)


def _sets(stored: Mapping[str, Any]) -> dict[int, Float64Array]:
    """Return by node the edges of the set of codes that goes right; others go left."""
    starts, sizes = stored["categories_segments"], stored["categories_sizes"]
    codes = np.array(stored["categories"], np.float32)
    sets = {}
    for node, start, size in zip(stored["categories_nodes"], starts, sizes, strict=True):
        members = np.sort(codes[start : start + size])
        # Numbers are cut off to codes, and what is below zero is none.
        sets[int(node)] = interval_edges(_before(members), _before(members + np.float32(1)))
    return sets


def _before(numbers: Any) -> Float64Array:
    """Return the greatest float32 below each number: *x < t* is *x <= before(t)*."""
    below = np.nextafter(np.asarray(numbers, np.float32), np.float32(-np.inf))
    return below.astype(np.float64)


def _base_margin(booster: Any) -> Float64Array:
    """Return where sums begin, as XGBoost itself computes it from the base score.

    Its first round answers, with nothing but zeros in the leaves.
    """
    stored = json.loads(bytes(booster[:1].save_raw("json")))
    for tree in _trees(stored)["trees"]:
        leaves = np.array(tree["left_children"]) < 0
        tree["split_conditions"] = np.where(leaves, 0, tree["split_conditions"]).tolist()
    emptied = require("xgboost", "xgboost").Booster()
    emptied.load_model(bytearray(json.dumps(stored).encode()))
    margin = _Answer(emptied, 1)(np.zeros((1, booster.num_features()), np.float32))
    return np.asarray(margin, np.float64).ravel()


def _trees(stored: Mapping[str, Any]) -> Any:
    booster = stored["learner"]["gradient_booster"]
    return booster.get("gbtree", booster)["model"]


def _rounds(model: Any, stored: Mapping[str, Any]) -> int:
    """Return how many rounds `predict` uses."""
    every = len(_trees(stored)["iteration_indptr"]) - 1
    if getattr(model, "early_stopping_rounds", None) is None:
        return every
    return int(model.best_iteration) + 1


def _labels(model: Any, targets: int) -> tuple[Any, ...]:
    if targets == 1:
        return ()
    return tuple(getattr(model, "classes_", range(targets)))


def _hyperparameters(model: Any, learner: Mapping[str, Any]) -> dict[str, str]:
    settings = {"objective": learner["objective"]["name"]}
    if hasattr(model, "get_xgb_params"):
        settings |= {name: v for name, v in model.get_xgb_params().items() if v is not None}
    return {name: str(value)[:256] for name, value in settings.items()}


def _refuse_missing_value(model: Any) -> None:
    missing = getattr(model, "missing", np.nan)
    if not np.isnan(missing):
        raise UnsupportedModelError(
            f"`missing` is {missing!r}, and a served matrix holds NaN for what is missing; write"
            " null for it in the specification and train with `missing=float('nan')`"
        )


def _refuse_parts(stored: Mapping[str, Any]) -> None:
    """Refuse what the trees alone do not say.

    Raises:
        UnsupportedModelError: A part of the model is no tree, or no tree of one sum.
    """
    booster = stored["learner"]["gradient_booster"]
    if booster["name"] not in {"gbtree", "dart"}:
        raise UnsupportedModelError(
            f"`booster` is '{booster['name']}', which has no trees; train with 'gbtree', or a"
            " linear model of scikit-learn"
        )
    trees = _trees(stored)
    refuse_no_trees(len(trees["trees"]))
    if any(int(tree["tree_param"]["size_leaf_vector"]) > 1 for tree in trees["trees"]):
        raise UnsupportedModelError(
            "`multi_strategy` is 'multi_output_tree'; train with 'one_output_per_tree'"
        )
    for encoding in trees.get("cats", {}).get("enc", ()):
        values = encoding["values"]
        if values != list(range(len(values))):
            raise UnsupportedModelError(
                "the model was trained on categories of a data frame, of which it makes codes"
                " itself; make the codes with `ordinal` in the specification and train on them"
                " with `feature_types`"
            )
