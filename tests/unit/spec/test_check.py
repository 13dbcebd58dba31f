"""What the checker refuses, in which words and at which place; and what it knows of the rest."""

from collections.abc import Mapping

import pytest

from modelspec.compiler.columns import compute_columns
from modelspec.expressions.columns import column_of, values_of
from modelspec.expressions.parameters import Affine, Edges, LookupTable, Parameter
from modelspec.expressions.program import (
    DerivedFeature,
    Program,
    ProgramError,
    RawFeature,
    build_program,
    check_expression,
)
from modelspec.expressions.syntax import ExpressionError
from modelspec.expressions.types import (
    BOOL,
    FLOAT64,
    INT64,
    TIMESTAMP,
    Boundary,
    Kind,
    Range,
    string,
)

FEATURES = (
    RawFeature("amount", FLOAT64, required=True),
    RawFeature("avg_amt_30d", FLOAT64.optional()),
    RawFeature("count", INT64.optional()),
    RawFeature("mcc", string(4).optional()),
    RawFeature("descriptor", string(1024).optional()),
    RawFeature("is_new", BOOL.optional()),
    RawFeature("event_time", TIMESTAMP, required=True),
)

PARAMETERS: Mapping[str, Parameter] = {
    "mcc_risk": LookupTable(Kind.STRING, {"5967": 0.25}, default=0.01),
    "age_edges": Edges((1.0, 7.0)),
    "scale": Affine(1.0, 2.0),
}

COMPLAINTS = [
    ("coalesce(amout, 0.0)", 10, "MS301", "unknown name 'amout'; did you mean 'amount'?"),
    ("log1p", 1, "MS301", "'log1p' is a function; call it as log1p(x: float64) -> float64?"),
    ("log2p(amount)", 1, "MS302", "unknown function 'log2p'; did you mean 'log2'?"),
    ("coalesce(amount)", 1, "MS303", "coalesce() takes at least 2 arguments, got 1"),
    ("is_null(amount, mcc)", 1, "MS303", "is_null() takes exactly 1 argument, got 2"),
    ("round(amount, figures=2)", 15, "MS303", "round() has no literal argument 'figures'"),
    ("lower(amount)", 7, "MS304", "lower() argument 1 must be string, got float64"),
    (
        'amount > "500"',
        1,
        "MS305",
        'cannot compare float64 with string; write 500 instead of "500"',
    ),
    (
        'event_time > "2026-01-01T00:00:00Z"',
        1,
        "MS305",
        'cannot compare timestamp with string; write parse_timestamp("2026-01-01T00:00:00Z")',
    ),
    ("mcc in [5967]", 1, "MS305", "cannot compare string with int64"),
    (
        "mcc + descriptor",
        1,
        "MS306",
        "operator '+' requires numbers, got string and string; use concat()",
    ),
    (
        "amount + is_new",
        1,
        "MS306",
        "operator '+' requires numbers, got float64 and bool; use indicator()",
    ),
    (
        "event_time - event_time",
        1,
        "MS306",
        (
            "operator '-' requires numbers, got timestamp and timestamp;"
            " use seconds_between() or epoch_seconds()"
        ),
    ),
    (
        "amount and is_new",
        1,
        "MS307",
        "operator 'and' requires bool, got float64 and bool; compare it, for example `amount > 0`",
    ),
    ("mcc in [null]", 1, "MS309", "null is in no list; use is_null(x)"),
    (
        "amount if is_new else mcc",
        1,
        "MS310",
        "branches must have one type, got float64 and string",
    ),
    ("1 if mcc else 2", 1, "MS311", "condition must be bool, got string"),
    (
        "bucketize(amount, edges)",
        19,
        "MS321",
        "parameter 'edges' is not declared; did you mean 'age_edges'?",
    ),
    (
        "mcc_risk == 1",
        1,
        "MS323",
        "'mcc_risk' is a parameter; pass it to lookup(), ordinal(), one_hot() or in_set()",
    ),
    (
        "lookup(mcc, mcc_rsk)",
        13,
        "MS321",
        "parameter 'mcc_rsk' is not declared; did you mean 'mcc_risk'?",
    ),
    (
        "bucketize(amount, mcc_risk)",
        19,
        "MS322",
        "bucketize() argument 2 must be a parameter of type Edges, 'mcc_risk' is LookupTable",
    ),
    (
        "scale + 1",
        1,
        "MS323",
        "'scale' is a parameter; pass it to affine()",
    ),
    (
        "lookup(count, mcc_risk)",
        8,
        "MS324",
        "lookup() argument 1 must be string (`keyType` of 'mcc_risk'), got int64; use to_string()",
    ),
    (
        "regex_match(mcc, descriptor)",
        18,
        "MS325",
        "regex_match() argument 2 must be a string literal",
    ),
    ("amount / 0", 1, "MS331", "division by the constant 0 is always null"),
    ("amount % (3 - 3)", 1, "MS331", "division by the constant 0 is always null"),
]


