"""Engines that are not ours find the same values: Polars and DuckDB, each in its own words."""

from functools import cache
from math import isnan
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given

from modelspec.expressions.functions import FUNCTIONS
from modelspec.expressions.parser import parse
from modelspec.expressions.program import Program
from modelspec.expressions.syntax import ExpressionError
from modelspec.expressions.types import Kind
from support.corpus import distance
from support.effort import examples, times
from support.engines import Engines, UntranslatableError
from support.executors import Table, program_of, run_rows
from support.expressions import FAMILIES, Writer, expressions, questions_about
from support.oracles import EXACT, ROUNDED_ORACLES
from support.rows import many_rows

COMPARED = {Kind.FLOAT64, Kind.INT64, Kind.BOOL, Kind.STRING}

PLAIN = tuple(family for family in FAMILIES if family[0] in COMPARED)

ULPS = 4
"""How far a result of class R may be from that of another engine."""


def _is_plain(row: dict[str, Any]) -> bool:
    """Return whether a row holds no letters of which the engines know more than we do."""
    return all(value.isascii() for value in row.values() if isinstance(value, str))


@cache
def _table() -> Table:
    return Table([row for row in many_rows(400, seed=11) if _is_plain(row)])


@cache
def _engines() -> Engines:
    return Engines(_table().rows)


def _program(text: str) -> Program | None:
    try:
        return program_of(text)
    except ExpressionError:
        return None


def _is_same(ours: Any, theirs: Any, ulps: int = 0) -> bool:
    if isinstance(ours, float) and isnan(ours):
        return theirs is None
    if isinstance(ours, float) and isinstance(theirs, float):
        # Engines may give either zero where both are right.
        return ours == theirs or distance(ours, theirs) <= ulps
    return type(ours) is type(theirs) and bool(ours == theirs)


def _differences(text: str, program: Program, ulps: int = 0) -> list[Any]:
    if program.values["f0"].type.kind not in COMPARED:
        return []
    tree = parse(text)
    ours = [value for (value,) in run_rows(program, ["f0"], _table())]
    for engine in (_engines().ask_polars, _engines().ask_duckdb):
        try:
            theirs = engine(tree)
        except UntranslatableError:
            continue
        for row, mine, other in zip(_table().rows, ours, theirs, strict=True):
            if not _is_same(mine, other, ulps):
                used = {k: v for k, v in row.items() if k in text}
                return [text, engine.__name__, "ours", mine, "theirs", other, used]
    return []


@pytest.mark.parametrize("name", sorted(EXACT))
def test_a_function_has_the_value_that_other_engines_find(name: str) -> None:
    random = Random(name)  # noqa: S311  # nothing is kept secret
    writer = Writer(random.choice, EXACT)
    texts = [
        text
        for operation in FUNCTIONS[name]
        for _ in range(times(2))
        for text in questions_about(operation, writer.application(operation, {}, depth=1))
    ]

    for text in texts:
        program = _program(text)
        assert not program or _differences(text, program) == []


@examples(40)
@given(expressions(PLAIN, allowed=EXACT))
def test_an_expression_has_the_value_that_other_engines_find(text: str) -> None:
    program = _program(text)
    assume(program)

    assert program
    assert _differences(text, program) == []


@pytest.mark.parametrize("name", sorted(ROUNDED_ORACLES))
def test_a_rounded_function_is_within_4_ulps_of_other_engines(name: str) -> None:
    random = Random(name)  # noqa: S311  # nothing is kept secret
    writer = Writer(random.choice, EXACT)
    texts = [writer.application(FUNCTIONS[name][0], {}, depth=1) for _ in range(times(6))]
    texts += [writer.application(FUNCTIONS[name][0], {}, depth=2) for _ in range(times(4))]

    for text in texts:
        program = _program(text)
        assert not program or _differences(text, program, ULPS) == []
