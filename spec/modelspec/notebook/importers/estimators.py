"""Which estimators of scikit-learn become graphs, which are refused, and what to use instead.

Classes are recognized by their names and by the library they come from, so that no library is
imported that people do not use. A subclass may answer otherwise, and is not recognized.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from modelspec.errors import nearest
from modelspec.notebook.importers.calibrated import import_calibrated
from modelspec.notebook.importers.constants import import_dummy_classifier, import_dummy_regressor
from modelspec.notebook.importers.extras import require
from modelspec.notebook.importers.imported import ImportedModel
from modelspec.notebook.importers.isotonic import import_isotonic
from modelspec.notebook.importers.kmeans import import_kmeans
from modelspec.notebook.importers.linear import (
    CLASSIFIER,
    GENERALIZED,
    LOGISTIC,
    REGRESSION,
    STOCHASTIC,
    import_linear,
)
from modelspec.notebook.importers.naive_bayes import (
    import_bernoulli,
    import_categorical,
    import_gaussian,
    import_products,
)
from modelspec.notebook.importers.neural import import_perceptron
from modelspec.notebook.importers.originals import Float64Array, Groups, Importer, Original
from modelspec.notebook.importers.refusals import (
    MismatchError,
    PartialImportWarning,
    RowsError,
    UnsupportedModelError,
)
from modelspec.notebook.importers.refused_estimators import REFUSED as REFUSED  # noqa: PLC0414
from modelspec.notebook.importers.verification import as_rows, verify_import


@dataclass(frozen=True)
class SupportedEstimator:
    """A class of estimators that becomes a graph."""

    family: str
    """What kind of model it is, for people."""

    name: str
    """Its class."""

    answer: str
    """What the graph gives."""

    exactness: str
    """Which numbers are the same, bit for bit."""

    note: str
    """What else is to be known."""

    importer: Importer

    contributions: bool = False
    """Whether it gives the contributions that reason codes are made of."""


ABSORBED = "float32 of the original's float64"
"""The original adds in an undocumented order, which rounding absorbs; every import is compared."""

SAME = "float32 of the original's float64, which has the same bits"
"""Every operation is the original's, in its order."""


def _import_trees(original: Original) -> Sequence[ImportedModel]:
    # The converter of trees is imported for trees alone.
    module = require("modelspec.notebook.importers.sklearn_trees", "sklearn")
    return (module.import_trees(original.estimator, original.features, original.contributions),)


def _rows(
    family: str,
    names: str,
    importer: Importer,
    answer: str,
    note: str = "",
    exactness: str = ABSORBED,
) -> list[SupportedEstimator]:
    adds_up = importer is _import_trees or getattr(importer, "func", None) is import_linear
    return [
        SupportedEstimator(family, name, answer, exactness, note, importer, adds_up)
        for name in names.split()
    ]


