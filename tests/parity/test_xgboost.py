"""XGBoost's boosters as graphs: its own bits, or a refusal."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost

from modelspec.notebook.importers.refusals import UnsupportedModelError
from modelspec.notebook.importers.xgboost import from_xgboost
from modelspec.sessions import Session
from support.effort import times
from support.hard_tables import Table, random_table

BASE = {"nthread": 1, "min_child_weight": 0.1, "verbosity": 0}


def _table(seed: int) -> Table:
    """Return a table whose codes XGBoost takes: it refuses to learn from those below zero."""
    table = random_table(seed)
    for column in table.codes:
        table.rows[table.rows[:, column] < 0, column] = np.nan
    return table


def _matrix(table: Table, label: Any) -> xgboost.DMatrix:
    types = ["c" if n in table.codes else "q" for n in range(len(table.names))]
    return xgboost.DMatrix(table.rows, label, feature_types=types, enable_categorical=True)


def _served(content: bytes, rows: Any, tensor: str = "score") -> Any:
    return Session(content).run([tensor], {"features": rows})[0]


@pytest.mark.parametrize("seed", range(times(40)))
def test_any_booster_has_its_own_bits(seed: int) -> None:
    table = _table(seed)
    parameters = {
        "objective": ("binary:logistic", "binary:logitraw", "reg:squarederror")[seed % 3],
        "booster": ("gbtree", "dart")[seed % 2],
        "tree_method": ("hist", "approx")[seed // 2 % 2],
        "max_cat_to_onehot": (1, 4)[seed // 4 % 2],
        **({"rate_drop": 0.4} if seed % 2 else {}),
        **({"base_score": 0.3} if seed % 5 == 0 else {}),
    }
    matrix = _matrix(table, table.labels)
    booster = xgboost.train({**BASE, **parameters}, matrix, 6)
    groups = {"R1": table.names[:1], "R2": table.names[1:]}

    imported = from_xgboost(booster, features=table.names, rows=table.rows, contributions=groups)

    expected = booster.predict(matrix, output_margin=True)
    assert (_served(imported.content, table.rows)[:, 0] == expected).all()


@pytest.mark.parametrize("parameters", [{}, {"booster": "dart", "rate_drop": 0.4}])
def test_each_class_has_a_margin(parameters: dict[str, Any]) -> None:
    table = _table(3)
    model = xgboost.XGBClassifier(
        n_estimators=5, num_parallel_tree=2, subsample=0.5, **BASE, **parameters
    )
    model.fit(table.rows, table.classes)

    imported = from_xgboost(model, features=table.names, rows=table.rows)

    assert [item.suffix for item in imported.outputs] == ["0", "1", "2"]
    # Of dart, `XGBClassifier.predict` adds in another order than `Booster.predict`.
    expected = model.get_booster().predict(xgboost.DMatrix(table.rows), output_margin=True)
    assert (_served(imported.content, table.rows, "scores") == expected).all()


def test_several_targets_have_a_tree_each() -> None:
    table = _table(3)
    targets = np.column_stack([table.target, -(table.target**2)])
    booster = xgboost.train(BASE, xgboost.DMatrix(table.rows, targets), 5)

    imported = from_xgboost(booster, features=table.names, rows=table.rows)

    assert [item.suffix for item in imported.outputs] == ["0", "1"]


@pytest.mark.parametrize("base_score", [0.02, 0.5, 0.9])
def test_a_sigmoid_makes_the_probability(base_score: float) -> None:
    table = _table(8)
    model = xgboost.XGBClassifier(n_estimators=5, base_score=base_score, **BASE)
    model.fit(table.rows, table.labels)

    imported = from_xgboost(model, features=table.names, rows=table.rows)

    assert imported.calibration == {
        "type": "Sigmoid",
        "sigmoid": {"slope": "1.0", "intercept": "0.0"},
    }
    margins = _served(imported.content, table.rows)[:, 0].astype(np.float64)
    expected = model.predict_proba(table.rows)[:, 1]
    np.testing.assert_allclose(1 / (1 + np.exp(-margins)), expected, atol=2e-7)


def test_zero_has_no_sign() -> None:
    rows = np.ones((50, 1), np.float32)
    parameters = {**BASE, "objective": "binary:logistic", "base_score": 0.5}
    matrix = xgboost.DMatrix(rows, np.arange(50) % 2)
    booster = xgboost.train(parameters, matrix, 2)

    imported = from_xgboost(booster, features=("a",), rows=rows)

    # XGBoost begins with the logarithm of one, negated, and adds leaves that are -0.0 too.
    assert np.signbit(booster.predict(matrix, output_margin=True)).all()
    served = _served(imported.content, rows)
    assert not served.any()
    assert not np.signbit(served).any()


@pytest.mark.parametrize("objective", ["count:poisson", "reg:gamma", "reg:tweedie"])
def test_an_expression_makes_the_prediction(objective: str) -> None:
    table = _table(8)
    matrix = _matrix(table, np.abs(table.target) + 0.1)
    booster = xgboost.train({**BASE, "objective": objective}, matrix, 5)

    imported = from_xgboost(booster, features=table.names, rows=table.rows)

    assert imported.calibration == {"type": "Expr", "expr": "exp(raw)"}
    margins = _served(imported.content, table.rows)[:, 0].astype(np.float64)
    np.testing.assert_allclose(np.exp(margins), booster.predict(matrix), rtol=1e-6)


def test_with_early_stopping_the_best_iteration_is_imported() -> None:
    table = _table(8)
    shuffled = np.random.default_rng(0).permutation(table.labels)
    model = xgboost.XGBClassifier(n_estimators=30, early_stopping_rounds=2, **BASE)
    model.fit(table.rows, table.labels, eval_set=[(table.rows, shuffled)], verbose=False)

    imported = from_xgboost(model, features=table.names, rows=table.rows)

    assert model.get_booster().num_boosted_rounds() > model.best_iteration + 1
    expected = model.predict(table.rows, output_margin=True)
    assert (_served(imported.content, table.rows)[:, 0] == expected).all()


def test_contributions_are_those_that_xgboost_approximates_by_paths() -> None:
    table = _table(8)
    matrix = xgboost.DMatrix(table.rows, table.labels)
    booster = xgboost.train({**BASE, "objective": "binary:logistic"}, matrix, 10)
    groups = {name: [name] for name in table.names}

    imported = from_xgboost(booster, features=table.names, rows=table.rows, contributions=groups)

    expected = booster.predict(matrix, pred_contribs=True, approx_contribs=True)[:, :-1]
    given = _served(imported.content, table.rows, "contributions")
    np.testing.assert_allclose(given, expected, atol=2e-5)
    assert np.abs(given).max() > 0.1


def test_linear_boosters_are_refused() -> None:
    table = _table(8)
    matrix = xgboost.DMatrix(table.rows, table.labels)
    booster = xgboost.train({**BASE, "booster": "gblinear"}, matrix, 2)

    with pytest.raises(UnsupportedModelError, match="'gblinear', which has no trees; train with"):
        from_xgboost(booster, features=table.names, rows=table.rows)


def test_trees_of_several_outputs_are_refused() -> None:
    table = _table(8)
    targets = np.column_stack([table.target, table.target**2])
    model = xgboost.XGBRegressor(n_estimators=2, multi_strategy="multi_output_tree", **BASE)
    model.fit(table.rows, targets)

    with pytest.raises(UnsupportedModelError, match="train with 'one_output_per_tree'"):
        from_xgboost(model, features=table.names, rows=table.rows)


def test_a_number_that_means_missing_is_refused() -> None:
    table = _table(8)
    model = xgboost.XGBClassifier(n_estimators=2, missing=-999, **BASE)
    model.fit(np.nan_to_num(table.rows), table.labels)

    with pytest.raises(
        UnsupportedModelError, match="`missing` is -999, and a served matrix holds NaN"
    ):
        from_xgboost(model, features=table.names, rows=table.rows)


def test_categories_of_a_frame_are_refused() -> None:
    frame = pd.DataFrame({"a": pd.Categorical(list("xyz") * 30), "b": np.arange(90.0)})
    model = xgboost.XGBClassifier(n_estimators=2, enable_categorical=True, **BASE)
    model.fit(frame, np.arange(90) % 3 == 0)

    with pytest.raises(UnsupportedModelError, match="trained on categories of a data frame"):
        from_xgboost(model, features=("a", "b"), rows=np.zeros((3, 2), np.float32))


def test_other_things_are_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="`dict` is no model of XGBoost"):
        from_xgboost({}, features=("a",), rows=np.zeros((3, 1), np.float32))
