"""Scikit-learn's trees, forests and gradient boosting as graphs: their own bits, or a refusal."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skl2onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn import ensemble, tree
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from modelspec.notebook.importers.imported import ImportedModel
from modelspec.notebook.importers.refusals import UnsupportedModelError
from modelspec.notebook.importers.sklearn_trees import READERS, import_trees
from modelspec.notebook.importers.verification import verify_import
from modelspec.sessions import Session
from support.effort import times
from support.hard_tables import Table, random_table

FEW = {"n_estimators": 4}

CLASSIFIERS: dict[str, Any] = {
    "tree": tree.DecisionTreeClassifier(),
    "extra tree": tree.ExtraTreeClassifier(),
    "forest": ensemble.RandomForestClassifier(**FEW, n_jobs=2),
    "extra trees": ensemble.ExtraTreesClassifier(**FEW),
    "histograms": ensemble.HistGradientBoostingClassifier(max_iter=4, min_samples_leaf=3),
}
REGRESSORS: dict[str, Any] = {
    "tree": tree.DecisionTreeRegressor(),
    "extra tree": tree.ExtraTreeRegressor(),
    "forest": ensemble.RandomForestRegressor(**FEW),
    "extra trees": ensemble.ExtraTreesRegressor(**FEW),
    "histograms": ensemble.HistGradientBoostingRegressor(max_iter=4, min_samples_leaf=3),
}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    # Tables are small, and tests run side by side: threads would only wait for each other.
    with threadpool_limits(1):
        yield


def _imported(estimator: Any, table: Table) -> ImportedModel:
    imported = import_trees(estimator, table.names)
    assert imported is not None
    verify_import(imported, table.rows)
    return imported


def _served(imported: ImportedModel, rows: Any) -> Any:
    tensor = imported.outputs[0].tensor
    return Session(imported.content).run([tensor], {"features": rows})[0]


@pytest.mark.parametrize("seed", range(times(12)))
@pytest.mark.parametrize("name", sorted(CLASSIFIERS))
def test_a_classifier_has_its_own_bits(name: str, seed: int) -> None:
    table = random_table(seed, missing=seed % 3 > 0)
    classifier = CLASSIFIERS[name].set_params(random_state=seed)
    if name == "histograms":
        classifier.set_params(categorical_features=list(table.codes) or None)
    classifier.fit(table.rows, table.classes if seed % 2 else table.labels)

    imported = _imported(classifier, table)

    assert imported.takes_missing
    assert len(imported.outputs) == (3 if seed % 2 else 1)


@pytest.mark.parametrize("seed", range(times(12)))
@pytest.mark.parametrize("name", sorted(REGRESSORS))
def test_a_regressor_has_its_own_bits(name: str, seed: int) -> None:
    table = random_table(seed, missing=seed % 3 > 0)
    regressor = REGRESSORS[name].set_params(random_state=seed).fit(table.rows, table.target)

    imported = _imported(regressor, table)

    # The mean of a forest is given whole, and not its sum.
    expected = regressor.predict(table.rows).astype(np.float32)
    assert (_served(imported, table.rows)[:, 0] == expected).all()


@pytest.mark.parametrize("seed", range(times(12)))
@pytest.mark.parametrize("loss", ["log_loss", "exponential"])
def test_gradient_boosting_has_its_own_bits(loss: str, seed: int) -> None:
    table = random_table(seed, missing=False)
    several = loss == "log_loss" and seed % 2
    classifier = ensemble.GradientBoostingClassifier(n_estimators=4, loss=loss)
    classifier.set_params(init="zero" if seed % 3 == 0 else None)
    classifier.fit(table.rows, table.classes if several else table.labels)

    imported = _imported(classifier, table)

    assert not imported.takes_missing
    if not several:
        assert imported.calibration is not None
        slope = float(imported.calibration["sigmoid"]["slope"])
        margins = _served(imported, table.rows)[:, 0].astype(np.float64)
        expected = classifier.predict_proba(table.rows)[:, 1]
        np.testing.assert_allclose(1 / (1 + np.exp(-slope * margins)), expected, atol=1e-6)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", "quantile"])
def test_boosted_regression_has_its_own_bits(loss: str) -> None:
    table = random_table(5, missing=False)
    regressor = ensemble.GradientBoostingRegressor(n_estimators=4, loss=loss)

    _imported(regressor.fit(table.rows, table.target), table)


@pytest.mark.parametrize("seed", range(times(12)))
def test_an_isolation_forest_has_its_own_bits(seed: int) -> None:
    table = random_table(seed)
    forest = ensemble.IsolationForest(
        n_estimators=10,
        max_features=(1.0, 0.5)[seed % 2],
        contamination=("auto", 0.1)[seed // 2 % 2],
    )

    _imported(forest.fit(table.rows), table)


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_an_expression_makes_the_prediction(loss: str) -> None:
    table = random_table(5)
    regressor = ensemble.HistGradientBoostingRegressor(max_iter=4, loss=loss)
    regressor.fit(table.rows, np.abs(table.target) + 0.1)

    imported = _imported(regressor, table)

    assert imported.calibration == {"type": "Expr", "expr": "exp(raw)"}
    margins = _served(imported, table.rows)[:, 0].astype(np.float64)
    np.testing.assert_allclose(np.exp(margins), regressor.predict(table.rows), rtol=1e-6)


@pytest.mark.parametrize("low", [[0.5, 7], [0.5, 7, np.nan], [1, 2, np.nan]])
def test_categories_are_numbers_that_were_seen_and_nothing_between(low: list[float]) -> None:
    generator = np.random.default_rng(0)
    rows = generator.choice([0.5, 1, 2, 7, np.nan], (400, 1)).astype(np.float32)
    nan = np.isnan(rows[:, 0]) & np.isnan(low).any()
    labels = 1 - (np.isin(rows[:, 0], low) | nan).astype(int)
    model = ensemble.HistGradientBoostingClassifier(
        max_iter=3, min_samples_leaf=1, categorical_features=[0]
    ).fit(rows, labels)
    asked = np.array([[0.5], [0.6], [7], [7.5], [-1], [263], [np.nan]], np.float32)

    imported = _imported(model, Table(rows, labels.astype(float), (0,)))

    expected = model.decision_function(asked).astype(np.float32)
    assert (_served(imported, asked)[:, 0] == expected).all()
    assert expected[0] == expected[2]
    assert len({*expected[[1, 3, 4, 5]], expected[6]}) == 1


def test_several_targets_of_a_forest_are_several_outputs() -> None:
    table = random_table(5)
    targets = np.column_stack([table.target, table.target**2])
    forest = ensemble.RandomForestRegressor(**FEW).fit(table.rows, targets)

    imported = _imported(forest, table)

    expected = forest.predict(table.rows).astype(np.float32)
    assert (_served(imported, table.rows) == expected).all()


def test_the_stock_converter_adds_forests_in_float32_and_ours_does_not() -> None:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(500, 4)).astype(np.float32)
    forest = ensemble.RandomForestRegressor(n_estimators=50, random_state=0)
    forest.fit(rows, 100 * rows[:, 0] + rows[:, 1])
    expected = forest.predict(rows).astype(np.float32)
    stock = skl2onnx.to_onnx(forest, initial_types=[("features", FloatTensorType([None, 4]))])
    session = Session(stock.SerializeToString())

    imported = _imported(forest, Table(rows, expected.astype(float), ()))

    assert (_served(imported, rows)[:, 0] == expected).all()
    given = session.run([session.outputs[0].name], {"features": rows})[0][:, 0]
    assert (given != expected).mean() > 0.3


def test_a_model_before_the_first_tree_is_refused() -> None:
    table = random_table(5, missing=False)
    boosting = ensemble.GradientBoostingClassifier(n_estimators=2, init=LogisticRegression())
    boosting.fit(np.clip(table.rows, -9, 9), table.labels)

    with pytest.raises(UnsupportedModelError, match="`init` is `LogisticRegression`, a model"):
        import_trees(boosting, table.names)


def test_categories_that_are_words_are_refused() -> None:
    frame = pd.DataFrame({"a": pd.Categorical(list("xyz") * 30), "b": np.arange(90.0)})
    model = ensemble.HistGradientBoostingClassifier(max_iter=2).fit(frame, np.arange(90) % 3)

    with pytest.raises(UnsupportedModelError, match="trained on categories such as 'x'"):
        import_trees(model, ("a", "b"))


def test_classes_of_several_targets_are_refused() -> None:
    table = random_table(5)
    forest = ensemble.RandomForestClassifier(**FEW)
    forest.fit(table.rows, np.column_stack([table.labels, table.classes]))

    with pytest.raises(UnsupportedModelError, match="2 targets; train one for each"):
        import_trees(forest, table.names)


def test_contributions_to_a_power_are_refused() -> None:
    table = random_table(5)
    forest = ensemble.IsolationForest(n_estimators=3).fit(table.rows)

    with pytest.raises(UnsupportedModelError, match="the score is no sum"):
        import_trees(forest, table.names, {"R1": [table.names[0]]})


def test_what_has_no_trees_is_none_of_ours() -> None:
    assert import_trees(LogisticRegression(), ("a",)) is None
    assert all(hasattr(ensemble, name) or hasattr(tree, name) for name in READERS)
