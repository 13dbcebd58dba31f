"""The logic of a whole fraud model, 100 features to 200 inputs, by both executors."""

from functools import cache
from typing import NamedTuple

import msgspec
import numpy as np

from benchmarks import fraud
from modelspec.compiler.columns import compute_columns
from modelspec.compiler.frames import read_columns
from modelspec.compiler.rows import build_row_type
from modelspec.compiler.scalar import compile_tensor, compile_values
from modelspec.compiler.tensors import to_float32
from modelspec.expressions.columns import Column, values_of
from modelspec.expressions.program import Program, build_program


class Case(NamedTuple):
    """The program, and the same payments as either executor wants them."""

    program: Program
    structs: list[msgspec.Struct]
    columns: dict[str, Column]


@cache
def _case() -> Case:
    """Return usual payments, and for each feature one that lacks it."""
    sample = fraud.generate(1_300, seed=7)
    program = build_program(fraud.FEATURES, fraud.DERIVED, fraud.fit_parameters(sample))
    optional = [feature.name for feature in fraud.FEATURES if not feature.required]
    usual = sample.rows[1_000:]
    gaps = [{**row, name: None} for row, name in zip(usual, optional, strict=False)]
    rows = [*usual[:200], *gaps]
    decode = msgspec.json.Decoder(build_row_type(fraud.FEATURES)).decode
    columns = {f.name: [row[f.name] for row in rows] for f in fraud.FEATURES}
    structs = list(map(decode, fraud.encode_rows(rows)))
    return Case(program, structs, read_columns(columns, fraud.FEATURES))


def test_the_case_is_as_large_as_it_says() -> None:
    parameters = fraud.fit_parameters(fraud.generate(1_000, seed=7))
    tables = [parameters[f"{name}_risks"] for name in fraud.LEVELS]

    assert len(fraud.FEATURES) == 100
    assert len(fraud.OUTPUTS) == len(set(fraud.OUTPUTS)) == 200
    assert sum(len(vars(table)["entries"]) for table in tables) == 5_772


def test_both_executors_compute_the_same_numbers_to_the_last_bit() -> None:
    case = _case()
    function = compile_values(case.program, fraud.OUTPUTS).function
    computed = compute_columns(case.program, case.columns, fraud.OUTPUTS)

    by_row = np.array(list(map(function, case.structs)), dtype=float)
    by_column = np.array([values_of(computed[name]) for name in fraud.OUTPUTS], dtype=float).T

    assert by_row.tobytes() == np.ascontiguousarray(by_column).tobytes()
    assert np.isfinite(by_row).all()


def test_both_executors_give_a_model_the_same_tensor() -> None:
    case = _case()
    function = compile_tensor(case.program, fraud.OUTPUTS).function

    by_row = np.array(list(map(function, case.structs)), dtype=np.float32)

    assert by_row.tobytes() == to_float32(case.program, case.columns, fraud.OUTPUTS).tobytes()
