"""Where the usual converter of scikit-learn is wrong, fails or rounds, and ours is not.

Each test first shows the trap: when skl2onnx has no such trap any more, it says so.
"""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from numpy.typing import NDArray
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    StandardScaler,
    TargetEncoder,
)

from modelspec.notebook.importers.sklearn import from_sklearn

ROWS = 400


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings(action="ignore"):
        yield


@pytest.fixture
def data() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 10, ROWS),
            "amount": rng.lognormal(0, 2, ROWS),
            "level": rng.choice([0.0, 1.0, 2.0, 3.0], ROWS, p=[0.5, 0.3, 0.15, 0.05]),
        }
    )
    for name in frame:
        frame.loc[rng.random(ROWS) < 0.1, name] = np.nan
    return frame


def expected(transformer: Any, frame: pd.DataFrame) -> NDArray[np.float32]:
    made = transformer.transform(frame)
    dense = made.toarray() if hasattr(made, "toarray") else made
    return np.asarray(dense).astype(np.float64).astype(np.float32)


def ours(transformer: Any, frame: pd.DataFrame) -> NDArray[np.float32]:
    made: NDArray[np.float32] = (
        from_sklearn(transformer, frame, name="example").transform(frame).to_numpy()
    )
    return made


def converted(transformer: Any, frame: pd.DataFrame, tensor: Any) -> NDArray[np.float32]:
    """Return what the graph of the usual converter gives."""
    matrix = frame.to_numpy()
    graph = to_onnx(
        transformer.__sklearn_clone__().fit(matrix, target(frame)),
        initial_types=[("X", tensor([None, matrix.shape[1]]))],
    )
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    wanted = np.float32 if tensor is FloatTensorType else np.float64
    made: NDArray[np.float32] = session.run(None, {"X": matrix.astype(wanted)})[0]
    return made.astype(np.float32)


def target(frame: pd.DataFrame) -> NDArray[np.bool_]:
    return np.random.default_rng(1).random(len(frame)) < 0.3


def different(left: NDArray[np.float32], right: NDArray[np.float32]) -> float:
    """Return the share of cells that differ."""
    return float(np.mean(~((left == right) | (np.isnan(left) & np.isnan(right)))))


def test_indicator_columns_of_an_imputer_are_kept(data: pd.DataFrame) -> None:
    imputer = SimpleImputer(add_indicator=True).fit(data)
    assert converted(imputer, data, FloatTensorType).shape == (ROWS, 3), "the trap"

    made = ours(imputer, data)

    assert made.shape == (ROWS, 6)
    np.testing.assert_array_equal(made, expected(imputer, data))


def test_indicators_alone_are_imported(data: pd.DataFrame) -> None:
    indicator = MissingIndicator().fit(data)
    with pytest.raises(Exception, match="shape calculator"):
        converted(indicator, data, FloatTensorType)

    np.testing.assert_array_equal(ours(indicator, data), expected(indicator, data))


@pytest.mark.parametrize("least", [30, 45, 80], ids=lambda least: f"at least {least}")
@pytest.mark.parametrize("unknown", ["infrequent_if_exist", "ignore"])
def test_infrequent_categories_are_imported(data: pd.DataFrame, least: int, unknown: str) -> None:
    """Missing values are a category of their own, an infrequent one, or both with others."""
    known = data[["level"]].fillna(0.0)
    encoder = OneHotEncoder(handle_unknown=unknown, min_frequency=least)
    with pytest.raises(NotImplementedError, match="Infrequent"):
        converted(encoder.fit(known), known, DoubleTensorType)
    rows = pd.DataFrame({"level": [0.0, 1.0, 2.0, 3.0, 99.0, None]})

    spec = from_sklearn(encoder.fit(data[["level"]]), data[["level"]], name="example")

    np.testing.assert_array_equal(spec.transform(rows).to_numpy(), expected(encoder, rows))


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler(), PowerTransformer()])
def test_scaling_is_computed_in_float64_and_rounded_once(data: pd.DataFrame, scaler: Any) -> None:
    scaler.fit(data)
    graph = converted(scaler, data, FloatTensorType)
    assert different(graph, expected(scaler, data)) > 0.19, "the trap"

    assert different(ours(scaler, data), expected(scaler, data)) == 0


def test_functions_of_numpy_are_known_by_themselves(data: pd.DataFrame) -> None:
    function = FunctionTransformer(np.log1p, feature_names_out="one-to-one")
    function.fit(data[["amount"]])
    with pytest.raises(RuntimeError, match="not supported unless"):
        converted(function, data[["amount"]], DoubleTensorType)

    spec = from_sklearn(function, data[["amount"]], name="example")

    (derived,) = spec.document()["spec"]["preprocessing"]["derived"]
    assert derived["expr"] == "log1p(amount)"
    made = spec.transform(data[["amount"]]).to_numpy()
    np.testing.assert_array_equal(made, expected(function, data[["amount"]]))


@pytest.mark.parametrize(
    "encoder", [OrdinalEncoder(encoded_missing_value=-2), TargetEncoder(cv=2, random_state=0)]
)
def test_missing_categories_have_their_own_code(data: pd.DataFrame, encoder: Any) -> None:
    levels = data[["level"]]
    encoder.fit(levels, target(levels))
    graph = converted(encoder, levels, FloatTensorType)
    missing = levels["level"].isna().to_numpy()
    assert different(graph[missing], expected(encoder, levels)[missing]) == 1, "the trap"

    assert different(ours(encoder, levels), expected(encoder, levels)) == 0


def test_missing_categories_have_their_own_column(data: pd.DataFrame) -> None:
    levels = data[["level"]]
    encoder = OneHotEncoder(handle_unknown="ignore").fit(levels)
    with pytest.raises(ValueError, match="NaN"):
        converted(encoder, levels, DoubleTensorType)

    np.testing.assert_array_equal(ours(encoder, levels), expected(encoder, levels))


def test_a_sparse_matrix_is_scaled_as_a_sparse_matrix_is(data: pd.DataFrame) -> None:
    """Sparse columns are multiplied by 1 / scale, which is not what dividing gives."""
    levels = data[["level"]].fillna(0.0)
    columns = ColumnTransformer([("level", OneHotEncoder(), ["level"])], sparse_threshold=1.0)
    chain = make_pipeline(columns, StandardScaler(with_mean=False)).fit(levels)

    spec = from_sklearn(chain, levels, name="example")

    texts = [item["expr"] for item in spec.document()["spec"]["preprocessing"]["derived"]]
    assert all(" * " in text and "affine" not in text for text in texts)
    np.testing.assert_array_equal(spec.transform(levels).to_numpy(), expected(chain, levels))
