"""What is known of a number before any row is seen holds for every row.

A bound that is wrong is a wrong answer: it decides where nobody looks for overflow, for null and
for a square root of something negative.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from math import nextafter
from random import Random
from typing import Any, TypeAlias

import msgspec
import pytest
from hypothesis import given, strategies as st

from modelspec.compiler.scalar import compile_values
from modelspec.expressions.functions import FUNCTIONS
from modelspec.expressions.operation import Operation
from modelspec.expressions.program import (
    DerivedFeature,
    Program,
    ProgramError,
    RawFeature,
    build_program,
    check_expression,
)
from modelspec.expressions.syntax import ExpressionError
from modelspec.expressions.types import MAX_INTEGER, Boundary, Kind, Range
from support.effort import examples
from support.executors import BOUNDARY, ROW, breaches
from support.expressions import operation_texts
from support.rows import FEATURES, PARAMETERS, VALUES, many_rows

Bounds: TypeAlias = Mapping[str, Range]
"""Between which bounds the numbers of the raw features lie, by their names."""

NUMBERS = {"int64", "float64", "number"}
NUMERIC = [
    operation
    for overloads in FUNCTIONS.values()
    for operation in overloads
    if operation.signature.result in {*NUMBERS, "T"}
    and any(a.word in {*NUMBERS, "T"} for a in operation.signature.arguments)
]
TEXTS = {
    operation.text: tuple(dict.fromkeys(operation_texts(operation, 24))) for operation in NUMERIC
}
ROWS = [msgspec.convert(row, ROW) for row in many_rows(16, seed=3)]

_NUMBERS = {
    Kind.INT64: st.one_of(
        st.sampled_from(VALUES[Kind.INT64, None]),
        st.integers(-9, 9),
        st.integers(-MAX_INTEGER, MAX_INTEGER),
    ),
    Kind.FLOAT64: st.one_of(
        st.sampled_from(VALUES[Kind.FLOAT64, None]),
        st.floats(-9.0, 9.0),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
}
_NUMBER_FEATURES = {f.name: f.type.kind for f in FEATURES if f.type.kind in _NUMBERS}


def _ranges(kind: Kind) -> st.SearchStrategy[Range]:
    """Return ranges, as many on one side of zero as across it."""
    ends = st.tuples(_NUMBERS[kind], _NUMBERS[kind])
    across = ends.map(lambda pair: Range(*sorted(pair)))
    above = ends.map(lambda pair: Range(*sorted(map(abs, pair))))
    below = above.map(lambda given: Range(-given.high, -given.low))
    return st.one_of(across, above, below)


bounds_of_features: st.SearchStrategy[Bounds] = st.fixed_dictionaries(
    {name: _ranges(kind) for name, kind in _NUMBER_FEATURES.items()}
)


def _narrowed(feature: RawFeature, bounds: Bounds) -> RawFeature:
    """Return the feature, as if it were known between which bounds it lies."""
    if feature.name not in bounds:
        return feature
    given = bounds[feature.name]
    default = None if feature.default is None else given.low
    return replace(feature, type=replace(feature.type, range=given), default=default)


def _points(kind: Kind, given: Range) -> list[Any]:
    """Return numbers between bounds, most of them the bounds themselves and next to them."""
    inside = [value for value in VALUES[kind, None] if given.low <= value <= given.high]
    if kind is Kind.INT64:
        near = [min(given.low + 1, given.high), max(given.high - 1, given.low)]
    else:
        near = [nextafter(given.low, given.high), nextafter(given.high, given.low)]
        near.append(min(max(given.low / 2 + given.high / 2, given.low), given.high))
    return [*[given.low, given.high] * (2 + len(inside) // 3), *near, *inside]


def _rows(bounds: Bounds) -> Iterator[Any]:
    """Yield rows whose numbers lie between the bounds, where they are not missing."""
    random = Random(3)  # noqa: S311  # nothing is kept secret
    points = {name: _points(kind, bounds[name]) for name, kind in _NUMBER_FEATURES.items()}
    for row in ROWS:
        numbers = {
            f"f{index}": random.choice(points[feature.name])
            for index, feature in enumerate(FEATURES)
            if feature.name in points and getattr(row, f"f{index}") is not None
        }
        yield msgspec.structs.replace(row, **numbers)


@cache
def _boundary(text: str) -> Boundary:
    kind = check_expression(text, FEATURES, PARAMETERS).type.kind
    return BOUNDARY[Kind.FLOAT64 if kind is Kind.NULL else kind]


def _program(text: str, bounds: Bounds) -> Program | None:
    """Return the program, or nothing where it is refused for what no type could show."""
    features = [_narrowed(feature, bounds) for feature in FEATURES]
    try:
        derived = DerivedFeature("f0", text, _boundary(text))
        return build_program(features, [derived], PARAMETERS)
    except (ExpressionError, ProgramError):
        return None


@pytest.mark.parametrize("operation", NUMERIC, ids=lambda operation: operation.text)
@examples(7)
@given(bounds=bounds_of_features, pick=st.integers(0, 23))
def test_a_number_lies_between_its_bounds_and_is_null_only_if_it_may_be(
    operation: Operation, bounds: Bounds, pick: int
) -> None:
    texts = TEXTS[operation.text]
    text = texts[pick % len(texts)]
    program = _program(text, bounds)
    if program is None:
        return
    compute = compile_values(program, ["f0"]).function
    declared = program.values["f0"].type

    for row in _rows(bounds):
        (value,) = compute(row)
        assert breaches(value, declared) is None, (text, row, value, declared)