@pytest.mark.parametrize(
    ("text", "column", "code", "message"), COMPLAINTS, ids=[text for text, *_ in COMPLAINTS]
)
def test_a_problem_has_a_code_a_column_and_a_remedy(
    text: str, column: int, code: str, message: str
) -> None:
    with pytest.raises(ExpressionError) as caught:
        check_expression(text, FEATURES, PARAMETERS)

    (problem,) = caught.value.problems
    assert (problem.code.name, problem.sentence) == (code, f"column {column}: {message}")


def test_all_problems_of_an_expression_are_found_at_once() -> None:
    text = 'coalesce(amout, 0.0) + lower(count) + (1 if mcc else 2) + (avg_amt_30d > "1")'

    with pytest.raises(ExpressionError) as caught:
        check_expression(text, FEATURES, PARAMETERS)

    assert [problem.code.name for problem in caught.value.problems] == [
        "MS301",
        "MS304",
        "MS311",
        "MS305",
    ]


def test_the_message_shows_the_place_with_carets() -> None:
    with pytest.raises(ExpressionError) as caught:
        check_expression("coalesce(amout, 0.0)", FEATURES)

    assert str(caught.value) == (
        "column 10: unknown name 'amout'; did you mean 'amount'?\n"
        "  coalesce(amout, 0.0)\n"
        "           ^^^^^"
    )


def test_what_costs_too_much_is_refused_with_the_costliest_function() -> None:
    with pytest.raises(ExpressionError) as caught:
        check_expression("edit_distance(descriptor, descriptor, max=64)", FEATURES)

    (problem,) = caught.value.problems
    assert problem.code.name == "MS317"
    assert "edit_distance() on 1024 characters accounts for" in problem.message


TYPES = [
    ("amount", "float64"),
    ("avg_amt_30d", "float64?"),
    ("amount + 1", "float64"),
    ("amount + amount", "float64?"),  # the sum of two large floats is no float
    ("amount / 2", "float64"),
    ("amount / avg_amt_30d", "float64?"),
    ("coalesce(amount / avg_amt_30d, 0.0)", "float64"),
    ("count + 1", "int64?"),
    ("1 + 2", "int64"),
    ("7 / 2", "float64"),
    ("is_null(mcc)", "bool"),
    ("is_new and true", "bool?"),
    ("amount > 5", "bool"),
    ("avg_amt_30d > 5", "bool?"),
    ("indicator(avg_amt_30d > 5)", "float64"),
    ("lookup(mcc, mcc_risk)", "float64"),
    ("bucketize(avg_amt_30d, age_edges)", "int64?"),
    ("1 if is_new else null", "int64?"),
    ("1 if is_new else 2.5", "float64"),
    ('"a" if is_new else mcc', "string?"),
    ("greatest(avg_amt_30d, 1.0)", "float64"),
    ("log1p(amount)", "float64?"),
    ("log1p(abs(amount))", "float64"),
]


@pytest.mark.parametrize(("text", "expected"), TYPES, ids=[text for text, _ in TYPES])
def test_types_say_whether_a_value_can_be_null(text: str, expected: str) -> None:
    assert str(check_expression(text, FEATURES, PARAMETERS).type) == expected


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("clip(avg_amt_30d, 0.0, 12.0) * 2", 0.0, 24.0),
        ("indicator(is_new) - 1", -1.0, 0.0),
        ("bucketize(amount, age_edges)", 0, 2),
        ("lookup(mcc, mcc_risk)", 0.01, 0.25),
        ("hour(event_time) / 24", 0.0, 23 / 24),
        ("-(3 if is_new else 5)", -5, -3),
    ],
)
def test_bounds_are_known_before_any_row(text: str, low: float, high: float) -> None:
    assert check_expression(text, FEATURES, PARAMETERS).type.range == Range(low, high)


