"""Timing on a machine that others use, too: blocks of calls, interleaved, medians, and ratios."""

import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any

LIBRARIES = (
    "matplotlib",
    "msgspec",
    "numpy",
    "orjson",
    "pandas",
    "polars",
    "pyarrow",
    "scikit-learn",
)


def pin_to_one_core() -> int:
    """Let this process run on one core only, the last one that it may use; return which."""
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def describe_machine() -> dict[str, Any]:
    """Return what the figures depend on: processor, cores, Python and libraries."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": sys.version.split()[0],
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def nanoseconds_per_call(function: Callable[[Any], Any], items: Sequence[Any]) -> float:
    """Return the mean time of one call, over a block that is timed as a whole."""
    start = perf_counter_ns()
    for item in items:
        function(item)
    return (perf_counter_ns() - start) / len(items)


def milliseconds(function: Callable[[], Any]) -> float:
    """Return the time of one call."""
    start = perf_counter_ns()
    function()
    return (perf_counter_ns() - start) / 1e6


def interleave(
    functions: Mapping[str, Callable[[], Any]], rounds: int
) -> dict[str, dict[str, float]]:
    """Return for each function the median and the quickest of its times in milliseconds.

    Each round calls every function once, so that what slows the machine down for a while slows
    down all of them. One call before does not count.
    """
    for function in functions.values():
        function()
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            times[name].append(milliseconds(function))
    return {
        name: {"median": median(listed), "least": min(listed)} for name, listed in times.items()
    }


def ratio(ours: Mapping[str, float], theirs: Mapping[str, float]) -> float:
    """Return how many times as long ours takes, by medians."""
    return ours["median"] / theirs["median"]
