"""The synthetic payments are an honest task: no toy, no leak, and not to be solved completely."""

import importlib
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "02-fraud"

SEEDS = (1, 2, 3, 4, 5)
REVIEWED = 0.005
"""Share of payments that people can look at."""


@pytest.fixture(autouse=True)
def _folder_of_the_example() -> Iterator[None]:
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"payments.{name}")


class Result(NamedTuple):
    """What one seed gives: of single fields, of a model, of the oracle."""

    prevalence: float
    best_field: float
    """The largest area under the curve of any one number or truth value."""

    precision: float
    model: float
    """Area under the curve of a model that saw the past, on the last weeks."""

    oracle: float
    shuffled: float
    """The same of a model whose labels were shuffled."""


@cache
def results() -> list[Result]:
    return [_result(seed) for seed in SEEDS]


def _result(seed: int) -> Result:
    stream = _module("stream").generate("small", seed)
    past, last = stream.between(14, 90), stream.between(135, 180)
    labels = past.labels(135).astype(int)
    shuffled = np.random.default_rng(seed).permutation(labels)
    scores = _scores(past, labels, last, rounds=80)
    return Result(
        prevalence=float(stream.is_fraud.mean()),
        best_field=max(_area(stream.columns[name], stream.is_fraud) for name in _names()),
        precision=_precision(scores, last.is_fraud),
        model=float(roc_auc_score(last.is_fraud, scores)),
        oracle=float(roc_auc_score(last.is_fraud, last.oracle)),
        shuffled=float(roc_auc_score(last.is_fraud, _scores(past, shuffled, last, rounds=15))),
    )


def _names() -> list[str]:
    fields = _module("fields")
    return [field.name for field in (*fields.NUMBERS, *fields.FLAGS)]


def _area(values: NDArray[Any], is_fraud: NDArray[np.bool_]) -> float:
    numbers = values.astype(float)
    known = ~np.isnan(numbers)
    area = float(roc_auc_score(is_fraud[known], numbers[known]))
    return max(area, 1 - area)


def _scores(past: Any, labels: NDArray[Any], last: Any, rounds: int) -> NDArray[np.float64]:
    options = {
        "objective": "binary",
        "num_leaves": 31,
        "learning_rate": 0.08,
        "lambda_l2": 5.0,
        "min_data_in_leaf": 50,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "seed": 1,
        "deterministic": True,
        "num_threads": 1,
        "verbose": -1,
    }
    booster = lightgbm.train(options, lightgbm.Dataset(_matrix(past), labels), rounds)
    return np.asarray(booster.predict(_matrix(last)))


def _matrix(stream: Any) -> NDArray[np.float64]:
    columns = stream.columns
    numbers = [columns[name].astype(float) for name in _names()]
    abroad = (columns["ip_country"] != columns["home_country"]).astype(float)
    age = columns["event_time"] - columns["account_created_time"]
    return np.column_stack([*numbers, abroad, age.astype(float), stream.events.time % 86_400_000])


def _precision(scores: NDArray[np.float64], is_fraud: NDArray[np.bool_]) -> float:
    reviewed = np.argsort(-scores, kind="stable")[: round(REVIEWED * len(scores))]
    return float(is_fraud[reviewed].mean())


def test_fraud_is_as_rare_as_it_is() -> None:
    assert all(0.002 < result.prevalence < 0.005 for result in results())


def test_no_field_alone_finds_it() -> None:
    assert max(result.best_field for result in results()) < 0.9


def test_a_model_is_right_in_a_fifth_to_three_fifths_of_what_it_sends_to_review() -> None:
    assert 0.2 < np.mean([result.precision for result in results()]) < 0.6


def test_no_model_is_better_than_the_oracle_which_is_not_perfect() -> None:
    assert all(0.7 < result.model < result.oracle < 0.97 for result in results())


def test_shuffled_labels_teach_nothing() -> None:
    assert 0.4 < np.mean([result.shuffled for result in results()]) < 0.6
