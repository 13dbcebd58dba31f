"""Estimators of scikit-learn as graphs: on random data equal to the original, or refused."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import NDArray
from sklearn import discriminant_analysis, linear_model, naive_bayes, neural_network, svm
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.isotonic import IsotonicRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from modelspec.notebook.importers.estimators import SUPPORTED, from_sklearn
from modelspec.notebook.importers.imported import INPUT, Float32Array, ImportedModel
from modelspec.notebook.importers.refusals import MismatchError, PartialImportWarning
from modelspec.sessions import Session
from support.effort import examples

Float64Array = NDArray[np.float64]
LABELS = np.array(["no", "Yes!", "may be", "né", "5"])


@dataclass(frozen=True)
class Case:
    """How a class of estimators is fitted, and what it says of rows."""

    build: Callable[[], Any]
    ask: Callable[[Any, Float64Array], Any]
    """The original's answer, by its public methods where there are any."""

    target: str = "number"
    shape: Callable[[Float32Array], Float32Array] = lambda rows: rows
    tensor: str = ""
    """The graph's output that is that answer; the first one's when empty."""


def predicted(estimator: Any, rows: Float64Array) -> Any:
    return estimator.predict(rows)


def decided(estimator: Any, rows: Float64Array) -> Any:
    return estimator.decision_function(rows)


def linked(estimator: Any, rows: Float64Array) -> Any:
    return rows @ estimator.coef_ + estimator.intercept_


def joint(estimator: Any, rows: Float64Array) -> Any:
    return estimator.predict_joint_log_proba(rows)


def probable(estimator: Any, rows: Float64Array) -> Any:
    return estimator.predict_proba(rows)[:, slice(1, 2) if len(estimator.classes_) == 2 else ...]


def forward(estimator: Any, rows: Float64Array) -> Any:
    """Return a perceptron's last sums, written out again."""
    activations: dict[str, Callable[[Float64Array], Float64Array]] = {
        "relu": lambda x: np.maximum(x, 0),
        "tanh": np.tanh,
        "logistic": lambda x: 1 / (1 + np.exp(-x)),
        "identity": lambda x: x,
    }
    for index, weights in enumerate(estimator.coefs_):
        rows = (activations[estimator.activation](rows) if index else rows) @ weights
        rows = rows + estimator.intercepts_[index]
    return rows


def one_column(rows: Float32Array) -> Float32Array:
    return np.ascontiguousarray(rows[:, :1])


def categories(rows: Float32Array) -> Float32Array:
    return np.floor(np.minimum(np.abs(rows), 12))


def _plain(names: str, module: Any, ask: Any, target: str, **settings: Any) -> dict[str, Case]:
    return {
        name: Case(partial(getattr(module, name), **settings), ask, target)
        for name in names.split()
    }