def _program(**texts: str) -> Program:
    derived = [DerivedFeature(name, text, Boundary.FLOAT64) for name, text in texts.items()]
    return build_program(FEATURES, derived, PARAMETERS)


def _complaints(**texts: str) -> list[tuple[int, str, str]]:
    with pytest.raises(ProgramError) as caught:
        _program(**texts)
    return [(p.index, p.problem.code.name, p.problem.message) for p in caught.value.problems]


def test_derived_features_may_stand_in_any_order() -> None:
    program = _program(c="b + 1.0", b="a * 0.5", a="amount")

    order = [program.values[name].number for name in "abc"]
    assert order == sorted(order)


def test_equal_work_is_one_node() -> None:
    program = _program(a="sqrt(amount) + 1.0", b="sqrt( amount )+ 1.0", c="sqrt(amount)")

    assert program.values["a"] is program.values["b"]
    assert len(program.nodes) == len(FEATURES) + 3


def test_a_cycle_is_shown_whole() -> None:
    message = "cycle 'a' -> 'b' -> 'a'; a derived feature must not depend on itself"
    other = "cycle 'b' -> 'a' -> 'b'; a derived feature must not depend on itself"

    (found,) = _complaints(a="b + 1.0", b="a + 1.0", c="amount")

    assert found in {(-1, "MS319", message), (-1, "MS319", other)}


def test_a_feature_that_refers_to_itself_is_named() -> None:
    assert _complaints(a="a + 1.0") == [(0, "MS320", "'a' refers to itself")]


def test_what_depends_on_a_broken_feature_stays_silent() -> None:
    found = _complaints(a="amout", b="a + 1.0", c='b + "x"')

    assert [(index, code) for index, code, _ in found] == [(0, "MS301")]


def test_every_broken_feature_is_reported() -> None:
    found = _complaints(a="amout", b="(", c="lower(amount)")

    assert [(index, code) for index, code, _ in found] == [
        (0, "MS301"),
        (1, "MS314"),
        (2, "MS304"),
    ]


@pytest.mark.parametrize(
    ("text", "boundary", "message"),
    [
        (
            "mcc",
            Boundary.FLOAT32,
            (
                "expression has type string, `type` is Float32;"
                " use ordinal(), hash_bucket() or lookup()"
            ),
        ),
        (
            "amount",
            Boundary.INT32,
            "expression has type float64, `type` is Int32; use to_int() or declare Float64",
        ),
        (
            "event_time",
            Boundary.FLOAT64,
            "expression has type timestamp, `type` is Float64; use epoch_seconds()",
        ),
    ],
)
def test_the_declared_type_must_hold_the_result(
    text: str, boundary: Boundary, message: str
) -> None:
    with pytest.raises(ProgramError) as caught:
        build_program(FEATURES, [DerivedFeature("x", text, boundary)])

    (found,) = caught.value.problems
    assert (found.problem.code.name, found.problem.message) == ("MS334", message)


def test_what_int32_cannot_hold_is_null() -> None:
    derived = [
        DerivedFeature("x", "count", Boundary.INT32),
        DerivedFeature("y", "x", Boundary.INT64),
    ]
    program = build_program(FEATURES, derived)
    columns = {"count": column_of([2**31 - 1, 2**31, -(2**31), -(2**31) - 1], Kind.INT64)}

    found = compute_columns(program, columns, ["x", "y"])

    assert values_of(found["x"]) == values_of(found["y"]) == [2**31 - 1, None, -(2**31), None]


def test_a_long_chain_of_features_needs_no_deep_stack() -> None:
    texts = {"d0": "amount"} | {f"d{i}": f"d{i - 1} * 0.5 + 1.0" for i in range(1, 512)}

    assert "d511" in _program(**texts).values