SUPPORTED: tuple[SupportedEstimator, ...] = (
    *_rows(
        "Linear regression",
        "LinearRegression Ridge RidgeCV Lasso LassoCV ElasticNet ElasticNetCV Lars LarsCV"
        " LassoLars LassoLarsCV LassoLarsIC OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV"
        " BayesianRidge ARDRegression HuberRegressor QuantileRegressor TheilSenRegressor"
        " SGDRegressor PassiveAggressiveRegressor LinearSVR MultiTaskLasso MultiTaskLassoCV"
        " MultiTaskElasticNet MultiTaskElasticNetCV",
        partial(import_linear, kind=REGRESSION),
        "prediction",
        "Several targets are several outputs.",
    ),
    *_rows(
        "Generalized linear regression",
        "PoissonRegressor GammaRegressor TweedieRegressor",
        partial(import_linear, kind=GENERALIZED),
        "linear predictor",
        "Calibration is `exp(raw)`, the inverse of the log link.",
    ),
    *_rows(
        "Linear classification",
        "LogisticRegression LogisticRegressionCV LinearDiscriminantAnalysis",
        partial(import_linear, kind=LOGISTIC),
        "margin",
        "Calibration is a sigmoid for two classes; several classes have a margin each.",
    ),
    *_rows(
        "Linear classification",
        "SGDClassifier",
        partial(import_linear, kind=STOCHASTIC),
        "margin",
        "Calibration is a sigmoid for `log_loss`, two points for `modified_huber`.",
    ),
    *_rows(
        "Linear classification",
        "LinearSVC RidgeClassifier RidgeClassifierCV Perceptron PassiveAggressiveClassifier",
        partial(import_linear, kind=CLASSIFIER),
        "margin",
        "It has no probability; `Spec.calibrate` fits one.",
    ),
    *_rows(
        "Trees",
        "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor",
        _import_trees,
        "probability, or prediction",
        "",
        SAME,
    ),
    *_rows(
        "Trees",
        "RandomForestClassifier RandomForestRegressor ExtraTreesClassifier ExtraTreesRegressor",
        _import_trees,
        "probability, or prediction",
        "The mean of the trees, added in their order.",
        SAME,
    ),
    *_rows(
        "Trees",
        "GradientBoostingClassifier GradientBoostingRegressor HistGradientBoostingClassifier"
        " HistGradientBoostingRegressor",
        _import_trees,
        "margin, or prediction",
        "Missing values and categorical splits as the original treats them.",
        SAME,
    ),
    *_rows("Trees", "IsolationForest", _import_trees, "score", "", SAME),
    *_rows(
        "Naive Bayes",
        "GaussianNB",
        import_gaussian,
        "joint log likelihoods; their difference for two classes",
        "Sums are added in NumPy's order. Calibration is a sigmoid for two classes.",
        SAME,
    ),
    *_rows(
        "Naive Bayes",
        "MultinomialNB ComplementNB",
        import_products,
        "joint log likelihoods; their difference for two classes",
        "The difference is left out where it cancels. Calibration is a sigmoid.",
    ),
    *_rows(
        "Naive Bayes",
        "BernoulliNB",
        import_bernoulli,
        "joint log likelihoods; their difference for two classes",
        "The difference is left out where it cancels. Calibration is a sigmoid.",
    ),
    *_rows(
        "Naive Bayes",
        "CategoricalNB",
        import_categorical,
        "joint log likelihoods; their difference for two classes",
        "A category that it was not trained on gives NaN, where the original raises.",
        SAME,
    ),
    *_rows(
        "Clusters",
        "KMeans MiniBatchKMeans",
        import_kmeans,
        "label and distances",
        "Distances are left out where the original's own cancel: rows close to a center.",
    ),
    *_rows(
        "Neural network",
        "MLPClassifier MLPRegressor",
        import_perceptron,
        "margin, or prediction",
        "Calibration is a sigmoid for two classes; several classes have a margin each.",
    ),
    *_rows(
        "Calibrated",
        "CalibratedClassifierCV",
        lambda original: import_calibrated(original, _candidates),
        "margin of the classifier inside",
        "Two classes and one fold (`ensemble=False`). Calibration is what was fitted.",
    ),
    *_rows(
        "One feature",
        "IsotonicRegression",
        import_isotonic,
        "prediction",
        "Interpolates with NumPy's arithmetic.",
        SAME,
    ),
    *_rows("Constant", "DummyClassifier", import_dummy_classifier, "probability", "", SAME),
    *_rows("Constant", "DummyRegressor", import_dummy_regressor, "prediction", "", SAME),
)
"""Every estimator that is imported."""

WRAPPERS: Mapping[str, str] = {
    "GridSearchCV": "best_estimator_",
    "RandomizedSearchCV": "best_estimator_",
    "HalvingGridSearchCV": "best_estimator_",
    "HalvingRandomSearchCV": "best_estimator_",
    "RANSACRegressor": "estimator_",
    "FrozenEstimator": "estimator",
}
"""By class where the estimator is that alone answers."""

OTHER_LIBRARIES: Mapping[str, str] = {"lightgbm": "from_lightgbm", "xgboost": "from_xgboost"}
"""Whose estimators look like scikit-learn's, and what imports them."""

_SUPPORTED = {item.name: item for item in SUPPORTED}
_REFUSED = {item.name: item for item in REFUSED}


