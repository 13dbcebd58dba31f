"""Limits of raw features: what both executors make of values inside, at and outside of them."""

import re
from collections.abc import Sequence
from math import inf, isnan, nan, nextafter
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, strategies as st

from modelspec import parts
from modelspec.choices import FeatureType, OutOfRange, UnknownFields
from modelspec.compiler.columns import compute_columns
from modelspec.compiler.frames import FrameError, read_columns
from modelspec.compiler.programs import raw_feature, read_program
from modelspec.compiler.rows import (
    MissingFeatureError,
    OutOfRangeError,
    RefusedFeatureError,
    blank_values,
    build_row_type,
)
from modelspec.compiler.scalar import compile_tensor, compile_values
from modelspec.compiler.tensors import transform
from modelspec.expressions.columns import values_of
from modelspec.expressions.program import DerivedFeature, Program, build_program, check_expression
from modelspec.expressions.types import (
    FLOAT64,
    MAX_FLOAT,
    MAX_INTEGER,
    Range,
)
from modelspec.parts import Feature, FeatureFetching
from support.effort import examples
from support.executors import BOUNDARY, breaches, packed_row, same, same_bits

FLOAT, INTEGER, TEXT = FeatureType.FLOAT64, FeatureType.INT64, FeatureType.STRING

BOUNDS = {
    FLOAT: ("0", "0.1", "-2.5", "1", "120", "1" + "0" * 300, "0.00000000000000000000000000000001"),
    INTEGER: ("0", "1", "-3", "120", str(MAX_INTEGER), str(-MAX_INTEGER)),
}

NUMBERS = {
    FLOAT: (0.0, -0.0, 0.5, -1.0, 5e-324, 1e39, MAX_FLOAT, -MAX_FLOAT),
    INTEGER: (0, 1, -1, MAX_INTEGER, -MAX_INTEGER, 2**53, -(2**53), 10**30, -(10**30)),
}

EXPRESSIONS = {
    FLOAT: ("x", "x * 2.0", "sqrt(x)", "1.0 / x", "coalesce(x, -1.0)", "is_null(x)"),
    INTEGER: ("x", "x + 1", "x * x", "sqrt(x)", "7 // x", "coalesce(x, -1)", "is_null(x)"),
    TEXT: ("x", "upper(x)", "length(x)", 'x == "NO"', "is_null(x)"),
}

TEXTS = ("NO", "SE", "Norway", "", "no", "NO ")


def _neighbours(feature: Feature) -> list[Any]:
    """Return the values at the bounds, and those next to them on either side."""
    bounds = [text for text in (feature.minimum, feature.maximum) if text is not None]
    if feature.type is INTEGER:
        return [int(text) + step for text in bounds for step in (-1, 0, 1)]
    return [
        value
        for number in map(float, bounds)
        for value in (nextafter(number, -inf), number, nextafter(number, inf))
    ]


@st.composite
def _bounded(draw: st.DrawFn) -> Feature:
    """Return a feature with limits: optional, required or with a default within them."""
    kind = draw(st.sampled_from((FLOAT, INTEGER, TEXT)))
    presence = draw(st.sampled_from(("optional", "required", "default")))
    if kind is TEXT:
        policies = [OutOfRange.REJECT, OutOfRange.USE_NULL]
        allowed = draw(st.sets(st.sampled_from(("NO", "SE", "", "DK")), min_size=1))
        limits: dict[str, Any] = {"allowed_values": tuple(sorted(allowed))}
        default = min(allowed)
    else:
        policies = list(OutOfRange)
        bounds = sorted(
            draw(st.sets(st.sampled_from(BOUNDS[kind]), min_size=2, max_size=2)), key=float
        )
        default = draw(st.sampled_from(bounds))
        names = draw(st.sampled_from((("minimum",), ("maximum",), ("minimum", "maximum"))))
        limits = {name: bounds[name == "maximum"] for name in names}
    return Feature(
        name="x",
        type=kind,
        default=default if presence == "default" else None,
        required=presence == "required",
        on_out_of_range=draw(st.sampled_from(policies)),
        **limits,
    )


def _values(feature: Feature) -> st.SearchStrategy[Any]:
    if feature.type is TEXT:
        return st.sampled_from((*TEXTS, None))
    return st.sampled_from((*NUMBERS[feature.type], *_neighbours(feature), None))


def _meant(feature: Feature, value: Any) -> Any:
    """Return what a value means, in other words than the library's; an error for a refusal."""
    if value is None or (feature.type is INTEGER and not -(2**53) < value < 2**53):
        if feature.required:
            return MissingFeatureError
        value = raw_feature(feature).default
    if value is None or _is_within(feature, value):
        return value
    if feature.on_out_of_range is OutOfRange.REJECT:
        return OutOfRangeError
    if feature.on_out_of_range is OutOfRange.USE_NULL:
        return None
    nearest = feature.minimum if value < float(feature.minimum or -inf) else feature.maximum
    return type(value)(nearest)


