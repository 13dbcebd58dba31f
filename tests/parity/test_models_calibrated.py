"""Calibrated classifiers: exact margins, and the original's probabilities of them."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import (
    GammaRegressor,
    LogisticRegression,
    PoissonRegressor,
    SGDClassifier,
)
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from modelspec import parts
from modelspec.choices import FeatureType
from modelspec.compiler.decision import build_decision
from modelspec.compiler.frames import read_columns
from modelspec.compiler.programs import read_program
from modelspec.notebook.importers.estimators import from_sklearn
from modelspec.notebook.importers.imported import INPUT, Float32Array, ImportedModel
from modelspec.notebook.importers.refusals import UnsupportedModelError
from modelspec.schema.postprocessing import Postprocessing
from modelspec.sessions import Session
from modelspec.snapshot.decision import postprocessing_part

Float64Array = NDArray[np.float64]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Keep small products from waking threads, which takes longer than they do."""
    with threadpool_limits(1):
        yield


def sample(rows: int = 400, *, seed: int = 0) -> tuple[Float32Array, NDArray[np.int64]]:
    """Return heavy-tailed rows, whose margins leave gaps, and labels that they explain a bit."""
    random = np.random.default_rng(seed)
    features = random.lognormal(sigma=1.5, size=(rows, 5)).astype(np.float32)
    noise = random.normal(size=rows)
    return features, (np.log(features[:, 0]) + noise > 0).astype(np.int64)


