"""Single rows of the fraud case: the generated function beside what else happens to a row.

``python -m benchmarks.rows`` prints the figures as JSON.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Any, NamedTuple

import msgspec
import numpy as np
import orjson
import polars as pl
from numpy.typing import NDArray

from benchmarks.fraud import (
    DERIVED,
    FEATURES,
    GROUPS,
    OUTPUTS,
    Row,
    Sample,
    encode_rows,
    fit_parameters,
    generate,
)
from benchmarks.pipeline import build_pipeline, frame_of
from benchmarks.timing import interleave, milliseconds, nanoseconds_per_call, pin_to_one_core
from modelspec.compiler.rows import build_row_type
from modelspec.compiler.scalar import compile_tensor, pack_row, row_layout
from modelspec.compiler.tensors import transform
from modelspec.expressions.parameters import Parameter
from modelspec.expressions.program import Program, build_program

SEED = 20261122
FITTED = 5_000
"""Payments that the parameters are fitted to; as many others are measured."""

BLOCK = 50
"""Calls that are timed as one: the reading of the clock does not count, and what they work on was
made just before, as in a server."""

ROUNDS = 7
BATCH = 1_000
SKLEARN_ROWS = 20
BUILDS = 15


class Case(NamedTuple):
    """The fraud case, ready to run."""

    program: Program
    parameters: Mapping[str, Parameter]
    fitted: Sample
    rows: list[Row]
    """Payments that no fit has seen."""

    bodies: list[bytes]


def main() -> None:
    """Measure, and print the figures."""
    pin_to_one_core()
    print(json.dumps(measure()))


def measure() -> dict[str, Any]:
    """Return the figures: microseconds for rows, milliseconds for building."""
    case = load_case()
    pipeline = build_pipeline(case.parameters)
    pipeline.fit(frame_of(case.fitted.rows), case.fitted.labels)
    return {
        "bodyBytes": round(sum(map(len, case.bodies)) / len(case.bodies)),
        "rows": len(case.bodies),
        "singleton": _singletons(case),
        "groups": _groups(case),
        "build": _builds(case),
        "sklearn": _sklearn(case, pipeline),
        "batch": _batches(case, pipeline),
        "agreement": _agreement(case, pipeline),
    }


def load_case() -> Case:
    """Return the case with its fitted parameters."""
    sample = generate(2 * FITTED, SEED)
    fitted = Sample(sample.rows[:FITTED], sample.labels[:FITTED])
    parameters = fit_parameters(fitted)
    program = build_program(FEATURES, DERIVED, parameters)
    rows = sample.rows[FITTED:]
    return Case(program, parameters, fitted, rows, encode_rows(rows))


def _decoder() -> Callable[[bytes], Any]:
    decode: Callable[[bytes], Any] = msgspec.json.Decoder(build_row_type(FEATURES)).decode
    return decode


def _packer() -> Callable[[tuple[float, ...]], None]:
    layout, buffer = row_layout(len(OUTPUTS)), bytearray(4 * len(OUTPUTS))
    return lambda values: pack_row(layout, buffer, 0, values)


def _singletons(case: Case) -> dict[str, Any]:
    """Return what one row takes on its way from bytes to a tensor, step by step and in all."""
    decode, pack = _decoder(), _packer()
    function = compile_tensor(case.program, OUTPUTS).function
    times: dict[str, list[float]] = {}
    ratios: list[float] = []
    for _ in range(ROUNDS):
        blocks = [
            _time_block(case.bodies[start : start + BLOCK], decode, function, pack)
            for start in range(0, len(case.bodies), BLOCK)
        ]
        found = {name: median(block[name] for block in blocks) / 1e3 for name in blocks[0]}
        ratios.append(found["generated function"] / found["orjson.loads"])
        for name, microseconds in found.items():
            times.setdefault(name, []).append(microseconds)
    return {
        "microseconds": {name: median(listed) for name, listed in times.items()},
        "ratioToOrjson": median(ratios),
    }


def _time_block(
    bodies: Sequence[bytes],
    decode: Callable[[bytes], Any],
    function: Callable[[Any], tuple[float, ...]],
    pack: Callable[[tuple[float, ...]], None],
) -> dict[str, float]:
    """Return nanoseconds per row, of what is compared when it sees each row for the first time.

    A processor that has just seen the same row guesses most of its branches.
    """
    loads = nanoseconds_per_call(orjson.loads, bodies)
    structs = list(map(decode, bodies))
    computes = nanoseconds_per_call(function, structs)
    tuples = list(map(function, structs))
    return {
        "orjson.loads": loads,
        "generated function": computes,
        "struct.pack_into": nanoseconds_per_call(pack, tuples),
        "json.loads": nanoseconds_per_call(json.loads, bodies),
        "msgspec struct": nanoseconds_per_call(decode, bodies),
        "bytes to tensor": nanoseconds_per_call(lambda body: pack(function(decode(body))), bodies),
    }


def _groups(case: Case) -> dict[str, dict[str, float]]:
    """Return what each group of inputs takes by itself, less what a function without any takes."""
    decode = _decoder()
    functions = {
        name: compile_tensor(case.program, list(group)).function for name, group in GROUPS.items()
    }
    functions["none"] = compile_tensor(case.program, []).function
    times: dict[str, list[float]] = {name: [] for name in functions}
    for start in range(0, len(case.bodies), BLOCK):
        structs = list(map(decode, case.bodies[start : start + BLOCK]))
        for name, function in functions.items():
            times[name].append(nanoseconds_per_call(function, structs) / 1e3)
    least = median(times["none"])
    return {
        name: {"outputs": len(group), "microseconds": median(times[name]) - least}
        for name, group in GROUPS.items()
    }


def _builds(case: Case) -> dict[str, float]:
    """Return how long it takes to make the function: from the program, and from texts."""
    compiled, checked = [], []
    for _ in range(BUILDS):
        fresh = {name: replace(value) for name, value in case.parameters.items()}
        checked.append(milliseconds(lambda: build_program(FEATURES, DERIVED, fresh)))  # noqa: B023
        program = build_program(FEATURES, DERIVED, fresh)
        compiled.append(milliseconds(lambda: compile_tensor(program, OUTPUTS)))  # noqa: B023
    totals = [a + b for a, b in zip(checked, compiled, strict=True)]
    return {
        "parseAndCheckMilliseconds": median(checked),
        "generateAndCompileMilliseconds": median(compiled),
        "fromTextMilliseconds": median(totals),
    }


def _sklearn(case: Case, pipeline: Any) -> dict[str, float]:
    """Return what one row takes in scikit-learn, with and without making the table."""
    rows = case.rows[:SKLEARN_ROWS]
    frames = [frame_of([row]) for row in rows]
    pipeline.transform(frames[0])
    return {
        "dictToMatrixMicroseconds": _median_of(
            lambda row: pipeline.transform(frame_of([row])), rows
        ),
        "frameToMatrixMicroseconds": _median_of(pipeline.transform, frames),
    }


def _median_of(function: Callable[[Any], Any], items: Sequence[Any]) -> float:
    rounds = [
        median(nanoseconds_per_call(function, [item]) / 1e3 for item in items)
        for _ in range(ROUNDS)
    ]
    return median(rounds)


def _batches(case: Case, pipeline: Any) -> dict[str, float]:
    """Return microseconds per row of a batch, each way from a list of dicts to a matrix."""
    rows = case.rows[:BATCH]
    decode = _decoder()
    bodies = case.bodies[:BATCH]
    function = compile_tensor(case.program, OUTPUTS).function
    columns = {feature.name: [row[feature.name] for row in rows] for feature in FEATURES}
    table = pl.DataFrame(columns).with_columns(_instant("event_time"), _instant("opened_at"))
    frame = frame_of(rows)
    measured = interleave(
        {
            "function, from bytes": lambda: _matrix(map(function, map(decode, bodies)), BATCH),
            "columns, from lists": lambda: transform(case.program, columns, OUTPUTS),
            "columns, from a Polars frame": lambda: transform(case.program, table, OUTPUTS),
            "scikit-learn, from dicts": lambda: pipeline.transform(frame_of(rows)),
            "scikit-learn, from a frame": lambda: pipeline.transform(frame),
        },
        ROUNDS,
    )
    return {name: times["median"] * 1e3 / BATCH for name, times in measured.items()}


def _instant(name: str) -> pl.Expr:
    return pl.col(name).str.to_datetime(time_unit="us", time_zone="UTC")


def _matrix(tuples: Iterable[tuple[float, ...]], rows: int) -> NDArray[np.float32]:
    layout = row_layout(len(OUTPUTS))
    buffer = bytearray(layout.size * rows)
    for index, values in enumerate(tuples):
        pack_row(layout, buffer, index * layout.size, values)
    return np.frombuffer(buffer, np.float32).reshape(rows, -1)


def _agreement(case: Case, pipeline: Any) -> dict[str, int]:
    """Return how many of all cells differ as float32, between executors and scikit-learn."""
    function = compile_tensor(case.program, OUTPUTS).function
    ours = _matrix(map(function, map(_decoder(), case.bodies)), len(case.bodies))
    columns = {feature.name: [row[feature.name] for row in case.rows] for feature in FEATURES}
    vectorized = transform(case.program, columns, OUTPUTS)
    theirs = pipeline.transform(frame_of(case.rows)).astype(np.float32)
    return {
        "cells": ours.size,
        "executorsDiffer": _differing(ours, vectorized),
        "sklearnDiffers": _differing(ours, theirs),
    }


def _differing(a: NDArray[np.float32], b: NDArray[np.float32]) -> int:
    return int(
        (np.ascontiguousarray(a).view(np.int32) != np.ascontiguousarray(b).view(np.int32)).sum()
    )


if __name__ == "__main__":
    main()
