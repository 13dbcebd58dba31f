"""Choosing golden rows: few of them, and together they take every way through the logic."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from modelspec.compiler.columns import compute_columns
from modelspec.compiler.frames import read_columns
from modelspec.expressions.columns import (
    Booleans,
    Column,
    Integers,
    broadcast_length,
    rows_of,
    values_of,
)
from modelspec.expressions.graph import Apply
from modelspec.expressions.program import Program, RawFeature
from modelspec.expressions.types import Kind
from modelspec.notebook.execution import Runtime
from modelspec.notebook.instances import Instance, columns_of, instances_of
from modelspec.snapshot.golden import Case, without_nan

CANDIDATES = 20_000
"""Rows of the data that are looked at, evenly spread."""

_UNKNOWN = "\u2047 unknown"
"""A category that no training data have."""


def choose_rows(program: Program, data: Any, count: int) -> list[Instance]:
    """Return rows that cover the logic, then rows spread over the data.

    First those of the data that make conditions true, false and null, and reach every bin and
    code, each chosen because it adds something; then one of them again with each feature missing,
    with the least and greatest values that occur, and with a category that is unknown.

    Args:
        program: The features.
        data: What training had.
        count: How many rows; more if the edges alone are more.

    Raises:
        FrameError: The data lack a required feature, or a value is none of its feature.
        ValueError: The data have no rows.
    """
    columns = read_columns(data, program.features)
    rows = broadcast_length(map(rows_of, columns.values()))
    if not rows:
        raise ValueError("the data have no rows to choose from")
    spread = np.unique(np.linspace(0, rows - 1, min(rows, CANDIDATES)).astype(np.int64))
    candidates = instances_of(data, program.features, spread)
    covering = _covering(program, candidates)
    edges = list(_edges(program.features, columns, candidates[covering[0]]))
    rest = count - len(covering) - len(edges)
    more = np.unique(np.linspace(0, len(candidates) - 1, max(rest, 0)).astype(np.int64)).tolist()
    chosen = dict.fromkeys([*covering, *more])
    return [*(candidates[row] for row in chosen), *edges]


def make_cases(runtime: Runtime, instances: Sequence[Instance]) -> list[Case]:
    """Return rows with all that they give, as the library computes it."""
    data = columns_of(instances, runtime.program.features)
    scored = runtime.score(data)
    answers = runtime.answer(data, scored)
    features = {name: without_nan(values.tolist()) for name, values in scored.features.items()}
    outputs = {name: without_nan(values.tolist()) for name, values in scored.outputs.items()}
    return [
        Case(
            row=instance,
            features={name: values[number] for name, values in features.items()},
            outputs={name: values[number] for name, values in outputs.items()},
            answer=answers[number],
        )
        for number, instance in enumerate(instances)
    ]


def _covering(program: Program, candidates: Sequence[Instance]) -> list[int]:
    """Return rows each of which shows something that none before it does, the first always."""
    seen: set[tuple[int, Any]] = set()
    chosen = []
    for row, shown in enumerate(zip(*_outcomes(program, candidates), strict=True)):
        new = {(place, outcome) for place, outcome in enumerate(shown)} - seen
        if new:
            chosen.append(row)
            seen |= new
    return chosen or [0]


def _outcomes(program: Program, candidates: Sequence[Instance]) -> Iterator[Sequence[Any]]:
    """Yield, for everything that has few outcomes, the one that each row has."""
    branching = {
        f"#{node.number}": node
        for node in program.nodes
        if isinstance(node, Apply) and node.type.kind in {Kind.BOOL, Kind.INT64}
    }
    asked = replace(program, values={**program.values, **branching})
    data = columns_of(candidates, program.features)
    columns = read_columns(data, program.features)
    computed = compute_columns(asked, columns, list(branching))
    for column in computed.values():
        if isinstance(column, Booleans) or _has_few(column):
            values = values_of(column)
            yield values * len(candidates) if len(values) == 1 else values
    for feature in program.features:
        yield [feature.name in row for row in candidates]


_FEW = 64


def _has_few(column: Column) -> bool:
    return isinstance(column, Integers) and len(np.unique(column.value)) <= _FEW


MAX_EDGES = 100
"""Rows with something rare in them; with more that is rare, several features change in one."""

_MISSING = object()


def _edges(
    features: Sequence[RawFeature], columns: dict[str, Column], base: Instance
) -> Iterator[Instance]:
    """Yield a row of the data with features changed to what is rare; each change occurs once."""
    changes = [
        (feature.name, value)
        for feature in features
        for value in _rarities(feature, columns[feature.name])
    ]
    # A feature has few changes, and they stand together: no row changes it twice.
    for start in range(min(MAX_EDGES, len(changes))):
        changed = {**base, **dict(changes[start::MAX_EDGES])}
        yield {name: value for name, value in changed.items() if value is not _MISSING}


def _rarities(feature: RawFeature, column: Column) -> Iterator[Any]:
    kind = feature.type.kind
    if not feature.required:
        yield _MISSING
    if kind in {Kind.FLOAT64, Kind.INT64}:
        known = [v for v in values_of(column) if v is not None and v == v]  # noqa: PLR0124  # NaN
        if known:
            yield from dict.fromkeys((min(known), max(known)))
    elif kind is Kind.STRING and not (feature.limits and feature.limits.allowed):
        yield _UNKNOWN[: feature.type.length]
        yield ""
