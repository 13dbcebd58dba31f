"""Three libraries for gradient boosting, each of 300 trees with 31 leaves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Labels = NDArray[Any]
Groups = Mapping[str, Sequence[str]]

TREES = 300
LEAVES = 31
THREADS = 2
RATE = 0.03


@dataclass(frozen=True)
class Library:
    """How a library trains, what its margins are, and how its models are imported."""

    train: Callable[[Matrix, Labels, int], Any]
    """From inputs, labels and a number of trees."""

    margins: Callable[[Any, Matrix], NDArray[Any]]
    """The library's own sums of a model's leaves."""

    importer: str
    """The function of ``modelspec.onnx`` that takes its models."""


def _lightgbm(inputs: Matrix, labels: Labels, trees: int) -> Any:
    import lightgbm  # noqa: PLC0415  # only whoever trains with it has to have it

    options = {
        "objective": "binary",
        "num_leaves": LEAVES,
        "learning_rate": RATE,
        "min_data_in_leaf": 50,
        "lambda_l2": 5.0,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "seed": 1,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": THREADS,
        "verbose": -1,
    }
    return lightgbm.train(options, lightgbm.Dataset(inputs, labels), trees)


def _xgboost(inputs: Matrix, labels: Labels, trees: int) -> Any:
    import xgboost  # noqa: PLC0415  # only whoever trains with it has to have it

    options = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "grow_policy": "lossguide",
        "max_leaves": LEAVES,
        "max_depth": 0,
        "eta": RATE,
        "lambda": 5.0,
        "min_child_weight": 1.0,
        "colsample_bytree": 0.5,
        "subsample": 0.8,
        "seed": 1,
        "nthread": THREADS,
    }
    return xgboost.train(options, xgboost.DMatrix(inputs, labels), trees)


def _xgboost_margins(model: Any, inputs: Matrix) -> NDArray[Any]:
    import xgboost  # noqa: PLC0415  # only whoever trains with it has to have it

    margins: NDArray[Any] = model.predict(xgboost.DMatrix(inputs), output_margin=True)
    return margins


def _histograms(inputs: Matrix, labels: Labels, trees: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415  # as above

    model = HistGradientBoostingClassifier(
        max_iter=trees,
        max_leaf_nodes=LEAVES,
        learning_rate=RATE,
        l2_regularization=5.0,
        min_samples_leaf=50,
        max_features=0.5,
        early_stopping=False,
        random_state=1,
    )
    return model.fit(inputs, labels)


LIBRARIES = {
    "lightgbm": Library(
        train=_lightgbm,
        margins=lambda model, inputs: model.predict(inputs, raw_score=True),
        importer="from_lightgbm",
    ),
    "xgboost": Library(
        train=_xgboost,
        margins=_xgboost_margins,
        importer="from_xgboost",
    ),
    "histograms": Library(
        train=_histograms,
        # Its sums are of float64, and so must its inputs be.
        margins=lambda model, inputs: model.decision_function(inputs.astype(np.float64)),
        importer="from_sklearn",
    ),
}
"""By the name that `--model` takes."""
