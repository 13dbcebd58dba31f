"""Calibration from data: what is fitted, what it says in a specification, what is refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from modelspec import parts
from modelspec.choices import FeatureType
from modelspec.compiler.decision import build_decision
from modelspec.compiler.programs import read_program
from modelspec.expressions.columns import Floats
from modelspec.notebook.calibration import (
    Calibrated,
    CalibrationError,
    fit_beta,
    fit_isotonic,
    fit_platt,
)
from modelspec.notebook.postprocessing import Calibrators
from modelspec.schema.postprocessing import Postprocessing
from modelspec.snapshot.decision import postprocessing_part
from support.effort import examples

RANDOM = np.random.default_rng(7)
MARGINS = RANDOM.normal(0.0, 2.0, 4_000)
LABELS = (RANDOM.random(4_000) < 1.0 / (1.0 + np.exp(-(1.5 * MARGINS - 0.7)))).astype(int)


def decided(found: Calibrated, raw: Any) -> Any:
    """Return what a specification with the calibration decides for these values of its model."""
    program = read_program(
        parts.FeatureFetching(features=(parts.Feature(name="x", type=FeatureType.FLOAT64),)), None
    )
    model = parts.Model(
        name="m",
        sha256="0" * 64,
        inputs=(parts.ModelInput(name="input", feature_names=("x",)),),
        outputs=(parts.ModelOutput(name="score", index=0),),
    )
    route = parts.Route(name="only", decision=parts.Single(output_name="score"))
    document = Postprocessing.model_validate({"calibration": found.document})
    decision = build_decision(
        program,
        models=parts.Models(models=(model,)),
        pipeline=parts.Pipeline(routes=(route,)),
        postprocessing=postprocessing_part(document),
    )
    values = np.asarray(raw, np.float64)
    found_rows = decision.decide_columns({"x": Floats(values)}, lambda _, rows: values[rows])
    return np.asarray(found_rows.calibrated)


def brier(probabilities: Any, labels: Any) -> float:
    return float(np.mean((probabilities - labels) ** 2))


@pytest.mark.parametrize("fit", [fit_platt, fit_isotonic, fit_beta], ids=lambda fit: fit.__name__)
def test_what_is_written_decides_what_was_measured(fit: Any) -> None:
    found = fit(MARGINS, LABELS)

    assert brier(decided(found, MARGINS), LABELS) == pytest.approx(found.after.brier, rel=1e-13)


def test_beta_of_probabilities_decides_what_was_measured() -> None:
    probabilities = 1.0 / (1.0 + np.exp(-MARGINS))
    found = fit_beta(probabilities, LABELS, margins=False)

    assert brier(decided(found, probabilities), LABELS) == pytest.approx(found.after.brier)
    # Of the same margins: the same function, read from either end.
    other = fit_beta(MARGINS, LABELS)
    assert decided(found, probabilities) == pytest.approx(decided(other, MARGINS), abs=1e-6)


def _sigmoid(document: dict[str, Any], raw: Any) -> Any:
    slope, intercept = (float(document["sigmoid"][name]) for name in ("slope", "intercept"))
    return 1.0 / (1.0 + np.exp(-(slope * raw + intercept)))


def test_platt_finds_the_sigmoid_that_made_the_labels() -> None:
    document = fit_platt(MARGINS, LABELS).document

    assert document["type"] == "Sigmoid"
    assert float(document["sigmoid"]["slope"]) == pytest.approx(1.5, abs=0.1)
    assert float(document["sigmoid"]["intercept"]) == pytest.approx(-0.7, abs=0.1)


def test_platt_is_where_no_step_makes_it_likelier() -> None:
    document = fit_platt(MARGINS, LABELS).document
    positive, negative = LABELS.sum(), (1 - LABELS).sum()
    high, low = (positive + 1) / (positive + 2), 1 / (negative + 2)
    residuals = _sigmoid(document, MARGINS) - np.where(LABELS == 1, high, low)

    assert abs(residuals.sum()) < 1e-6
    assert abs((residuals * MARGINS).sum()) < 1e-6


def test_separable_labels_have_a_finite_sigmoid() -> None:
    document = fit_platt([-2.0, -1.0, 1.0, 2.0], [0, 0, 1, 1]).document

    assert 0.0 < float(document["sigmoid"]["slope"]) < 10.0


def test_isotonic_pools_what_falls() -> None:
    document = fit_isotonic([1.0, 2.0, 3.0, 4.0], [0, 1, 0, 1]).document

    assert document == {
        "type": "PiecewiseLinear",
        "piecewiseLinear": {
            "x": ["1.0", "2.0", "3.0", "4.0"],
            "values": ["0.0", "0.5", "0.5", "1.0"],
        },
    }


def test_isotonic_leaves_out_points_that_say_nothing() -> None:
    document = fit_isotonic([1.0, 2.0, 3.0, 4.0, 5.0], [0, 0, 0, 1, 1]).document

    assert document["piecewiseLinear"]["x"] == ["1.0", "3.0", "4.0", "5.0"]


def test_values_that_are_equal_are_one_point_with_their_mean() -> None:
    document = fit_isotonic([1.0, 1.0, 1.0, 2.0], [0, 1, 0, 1]).document

    assert document["piecewiseLinear"] == {
        "x": ["1.0", "2.0"],
        "values": [repr(1 / 3), "1.0"],
    }


@examples(60)
@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 1), st.integers(1, 5)), min_size=2))
def test_isotonic_points_ascend_and_never_fall(rows: list[tuple[int, int, int]]) -> None:
    raw, labels, weights = map(list, zip(*rows, strict=True))
    if len(set(labels)) < 2 or len(set(raw)) < 2:
        return
    points = fit_isotonic(raw, labels, weights).document["piecewiseLinear"]
    x, values = np.array(points["x"], float), np.array(points["values"], float)

    assert (np.diff(x) > 0).all()
    assert (np.diff(values) >= 0).all()
    # Pooling keeps the weighted sum: nothing is invented.
    fitted = np.interp(raw, x, values)
    assert np.dot(fitted, weights) == pytest.approx(np.dot(labels, weights))


def test_beta_of_margins_is_written_without_a_loss_where_probabilities_are_0_or_1() -> None:
    found = fit_beta(MARGINS, LABELS)

    assert found.document["type"] == "Expr"
    assert found.document["expr"].startswith("sigmoid(")
    assert "softplus(raw)" in found.document["expr"]
    assert found.after.calibration_error < 0.03


def test_beta_of_probabilities_needs_probabilities() -> None:
    with pytest.raises(CalibrationError, match="between 0 and 1"):
        fit_beta([0.5, 1.0], [0, 1], margins=False)


def test_beta_does_not_fall_where_the_data_do() -> None:
    found = fit_beta(MARGINS, 1 - LABELS)

    # The best constant is the share of the label.
    assert decided(found, [-5.0, 0.0, 5.0]) == pytest.approx(np.full(3, 1.0 - LABELS.mean()))


def test_beta_without_one_of_its_terms_fits_the_other_again() -> None:
    # Where the model is surest, it is wrong more often.
    chance = np.where(MARGINS < 1.0, 1.0 / (1.0 + np.exp(-MARGINS)), 0.5)
    labels = (np.random.default_rng(8).random(4_000) < chance).astype(int)
    found = fit_beta(MARGINS, labels)

    assert found.document["expr"].split(" + ")[1].startswith("0.0 * ")
    # Where the likelihood has its maximum, the mean is that of the labels.
    assert decided(found, MARGINS).mean() == pytest.approx(labels.mean(), abs=1e-6)


def test_labels_that_the_values_separate_have_no_best_beta_calibration() -> None:
    with pytest.raises(CalibrationError, match="separate the labels"):
        fit_beta([-2.0, -1.0, 1.0, 1.0, 2.0], [0, 0, 0, 1, 1])


def test_platt_of_values_near_the_largest_is_that_of_others() -> None:
    found = fit_platt(np.ldexp(MARGINS, 1000), LABELS).document["sigmoid"]
    expected = fit_platt(MARGINS, LABELS).document["sigmoid"]

    assert float(found["slope"]) == np.ldexp(float(expected["slope"]), -1000)
    assert found["intercept"] == expected["intercept"]


@pytest.mark.parametrize("fit", [fit_platt, fit_isotonic, fit_beta], ids=lambda fit: fit.__name__)
def test_a_weight_counts_as_that_many_rows(fit: Any) -> None:
    raw, labels = MARGINS[:200], LABELS[:200]
    weights = np.random.default_rng(9).integers(0, 4, 200)
    weighted = fit(raw, labels, weights)
    repeated = fit(np.repeat(raw, weights), np.repeat(labels, weights))

    assert decided(weighted, raw) == pytest.approx(decided(repeated, raw), rel=1e-7)
    assert weighted.after.log_loss == pytest.approx(repeated.after.log_loss)


class Held:
    """A specification whose model says what it is asked."""

    postprocessing: Any = None

    def margins(self, output: str, inputs: Any) -> Any:
        assert output == "gbdt_score"
        return inputs[:, 0]


def test_calibration_of_a_specification_leaves_the_rest_of_its_postprocessing() -> None:
    spec = Held()
    spec.postprocessing = {"bands": {}, "calibration": {"type": "Expr", "expr": "raw"}}

    of_rows = Calibrators(spec).platt("gbdt_score", MARGINS[:, None], LABELS)
    assert spec.postprocessing == {"bands": {}, "calibration": of_rows.document}

    of_values = Calibrators(spec).platt("gbdt_score", MARGINS, LABELS)
    assert of_values == of_rows

    found = Calibrators(spec).beta("gbdt_score", [0.2, 0.6, 0.4, 0.8], [0, 0, 1, 1], margins=False)
    assert spec.postprocessing["calibration"] == found.document
    assert "log1p(-raw)" in found.document["expr"]
    Calibrators(spec).isotonic("gbdt_score", MARGINS, LABELS)
    assert spec.postprocessing["calibration"]["type"] == "PiecewiseLinear"


def test_a_fit_says_how_good_it_was_before_and_after() -> None:
    probabilities = 1.0 / (1.0 + np.exp(-MARGINS))
    found = fit_isotonic(probabilities, LABELS)

    assert found.before is not None
    assert found.after.brier < found.before.brier
    assert found.after.calibration_error < found.before.calibration_error
    assert repr(found).startswith("<PiecewiseLinear: Brier 0.")


def test_a_margin_is_no_probability_before() -> None:
    assert fit_platt(MARGINS, LABELS).before is None


@pytest.mark.parametrize(
    ("raw", "labels", "weights", "refusal"),
    [
        ([1.0, 2.0], [0, 1, 1], None, "2 values, 3 labels, 2 weights"),
        ([1.0, np.nan], [0, 1], None, "1 values are not finite, the first in row 1;"),
        (["a", "b"], [0, 1], None, "values: could not convert string to float: 'a'"),
        ([1.0, 2.0], [0, 2], None, "1 labels are not 0 or 1, the first in row 1;"),
        ([1.0, 2.0], ["no", "yes"], None, "2 labels are not 0 or 1"),
        ([1.0, 2.0], [1, 1], None, "only one"),
        ([1.0, 1.0], [0, 1], None, "all values are equal"),
        ([1.0, 2.0], [0, 1], [1.0, -1.0], "weights must be finite and not negative"),
        ([1.0, 2.0, 3.0], [0, 1, 1], [1.0, 0.0, 0.0], "only one"),
        ([], [], None, "only one"),
    ],
    ids=[
        "lengths",
        "nan",
        "words",
        "labels",
        "word labels",
        "one class",
        "constant",
        "negative",
        "weightless",
        "empty",
    ],
)
def test_data_that_cannot_be_calibrated_with_are_refused(
    raw: Any, labels: Any, weights: Any, refusal: str
) -> None:
    with pytest.raises(CalibrationError, match=refusal):
        fit_platt(raw, labels, weights)


def test_values_that_are_one_point_have_no_isotonic_calibration() -> None:
    with pytest.raises(CalibrationError, match="within 1e-15"):
        fit_isotonic([1e-17, 2e-17], [0, 1])


def test_more_points_than_a_specification_takes_are_refused() -> None:
    raw = np.arange(1_500)
    weights = np.array([[1500 - block, block + 1] for block in range(1_500)]).ravel()

    with pytest.raises(CalibrationError, match="1500 points are more than the 1000"):
        fit_isotonic(np.repeat(raw, 2), np.tile([0, 1], 1_500), weights)