def from_sklearn(
    estimator: Any,
    *,
    features: Sequence[str],
    rows: Any,
    contributions: Groups | None = None,
    baseline: ArrayLike | None = None,
) -> ImportedModel:
    """Return a fitted estimator as a graph that gives the same float32 numbers.

    The estimator is asked in float64, with the float32 features widened, whatever it was fitted
    in. Its answers on *rows*, and on rows made to be hard, are compared bit for bit.

    Args:
        estimator: A fitted estimator of scikit-learn; those of LightGBM and XGBoost are passed on.
        features: Names of its columns, in order.
        rows: What it will see, as a float32 matrix; training rows will do.
        contributions: By reason code the features whose contributions to the margin are added up;
            for linear models and trees.
        baseline: A number for each column at which contributions are zero; the mean of *rows*
            when omitted. For linear models.

    Raises:
        UnsupportedModelError: It is not supported; the message names the nearest that is.
        MismatchError: The graph answers a row otherwise.
        RowsError: The rows or the features are not those of the estimator.
    """
    answering = _unwrapped(estimator)
    library = type(answering).__module__.partition(".")[0]
    takes_baseline = getattr(_importer(answering), "func", None) is import_linear
    if baseline is not None and not takes_baseline:
        raise UnsupportedModelError(
            f"`baseline` is for linear models, and `{type(answering).__name__}` is none; leave it"
            " out: contributions of trees are to the mean of the training rows"
        )
    if library in OTHER_LIBRARIES:
        function = OTHER_LIBRARIES[library]
        module = require(f"modelspec.notebook.importers.{library}", library)
        imported: ImportedModel = getattr(module, function)(
            answering, features=features, rows=rows, contributions=contributions
        )
        return imported
    original = _original(answering, tuple(features), rows)
    point = None if baseline is None else _point(baseline, len(original.features))
    original = replace(original, contributions=contributions, baseline=point)
    return _first_verified(_candidates(original), original)


def _importer(estimator: Any) -> Importer | None:
    supported = _SUPPORTED.get(type(estimator).__name__)
    return supported.importer if supported else None


def _unwrapped(estimator: Any) -> Any:
    """Return the estimator that answers for a search over parameters, or for another wrapper."""
    attribute = WRAPPERS.get(type(estimator).__name__)
    inside = getattr(estimator, attribute, None) if attribute else None
    return estimator if inside is None else _unwrapped(inside)


def _original(estimator: Any, features: tuple[str, ...], rows: Any) -> Original:
    """Return what is to be imported.

    Raises:
        UnsupportedModelError: It is not of scikit-learn, or refused by name.
        RowsError: The rows or the features are not those of the estimator.
    """
    name = type(estimator).__name__
    if type(estimator).__module__.partition(".")[0] != "sklearn":
        raise UnsupportedModelError(
            f"`{name}` of `{type(estimator).__module__}` is no estimator of scikit-learn, even if"
            " it derives from one; export it to ONNX with its own library"
        )
    if name not in _SUPPORTED:
        raise _refusal(name)
    require("sklearn.utils.validation", "sklearn").check_is_fitted(estimator)
    expected = getattr(estimator, "n_features_in_", len(features))
    if expected != len(features):
        message = f"`{name}` was fitted on {expected} columns and `features` has {len(features)}"
        raise RowsError(f"{message}; give the names of its columns, in order")
    return Original(estimator, features, as_rows(rows, features))


def _refusal(name: str) -> UnsupportedModelError:
    if name in _REFUSED:
        item = _REFUSED[name]
        return UnsupportedModelError(
            f"`{name}` is not imported, as {item.reason}; use {item.instead}"
        )
    near = nearest(name, _SUPPORTED)
    hint = f"`{near}` is" if near else "gradient boosting, linear models and many others are"
    return UnsupportedModelError(f"`{name}` is not supported; {hint}")


def _point(baseline: ArrayLike, width: int) -> Float64Array:
    """Return a baseline as a row.

    Raises:
        RowsError: It is no row of the model.
    """
    point = np.asarray(baseline, np.float64)
    if point.shape != (width,):
        message = f"`baseline` has the shape {point.shape} and the model {width} columns"
        raise RowsError(f"{message}; give one number for each column")
    return point


def _candidates(original: Original) -> Sequence[ImportedModel]:
    """Return what an estimator may be imported as, the most complete first.

    Raises:
        UnsupportedModelError: It is not supported, or not with contributions.
    """
    if original.name not in _SUPPORTED:
        raise _refusal(original.name)
    supported = _SUPPORTED[original.name]
    if original.contributions and not supported.contributions:
        raise UnsupportedModelError(
            f"`contributions` of `{original.name}` are not exact; they are for linear models and"
            " trees"
        )
    return supported.importer(original)


def _first_verified(candidates: Sequence[ImportedModel], original: Original) -> ImportedModel:
    """Return the first that gives the original's bits.

    Raises:
        MismatchError: None of them does.
    """
    *complete, last = candidates
    for candidate in complete:
        try:
            verify_import(candidate, original.rows)
        except MismatchError as error:
            left_out = {item.suffix for item in candidate.outputs}
            left_out -= {item.suffix for item in last.outputs}
            difference = str(error).partition(";")[0]
            warnings.warn(
                f"imported without {', '.join(sorted(left_out))}, which cancel in the original:"
                f" {difference}",
                PartialImportWarning,
                stacklevel=3,
            )
        else:
            return candidate
    verify_import(last, original.rows)
    return last