def fitted(estimator: Any, rows: Float32Array, labels: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(rows.astype(np.float64), labels)


def imported_from(estimator: Any, rows: Float32Array) -> ImportedModel:
    names = [f"x{index}" for index in range(rows.shape[1])]
    return from_sklearn(estimator, features=names, rows=rows)


def margins(imported: ImportedModel, rows: Float32Array) -> Float32Array:
    return np.asarray(Session(imported.content).run(["score"], {INPUT: rows})[0])[:, 0]


def calibrated(imported: ImportedModel, rows: Float32Array) -> Float64Array:
    """Return what a specification with the imported model and calibration answers."""
    assert imported.calibration is not None
    document = Postprocessing.model_validate({"calibration": imported.calibration})
    feature = parts.Feature(name="x", type=FeatureType.FLOAT64)
    output = parts.ModelOutput(name="score", index=0)
    tensor = parts.ModelInput(name=INPUT, feature_names=("x",))
    model = parts.Model(name="m", sha256="0" * 64, inputs=(tensor,), outputs=(output,))
    route = parts.Route(name="only", decision=parts.Single(output_name="score"))
    decision = build_decision(
        read_program(parts.FeatureFetching(features=(feature,)), None),
        models=parts.Models(models=(model,)),
        pipeline=parts.Pipeline(routes=(route,)),
        postprocessing=postprocessing_part(document),
    )
    scores = margins(imported, rows).astype(np.float64)
    data = {"x": np.zeros(len(rows))}
    columns = read_columns(data, decision.logic.program.features)
    return decision.decide_columns(columns, lambda _, numbers: scores[numbers]).calibrated


def probabilities(estimator: Any, rows: Float32Array) -> Float64Array:
    found: Float64Array = estimator.predict_proba(rows.astype(np.float64))[:, 1]
    return found


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        SGDClassifier(loss="log_loss", random_state=0),
        SGDClassifier(loss="modified_huber", random_state=0),
        GaussianNB(),
        BernoulliNB(binarize=1.0),
        MLPClassifier(max_iter=20, random_state=0),
    ],
    ids=str,
)
def test_the_calibration_of_two_classes_gives_the_originals_probability(estimator: Any) -> None:
    rows, labels = sample()
    fitted(estimator, rows, labels)

    found = calibrated(imported_from(estimator, rows), rows)

    # The margin is rounded to float32 first: what that moves is relative to the margin.
    np.testing.assert_allclose(found, probabilities(estimator, rows), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("estimator", [PoissonRegressor(), GammaRegressor()])
def test_the_calibration_of_a_log_link_gives_the_originals_expectation(estimator: Any) -> None:
    rows, _ = sample()
    rows = np.log(rows)
    fitted(estimator, rows, np.exp(rows[:, 0] / 3))

    found = calibrated(imported_from(estimator, rows), rows)

    np.testing.assert_allclose(found, estimator.predict(rows.astype(np.float64)), rtol=1e-6)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature"])
def test_one_calibrator_becomes_the_calibration(method: str) -> None:
    rows, labels = sample()
    estimator = CalibratedClassifierCV(LogisticRegression(), method=method, ensemble=False)
    fitted(estimator, rows, labels)

    imported = imported_from(estimator, rows)

    np.testing.assert_allclose(
        calibrated(imported, rows), probabilities(estimator, rows), atol=1e-6
    )


@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature"])
def test_a_calibrator_of_a_frozen_classifier_becomes_the_calibration(method: str) -> None:
    rows, labels = sample()
    inside = fitted(LogisticRegression(), rows, labels)
    held_out, outcomes = sample(seed=1)
    frozen = CalibratedClassifierCV(FrozenEstimator(inside), method=method, ensemble=False)
    fitted(frozen, held_out, outcomes)

    imported = imported_from(frozen, rows)

    np.testing.assert_allclose(calibrated(imported, rows), probabilities(frozen, rows), atol=1e-5)


@pytest.mark.parametrize("inside", [GaussianNB(), MLPClassifier(max_iter=20, random_state=0)])
def test_a_sigmoid_that_was_fitted_on_probabilities_is_one_of_probabilities(inside: Any) -> None:
    rows, labels = sample()
    estimator = CalibratedClassifierCV(inside, method="sigmoid", ensemble=False)
    fitted(estimator, rows, labels)

    imported = imported_from(estimator, rows)

    assert imported.calibration is not None
    assert imported.calibration["type"] == "Expr"
    np.testing.assert_allclose(
        calibrated(imported, rows), probabilities(estimator, rows), atol=1e-6
    )


def test_isotonic_points_on_the_probabilities_of_a_forest_are_the_calibration() -> None:
    rows, labels = sample()
    forest = RandomForestClassifier(10, max_depth=3, random_state=0)
    estimator = CalibratedClassifierCV(forest, method="isotonic", ensemble=False)
    fitted(estimator, rows, labels)

    imported = imported_from(estimator, rows)

    np.testing.assert_allclose(
        calibrated(imported, rows), probabilities(estimator, rows), atol=1e-6
    )


def test_an_isotonic_calibration_of_a_margin_is_the_originals_within_an_ulp() -> None:
    rows, labels = sample(2000)
    estimator = CalibratedClassifierCV(LogisticRegression(), method="isotonic", ensemble=False)
    fitted(estimator, rows, labels)
    calibrator = estimator.calibrated_classifiers_[0].calibrators[0]

    imported = imported_from(estimator, rows)

    unseen, _ = sample(5000, seed=2)
    expected = calibrator.predict(margins(imported, unseen).astype(np.float64))
    np.testing.assert_allclose(calibrated(imported, unseen), expected, rtol=3e-16)


def test_the_stock_converter_takes_the_nearest_point_of_an_isotonic_calibration() -> None:
    from skl2onnx import to_onnx  # noqa: PLC0415  # slow, and only here

    rows, labels = sample()
    estimator = CalibratedClassifierCV(LogisticRegression(), method="isotonic", ensemble=False)
    fitted(estimator, rows, labels)
    unseen, _ = sample(5000, seed=2)
    expected = probabilities(estimator, unseen)

    stock = to_onnx(estimator, rows[:1], options={"zipmap": False}).SerializeToString()
    ours = imported_from(estimator, rows)

    session = Session(stock)
    nearest = session.run(["probabilities"], {session.inputs[0].name: unseen})[0][:, 1]
    assert np.abs(nearest - expected).max() > 0.05
    assert np.abs(calibrated(ours, unseen) - expected).max() < 1e-5


def test_the_stock_converters_linear_models_add_in_float32() -> None:
    from skl2onnx import to_onnx  # noqa: PLC0415  # slow, and only here

    rows, labels = sample(3000)
    estimator = fitted(LogisticRegression(), rows, labels)
    options = {"zipmap": False, "raw_scores": True}
    stock = Session(to_onnx(estimator, rows[:1], options=options).SerializeToString())

    expected = estimator.decision_function(rows.astype(np.float64)).astype(np.float32)
    theirs = stock.run(["probabilities"], {stock.inputs[0].name: rows})[0][:, 1]

    assert np.mean(theirs != expected) > 0.05
    np.testing.assert_array_equal(margins(imported_from(estimator, rows), rows), expected)


@pytest.mark.parametrize(
    ("estimator", "classes", "message"),
    [
        (
            CalibratedClassifierCV(LogisticRegression(), cv=3, ensemble=True),
            2,
            "averages 3 classifiers; give it `ensemble=False`",
        ),
        (
            CalibratedClassifierCV(LogisticRegression(), ensemble=False),
            3,
            "of 3 classes divides by the sum",
        ),
        (
            CalibratedClassifierCV(GaussianNB(), method="isotonic", ensemble=False),
            2,
            "the probabilities of `GaussianNB`, whose graph gives margins; use method='sigmoid'",
        ),
        (
            CalibratedClassifierCV(GaussianNB(), method="temperature", ensemble=False),
            2,
            r"takes logarithms of probabilities for `GaussianNB`, plus 1e-12; calibrate with",
        ),
    ],
)
def test_what_no_calibration_says_is_refused(estimator: Any, classes: int, message: str) -> None:
    rows, labels = sample()
    fitted(estimator, rows, labels + (rows[:, 1] > 3) * (classes - 2))

    with pytest.raises(UnsupportedModelError, match=message):
        imported_from(estimator, rows)
