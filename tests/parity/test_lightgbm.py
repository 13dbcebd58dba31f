"""LightGBM's boosters as graphs: its own bits, or a refusal."""

from typing import Any

import lightgbm
import numpy as np
import onnxmltools
import pandas as pd
import pytest
from onnxmltools.convert.common.data_types import FloatTensorType

from modelspec.notebook.importers.lightgbm import from_lightgbm
from modelspec.notebook.importers.refusals import RowsError, UnsupportedModelError
from modelspec.sessions import Session
from support.effort import times
from support.hard_tables import Table, random_table

BASE = {
    "verbose": -1,
    "num_threads": 1,
    "min_data_in_leaf": 3,
    "min_data_per_group": 2,
    "cat_smooth": 0.1,
    "min_data_in_bin": 1,
}


def _train(table: Table, rounds: int = 6, **parameters: Any) -> lightgbm.Booster:
    target = table.target if parameters.get("objective") == "regression" else table.labels
    data = lightgbm.Dataset(table.rows, target, categorical_feature=list(table.codes))
    return lightgbm.train({**BASE, "objective": "binary", **parameters}, data, rounds)


def _margins(booster: lightgbm.Booster, rows: Any, divisor: int = 1) -> Any:
    return (np.asarray(booster.predict(rows, raw_score=True)) / divisor).astype(np.float32)


def _served(content: bytes, rows: Any) -> Any:
    return Session(content).run(["score"], {"features": rows})[0][:, 0]


@pytest.mark.parametrize("seed", range(times(60)))
def test_any_booster_has_its_own_bits(seed: int) -> None:
    table = random_table(seed)
    generator = np.random.default_rng(seed)
    parameters: dict[str, Any] = {
        "objective": ("binary", "regression")[seed % 2],
        "boosting": ("gbdt", "dart", "rf")[seed % 3],
        "bagging_fraction": 0.6,
        "bagging_freq": 1,
        "use_missing": bool(generator.random() < 0.7),
        "zero_as_missing": bool(generator.random() < 0.3),
        "max_cat_to_onehot": int(generator.choice([1, 4])),
        "extra_trees": bool(generator.random() < 0.3),
    }
    booster = _train(table, **parameters)
    groups = {"R1": table.names[:1], "R2": table.names[1:]}

    imported = from_lightgbm(booster, features=table.names, rows=table.rows, contributions=groups)

    divisor = booster.num_trees() if parameters["boosting"] == "rf" else 1
    expected = _margins(booster, table.rows, divisor)
    assert (_served(imported.content, table.rows) == expected).all()


@pytest.mark.parametrize("objective", ["multiclass", "multiclassova"])
@pytest.mark.parametrize("boosting", ["gbdt", "rf"])
def test_each_class_has_a_margin(objective: str, boosting: str) -> None:
    table = random_table(3)
    model = lightgbm.LGBMClassifier(
        objective=objective,
        boosting_type=boosting,
        n_estimators=5,
        subsample=0.5,
        subsample_freq=1,
        n_jobs=1,
        verbose=-1,
    )
    model.fit(table.rows, np.array(["no", "maybe", "yes"])[table.classes])

    imported = from_lightgbm(model, features=table.names, rows=table.rows)

    assert [item.suffix for item in imported.outputs] == ["maybe", "no", "yes"]
    assert imported.calibration is None


