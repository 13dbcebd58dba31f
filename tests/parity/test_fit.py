"""Analyzers against the scikit-learn transformers that they name."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from sklearn import preprocessing
from sklearn.isotonic import IsotonicRegression

from modelspec.expressions.columns import column_of
from modelspec.expressions.types import Kind
from modelspec.notebook.calibration import fit_isotonic, fit_platt
from modelspec.notebook.fit.analyzer import FitError, keys_of
from modelspec.notebook.fit.keys import TargetMean
from modelspec.notebook.fit.numeric import MeanStd, MinMax, QuantileEdges, Robust
from modelspec.notebook.fit.power import Power
from support.effort import examples

COLUMNS = st.lists(
    st.floats(-1e6, 1e6) | st.integers(-3, 3).map(float) | st.just(float("nan")),
    min_size=2,
    max_size=60,
).filter(lambda values: any(value == value for value in values))  # noqa: PLR0124  # not all NaN


def _affine(document: Any) -> tuple[float, float]:
    return float(document["affine"]["center"]), float(document["affine"]["scale"])


@examples(150)
@given(COLUMNS)
def test_a_mean_and_its_deviation_are_those_of_the_standard_scaler(values: list[float]) -> None:
    column = np.array(values)
    scaler = preprocessing.StandardScaler().fit(column[:, None])
    center, scale = _affine(MeanStd().fit(column))

    # It adds batches of rows up, so its last digits may differ.
    size = max(1.0, float(np.nanmax(np.abs(column))))
    assert center == pytest.approx(scaler.mean_[0], abs=1e-12 * size)
    assert scale == pytest.approx(scaler.scale_[0], rel=1e-9, abs=1e-9 * size)


@examples(150)
@given(COLUMNS)
def test_minimum_and_range_are_those_of_the_min_max_scaler(values: list[float]) -> None:
    column = np.array(values)
    scaler = preprocessing.MinMaxScaler().fit(column[:, None])
    center, scale = _affine(MinMax().fit(column))

    assert center == scaler.data_min_[0]
    assert scale == pytest.approx(1.0 / scaler.scale_[0], rel=1e-12)


@examples(150)
@given(COLUMNS)
def test_median_and_quartiles_are_those_of_the_robust_scaler(values: list[float]) -> None:
    column = np.array(values)
    scaler = preprocessing.RobustScaler().fit(column[:, None])
    center, scale = _affine(Robust().fit(column))

    assert center == scaler.center_[0]
    assert scale == pytest.approx(scaler.scale_[0], rel=1e-12)


@examples(100)
@given(COLUMNS, st.integers(2, 8))
def test_inner_edges_are_those_of_the_discretizer(values: list[float], bins: int) -> None:
    # It leaves out bins that are narrower than 1e-8.
    column = np.round([value for value in values if value == value], 4)  # noqa: PLR0124  # NaN
    binner = preprocessing.KBinsDiscretizer(
        bins, encode="ordinal", strategy="quantile", quantile_method="averaged_inverted_cdf"
    )
    try:
        found = [float(text) for text in QuantileEdges(bins).fit(column)["edges"]["values"]]
    except FitError:
        return
    with np.errstate(all="ignore"):
        edges = binner.fit(column[:, None]).bin_edges_[0]

    inner = [edge for edge in edges[1:-1] if edge > column.min()]
    # It drops an edge that is the maximum, above which it has no bin.
    assert [edge for edge in found if edge < column.max()] == pytest.approx(
        [edge for edge in inner if edge < column.max()], rel=1e-12, abs=1e-9
    )


@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
def test_exponents_are_those_of_the_power_transformer(method: Any) -> None:
    column = np.random.default_rng(5).lognormal(0.0, 1.0, 500)
    expected = preprocessing.PowerTransformer(method, standardize=False).fit(column[:, None])

    found = Power(method).fit(np.append(column, np.nan))

    assert float(found["powerTransform"]["exponent"]) == expected.lambdas_[0]


@examples(100)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 1)), min_size=4, max_size=80))
def test_mean_targets_are_those_of_the_target_encoder(rows: list[tuple[str, int]]) -> None:
    words, labels = [word for word, _ in rows], np.array([label for _, label in rows], float)
    encoder = preprocessing.TargetEncoder(target_type="continuous", smooth=20.0)
    encoder.fit(np.array(words, dtype=object)[:, None], labels)

    table = TargetMean(smoothing=20.0).fit(
        keys_of(column_of(words, Kind.STRING), len(words)), labels
    )["lookupTable"]

    found = [float(item["value"]) for item in table["entries"]]
    assert found == pytest.approx(list(encoder.encodings_[0]), rel=1e-12)
    assert float(table["default"]) == pytest.approx(encoder.target_mean_, rel=1e-12)


@examples(150)
@given(st.lists(st.tuples(st.integers(-20, 20), st.integers(0, 1)), min_size=3, max_size=100))
def test_isotonic_predictions_are_those_of_isotonic_regression(
    rows: list[tuple[int, int]],
) -> None:
    raw, labels = (np.array(item, float) for item in zip(*rows, strict=True))
    if len(set(labels)) < 2 or len(set(raw)) < 2:  # both kinds
        return
    expected = IsotonicRegression(out_of_bounds="clip").fit(raw, labels)
    points = fit_isotonic(raw, labels).document["piecewiseLinear"]
    probes = np.linspace(-25.0, 25.0, 301)

    found = np.interp(probes, np.array(points["x"], float), np.array(points["values"], float))

    assert found == pytest.approx(expected.predict(probes), abs=1e-12)


def test_platts_sigmoid_is_that_of_scikit_learn() -> None:
    from sklearn.calibration import _sigmoid_calibration  # noqa: PLC0415  # the oracle

    random = np.random.default_rng(11)
    raw = random.normal(0.0, 2.0, 3_000)
    labels = (random.random(3_000) < 1.0 / (1.0 + np.exp(-raw))).astype(int)
    slope, intercept = _sigmoid_calibration(raw, labels)

    found = fit_platt(raw, labels).document["sigmoid"]

    assert float(found["slope"]) == pytest.approx(-slope, rel=1e-4)
    assert float(found["intercept"]) == pytest.approx(-intercept, rel=1e-4, abs=1e-4)
