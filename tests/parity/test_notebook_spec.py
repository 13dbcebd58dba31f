"""A specification over the data that people have: pandas, polars, Arrow, in one piece or many."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import modelspec as ms
from modelspec.notebook import streaming
from modelspec.notebook.spec import Spec

ROWS = 500


@cache
def data() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "amount": rng.lognormal(3, 1, ROWS),
            "average": np.where(rng.random(ROWS) < 0.2, np.nan, rng.lognormal(3, 1, ROWS)),
            "word": rng.choice(np.array(["a", "B", "é", None]), ROWS),
            "days": rng.integers(0, 50, ROWS),
            "flag": rng.random(ROWS) < 0.5,
            "at": pd.date_range("2026-03-29", periods=ROWS, freq="7min", tz="Europe/Berlin"),
            "not a feature": [object()] * ROWS,
        }
    )


@cache
def fitted() -> Spec:
    spec = Spec("frames")
    for name, declared in {
        "amount": ms.Float64,
        "average": ms.Float64,
        "word": ms.String,
        "days": ms.Int64,
        "flag": ms.Bool,
        "at": ms.Timestamp,
    }.items():
        spec.feature(name, declared)
    known = spec.derive(
        "known", ms.Float64, ms.impute(spec["average"], spec.fit.impute("median", "average"))
    )
    spec.derive("scaled", ms.Float32, ms.affine(known, spec.fit.robust("scale", known)))
    spec.derive(
        "bin", ms.Int32, ms.bucketize(spec["days"], spec.fit.quantile_edges("edges", "days"))
    )
    spec.derive("hot", ms.Vector, ms.one_hot(spec["word"], spec.fit.vocabulary("words", "word")))
    spec.derive("hour_of_day", ms.Int32, 'hour(at, tz="Europe/Berlin")')
    spec.derive("marked", ms.Float32, "indicator(flag and amount > 20.0)")
    spec.fit_transform(data())
    return spec


def _bits(frame: Any) -> bytes:
    return fitted().transform(frame, progress=False).to_numpy().tobytes()


def _features() -> pd.DataFrame:
    return data().drop(columns="not a feature")


FRAMES: dict[str, Callable[[], Any]] = {
    "polars": lambda: pl.from_pandas(_features()),
    "arrow": lambda: pa.Table.from_pandas(_features(), preserve_index=False),
    "series": lambda: {name: data()[name] for name in data()},
    "another index": lambda: data().set_index(np.linspace(1.0, 0.0, ROWS)),
    "series of another index": lambda: dict(data().set_index(np.linspace(1.0, 0.0, ROWS)).items()),
    "what is no column": lambda: {**{name: data()[name] for name in data()}, "rows": 3},
}


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("rows_of_a_piece", [64, 10_000])
def test_the_matrix_has_the_same_bits_whatever_holds_the_data(
    kind: str, rows_of_a_piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _bits(data())
    monkeypatch.setattr(streaming, "ROWS", rows_of_a_piece)

    assert _bits(FRAMES[kind]()) == expected


def test_a_matrix_becomes_a_frame_with_its_names() -> None:
    found = fitted().transform(data()).to_pandas()

    assert list(found.columns) == [
        *("known", "scaled", "bin", "hot_0", "hot_1", "hot_2", "hour_of_day", "marked")
    ]
    assert found.dtypes.unique().tolist() == [np.dtype(np.float32)]
    assert found["marked"].tolist() == (data()["flag"] & (data()["amount"] > 20)).tolist()


def test_targets_may_be_a_series_with_any_index() -> None:
    spec = Spec("target")
    word = spec.feature("word", ms.String)
    spec.derive("risk", ms.Float32, ms.lookup(word, spec.fit.target_mean("risks", word)))
    target = data()["flag"]

    found = spec.fit_transform(data(), target).to_numpy()
    shuffled = target.set_axis(np.random.default_rng(0).permutation(ROWS))

    assert spec.fit_transform(data(), shuffled).to_numpy().tobytes() == found.tobytes()
    assert spec.fit_transform(data(), pl.Series(target)).to_numpy().tobytes() == found.tobytes()
