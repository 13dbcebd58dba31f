"""Measure what a million rows of a hundred features need, and fail where a claim does not hold.

Run ``make bench``, or ``python -m benchmarks.transform`` for the table alone. Each kind of data is
measured in a process of its own, which loads it and has never held anything else: what a process
has once had is reused, and would hide what is needed.
"""

import argparse
import gc
import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, strftime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from benchmarks import fraud
from benchmarks.report import Claim
from benchmarks.timing import describe_machine, pin_to_one_core
from modelspec.compiler.tensors import transform
from modelspec.expressions.program import build_program
from modelspec.notebook.streaming import stream_transform

ROWS = 1_000_000
COLUMNS = 100
SAMPLE = 50_000
"""Payments that are made one by one; those of the measurement are drawn from them."""

SEED = 20261123
MAX_MEMORY = 2.0
"""Of the result, which is part of it."""

TIMES = ("event_time", "opened_at")
INPUTS = fraud.OUTPUTS[:: len(fraud.OUTPUTS) // COLUMNS][:COLUMNS]
"""A hundred inputs of the model, some of every kind."""

Arrays = dict[str, NDArray[Any]]

KINDS: Mapping[str, Callable[[Arrays], Any]] = {
    "arrays of NumPy": dict,
    "a frame of pandas": lambda arrays: frame_of(arrays),  # noqa: PLW0108  # defined below
    "a frame of Polars": lambda arrays: pl.from_pandas(frame_of(arrays)),
    "a table of Arrow": lambda arrays: pl.from_pandas(frame_of(arrays)).to_arrow(),
}
AT_ONCE = "arrays of NumPy, at once"


def main() -> int:
    """Run the benchmark; return 1 if a claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the page")
    parser.add_argument("--measure", type=Path, metavar="FILE", help="measure what is in a file")
    parser.add_argument("--at-once", action="store_true", help="measure it without streaming")
    options = parser.parse_args()
    pin_to_one_core()
    if options.measure:
        print(json.dumps(measure(options.measure, at_once=options.at_once)))
        return 0
    kinds = _measure_all()
    figures = {"date": strftime("%Y-%m-%d"), "machine": describe_machine(), "kinds": kinds}
    page = describe(figures)
    print(page)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(page, encoding="utf-8")
    missed = [claim for claim in claims(figures) if not claim.holds]
    for claim in missed:
        print(f"missed: {claim.text}: {claim.found:.2f} of {claim.bound}", file=sys.stderr)
    return 1 if missed else 0


def _measure_all() -> dict[str, Any]:
    sample = fraud.generate(SAMPLE, SEED)
    parameters, arrays = fraud.fit_parameters(sample), draw(sample, ROWS)
    found = {}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data"
        for kind, convert in KINDS.items():
            with path.open("wb") as file:
                pickle.dump((parameters, convert(arrays)), file, pickle.HIGHEST_PROTOCOL)
            found[kind] = _measure_apart(path)
            if convert is dict:
                found[AT_ONCE] = _measure_apart(path, "--at-once")
    return found


def _measure_apart(path: Path, *options: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.transform", "--measure", str(path), *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(path: Path, *, at_once: bool) -> dict[str, Any]:
    """Return time and memory of a million rows of one kind of data."""
    with path.open("rb") as file:
        parameters, data = pickle.load(file)  # noqa: S301  # our own
    program = build_program(fraud.FEATURES, fraud.DERIVED, parameters)
    compute: Callable[..., Any] = transform if at_once else stream_transform
    compute(program, _first_rows(data, 100), INPUTS)
    gc.collect()
    before = _reset_peak()
    start = perf_counter()
    tensor = compute(program, data, INPUTS)
    seconds = perf_counter() - start
    beyond = _status("VmHWM") - before
    return {
        "rows": len(tensor),
        "columns": tensor.shape[1],
        "bytesOfResult": tensor.nbytes,
        "seconds": seconds,
        "rowsPerSecond": len(tensor) / seconds,
        "bytesBeyondInput": beyond,
        "ratioToResult": beyond / tensor.nbytes,
    }


def _first_rows(data: Any, count: int) -> Any:
    if isinstance(data, dict):
        return {name: column[:count] for name, column in data.items()}
    return data.slice(0, count) if hasattr(data, "slice") else data.iloc[:count]


def draw(sample: fraud.Sample, rows: int) -> Arrays:
    """Return as many payments as columns; numbers are drawn anew, so that they differ."""
    rng = np.random.default_rng(SEED)
    chosen = rng.integers(0, len(sample.rows), rows)
    return {
        name: _array(name, sample)[chosen] * (1 + rng.random(rows) / 64)
        if name in fraud.NUMBERS
        else _array(name, sample)[chosen]
        for name in sample.rows[0]
    }


def _array(name: str, sample: fraud.Sample) -> NDArray[Any]:
    """Return one raw feature as people have it."""
    column = sample.column(name)
    if name in TIMES:
        texts = [value and value.removesuffix("Z") for value in column]
        return np.array(texts, dtype="datetime64[us]")
    if name in fraud.NUMBERS or name == "login_ms":
        return np.array(column, dtype=np.float64)
    return np.array(column, dtype=np.bool_ if name in fraud.BOOLEANS else object)


def frame_of(arrays: Arrays) -> pd.DataFrame:
    """Return arrays as a DataFrame of pandas."""
    frame = pd.DataFrame(arrays, copy=False)
    for name in TIMES:
        frame[name] = frame[name].dt.tz_localize("UTC")
    return frame


def _reset_peak() -> int:
    """Let the kernel count the most memory from now on; return the bytes that are in use."""
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    return _status("VmRSS")


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (found,) = [line.split()[1] for line in lines if line.startswith(f"{field}:")]
    return 1024 * int(found)


def claims(figures: Mapping[str, Any]) -> list[Claim]:
    """Return what is claimed, with what was found."""
    kinds = figures["kinds"]
    return [
        Claim(f"memory beyond {kind} / result", kinds[kind]["ratioToResult"], MAX_MEMORY)
        for kind in KINDS
    ]


def describe(figures: Mapping[str, Any]) -> str:
    """Return the page."""
    machine = figures["machine"]
    system = f"{machine['processor']}, {machine['system']}, Python {machine['python']}"
    verdicts = [
        f"| {claim.text} | {claim.found:.2f} | {claim.bound} |"
        f" {'holds' if claim.holds else '**missed**'} |"
        for claim in claims(figures)
    ]
    found = [_row(kind, kind_figures) for kind, kind_figures in figures["kinds"].items()]
    lines = [
        "# Transforming large data\n",
        f"{figures['date']}, {system}; one core, each kind of data in a process of its own.\n",
        f"{ROWS:,} payments with {len(fraud.FEATURES)} raw features; {COLUMNS} columns.\n",
        "| claim | found | limit | |\n|---|---|---|---|",
        *verdicts,
        "\nMemory is the most that was in use, less the data; the result is part of it.\n",
        "| data | seconds | rows per second | MB | MB / result |\n|---|---|---|---|---|",
        *found,
    ]
    return "\n".join(lines) + "\n"


def _row(kind: str, found: Mapping[str, Any]) -> str:
    return (
        f"| {kind} | {found['seconds']:.1f} | {found['rowsPerSecond']:,.0f} |"
        f" {found['bytesBeyondInput'] / 1e6:,.0f} | {found['ratioToResult']:.2f} |"
    )


if __name__ == "__main__":
    sys.exit(main())
