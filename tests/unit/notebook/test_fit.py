"""Analyzers: what each finds, and what it says of columns from which nothing can be found."""

from typing import Any

import numpy as np
import pytest

import modelspec as ms
from modelspec.expressions.columns import Integers, column_of
from modelspec.expressions.types import Kind
from modelspec.notebook.fit.analyzer import FitError, Keys, keys_of
from modelspec.notebook.fit.keys import Frequency, TargetMean, Vocabulary
from modelspec.notebook.fit.numeric import (
    Impute,
    MeanStd,
    MinMax,
    QuantileEdges,
    Robust,
    Winsorize,
)
from modelspec.notebook.fit.power import Power

NUMBERS = np.array([1.0, 2.0, np.nan, 3.0, 10.0])
WORDS = ["b", "a", None, "b", "c", "a", "b"]
TARGET = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0])


def keys(values: list[Any]) -> Keys:
    return keys_of(column_of(values, Kind.STRING), len(values))


@pytest.mark.parametrize(
    ("analyzer", "document"),
    [
        (
            MeanStd(),
            {"type": "Affine", "affine": {"center": "4.0", "scale": repr(np.sqrt(12.5).item())}},
        ),
        (MinMax(), {"type": "Affine", "affine": {"center": "1.0", "scale": "9.0"}}),
        (Robust(), {"type": "Affine", "affine": {"center": "2.5", "scale": "3.0"}}),
        (Winsorize(0.0, 0.5), {"type": "Bounds", "bounds": {"low": "1.0", "high": "2.5"}}),
        (QuantileEdges(2), {"type": "Edges", "edges": {"values": ["2.5"]}}),
        (Impute("mean"), {"type": "Imputation", "imputation": {"value": "4.0"}}),
        (Impute("median"), {"type": "Imputation", "imputation": {"value": "2.5"}}),
        (Impute("most_frequent"), {"type": "Imputation", "imputation": {"value": "1.0"}}),
    ],
    ids=repr,
)
def test_numbers_are_those_of_the_rows_that_are_not_null(
    analyzer: Any, document: dict[str, Any]
) -> None:
    assert analyzer.fit(NUMBERS) == document


@pytest.mark.parametrize("analyzer", [MeanStd(), MinMax(), Robust()])
def test_a_column_that_does_not_vary_is_not_scaled(analyzer: Any) -> None:
    constant = np.full(1_000, 0.1)

    assert analyzer.fit(constant)["affine"]["scale"] == "1.0"


@pytest.mark.parametrize(
    "analyzer", [MeanStd(), MinMax(), Robust(), Winsorize(), QuantileEdges(), Impute(), Power()]
)
@pytest.mark.parametrize("values", [[], [np.nan, np.nan]], ids=["empty", "null"])
def test_a_column_without_values_is_refused(analyzer: Any, values: list[float]) -> None:
    with pytest.raises(FitError, match="there is no value that is not null"):
        analyzer.fit(np.array(values))


def test_edges_that_coincide_are_one() -> None:
    found = QuantileEdges(10).fit(np.repeat([1.0, 2.0, 3.0], [15, 50, 35]))

    assert found["edges"]["values"] == ["2.0", "3.0"]


def test_bins_without_an_edge_are_refused() -> None:
    with pytest.raises(FitError, match="have the same value"):
        QuantileEdges(3).fit(np.ones(9))
    with pytest.raises(FitError, match="at least 2 bins"):
        QuantileEdges(1).fit(NUMBERS)


def test_box_cox_is_for_positive_numbers() -> None:
    with pytest.raises(FitError, match=r"got 0\.0; use yeo_johnson"):
        Power("box-cox").fit(np.array([0.0, 1.0]))


def test_a_vocabulary_has_the_frequent_keys_first_and_a_code_for_all_others() -> None:
    assert Vocabulary(min_count=2).fit(keys(WORDS))["vocabulary"] == {
        "keyType": "String",
        "keys": ["b", "a"],
        "unknown": 2,
        "missing": 3,
    }
    assert Vocabulary(max_size=1).fit(keys(WORDS))["vocabulary"]["keys"] == ["b"]


