"""What `from_sklearn` makes of a pipeline, and how it refuses one."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn import decomposition, feature_extraction, feature_selection, impute, preprocessing
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.experimental import enable_iterative_imputer  # noqa: F401  # defines IterativeImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline

from modelspec.compiler.frames import FrameError
from modelspec.notebook.importers.refusals import MismatchError
from modelspec.notebook.importers.sklearn import comparison, from_sklearn
from modelspec.notebook.importers.sklearn.frames import FrameRefusedError
from modelspec.notebook.importers.sklearn.refusals import UnsupportedTransformerError
from modelspec.notebook.importers.sklearn.scaling import affine

ROWS = 600


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings(action="ignore"):
        yield


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "age": np.where(rng.random(ROWS) < 0.1, np.nan, rng.normal(40, 10, ROWS)),
            "amount": rng.lognormal(3, 1, ROWS),
            "count": rng.integers(0, 9, ROWS),
            "flag": rng.random(ROWS) < 0.5,
            "city": rng.choice(["Oslo", "Bergen", "Zürich"], ROWS),
        }
    )


@pytest.fixture(scope="module")
def labels(data: pd.DataFrame) -> Any:
    return (data["amount"] > 25) ^ (np.random.default_rng(4).random(ROWS) < 0.2)


def pipeline(estimator: Any) -> Pipeline:
    numbers = make_pipeline(
        impute.SimpleImputer(strategy="median"), preprocessing.StandardScaler()
    )
    log = preprocessing.FunctionTransformer(np.log1p, feature_names_out="one-to-one")
    columns = ColumnTransformer(
        [
            ("num", numbers, ["age", "amount"]),
            ("log", log, ["amount"]),
            ("city", preprocessing.OneHotEncoder(), ["city"]),
        ],
        remainder="passthrough",
    )
    return Pipeline([("columns", columns), ("model", estimator)])


def features(spec: Any) -> dict[str, dict[str, Any]]:
    listed = spec.document()["spec"]["featureFetching"]["features"]
    return {item["name"]: item for item in listed}


def expressions(spec: Any) -> dict[str, str]:
    listed = spec.document()["spec"]["preprocessing"]["derived"]
    return {item["name"]: item["expr"] for item in listed}


def test_expressions_are_readable_and_parameters_named(data: pd.DataFrame, labels: Any) -> None:
    spec = from_sklearn(pipeline("passthrough").fit(data, labels), data, name="churn")

    assert expressions(spec) == {
        "num_age": "affine(impute(age, age_median), age_scaler)",
        "num_amount": "affine(impute(amount, amount_median), amount_scaler)",
        "log_amount": "log1p(amount)",
        "city_city_bergen": "element(one_hot(city, city_categories), 0)",
        "city_city_oslo": "element(one_hot(city, city_categories), 1)",
        "city_city_z_rich": "element(one_hot(city, city_categories), 2)",
    }
    assert list(spec.inputs) == [*expressions(spec), "count", "flag"]


def test_features_have_the_types_of_the_frame_and_refuse_what_the_original_refuses(
    data: pd.DataFrame, labels: Any
) -> None:
    model = LogisticRegression(max_iter=1000)

    spec = from_sklearn(pipeline(model).fit(data, labels), data, name="churn")

    declared = features(spec)
    assert {name: item["type"] for name, item in declared.items()} == {
        "age": "Float64",
        "amount": "Float64",
        "count": "Int64",
        "flag": "Bool",
        "city": "String",
    }
    assert [name for name, item in declared.items() if item.get("required")] == [
        "amount",
        "count",
        "flag",
        "city",
    ]
    assert declared["city"]["allowedValues"] == ["Bergen", "Oslo", "Zürich"]
    assert declared["amount"]["minimum"] == "-0.9999999999999999"
    with pytest.raises(FrameError, match="city"):
        spec.transform(data.assign(city="Paris"))


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(max_iter=1000),
        RandomForestClassifier(5, max_depth=4, random_state=0),
        HistGradientBoostingClassifier(max_iter=10, random_state=0),
        GridSearchCV(LogisticRegression(max_iter=1000), {"C": [0.1, 1.0]}, cv=2),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_a_pipeline_with_a_model_becomes_a_verified_bundle(
    data: pd.DataFrame, labels: Any, estimator: Any, tmp_path: Path
) -> None:
    spec = from_sklearn(pipeline(estimator).fit(data, labels), data, name="churn")
    spec.dump(tmp_path)

    assert (tmp_path / "modelspec.yaml").exists()
    assert len(list((tmp_path / "artifacts").glob("*.onnx"))) == 1


def test_a_search_over_pipelines_is_its_best(data: pd.DataFrame, labels: Any) -> None:
    model = pipeline(LogisticRegression(max_iter=1000))
    search = GridSearchCV(model, {"model__C": [0.1, 1.0]}, cv=2).fit(data, labels)

    spec = from_sklearn(search, data, name="churn")

    assert "num_age" in spec.inputs


@pytest.mark.parametrize(
    "convert", [pl.from_pandas, pa.Table.from_pandas], ids=["polars", "pyarrow"]
)
def test_frames_of_other_libraries_are_taken(
    data: pd.DataFrame, labels: Any, convert: Any
) -> None:
    given = convert(data)
    fitted_on = given if isinstance(given, pl.DataFrame) else data

    spec = from_sklearn(pipeline("passthrough").fit(fitted_on, labels), given, name="churn")

    assert list(features(spec)) == list(data)


def test_columns_of_a_matrix_are_numbered() -> None:
    matrix = np.random.default_rng(0).normal(0, 1, (50, 2))
    chain = make_pipeline(preprocessing.StandardScaler(), preprocessing.PolynomialFeatures(2))

    spec = from_sklearn(chain.fit(matrix), matrix, name="numbers")

    assert list(features(spec)) == ["x0", "x1"]
    assert expressions(spec)["x0_x1"] == "affine(x1, x1_scaler) * affine(x0, x0_scaler)"


def test_products_are_multiplied_in_the_order_of_the_original() -> None:
    matrix = np.random.default_rng(0).normal(0, 1, (50, 2))
    products = preprocessing.PolynomialFeatures((3, 3), include_bias=False).fit(matrix)

    spec = from_sklearn(products, matrix, name="numbers")

    assert expressions(spec) == {
        "x0_3": "x0 * x0 * x0",
        "x0_2_x1": "x1 * x0 * x0",
        "x0_x1_2": "x1 * x1 * x0",
        "x1_3": "x1 * x1 * x1",
    }


def test_floats_that_an_encoder_has_as_keys_are_integers() -> None:
    data = pd.DataFrame({"level": [1.0, 2.0, np.nan, 2.0]})

    spec = from_sklearn(preprocessing.OneHotEncoder().fit(data), data, name="levels")

    assert features(spec)["level"]["type"] == "Int64"
    assert expressions(spec)["level_nan"] == "indicator(is_null(level))"


def test_a_feature_that_only_refuses_missing_values_is_kept() -> None:
    data = pd.DataFrame({"a": [1.0, np.nan], "b": [1.0, 2.0]})

    spec = from_sklearn(impute.MissingIndicator().fit(data), data, name="missing")

    assert features(spec)["b"]["required"] is True


def test_box_cox_refuses_what_is_not_positive() -> None:
    data = pd.DataFrame({"x": [1.0, 2.0, 5.0]})

    spec = from_sklearn(preprocessing.PowerTransformer("box-cox").fit(data), data, name="power")

    assert features(spec)["x"]["minimum"] == "5e-324"


REFUSED: dict[str, tuple[Any, list[str], str]] = {
    "opaque": (decomposition.PCA(1), ["amount"], "PCA is not imported; use "),
    "spline": (preprocessing.SplineTransformer(), ["amount"], "SplineTransformer is not imported"),
    "neighbors": (impute.KNNImputer(), ["age"], "KNNImputer is not imported; use SimpleImputer"),
    "iterative": (impute.IterativeImputer(), ["age"], "IterativeImputer is not imported; use"),
    "lambda": (
        preprocessing.FunctionTransformer(lambda x: x + 1),
        ["amount"],
        r"func=.*<lambda> is not known; use one of np.absolute",
    ),
    "keywords": (
        preprocessing.FunctionTransformer(np.log1p, kw_args={"where": True}),
        ["amount"],
        "with kw_args is not known",
    ),
    "integers": (
        preprocessing.FunctionTransformer(np.square),
        ["count"],
        "np.square of column 'count', which is int64, is not computed in float64; convert",
    ),
    "quantiles": (
        preprocessing.QuantileTransformer(n_quantiles=10, output_distribution="normal"),
        ["amount"],
        "needs the inverse of the normal distribution; use 'uniform'",
    ),
    "euclid": (preprocessing.Normalizer(), ["amount"], "norm='l2' adds squares"),
    "gaps": (
        preprocessing.OrdinalEncoder(categories=[[*range(9), 20]]),
        ["count"],
        "a feature cannot refuse the others; use handle_unknown='ignore'",
    ),
    "floats": (
        preprocessing.OneHotEncoder(handle_unknown="ignore"),
        ["amount"],
        "make its categories texts or whole numbers",
    ),
    "text": (
        impute.SimpleImputer(strategy="most_frequent"),
        ["city"],
        "is string when it reaches the model, which takes numbers; encode or drop it",
    ),
    "nothing": (
        feature_selection.VarianceThreshold(),
        [],
        "keep no column; keep one and fit again",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_exact_is_refused_by_name(
    data: pd.DataFrame, labels: Any, name: str
) -> None:
    transformer, columns, message = REFUSED[name]
    given = data.dropna() if name == "euclid" else data
    if not columns:
        transformer = ColumnTransformer([("none", "drop", ["age"])])
        columns = ["age"]
    transformer.fit(given[columns], labels[given.index])

    with pytest.raises(UnsupportedTransformerError, match=message):
        from_sklearn(transformer, given[columns], name="refused")


def test_a_hasher_is_refused_by_name() -> None:
    hasher = feature_extraction.FeatureHasher(8, input_type="string")

    with pytest.raises(UnsupportedTransformerError, match="FeatureHasher is not imported; use an"):
        from_sklearn(hasher.fit([["a"]]), pd.DataFrame({"x": ["a"]}), name="refused")


def test_a_subclass_may_compute_anything_and_is_refused(data: pd.DataFrame) -> None:
    class Scaler(preprocessing.StandardScaler):  # type: ignore[misc]  # it has no types
        pass

    with pytest.raises(UnsupportedTransformerError, match=r"Scaler is not imported; derive"):
        from_sklearn(Scaler().fit(data[["amount"]]), data[["amount"]], name="refused")


def test_columns_in_float32_are_refused(data: pd.DataFrame) -> None:
    single = data[["amount"]].astype(np.float32)

    with pytest.raises(UnsupportedTransformerError, match="is float32, in which scikit-learn"):
        from_sklearn(preprocessing.StandardScaler().fit(single), single, name="refused")


def test_a_column_that_callers_could_not_send_is_refused(data: pd.DataFrame) -> None:
    renamed = data[["amount"]].rename(columns={"amount": "Amount (EUR)"})
    scaler = preprocessing.StandardScaler().fit(renamed)

    with pytest.raises(FrameRefusedError, match=r"columns=\{'Amount \(EUR\)': 'amount_eur'\}"):
        from_sklearn(scaler, renamed, name="refused")


def test_other_data_than_it_was_fitted_on_are_refused(data: pd.DataFrame) -> None:
    scaler = preprocessing.StandardScaler().fit(data[["amount", "age"]])

    with pytest.raises(FrameRefusedError, match="no column 'age', on which"):
        from_sklearn(scaler, data[["amount"]], name="refused")


def test_a_model_that_takes_infinite_features_is_refused(data: pd.DataFrame, labels: Any) -> None:
    chain = make_pipeline(
        preprocessing.StandardScaler(),
        preprocessing.FunctionTransformer(np.exp),
        HistGradientBoostingClassifier(max_iter=2),
    )

    with pytest.raises(MismatchError, match="makes a feature infinite, and the specification"):
        from_sklearn(chain.fit(data[["amount"]], labels), data[["amount"]], name="refused")


def test_a_model_that_would_get_null_is_refused(data: pd.DataFrame, labels: Any) -> None:
    chain = make_pipeline(
        preprocessing.StandardScaler(),
        preprocessing.FunctionTransformer(np.log1p),
        LogisticRegression(),
    )
    few = data[data["amount"] > data["amount"].median()]
    chain = chain.fit(few[["amount"]], labels[few.index])

    with pytest.raises((MismatchError, UnsupportedTransformerError), match="; "):
        from_sklearn(chain, few[["amount"]], name="refused")


def test_an_answer_that_rounding_moves_is_refused(
    data: pd.DataFrame, labels: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "modelspec.notebook.importers.sklearn.pipelines.with_rounded_thresholds",
        lambda model: model,
    )
    model = HistGradientBoostingClassifier(max_iter=5)

    with pytest.raises(MismatchError, match="with features rounded to float32 as they are served"):
        from_sklearn(model.fit(data[["amount"]], labels), data[["amount"]], name="refused")


def test_a_wrong_translation_is_found_and_named(
    data: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(draft: Any, column: Any, text: str, center: Any, scale: Any) -> str:
        return affine(draft, column, text, np.nextafter(center, np.inf) * (1 + 1e-9), scale)

    monkeypatch.setattr("modelspec.notebook.importers.sklearn.scaling.affine", wrong)
    scaler = preprocessing.StandardScaler().fit(data[["amount"]])

    with pytest.raises(MismatchError, match=r"`amount_scaled` of row \d+: scikit-learn gives"):
        from_sklearn(scaler, data[["amount"]], name="refused")


def test_a_difference_on_no_given_row_is_found_on_a_moved_one(
    data: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "modelspec.notebook.importers.sklearn.encoding._catches", lambda _encoder: False
    )
    encoder = preprocessing.OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=205
    ).fit(data[["city"]])
    assert encoder.infrequent_categories_[0] is not None

    with pytest.raises(MismatchError, match="of a given row with `city` = "):
        from_sklearn(encoder, data[["city"]], name="refused")


def test_rounding_may_move_answers_as_far_as_golden_rows_allow() -> None:
    assert comparison.TOLERANCE == 1e-5
