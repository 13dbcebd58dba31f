"""The same fraud logic as people write it today: scikit-learn's ColumnTransformer over pandas.

What scikit-learn can fit it fits itself, on the same payments: medians, scales, mean targets.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler, TargetEncoder

from benchmarks.fraud import (
    AGES,
    AMOUNTS,
    BOOLEANS,
    COUNTS,
    CROSSES,
    FEATURES,
    LEVELS,
    NORMAL,
    NUMBERS,
    ONE_HOT,
    ONE_HOT_LEVELS,
    SMOOTHING,
    Row,
)
from modelspec.expressions.parameters import Edges, Imputation, Parameter
from modelspec.expressions.types import Kind

Matrix = NDArray[np.float64]

_DTYPES = {
    Kind.FLOAT64: "float64",
    Kind.INT64: "float64",
    Kind.STRING: "str",
    Kind.BOOL: "bool",
    Kind.TIMESTAMP: "str",
}

_ABOVE, _BELOW = AMOUNTS[: len(COUNTS)], COUNTS
_CROSSED = tuple(dict.fromkeys(name for pair in CROSSES for name in pair))
_COMBINED = ("b0", "b1", "b2", "b3", "b4", "n20", "n21", "n22", "n55", "c00", "c01", "c02")


def frame_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Return rows as a table whose columns have their types also where all is missing."""
    types = {feature.name: _DTYPES[feature.type.kind] for feature in FEATURES}
    return pd.DataFrame(rows, columns=list(types)).astype(types)


def build_pipeline(parameters: Mapping[str, Parameter]) -> Any:
    """Return the transformer of raw features into the inputs of the model, in their order.

    It has yet to be fitted; of the parameters it takes the edges, and the median that stands in
    for one amount in a combination.
    """
    median = partial(SimpleImputer, strategy="median")
    means = partial(TargetEncoder, smooth=SMOOTHING, target_type="binary")
    levels = OneHotEncoder(
        categories=[list(ONE_HOT_LEVELS)] * len(ONE_HOT),
        handle_unknown="ignore",
        sparse_output=False,
    )
    bins = _step(_bins, edges=[_edges(parameters, name) for name in AGES])
    combine = _step(_combinations, median=_median(parameters, "n22"))
    return ColumnTransformer(
        [
            ("scale", make_pipeline(median(), StandardScaler()), list(NUMBERS)),
            ("missing", MissingIndicator(features="all"), list(NORMAL)),
            ("log", make_pipeline(median(), _step(_logs)), list(AMOUNTS)),
            ("ratio", _step(_ratios), [*_ABOVE, *_BELOW]),
            ("bins", make_pipeline(median(), bins), list(AGES)),
            ("equality", levels, list(ONE_HOT)),
            ("risk", make_pipeline(_step(_lower), means()), list(LEVELS)),
            ("cross", make_pipeline(_step(_cross), means()), list(_CROSSED)),
            ("boolean", _step(_floats), list(BOOLEANS)),
            ("combination", combine, [*_COMBINED, "event_time"]),
            ("time", _step(_times), ["event_time", "opened_at"]),
            ("domain", make_pipeline(_step(_domain), means()), ["email"]),
            ("contact", _step(_contact), ["email", "event_time", "login_ms"]),
        ]
    )


def _step(function: Any, **arguments: Any) -> Any:
    return FunctionTransformer(function, kw_args=arguments)


def _edges(parameters: Mapping[str, Parameter], name: str) -> tuple[float, ...]:
    found = parameters[f"{name}_edges"]
    assert isinstance(found, Edges)  # noqa: S101  # the case says so
    return found.values  # noqa: PD011  # no pandas


def _median(parameters: Mapping[str, Parameter], name: str) -> float:
    found = parameters[f"{name}_median"]
    assert isinstance(found, Imputation)  # noqa: S101  # the case says so
    return found.value


def _logs(values: Matrix) -> Matrix:
    return np.log1p(np.clip(values, 0.0, 1_000_000.0))


def _ratios(frame: pd.DataFrame) -> Matrix:
    above, below = frame[list(_ABOVE)].to_numpy(), frame[list(_BELOW)].to_numpy()
    with np.errstate(all="ignore"):
        quotients = above / below
    return np.where(np.isfinite(quotients), quotients, 0.0)


def _bins(values: Matrix, edges: Sequence[Sequence[float]]) -> Matrix:
    columns = zip(edges, values.T, strict=True)
    return np.column_stack([np.searchsorted(listed, x, side="right") for listed, x in columns])


def _lower(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.apply(lambda column: column.str.lower())


def _cross(frame: pd.DataFrame) -> pd.DataFrame:
    low = _lower(frame)
    return pd.DataFrame({f"{a}_{b}": low[a] + "|" + low[b] for a, b in CROSSES})


def _floats(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype("float64")


def _combinations(frame: pd.DataFrame, median: float) -> Matrix:
    row = {name: frame[name] for name in frame.columns}
    texts_known = row["c00"].notna() & row["c01"].notna()
    answers = [
        row["b0"] & ~row["b1"],
        row["b2"] | row["b3"],
        (row["n20"] > 500.0) & texts_known & (row["c00"] != row["c01"]),  # noqa: PLR2004
        (row["n55"].isna() | (row["n55"] < 7.0)) & (row["n21"] > 200.0),  # noqa: PLR2004
        row["b4"] & (row["n22"].fillna(median) > 100.0),  # noqa: PLR2004
        row["c02"].isin(["Wire", "Gift"]) & (_instants(row["event_time"]).dt.hour < 6),  # noqa: PLR2004
    ]
    return np.column_stack([answer.to_numpy(dtype=float) for answer in answers])


def _times(frame: pd.DataFrame) -> Matrix:
    now, opened = _instants(frame["event_time"]), _instants(frame["opened_at"])
    hour = now.dt.hour.to_numpy(dtype=float)
    angle = 2 * np.pi * (hour % 24 / 24)
    days = (now - opened) / pd.Timedelta(days=1)
    weekday = now.dt.dayofweek.to_numpy()
    return np.column_stack([hour, weekday, np.sin(angle), np.cos(angle), days.fillna(-1.0)])


def _instants(texts: pd.Series) -> pd.Series:
    return pd.to_datetime(texts, utc=True, format="ISO8601")


def _domain(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.apply(lambda column: column.str.rpartition("@")[2])


def _contact(frame: pd.DataFrame) -> Matrix:
    seconds = _instants(frame["event_time"]).dt.as_unit("us").astype("int64") / 1e6
    hours = (seconds - frame["login_ms"] / 1000.0) / 3600.0
    return np.column_stack([frame["email"].str.len().fillna(0), hours.fillna(-1.0)])