def _is_within(feature: Feature, value: Any) -> bool:
    if feature.type is TEXT:
        return value in feature.allowed_values
    low, high = feature.minimum, feature.maximum
    return (low is None or value >= float(low)) and (high is None or value <= float(high))


def _program(feature: Feature, *texts: str) -> Program:
    """Return the program that computes the texts as ``f0`` and so on."""
    raw = raw_feature(feature)
    kinds = [check_expression(text, [raw]).type.kind for text in texts]
    derived = [
        DerivedFeature(f"f{index}", text, BOUNDARY[kind])
        for index, (text, kind) in enumerate(zip(texts, kinds, strict=True))
    ]
    return build_program([raw], derived)


def _by_row(program: Program, names: Sequence[str], value: Any) -> Any:
    """Return the values for one row, or the error that refuses it."""
    row = msgspec.convert({"x": value}, build_row_type(program.features))
    try:
        return compile_values(program, names).function(row)
    except RefusedFeatureError as error:
        return error


def _by_column(program: Program, names: Sequence[str], values: Any) -> Any:
    """Return the values for every row, or the error that refuses one."""
    try:
        columns = read_columns({"x": values}, program.features)
    except FrameError as error:
        return error
    computed = compute_columns(program, columns, names)
    listed = [values_of(computed[name]) for name in names]
    spread = [column * len(values) if len(column) == 1 else column for column in listed]
    return list(zip(*spread, strict=True))


@examples(400)
@given(data=st.data(), feature=_bounded())
def test_both_executors_make_the_same_of_a_value_and_keep_what_types_promise(
    data: st.DataObject, feature: Feature
) -> None:
    values = data.draw(st.lists(_values(feature), min_size=1, max_size=12))
    program = _program(feature, *EXPRESSIONS[feature.type])
    names = ["x", *program.boundaries]
    by_row = [_by_row(program, names, value) for value in values]
    by_column = _by_column(program, names, values)

    found = [_kind_of(item) for item in by_row]
    assert same(found, [_meant(feature, value) for value in values])
    refusals = [kind for kind in (MissingFeatureError, OutOfRangeError) if kind in found]
    if refusals:
        assert isinstance(by_column, FrameError)
        assert by_column.row == found.index(refusals[0])
        return
    assert same(by_column, by_row)
    promised = [program.values[name].type for name in names]
    flaws = [breaches(v, t) for row in by_row for v, t in zip(row, promised, strict=True)]
    assert set(flaws) == {None}


def _kind_of(found: Any) -> Any:
    """Return the value of the feature itself, or what kind of error there is instead."""
    if isinstance(found, Exception):
        return type(found)
    return None if isinstance(found[0], float) and isnan(found[0]) else found[0]


@examples(150)
@given(data=st.data(), feature=_bounded().filter(lambda feature: feature.type is not TEXT))
def test_tensors_of_rows_and_of_arrays_have_the_same_bits(
    data: st.DataObject, feature: Feature
) -> None:
    values = data.draw(st.lists(_values(feature), min_size=1, max_size=12))
    kept = [value for value in values if not isinstance(_meant(feature, value), type)]
    program = _program(feature)
    compute = compile_tensor(program, ["x"]).function
    row_type = build_row_type(program.features)

    packed = b"".join(packed_row(compute(msgspec.convert({"x": v}, row_type))) for v in kept)
    floats = np.array([nan if value is None else float(value) for value in kept])
    for form in (kept, floats):
        tensor = transform(program, {"x": form}, ["x"])
        assert same_bits(tensor, np.frombuffer(packed, np.float32).reshape(-1, 1))


REFUSALS = [
    (Feature(name="age", type=INTEGER, minimum="0"), -3, "must be at least 0, got -3"),
    (Feature(name="age", type=INTEGER, maximum="120"), 121, "must be at most 120, got 121"),
    (Feature(name="age", type=FLOAT, minimum="0.1", maximum="1"), 2, "must be at most 1, got 2"),
    (Feature(name="age", type=FLOAT, minimum="0.1"), -1e300, "must be at least 0.1, got -1e+300"),
    (
        Feature(name="age", type=TEXT, allowed_values=("A", "B")),
        "C",
        "must be one of 'A', 'B', got 'C'",
    ),
    (
        Feature(name="age", type=TEXT, allowed_values=tuple(f"v{n:02}" for n in range(12))),
        "x" * 1000,
        (
            "must be one of 'v00', 'v01', 'v02', 'v03', 'v04', 'v05', 'v06', 'v07', 'v08', 'v09'"
            f" or 2 more, got '{'x' * 39}…"
        ),
    ),
    (
        Feature(name="age", type=TEXT, allowed_values=("y" * 1024,)),
        "\n\0",
        f"must be one of '{'y' * 39}…, got '\\n\\x00'",
    ),
]


@pytest.mark.parametrize(("feature", "value", "problem"), REFUSALS)
def test_a_refusal_says_what_was_expected(feature: Feature, value: Any, problem: str) -> None:
    program = build_program([raw_feature(feature)])
    row = msgspec.convert({"age": value}, build_row_type(program.features))

    with pytest.raises(OutOfRangeError) as caught:
        compile_values(program, ["age"]).function(row)

    assert (caught.value.feature, caught.value.problem) == ("age", problem)
    assert str(caught.value) == f"feature 'age' {problem}"