def test_frequencies_are_shares_of_all_rows() -> None:
    table = Frequency().fit(keys(WORDS))["lookupTable"]

    assert {item["key"]: item["value"] for item in table["entries"]} == {
        "a": repr(2 / 7),
        "b": repr(3 / 7),
        "c": repr(1 / 7),
    }
    assert (table["default"], table["missing"]) == ("0.0", repr(1 / 7))


def test_mean_targets_are_drawn_to_the_mean_of_all() -> None:
    table = TargetMean(smoothing=2.0).fit(keys(WORDS), TARGET)["lookupTable"]
    mean = 4 / 7

    assert {item["key"]: float(item["value"]) for item in table["entries"]} == pytest.approx(
        {"a": (1 + 2 * mean) / 4, "b": (2 + 2 * mean) / 5, "c": 2 * mean / 3}
    )
    assert float(table["default"]) == pytest.approx(mean)
    assert float(table["missing"]) == pytest.approx((1 + 2 * mean) / 3)


def test_integers_are_keys_too() -> None:
    column = Integers(np.array([7, -2, 7, 0]), np.array([False, False, False, True]))
    found = keys_of(column, 4)

    assert (found.distinct, found.codes.tolist(), found.key_type) == (
        (-2, 7),
        [1, 0, 1, -1],
        "Int64",
    )


@pytest.mark.parametrize(
    ("target", "refusal"),
    [(None, "there is no target"), ([1.0, np.nan] + [0.0] * 5, "the target has nulls")],
    ids=["none", "null"],
)
def test_mean_targets_need_targets(target: Any, refusal: str) -> None:
    with pytest.raises(FitError, match=refusal):
        TargetMean().fit(keys(WORDS), None if target is None else np.array(target))


def test_more_keys_than_a_parameter_takes_are_refused() -> None:
    many = Keys(np.arange(10_001), tuple(range(10_001)))

    with pytest.raises(FitError, match="10001 keys are more than the 10000 of a parameter"):
        Frequency().fit(many)


def test_folds_are_equally_large_and_the_same_each_time() -> None:
    folds = TargetMean(folds=4, seed=3).fold_of(103)

    assert sorted(np.bincount(folds).tolist()) == [25, 26, 26, 26]
    assert (folds == TargetMean(folds=4, seed=3).fold_of(103)).all()
    assert (folds != TargetMean(folds=4, seed=4).fold_of(103)).any()


def test_the_training_matrix_has_the_means_of_the_other_folds() -> None:
    frame = {"word": [word or "z" for word in WORDS] * 30}
    target = np.tile(TARGET, 30)
    spec = ms.Spec("fold")
    word = spec.feature("word", ms.String, max_length=4)
    risk = spec.fit.target_mean("risk", word, smoothing=5.0, folds=3, seed=1)
    spec.derive("word_risk", ms.Float32, ms.lookup(word, risk))

    training = spec.fit_transform(frame, target).to_numpy()[:, 0]

    folds = TargetMean(folds=3, seed=1).fold_of(210)
    texts = np.array(frame["word"])
    for fold in range(3):
        outside = folds != fold
        mean = target[outside].mean()
        for key in set(texts):
            same = outside & (texts == key)
            expected = np.float32((target[same].sum() + 5.0 * mean) / (same.sum() + 5.0))
            assert set(training[(folds == fold) & (texts == key)]) <= {expected}
    assert (spec.transform(frame).to_numpy()[:, 0] != training).any()


def test_parameters_are_fitted_after_those_that_they_need() -> None:
    spec = ms.Spec("chain")
    x = spec.feature("x", ms.Float64)
    median = spec.fit.impute("x_median", x)
    known = spec.derive("known", ms.Float64, ms.impute(x, median))
    scale = spec.fit.mean_std("x_scale", known)
    spec.derive("scaled", ms.Float32, ms.affine(known, scale))

    spec.fit_transform({"x": [1.0, None, 3.0, 8.0]})

    held = spec._draft.parameters
    assert held["x_median"]["imputation"]["value"] == "3.0"
    assert held["x_scale"]["affine"]["center"] == "3.75"