CASES: dict[str, Case] = {
    **_plain(
        "LinearRegression Ridge RidgeCV Lasso ElasticNet Lars LassoLars LassoLarsIC BayesianRidge"
        " OrthogonalMatchingPursuit SGDRegressor QuantileRegressor HuberRegressor ARDRegression"
        " LassoCV LassoLarsCV LarsCV ElasticNetCV OrthogonalMatchingPursuitCV",
        linear_model,
        predicted,
        "number",
    ),
    "TheilSenRegressor": Case(
        lambda: linear_model.TheilSenRegressor(max_subpopulation=50, max_iter=20), predicted
    ),
    **_plain(
        "MultiTaskLasso MultiTaskElasticNet MultiTaskLassoCV MultiTaskElasticNetCV",
        linear_model,
        predicted,
        "numbers",
    ),
    **_plain("LinearSVR", svm, predicted, "number", max_iter=50),
    **_plain("LinearSVC", svm, decided, "label", max_iter=50),
    **_plain("PoissonRegressor GammaRegressor", linear_model, linked, "positive", max_iter=5),
    "TweedieRegressor": Case(
        lambda: linear_model.TweedieRegressor(power=1.5, max_iter=5), linked, "positive"
    ),
    "LogisticRegressionCV": Case(
        lambda: linear_model.LogisticRegressionCV(Cs=1, cv=2, max_iter=5), decided, "label"
    ),
    **_plain("LogisticRegression", linear_model, decided, "label", max_iter=20),
    **_plain("Perceptron SGDClassifier", linear_model, decided, "label", max_iter=5),
    **_plain("RidgeClassifier RidgeClassifierCV", linear_model, decided, "label"),
    **_plain("LinearDiscriminantAnalysis", discriminant_analysis, decided, "label"),
    "GaussianNB": Case(naive_bayes.GaussianNB, joint, "label", tensor="joint"),
    "MultinomialNB": Case(naive_bayes.MultinomialNB, joint, "label", np.abs, "joint"),
    "ComplementNB": Case(naive_bayes.ComplementNB, joint, "label", np.abs, "joint"),
    "BernoulliNB": Case(
        lambda: naive_bayes.BernoulliNB(binarize=0.5), joint, "label", tensor="joint"
    ),
    "CategoricalNB": Case(naive_bayes.CategoricalNB, joint, "label", categories, "joint"),
    "KMeans": Case(lambda: KMeans(3, n_init=1, random_state=0), predicted, tensor="label"),
    "MiniBatchKMeans": Case(
        lambda: MiniBatchKMeans(2, n_init=1, max_iter=3, random_state=0), predicted, tensor="label"
    ),
    **_plain("MLPClassifier", neural_network, forward, "label", max_iter=5),
    **_plain("MLPRegressor", neural_network, forward, "numbers", max_iter=5, activation="tanh"),
    "IsotonicRegression": Case(
        lambda: IsotonicRegression(out_of_bounds="clip"),
        lambda estimator, rows: estimator.predict(rows[:, 0]),
        shape=one_column,
    ),
    "DummyClassifier": Case(DummyClassifier, probable, "label"),
    "DummyRegressor": Case(DummyRegressor, predicted, "numbers"),
}


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Keep small products from waking threads, which takes longer than they do."""
    with threadpool_limits(1):
        yield


ELSEWHERE = {"Trees", "Calibrated"}
"""Families whose tests are in files of their own."""

DEPRECATED = {"PassiveAggressiveClassifier", "PassiveAggressiveRegressor"}


def test_every_estimator_has_a_property() -> None:
    names = {item.name for item in SUPPORTED if item.family not in ELSEWHERE}

    assert names - DEPRECATED == set(CASES)


@st.composite
def matrices(draw: st.DrawFn) -> Float32Array:
    """Draw rows of a kind: normal, whole numbers, heavy tails; some with constant columns."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.integers(30, 90)), draw(st.sampled_from([1, 2, 3, 7, 8, 9, 24]))
    kinds: dict[str, Callable[[], Float64Array]] = {
        "normal": lambda: random.normal(size=shape) * 10.0 ** random.integers(-4, 5, shape[1]),
        "whole": lambda: random.integers(-3, 4, shape).astype(np.float64),
        "heavy": lambda: np.exp(random.normal(size=shape) * 4),
        "repeated": lambda: random.normal(size=shape)[random.integers(0, 5, shape[0])],
    }
    rows = kinds[draw(st.sampled_from(sorted(kinds)))]()
    if draw(st.booleans()):
        rows[:, -1] = draw(st.sampled_from([0.0, 0.1, -1e9]))
    if draw(st.booleans()):
        rows[0] = draw(st.sampled_from([0.0, -0.0, 1e-40]))
        rows[1, 0] = draw(st.sampled_from([0.0, 1e12, -1e30]))
    return rows.astype(np.float32)