@pytest.mark.parametrize(
    ("parameters", "calibration"),
    [
        ({}, "1.0"),
        ({"sigmoid": 1.5}, "1.5"),
        ({"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "1.0"),
    ],
)
def test_a_sigmoid_makes_the_probability(parameters: dict[str, Any], calibration: str) -> None:
    table = random_table(8)
    booster = _train(table, **parameters)

    imported = from_lightgbm(booster, features=table.names, rows=table.rows)

    assert imported.calibration == {
        "type": "Sigmoid",
        "sigmoid": {"slope": calibration, "intercept": "0.0"},
    }
    margins = _served(imported.content, table.rows).astype(np.float64)
    probability = 1 / (1 + np.exp(-float(calibration) * margins))
    np.testing.assert_allclose(probability, booster.predict(table.rows), atol=1e-7)


@pytest.mark.parametrize(
    ("parameters", "expression", "function"),
    [
        ({"objective": "poisson"}, "exp(raw)", np.exp),
        ({"objective": "gamma"}, "exp(raw)", np.exp),
        ({"objective": "tweedie"}, "exp(raw)", np.exp),
        ({"objective": "cross_entropy_lambda"}, "log1p(exp(raw))", lambda x: np.log1p(np.exp(x))),
        ({"objective": "regression", "reg_sqrt": True}, "raw * abs(raw)", lambda x: x * abs(x)),
    ],
)
def test_an_expression_makes_the_prediction(
    parameters: dict[str, Any], expression: str, function: Any
) -> None:
    table = random_table(8)
    target = (table.target - table.target.min() + 0.1) / np.ptp(table.target) / 1.2
    booster = lightgbm.train({**BASE, **parameters}, lightgbm.Dataset(table.rows, target), 6)

    imported = from_lightgbm(booster, features=table.names, rows=table.rows)

    assert imported.calibration == {"type": "Expr", "expr": expression}
    margins = _served(imported.content, table.rows).astype(np.float64)
    np.testing.assert_allclose(function(margins), booster.predict(table.rows), rtol=1e-5)


def test_with_early_stopping_the_best_iteration_is_imported() -> None:
    table = random_table(8)
    shuffled = np.random.default_rng(0).permutation(table.labels)
    booster = lightgbm.train(
        {**BASE, "objective": "binary", "learning_rate": 1},
        lightgbm.Dataset(table.rows, table.labels),
        30,
        valid_sets=[lightgbm.Dataset(table.rows, shuffled)],
        callbacks=[lightgbm.early_stopping(2, verbose=False)],
        keep_training_booster=True,
    )

    imported = from_lightgbm(booster, features=table.names, rows=table.rows)

    assert booster.num_trees() > booster.best_iteration
    assert (_served(imported.content, table.rows) == _margins(booster, table.rows)).all()


def test_a_model_without_splits_is_its_constant() -> None:
    rows = np.ones((50, 2), np.float32)
    data = lightgbm.Dataset(rows, np.arange(50.0))
    booster = lightgbm.train({**BASE, "objective": "regression"}, data, 3)

    imported = from_lightgbm(booster, features=("a", "b"), rows=rows)

    assert _served(imported.content, rows).tolist() == [24.5] * 50


def test_linear_leaves_are_refused() -> None:
    table = random_table(8)
    booster = _train(table, objective="regression", linear_tree=True)

    with pytest.raises(UnsupportedModelError, match="`linear_tree` is set: leaves are linear"):
        from_lightgbm(booster, features=table.names, rows=table.rows)


def test_categories_of_pandas_are_refused() -> None:
    frame = pd.DataFrame({"a": pd.Categorical(list("xyz") * 30), "b": np.arange(90.0)})
    data = lightgbm.Dataset(frame, np.arange(90) % 3 == 0)
    booster = lightgbm.train({**BASE, "objective": "binary"}, data, 3)

    with pytest.raises(UnsupportedModelError, match=r"pandas categories \('x', 'y', 'z'\)"):
        from_lightgbm(booster, features=("a", "b"), rows=np.zeros((3, 2), np.float32))


def test_other_things_are_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="`dict` is no model of LightGBM"):
        from_lightgbm({}, features=("a",), rows=np.zeros((3, 1), np.float32))


def test_too_few_names_are_refused() -> None:
    table = random_table(8)

    with pytest.raises(RowsError, match="`features` has 1 names"):
        from_lightgbm(_train(table), features=("a",), rows=table.rows)


def _stock(booster: lightgbm.Booster, width: int) -> bytes:
    types = [("features", FloatTensorType([None, width]))]
    model = onnxmltools.convert_lightgbm(booster, initial_types=types, zipmap=False)
    return bytes(model.SerializeToString())


def _stock_margins(content: bytes, rows: Any) -> Any:
    session = Session(content)
    return session.run([session.outputs[0].name], {"features": rows})[0][:, 0]


def test_the_stock_converter_rounds_thresholds_and_ours_does_not() -> None:
    generator = np.random.default_rng(0)
    # Neighbors in float32, so that every threshold lies between two of them.
    codes = generator.integers(0, 400, (3000, 4)).astype(np.int32)
    rows = (np.float32(1).view(np.int32) + codes).view(np.float32)
    target = np.sin(codes / 9.0).sum(axis=1)
    booster = lightgbm.train(
        {**BASE, "objective": "regression"}, lightgbm.Dataset(rows, target), 50
    )
    expected = np.asarray(booster.predict(rows))

    ours = from_lightgbm(booster, features=tuple("abcd"), rows=rows)

    assert (_served(ours.content, rows) == expected.astype(np.float32)).all()
    wrong = np.abs(_stock_margins(_stock(booster, 4), rows) - expected) > 1e-3
    assert wrong.mean() > 0.05


@pytest.mark.parametrize("trap", ["zeros that are missing", "numbers between codes"])
def test_the_stock_converter_takes_other_branches_and_ours_does_not(trap: str) -> None:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(500, 2)).astype(np.float32)
    rows[:, 1] = generator.integers(0, 12, 500)
    zeros = trap == "zeros that are missing"
    target = rows[:, 0] + (rows[:, 1] % 3) * (5 * zeros * (rows[:, 1] == 0) + 1)
    data = lightgbm.Dataset(rows, target, categorical_feature=[] if zeros else [1])
    parameters = {**BASE, "objective": "regression", "zero_as_missing": zeros}
    booster = lightgbm.train(parameters, data, 20)
    asked = rows if zeros else rows + np.array([0, 0.5], np.float32)
    expected = np.asarray(booster.predict(asked))

    ours = from_lightgbm(booster, features=("a", "b"), rows=asked)

    assert (_served(ours.content, asked) == expected.astype(np.float32)).all()
    wrong = np.abs(_stock_margins(_stock(booster, 2), asked) - expected) > 1e-3
    assert wrong.mean() > 0.05


def test_nan_is_zero_to_a_model_that_saw_none() -> None:
    generator = np.random.default_rng(0)
    rows = (generator.normal(size=(500, 2)) + 1.5).astype(np.float32)
    data = lightgbm.Dataset(rows, rows[:, 0] ** 2)
    booster = lightgbm.train({**BASE, "objective": "regression"}, data, 20)

    ours = from_lightgbm(booster, features=("a", "b"), rows=rows)

    asked = np.array([[np.nan, np.nan], [0, 0]], np.float32)
    given = _served(ours.content, asked)
    assert given[0] == given[1] == _margins(booster, asked)[0]
