"""The claim, on the fraud example: what the notebook computes is what a pod computes, to the bit.

`make test` looks at 5 000 payments that no training has seen, ``MODELSPEC_FUZZ=20`` at 100 000.
"""

import importlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from modelspec.compiler.rows import build_row_type
from modelspec.compiler.scalar import compile_tensor, pack_row, row_layout
from modelspec.expressions.program import RawFeature
from modelspec.expressions.types import Kind
from modelspec.sessions import Session
from support.effort import times

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "02-fraud"

ROWS = times(5_000)
IS_FULL = ROWS >= 100_000
TREES = 300 if IS_FULL else 60
LIBRARIES = ("lightgbm", "xgboost", "histograms")


@pytest.fixture(autouse=True)
def _folder_of_the_example() -> Iterator[None]:
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))


def _stream(payments: int, seed: int) -> Any:
    scenario = importlib.import_module("payments.scenario").Scenario(payments, seed)
    return importlib.import_module("payments.stream").simulate(scenario)


@cache
def prepared() -> Any:
    payments = 100_000 if IS_FULL else 12_000
    return importlib.import_module("train_fraud").prepare(_stream(payments, seed=1))


@cache
def unseen() -> Any:
    return _stream(ROWS, seed=2)


@cache
def by_column() -> NDArray[np.float32]:
    return np.asarray(prepared().spec.transform(unseen().columns).to_numpy())


@cache
def by_row() -> NDArray[np.float32]:
    """Return the inputs of the model as a pod computes them, one row after the other."""
    spec = prepared().spec
    program = spec.program()
    row_type = build_row_type(program.features)
    compute = compile_tensor(program, spec.inputs).function
    cells = [_cells(feature, unseen().columns[feature.name]) for feature in program.features]
    layout = row_layout(len(spec.inputs))
    buffer = bytearray(layout.size * ROWS)
    for number, values in enumerate(zip(*cells, strict=True)):
        pack_row(layout, buffer, number * layout.size, compute(row_type(*values)))
    return np.frombuffer(buffer, np.float32).reshape(ROWS, -1)


def _cells(feature: RawFeature, column: NDArray[Any]) -> list[Any]:
    """Return the values of a column as a request's row holds them."""
    if column.dtype.kind == "M":
        return [None if time is None else _time(time) for time in column.tolist()]
    exact = int if feature.type.kind is Kind.INT64 else lambda value: value
    return [None if value != value else exact(value) for value in column.tolist()]  # noqa: PLR0124


def _time(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC)


def bits(matrix: NDArray[np.float32]) -> NDArray[np.uint32]:
    return np.ascontiguousarray(matrix).view(np.uint32)


def test_the_inputs_of_unseen_payments_are_the_same_by_row_and_by_column() -> None:
    assert by_column().shape == (ROWS, 200)
    assert int((bits(by_row()) != bits(by_column())).sum()) == 0


def test_inputs_differ_between_payments_and_none_is_missing() -> None:
    varying = [len(np.unique(column)) > 1 for column in by_column().T]

    assert sum(varying) >= 198
    assert np.isfinite(by_column()).all()


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_margins_of_unseen_payments_are_those_of_the_library(library: str) -> None:
    own = importlib.import_module("trainers").LIBRARIES[library]
    model = own.train(prepared().inputs, prepared().labels, TREES)
    imported = importlib.import_module("train_fraud").import_model(prepared(), library, model)

    (margins,) = Session(imported.content).run(["score"], {"features": by_row()})

    expected = np.asarray(own.margins(model, by_column())).astype(np.float32)
    assert int((bits(margins.ravel()) != bits(expected)).sum()) == 0
    assert len(np.unique(margins)) > 30


@pytest.mark.skipif(not IS_FULL, reason="half a minute; MODELSPEC_FUZZ=20 has it")
def test_the_script_says_what_the_page_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    importlib.import_module("train_fraud").main([str(tmp_path)])

    shown = (FOLDER / "README.md").read_text().split("train_fraud.py\n")[1].split("wrote")[0]
    assert capsys.readouterr().out.split("wrote")[0] == shown