def targets(case: Case, rows: Float32Array, classes: int) -> Any:
    """Return what is to be learned, which has something to do with the rows."""
    random = np.random.default_rng(len(rows))
    ranks = np.argsort(np.argsort(rows[:, 0] + random.normal(size=len(rows))))
    number = ranks / len(rows)
    return {
        "number": number,
        "numbers": np.column_stack([number, -number]),
        "positive": number + 0.1,
        "label": LABELS[ranks * classes // len(rows)],
    }[case.target]


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_estimator_is_equal_or_refused(name: str) -> None:
    case = CASES[name]
    refused: list[str] = []

    @examples(12)
    @given(drawn=matrices(), classes=st.integers(2, 5))
    def property_of_the_estimator(drawn: Float32Array, classes: int) -> None:
        rows = case.shape(drawn)
        estimator = fitted(case, rows, targets(case, rows, classes))
        if estimator is None:
            return
        unseen = rows[::-1] * np.float32(0.75)
        unseen = categories(unseen) if case.shape is categories else unseen
        try:
            imported = imported_from(estimator, rows)
        except MismatchError:
            refused.append(name)
            return
        tensor = case.tensor or imported.outputs[0].tensor
        with np.errstate(all="ignore"):
            original = case.ask(estimator, unseen.astype(np.float64))
        assert_same_bits(answers(imported, tensor, unseen), original)

    property_of_the_estimator()
    assert len(refused) <= 1, "one cancellation is bad luck, more are a bad graph"


def fitted(case: Case, rows: Float32Array, target: Any) -> Any:
    """Return a fitted estimator, or nothing where the data are none that it can be fitted to."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return case.build().fit(rows.astype(np.float64), target)
        except (ValueError, IndexError, TypeError, np.linalg.LinAlgError):
            return None


def imported_from(estimator: Any, rows: Float32Array, **settings: Any) -> ImportedModel:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PartialImportWarning)
        names = [f"x{index}" for index in range(rows.shape[1])]
        return from_sklearn(estimator, features=names, rows=rows, **settings)


def answers(imported: ImportedModel, tensor: str, rows: Float32Array) -> Float32Array:
    found: Float32Array = Session(imported.content).run([tensor], {INPUT: rows})[0]
    return found


def assert_same_bits(given: Float32Array, original: Any) -> None:
    with np.errstate(all="ignore"):
        expected = np.asarray(original, np.float64).reshape(given.shape).astype(np.float32)
    np.testing.assert_array_equal(given.view(np.uint32), expected.view(np.uint32))


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_every_activation_of_a_perceptron_is_equal(activation: str) -> None:
    random = np.random.default_rng(3)
    rows = (random.normal(size=(300, 6)) * 3).astype(np.float32)
    settings = {"activation": activation, "hidden_layer_sizes": (9, 5), "max_iter": 30}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator = neural_network.MLPRegressor(**settings).fit(rows.astype(float), rows[:, 0])

    imported = imported_from(estimator, rows)

    assert_same_bits(answers(imported, "score", rows), estimator.predict(rows.astype(np.float64)))


@pytest.mark.parametrize("width", [1, 7, 8, 9, 16, 127, 128, 129, 136, 257, 300])
def test_sums_of_gaussian_naive_bayes_have_numpys_order(width: int) -> None:
    """The difference of two likelihoods near each other shows every ulp of either."""
    random = np.random.default_rng(width)
    rows = (random.normal(size=(200, width)) + 1e4).astype(np.float32)
    estimator = naive_bayes.GaussianNB(var_smoothing=0).fit(
        rows.astype(np.float64), random.integers(0, 2, 200)
    )
    estimator.theta_[1], estimator.var_[1] = estimator.theta_[0], estimator.var_[0] * (1 + 1e-15)

    with warnings.catch_warnings():
        warnings.simplefilter("error", PartialImportWarning)
        imported = imported_from(estimator, rows)

    likelihoods = estimator.predict_joint_log_proba(rows.astype(np.float64))
    assert_same_bits(answers(imported, "score", rows), likelihoods[:, 1] - likelihoods[:, 0])


def test_kmeans_leaves_out_distances_that_cancel_and_says_so() -> None:
    # The original's distance of a row from itself is the root of what rounding left over.
    centers = np.random.default_rng(0).normal(5, 5, size=(4, 40))
    rows = np.repeat(centers, 20, axis=0).astype(np.float32)
    estimator = KMeans(4, n_init=1, random_state=0).fit(rows.astype(np.float64))

    with pytest.warns(PartialImportWarning, match=r"without distance_0, distance_1"):
        imported = from_sklearn(
            estimator, features=[f"x{index}" for index in range(40)], rows=rows
        )

    assert [output.suffix for output in imported.outputs] == ["label"]


@pytest.mark.parametrize("out_of_bounds", ["clip", "nan", "raise"])
def test_isotonic_regression_is_numpys_interpolation(out_of_bounds: str) -> None:
    random = np.random.default_rng(0)
    rows = np.sort(random.normal(size=(400, 1)), axis=0).astype(np.float32)
    target = rows[:, 0] + random.normal(size=400)
    estimator = IsotonicRegression(out_of_bounds=out_of_bounds)
    estimator.fit(rows.astype(np.float64), target.astype(np.float64))

    imported = imported_from(estimator, rows)

    unseen = random.uniform(rows.min(), rows.max(), (1000, 1)).astype(np.float32)
    assert_same_bits(answers(imported, "score", unseen), estimator.predict(unseen.astype(float)))
    beyond = answers(imported, "score", np.array([[99]], np.float32))
    assert np.isnan(beyond).all() == (out_of_bounds != "clip")


def test_categories_that_the_original_raises_for_are_nan() -> None:
    rows = np.random.default_rng(0).integers(0, 3, (60, 2)).astype(np.float32)
    estimator = naive_bayes.CategoricalNB().fit(rows.astype(int), rows[:, 0] > 1)

    imported = imported_from(estimator, rows)

    asked = np.array([[0, 3], [-1, 0], [0, -0.5], [2.9, 1]], np.float32)
    scores = answers(imported, "score", asked)
    assert np.isnan(scores[:, 0]).tolist() == [True, True, False, False]
    with pytest.raises(IndexError):
        estimator.predict(asked[:1].astype(np.float64))


def test_what_was_fitted_in_float32_is_asked_in_float64() -> None:
    rows = np.random.default_rng(0).normal(size=(200, 5)).astype(np.float32)
    for build in (linear_model.LinearRegression, linear_model.LogisticRegression, KMeans):
        estimator = build().fit(rows, rows[:, 0] > 0)

        imported_from(estimator, rows)