def test_a_refusal_does_not_depend_on_whether_the_feature_is_used() -> None:
    features = [
        Feature(name="age", type=INTEGER, minimum="0"),
        Feature(name="x", type=FLOAT, minimum="0", on_out_of_range=OutOfRange.CLAMP),
    ]
    program = build_program(map(raw_feature, features))
    function = compile_values(program, ["x"]).function
    row_type = build_row_type(program.features)

    assert function(msgspec.convert({"age": 0, "x": -1.0}, row_type)) == (0.0,)
    with pytest.raises(OutOfRangeError, match="feature 'age'"):
        function(msgspec.convert({"age": -1, "x": 1.0}, row_type))


def test_a_program_may_rely_on_what_is_not_refused() -> None:
    feature = raw_feature(Feature(name="x", type=FLOAT, required=True, minimum="1", maximum="100"))

    for text in ("x * 2.0", "log(x)", "1.0 / x"):
        assert not check_expression(text, [feature]).type.nullable, text
    assert check_expression("x", [feature]).type.range == Range(1.0, 100.0)


@pytest.mark.parametrize(
    ("out_of_range", "expected"),
    [
        (OutOfRange.REJECT, FLOAT64),
        (OutOfRange.CLAMP, FLOAT64),
        (OutOfRange.USE_NULL, FLOAT64.optional()),
    ],
)
def test_only_use_null_makes_a_required_number_nullable(
    out_of_range: OutOfRange, expected: Any
) -> None:
    feature = Feature(
        name="x", type=FLOAT, required=True, minimum="0", on_out_of_range=out_of_range
    )

    found = build_program([raw_feature(feature)]).values["x"].type

    assert found.nullable == expected.nullable
    assert found.range == Range(0.0, MAX_FLOAT)


def test_a_text_is_as_long_as_the_longest_that_is_not_refused() -> None:
    feature = raw_feature(Feature(name="x", type=TEXT, allowed_values=("DNK", "NO")))
    replaced = raw_feature(
        Feature(
            name="x",
            type=TEXT,
            max_length=8,
            allowed_values=("DNK", "NO"),
            on_out_of_range=OutOfRange.USE_NULL,
        )
    )

    assert check_expression("x", [feature]).type.length == 3
    assert check_expression("x", [replaced]).type.length == 8
    # A caller who sends a longer one is told what is allowed, not how long it may be.
    assert feature.type.length == parts.DEFAULT_MAX_LENGTH


def test_bounds_of_an_integer_cost_no_second_comparison() -> None:
    limited = Feature(name="x", type=INTEGER, default="5", minimum="0", maximum="120")

    source = compile_values(build_program([raw_feature(limited)]), ["x"]).source

    assert re.findall(r"not .* <= x0 <= \d+", source) == ["not 0 <= x0 <= 120"]
    assert str(MAX_INTEGER) not in source


def test_an_open_side_of_a_float_costs_nothing() -> None:
    limited = Feature(name="x", type=FLOAT, minimum="0")

    source = compile_tensor(build_program([raw_feature(limited)]), ["x"]).source

    assert "and not 0.0 <= x0: " in source


@pytest.mark.parametrize(
    ("feature", "blank"),
    [
        (Feature(name="x", type=INTEGER, minimum="18"), 18),
        (Feature(name="x", type=INTEGER, maximum="-18"), -18),
        (Feature(name="x", type=INTEGER, minimum="-1", maximum="1"), 0),
        (Feature(name="x", type=FLOAT, minimum="0.5", on_out_of_range=OutOfRange.USE_NULL), 0.5),
        (Feature(name="x", type=FLOAT, maximum="7"), 0.0),
        (Feature(name="x", type=TEXT, allowed_values=("NO", "SE")), "NO"),
        (Feature(name="x", type=TEXT), ""),
    ],
)
def test_a_blank_row_is_within_the_limits(feature: Feature, blank: Any) -> None:
    assert same(blank_values([raw_feature(feature)]), [blank])


def test_bounds_out_of_order_break_no_check() -> None:
    for out_of_range in OutOfRange:
        feature = Feature(
            name="x", type=FLOAT, minimum="5", maximum="-5", on_out_of_range=out_of_range
        )
        for text in ("x", "sqrt(x)", "x ** 2.0", "1.0 / x", "log(x)"):
            found = check_expression(text, [raw_feature(feature)]).type
            assert found.range.low <= found.range.high, text


def test_a_snapshot_of_before_has_no_limits() -> None:
    document = b'{"features":[{"name":"n","type":"Int64"},{"name":"s","type":"String"}]}'

    fetching = msgspec.json.decode(document, type=FeatureFetching)

    assert fetching.unknown_fields is UnknownFields.IGNORE
    assert [feature.limits for feature in read_program(fetching, None).features] == [None, None]
    assert msgspec.json.encode(fetching) == document
