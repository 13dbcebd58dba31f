"""LightGBM's boosters, read from the text in which LightGBM itself stores them.

It compares float64 numbers with float64 thresholds, and takes numbers that are no further from
zero than `NEAR_ZERO` for zero. What it does with NaN stands in each split.
"""

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
    NEAR_ZERO,
    BoolArray,
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
from modelspec.notebook.importers.originals import EXPONENTIAL
from modelspec.notebook.importers.refusals import UnsupportedModelError
from modelspec.notebook.importers.verification import verify_import

_CATEGORICAL = 1
_DEFAULT_LEFT = 2
_MISSING_SHIFT = 2
_MISSING_MASK = 3
_NO_MISSING, _ZERO_MISSING = 0, 1

_WORD_BITS = 32

_SQUARED = {"type": "Expr", "expr": "raw * abs(raw)"}
_SOFTPLUS = {"type": "Expr", "expr": "log1p(exp(raw))"}

_EXPRESSIONS: Mapping[str, Mapping[str, Any]] = {
    "poisson": EXPONENTIAL,
    "gamma": EXPONENTIAL,
    "tweedie": EXPONENTIAL,
    "cross_entropy_lambda": _SOFTPLUS,
}


def from_lightgbm(
    model: Any, *, features: Sequence[str], rows: Any, contributions: Groups | None = None
) -> ImportedModel:
    """Return a LightGBM model as a graph that gives its raw scores bit for bit.

    Args:
        model: A `lightgbm.Booster`, or a fitted `LGBMClassifier`, `LGBMRegressor`, `LGBMRanker`.
            What `predict` uses is imported: with early stopping, up to the best iteration.
        features: Names of the columns it was trained on, in order.
        rows: Rows that it will see, as a float32 matrix: the import is verified on them.
        contributions: By reason code the features that contribute to it; each code becomes an
            output. One model, of one score.

    Raises:
        UnsupportedModelError: No graph gives the same; the message says why.
        MismatchError: The graph differs from the model on a row.
        RowsError: The rows or names are not what the model takes.
    """
    imported = import_ensemble(read_lightgbm(model), features, contributions)
    verify_import(imported, rows)
    return imported


def read_lightgbm(model: Any) -> TreeModel:
    """Return what LightGBM says of a model.

    Raises:
        UnsupportedModelError: It is no LightGBM model, or one with parts that no graph gives.
    """
    library = require("lightgbm", "lightgbm")
    booster = getattr(model, "booster_", model)
    if not isinstance(booster, library.Booster):
        raise UnsupportedModelError(
            f"`{type(model).__name__}` is no model of LightGBM; give a `Booster` or a fitted"
            " estimator of `lightgbm`"
        )
    _refuse_pandas_categories(booster)
    text = _read_text(booster.model_to_string())
    refuse_no_trees(len(text.trees))
    ensemble = _ensemble(text)
    return TreeModel(
        ensemble=ensemble,
        answer=_Answer(booster, ensemble.divisor),
        framework="LightGBM",
        framework_version=str(library.__version__),
        labels=_labels(model, text),
        hyperparameters={str(name): str(value)[:256] for name, value in booster.params.items()},
        calibration=_calibration(text.header.get("objective", "custom")),
    )


@dataclass(frozen=True)
class _Answer:
    """Raw scores; a random forest predicts their mean, and gives their sum as raw score."""

    booster: Any
    divisor: int

    def __call__(self, rows: Float32Array) -> Any:
        return self.booster.predict(rows, raw_score=True) / self.divisor


@dataclass(frozen=True)
class _Text:
    """A stored model: lines of names and values, at the top and for each tree."""

    header: Mapping[str, str]
    trees: tuple[Mapping[str, str], ...]


def _read_text(text: str) -> _Text:
    top, *blocks = text.split("end of trees", maxsplit=1)[0].split("\nTree=")
    return _Text(_fields(top), tuple(map(_fields, blocks)))


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in block.splitlines())
    return {name: value for name, _, value in pairs}


def _ensemble(text: _Text) -> Ensemble:
    targets = int(text.header["num_tree_per_iteration"])
    parts = [_read_tree(fields, n % targets) for n, fields in enumerate(text.trees)]
    return Ensemble(
        trees=tuple(tree for tree, _ in parts),
        columns=int(text.header["max_feature_idx"]) + 1,
        base=(0.0,) * targets,
        mean="average_output" in text.header,
        near_zero_missing=_near_zero_missing(parts),
    )


