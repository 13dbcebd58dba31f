import ast
from functools import reduce

import pytest
from hypothesis import given, strategies as st

from modelspec.expressions.lexer import CONSTANTS
from modelspec.expressions.parser import parse
from modelspec.expressions.printer import print_expression
from modelspec.expressions.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Keyword,
    Literal,
    Membership,
    Name,
    Unary,
)
from modelspec.expressions.types import Kind
from support.trees import NOWHERE, signed_literals, trees

CANONICAL = [
    "(-2) ** x",
    "-x ** 2",
    "x ** -2",
    "x ** y ** z",
    "(x ** y) ** z",
    "a - b - c",
    "a - (b - c)",
    "a - (b + c)",
    "a * (b / c)",
    "a + b * c",
    "(a + b) * c",
    "a - -b",
    "--a",
    "-(a + b)",
    "(-a) ** b",
    "-a * b",
    "a and b or c",
    "a and (b or c)",
    "a or (b or c)",
    "not (a and b)",
    "not a and b",
    "not not a",
    "not a == b",
    "(not a) == b",
    "a == (not b)",
    "not a in [1]",
    "a not in [1]",
    "(a in [1]) == b",
    "a + b in [1, -2, 0.5, -0.0]",
    "(a < b) == c",
    "a < (b == c)",
    "(a if c else b) + 1",
    "a + (b if c else d)",
    "a if c else b + 1",
    "a if b else c if d else e",
    "(a if b else c) if d else e",
    "a if (b if c else d) else e",
    "not (a if b else c)",
    "f()",
    'f(a if b else c, -1, g(x), digits=-2, name="n", flag=true, none=null)',
    'x in ["a", "\\"\\\\\\n\\t\\u0000\\u007f\\u0085é \U0001f600\'"]',
    "true",
    "null",
]


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_text_has_only_the_parentheses_that_it_needs(text: str) -> None:
    assert print_expression(parse(text)) == text


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("  a+b\n*\tc\r\n", "a + b * c"),
        ("((a))", "a"),
        ("(a + b) + c", "a + b + c"),
        ("a ** (b ** c)", "a ** b ** c"),
        ("-(x ** 2)", "-x ** 2"),
        ("not (a in [1])", "not a in [1]"),
        ("a if b else (c if d else e)", "a if b else c if d else e"),
        ("f ( a,b , k = 1 )", "f(a, b, k=1)"),
        ('x not  in["\\u0041"]', 'x not in ["A"]'),
        ("1E3", "1000.0"),
        ("1000.0", "1000.0"),
        ("1e16", "1e16"),
        ("12345678901234567890.0", "1.2345678901234567e19"),
        ("0.00001", "1e-5"),
        ("1.50", "1.5"),
        ("1e-999", "0.0"),
        ("0.1000000000000000055511151231257827", "0.1"),
        ("x in [-0]", "x in [0]"),
    ],
)
def test_texts_that_mean_the_same_have_one_canonical_text(written: str, printed: str) -> None:
    assert print_expression(parse(written)) == printed


@given(trees)
def test_a_tree_is_read_back_from_its_text(tree: Expression) -> None:
    assert parse(print_expression(tree)) == tree


@given(trees)
def test_the_canonical_text_of_a_canonical_text_is_itself(tree: Expression) -> None:
    text = print_expression(tree)

    assert print_expression(parse(text)) == text


@given(trees)
def test_every_sentence_means_in_python_what_it_means_here(tree: Expression) -> None:
    source = ast.parse(f"({print_expression(tree)})", mode="eval")

    assert _from_python(source.body) == tree


@given(signed_literals)
def test_a_literal_keeps_its_value_its_kind_and_its_sign(literal: Literal) -> None:
    read = parse(print_expression(Membership(Name("x", NOWHERE), (literal,), False, NOWHERE)))

    assert isinstance(read, Membership)
    assert repr(read.items[0].value) == repr(literal.value)
    assert read.items[0].kind is literal.kind


@given(st.integers(0, 2**53 - 1))
def test_an_integer_and_the_float_of_the_same_value_print_differently(number: int) -> None:
    texts = {
        print_expression(Literal(number, Kind.INT64, NOWHERE)),
        print_expression(Literal(float(number), Kind.FLOAT64, NOWHERE)),
    }

    assert {type(parse(text).value) for text in texts} == {int, float}  # type: ignore[union-attr]


_PYTHON_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.And: "and",
    ast.Or: "or",
    ast.USub: "-",
    ast.Not: "not",
}


def _from_python(node: ast.expr) -> Expression:  # noqa: C901, PLR0911  # one for each kind of node
    """Return the tree that Python's own parser sees in a sentence."""
    match node:
        case ast.Name(id) if id in CONSTANTS:
            return Literal(*CONSTANTS[id], NOWHERE)
        case ast.Name(id):
            return Name(id, NOWHERE)
        case ast.Constant(int() | float() | str() as value):
            kinds = {int: Kind.INT64, float: Kind.FLOAT64, str: Kind.STRING}
            return Literal(value, kinds[type(value)], NOWHERE)
        case ast.UnaryOp(operator, operand):
            return Unary(_PYTHON_OPERATORS[type(operator)], _from_python(operand), NOWHERE)
        case ast.BinOp(left, operator, right):
            return _python_binary(operator, left, right)
        case ast.BoolOp(operator, values):
            return reduce(
                lambda left, right: Binary(
                    _PYTHON_OPERATORS[type(operator)], left, right, NOWHERE
                ),
                map(_from_python, values),
            )
        case ast.Compare(left, [ast.In() | ast.NotIn() as operator], [ast.List(items)]):
            literals = tuple(map(_python_literal, items))
            negated = isinstance(operator, ast.NotIn)
            return Membership(_from_python(left), literals, negated, NOWHERE)
        case ast.Compare(left, [operator], [right]):
            return _python_binary(operator, left, right)
        case ast.IfExp(test, body, orelse):
            condition, then, otherwise = map(_from_python, (test, body, orelse))
            return Conditional(condition, then, otherwise, NOWHERE)
        case ast.Call(ast.Name(function), arguments, keywords):
            given = tuple(
                Keyword(str(keyword.arg), _python_literal(keyword.value), NOWHERE)
                for keyword in keywords
            )
            return Call(function, tuple(map(_from_python, arguments)), given, NOWHERE)
        case _:
            raise AssertionError(ast.dump(node))


def _python_binary(operator: ast.AST, left: ast.expr, right: ast.expr) -> Binary:
    spelled = _PYTHON_OPERATORS[type(operator)]
    return Binary(spelled, _from_python(left), _from_python(right), NOWHERE)


def _python_literal(node: ast.expr) -> Literal:
    literal = _from_python(node)
    if isinstance(literal, Unary):
        number = literal.operand
        assert isinstance(number, Literal)
        assert isinstance(number.value, int | float)
        return Literal(-number.value, number.kind, NOWHERE)
    assert isinstance(literal, Literal)
    return literal