def _read_tree(fields: Mapping[str, str], target: int) -> tuple[Tree, IntArray]:
    """Return a tree, and for each split how it knows missing values."""
    if int(fields.get("is_linear", 0)):
        raise UnsupportedModelError(
            "`linear_tree` is set: leaves are linear functions, which no graph of trees gives;"
            " train with `linear_tree=False`"
        )
    decisions = _integers(fields, "decision_type")
    missing = decisions >> _MISSING_SHIFT & _MISSING_MASK
    thresholds = _floats(fields, "threshold")
    # Without missing values NaN is zero.
    default_left = (decisions & _DEFAULT_LEFT) > 0
    missing_left = np.where(missing == _NO_MISSING, thresholds >= 0, default_left)
    categorical = (decisions & _CATEGORICAL) > 0
    columns = _integers(fields, "split_feature")
    children = (_integers(fields, "left_child"), _integers(fields, "right_child"))
    leaves = (_floats(fields, "leaf_value").reshape(-1, 1), _covers(fields))
    if not categorical.any():
        tree = numeric_tree(columns, _edges(thresholds), missing_left, children, leaves, (target,))
        return tree, missing
    splits = [
        (int(column), *_split(fields, threshold, left=left, member=member))
        for column, threshold, left, member in zip(
            columns, thresholds, missing_left, categorical, strict=True
        )
    ]
    return build_tree(splits, *children, leaves, (target,)), np.where(categorical, -1, missing)


def _split(
    fields: Mapping[str, str], threshold: float, *, left: bool, member: bool
) -> tuple[Float64Array, bool, bool]:
    """Return edges, whether numbers up to the first go left, and whether NaN does."""
    if not member:
        return _edges(np.array([threshold])), True, left
    bounds, words = _integers(fields, "cat_boundaries"), _integers(fields, "cat_threshold")
    start, stop = bounds[int(threshold)], bounds[int(threshold) + 1]
    bits = words[start:stop, np.newaxis] >> np.arange(_WORD_BITS) & 1
    codes = np.flatnonzero(bits).astype(np.float64)
    # Numbers are cut off to codes, towards zero: what lies above -1 is code 0.
    before = np.where(codes > 0, np.nextafter(codes, -np.inf), -1)
    return interval_edges(before, np.nextafter(codes + 1, -np.inf)), False, False


def _edges(thresholds: Float64Array) -> Float64Array:
    """Return the thresholds for numbers of which those near zero are not set to zero."""
    near = np.abs(thresholds) <= NEAR_ZERO
    around = np.where(thresholds < 0, np.nextafter(-NEAR_ZERO, -np.inf), NEAR_ZERO)
    return np.where(near, around, thresholds)


def _near_zero_missing(parts: Sequence[tuple[Tree, IntArray]]) -> frozenset[int]:
    """Return the columns in which zero is a missing value."""
    by_zero: dict[bool, set[int]] = {True: set(), False: set()}
    for tree, missing in parts:
        zero: BoolArray = missing == _ZERO_MISSING
        by_zero[True].update(tree.features[zero].tolist())
        by_zero[False].update(tree.features[~zero].tolist())
    mixed = by_zero[True] & by_zero[False]
    if mixed:
        raise UnsupportedModelError(
            f"column {min(mixed)}: zero is missing to some trees and a number to others;"
            " train all of them with the same `zero_as_missing`"
        )
    return frozenset(by_zero[True])


def _covers(fields: Mapping[str, str]) -> Float64Array | None:
    counts = _floats(fields, "leaf_count")
    return counts if len(counts) == int(fields["num_leaves"]) else None


def _integers(fields: Mapping[str, str], name: str) -> IntArray:
    return np.array(fields.get(name, "").split(), np.int64)


def _floats(fields: Mapping[str, str], name: str) -> Float64Array:
    return np.array(fields.get(name, "").split(), np.float64)


def _labels(model: Any, text: _Text) -> tuple[Any, ...]:
    targets = int(text.header["num_tree_per_iteration"])
    if targets == 1:
        return ()
    return tuple(getattr(model, "classes_", range(targets)))


def _calibration(objective: str) -> Mapping[str, Any] | None:
    """Return what makes a prediction of a raw score."""
    name, *words = objective.split()
    settings = dict(word.split(":", 1) for word in words if ":" in word)
    if name in {"binary", "cross_entropy"}:
        slope = repr(float(settings.get("sigmoid", "1")))
        return {"type": "Sigmoid", "sigmoid": {"slope": slope, "intercept": "0.0"}}
    if "sqrt" in words:
        return _SQUARED
    return _EXPRESSIONS.get(name)


def _refuse_pandas_categories(booster: Any) -> None:
    """Refuse models that translate categories of pandas to codes, which no matrix holds.

    Raises:
        UnsupportedModelError: A column has categories other than 0, 1, 2, …
    """
    for categories in booster.pandas_categorical or ():
        if list(categories) != list(range(len(categories))):
            shown = ", ".join(map(repr, categories[:3]))
            raise UnsupportedModelError(
                f"the model was trained on pandas categories ({shown}), of which it makes codes"
                " itself; make the codes with `ordinal` in the specification and train on them"
                " with `categorical_feature`"
            )
