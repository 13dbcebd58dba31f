import time
from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st

from modelspec.errors import Code
from modelspec.expressions.parser import parse
from modelspec.expressions.printer import print_expression
from modelspec.expressions.syntax import (
    Binary,
    Call,
    Expression,
    ExpressionError,
    Keyword,
    Literal,
    Membership,
    Name,
    Problem,
    Unary,
    children_of,
)
from modelspec.expressions.types import Kind
from support.trees import NOWHERE, trees

A, B, C = (Name(name, NOWHERE) for name in "abc")
TOO_DEEP = "expression must be nested at most 32 deep; name an intermediate derived feature"
CALLS_ONLY = "only calls like f(x) are allowed"
CHAINED = "comparisons may not be chained; write 'lo < x and x < hi'"
WITH_NULL = "comparison with null is always null; use is_null(x)"
NAMES = "names have lower-case letters, digits and underscores, and start with a letter"
NUMBERS = "numbers look like 12, 1.5 or 1e-3"
EMPTY = "expression is empty; write a name, a literal or a call such as log1p(x)"
NO_LIST = "use in_set(x, p) with a parameter p, or list_contains(l, x) with a feature l"
TOO_LARGE = "1e999 is too large for float64; the largest is 1.7976931348623157e+308"
SURROGATE = "write the whole character itself"
SET = "declare a parameter of type Set and use in_set()"
LIST_OF_65 = f"x in [{'1, ' * 64}1]"
MANY_NODES = f"f({', '.join(['g(' + ', '.join('a' * 50) + ')'] * 5)}, x in [{'1, ' * 52}1], k=1)"
ESCAPES = 'use \\", \\\\, \\n, \\t or \\uXXXX'


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ExpressionError) as raised:
        parse(text)
    return raised.value.problems


def integer(value: int) -> Literal:
    return Literal(value, Kind.INT64, NOWHERE)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("12", Literal(12, Kind.INT64, NOWHERE)),
        ("12.0", Literal(12.0, Kind.FLOAT64, NOWHERE)),
        ("1e3", Literal(1000.0, Kind.FLOAT64, NOWHERE)),
        ("1.5e-3", Literal(0.0015, Kind.FLOAT64, NOWHERE)),
        ("0.5", Literal(0.5, Kind.FLOAT64, NOWHERE)),
        ("9007199254740991", Literal(2**53 - 1, Kind.INT64, NOWHERE)),
        ("true", Literal(True, Kind.BOOL, NOWHERE)),
        ("null", Literal(None, Kind.NULL, NOWHERE)),
        (r'"\"\\\n\t\u00e9€"', Literal('"\\\n\té€', Kind.STRING, NOWHERE)),
        ("-1", Unary("-", integer(1), NOWHERE)),
        ("a", A),
        ("nothing", Name("nothing", NOWHERE)),
        ("a - b - c", Binary("-", Binary("-", A, B, NOWHERE), C, NOWHERE)),
        ("a ** b ** c", Binary("**", A, Binary("**", B, C, NOWHERE), NOWHERE)),
        ("-a ** b", Unary("-", Binary("**", A, B, NOWHERE), NOWHERE)),
        ("a not in [-1]", Membership(A, (integer(-1),), True, NOWHERE)),
        ("not a in [1]", Unary("not", Membership(A, (integer(1),), False, NOWHERE), NOWHERE)),
        ("f(a, k=-1)", Call("f", (A,), (Keyword("k", integer(-1), NOWHERE),), NOWHERE)),
    ],
)
def test_a_text_is_read_as_the_grammar_says(text: str, tree: Expression) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "column", "code", "message"),
    [
        # Comparisons
        ("0 < x < 10", 7, "MS308", CHAINED),
        ("a in [1] == b", 10, "MS308", CHAINED),
        ("a < b < c < d < e", 7, "MS308", CHAINED),
        ("a == null", 6, "MS309", WITH_NULL),
        ("a != (null)", 7, "MS309", WITH_NULL),
        ("null == null", 1, "MS309", WITH_NULL),
        # What other languages have
        ("a.b", 2, "MS312", f"unexpected character '.'; {CALLS_ONLY}"),
        ("a[0]", 2, "MS312", f"unexpected character '['; {CALLS_ONLY}"),
        ("f(x)(y)", 5, "MS312", f"unexpected character '('; {CALLS_ONLY}"),
        ("lambda x: x", 1, "MS312", f"unexpected 'lambda'; {CALLS_ONLY}"),
        ("lambda: 1", 7, "MS312", f"unexpected character ':'; {CALLS_ONLY}"),
        ("f(x for x in y)", 5, "MS312", f"unexpected 'for'; {CALLS_ONLY}"),
        ("[x]", 1, "MS312", "unexpected character '['; a list may only follow 'in'"),
        ("a = 1", 3, "MS312", "unexpected character '='; use '==' to compare"),
        ("a := 1", 3, "MS312", "unexpected ':='; assignment is not allowed"),
        ("a & b", 3, "MS312", "unexpected character '&'; use 'and'"),
        ("a | b", 3, "MS312", "unexpected character '|'; use 'or'"),
        ("~a", 1, "MS312", "unexpected character '~'; use 'not'"),
        ("!a", 1, "MS312", "unexpected character '!'; use 'not'"),
        ("a ^ 2", 3, "MS312", "unexpected character '^'; use '**' for powers"),
        ("a && b", 3, "MS312", "unexpected '&&'; use 'and'"),
        ("a || b", 3, "MS312", "unexpected '||'; use 'or'"),
        ("a <> b", 3, "MS312", "unexpected '<>'; use '!='"),
        ("a === b", 3, "MS312", "unexpected '==='; use '=='"),
        ("a != = b", 6, "MS312", "expected a value, found '='"),
        ("a is null", 3, "MS312", "unexpected 'is'; use is_null(x)"),
        ("a ? b : c", 3, "MS312", "unexpected character '?'; write 'a if condition else b'"),
        ("case when a", 1, "MS312", "unexpected 'case'; write 'a if condition else b'"),
        ("a between 1", 3, "MS312", "unexpected 'between'; write 'lo < x and x < hi'"),
        ("True", 1, "MS312", "unexpected 'True'; use 'true'"),
        ("None", 1, "MS312", "unexpected 'None'; use 'null'"),
        ("NULL", 1, "MS312", "unexpected 'NULL'; use 'null'"),
        ("a AND b", 3, "MS312", "unexpected 'AND'; use 'and'"),
        ("a\x00", 2, "MS312", "unexpected character U+0000"),
        ("a\u00a0+ b", 2, "MS312", "unexpected character U+00A0"),
        ("\uff41", 1, "MS312", "unexpected character '\uff41' (U+FF41)"),
        ("a @ b", 3, "MS312", "unexpected character '@'"),
        # Names
        ("Amount", 1, "MS312", f"unexpected 'Amount'; {NAMES}"),
        ("__class__", 1, "MS312", f"unexpected '__class__'; {NAMES}"),
        ("x" * 64, 1, "MS312", "name must be at most 63 characters, got 64"),
        # Numbers
        (".5", 1, "MS312", "invalid number '.5'; write 0.5"),
        ("1.", 1, "MS312", "invalid number '1.'; write 1.0"),
        ("1_000", 1, "MS312", "invalid number '1_000'; write 1000"),
        ("0x10", 1, "MS312", "invalid number '0x10'; write 16"),
        ("012", 1, "MS312", "invalid number '012'; write 12"),
        ("1e+", 1, "MS312", f"invalid number '1e+'; {NUMBERS}"),
        ("2x", 1, "MS312", f"invalid number '2x'; {NUMBERS}"),
        ("1e999", 1, "MS312", TOO_LARGE),
        ("9007199254740993", 1, "MS333", "9007199254740993 is outside the safe integer range"),
        (
            "x in [-9007199254740992]",
            8,
            "MS333",
            "9007199254740992 is outside the safe integer range",
        ),
        # Strings
        ("lower('a')", 7, "MS313", 'unexpected character "\'"; use double quotes'),
        (
            "lower(\u201ca\u201d)",
            7,
            "MS312",
            "unexpected character '\u201c' (U+201C); use straight double quotes",
        ),
        ('"abc', 5, "MS314", "expected '\"', found end of expression"),
        ('"a\nb"', 3, "MS312", "unexpected character U+000A in a string; write \\n"),
        ('"a\x7f"', 3, "MS312", "unexpected character U+007F in a string; write \\u007f"),
        ('"\ud800"', 2, "MS312", "unexpected character U+D800 in a string"),
        (r'"a\q"', 3, "MS312", f"invalid escape '\\q'; {ESCAPES}"),
        (r'"\u12"', 2, "MS312", f"invalid escape '\\u12'; {ESCAPES}"),
        (r'"\uD83D\uDE00"', 2, "MS312", rf"invalid escape '\uD83D'; {SURROGATE}"),
        # What is missing, and what is too much
        ("", 1, "MS314", EMPTY),
        (" \n ", 1, "MS314", EMPTY),
        ("clip(amount, 0.0 ", 17, "MS314", "expected ')', found end of expression"),
        ("(a + b", 7, "MS314", "expected ')', found end of expression"),
        ("a +", 4, "MS314", "expected a value, found end of expression"),
        ("a if b", 7, "MS314", "expected 'else', found end of expression"),
        ("x in [1", 8, "MS314", "expected ']', found end of expression"),
        ("a else b", 3, "MS312", "unexpected 'else'; write 'a if condition else b'"),
        ("a not b", 7, "MS312", "expected 'in', found 'b'"),
        ("a == not b", 6, "MS312", "unexpected 'not'; put parentheses around 'not ...'"),
        ("a b", 3, "MS312", "expected an operator, found 'b'"),
        ('a "b"', 3, "MS312", "expected an operator, found a string"),
        ("a)", 2, "MS312", "unexpected character ')'; no parenthesis is open"),
        ("a, b", 2, "MS312", "unexpected character ','; only calls take several values"),
        ("+a", 1, "MS312", "expected a value, found '+'"),
        ("f(a,)", 5, "MS312", "expected a value, found ')'"),
        # Lists
        ("x in y", 6, "MS312", f"expected '[', found 'y'; {NO_LIST}"),
        ("x in (1, 2)", 6, "MS312", "unexpected character '('; write lists in square brackets"),
        ("x in []", 7, "MS312", "expected a literal, found ']'"),
        ("x in [1, a]", 10, "MS325", "list item must be a literal"),
        ("x in [-true]", 7, "MS325", "list item must be a literal"),
        # Arguments
        ("f(x, digits=y)", 13, "MS325", "f() digits must be a literal"),
        ("f(x, digits=1 + 1)", 13, "MS325", "f() digits must be a literal"),
        ("f(x, digits=1 x)", 15, "MS312", "expected ')', found 'x'"),
        ("f(x, digits=)", 13, "MS312", "expected a literal, found ')'"),
        ("f(k=2, x)", 8, "MS312", "f() takes no positional argument after 'k='; put it first"),
        ("f(x, k=1, k=2)", 11, "MS303", "f() got 'k' twice"),
        # Limits
        ('"' + "é" * 257 + '"', 1, "MS316", "string must be at most 256 characters, got 257"),
        (LIST_OF_65, 6, "MS316", f"list must have at most 64 items, got 65; {SET}"),
        ("(" * 33 + "a" + ")" * 33, 33, "MS315", TOO_DEEP),
        ("-" * 32 + "a", 33, "MS315", TOO_DEEP),
        ("f(" * 32 + "a" + ")" * 32, 65, "MS315", TOO_DEEP),
        ("a" + " + a" * 32, 1, "MS315", TOO_DEEP),
        (MANY_NODES, 1, "MS316", "expression must have at most 256 nodes, got 312"),
        ("a" * 4097, 4097, "MS316", "expression must be at most 4096 characters, got 4097"),
    ],
)
def test_an_error_names_the_column_the_reason_and_the_remedy(
    text: str, column: int, code: str, message: str
) -> None:
    (problem,) = problems_of(text)

    assert (problem.span.start + 1, problem.code.name, problem.message) == (column, code, message)


def test_the_caret_line_underlines_what_is_wrong() -> None:
    text = "amount > 0 and country == null"

    with pytest.raises(ExpressionError) as raised:
        parse(text)

    assert str(raised.value) == f"column 27: {WITH_NULL}\n  {text}\n  {' ' * 26}^^^^"


def test_what_can_be_read_past_is_reported_together_in_the_order_of_the_text() -> None:
    problems = problems_of("1 == null < 2 < 9007199254740993 and f(1e999) b")

    assert [problem.code for problem in problems] == [
        Code.MS309,
        Code.MS308,
        Code.MS333,
        Code.MS312,
        Code.MS312,
    ]


def test_a_text_full_of_problems_reports_the_first_twenty() -> None:
    problems = problems_of(f"f({', '.join(['a == null'] * 30)})")

    assert [problem.span.start for problem in problems] == [7 + 11 * i for i in range(20)]


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("  a + b ", "a + b"),
        ("(a + b) * c", "(a + b) * c"),
        ("c * (a + b)", "c * (a + b)"),
        (" (a + b) ", "a + b"),
        ("- (a)", "- (a)"),
        ("(a) in [1]", "(a) in [1]"),
        ("(a) if b else (c)", "(a) if b else (c)"),
        (" f ( a ) ", "f ( a )"),
        ('"é" ', '"é"'),
    ],
)
def test_a_span_covers_the_text_of_a_node(text: str, node: str) -> None:
    span = parse(text).span

    assert text[span.start : span.end] == node


@given(trees)
def test_the_text_under_a_span_means_what_the_node_means(tree: Expression) -> None:
    text = print_expression(tree)
    pending = [parse(text)]

    while pending:
        node = pending.pop()
        assert parse(text[node.span.start : node.span.end]) == node
        pending += children_of(node)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 32 + "a" + ")" * 32,
        "-" * 31 + "a",
        "f(" * 31 + "a" + ")" * 31,
        "a" + " + a" * 31,
        "a - (" * 31 + "a" + ")" * 31,
        "(a + b) * " * 15 + "c",
        "f(" + ", ".join("a" * 255) + ")",
        '"' + "\U0001f600" * 256 + '"',
        "x in [" + "1, " * 63 + "1]",
        "a" + " " * 4095,
        "x" * 63,
    ],
)
def test_what_just_fits_the_limits_is_read(text: str) -> None:
    assert parse(print_expression(parse(text))) == parse(text)


@pytest.mark.parametrize(
    ("unit", "code"),
    [
        ("(", Code.MS315),
        ("-", Code.MS315),
        ("not ", Code.MS315),
        ("f(", Code.MS315),
        ("a if b else ", Code.MS315),
        ("a if ", Code.MS312),
        ("a ** ", Code.MS315),
        ("a + ", Code.MS314),
        ("a < ", Code.MS308),
        ("a == null and ", Code.MS309),
        ("[", Code.MS312),
        (")", Code.MS312),
        ("9", Code.MS333),
        ("1e9", Code.MS312),
        ("0x", Code.MS312),
        ("x", Code.MS312),
        ('"', Code.MS312),
        ("\\", Code.MS312),
        ("\x00", Code.MS312),
        ("\U0001f600", Code.MS312),
        ('f(a == null, "\\', Code.MS309),
    ],
)
def test_hostile_repetition_is_refused_at_once(unit: str, code: Code) -> None:
    started = time.process_time()

    fitting = problems_of(unit * (4096 // len(unit)))
    too_long = problems_of(unit * 20_000)

    assert time.process_time() - started < 0.5
    assert fitting[0].code is code
    assert [problem.code for problem in too_long] == [Code.MS316]


def test_a_sum_of_five_thousand_terms_is_too_long_and_one_of_a_thousand_too_deep() -> None:
    assert [problem.code for problem in problems_of("+".join(["a"] * 5000))] == [Code.MS316]
    assert [problem.code for problem in problems_of("+".join(["a"] * 1000))] == [
        Code.MS315,
        Code.MS316,
    ]


_SYMBOLS = "f( ( ) [ ] , = == != < <= > >= + - * / // % ** and or not in if else".split()  # noqa: SIM905  # reads better
_VALUES = ["a", "amount", "true", "null", "0", "1", "1.5", "1e3", '"a"', '"\\u00e9"', "[1]", "(a)"]
_WRONG = [*".'\"\\&|!~^", "is", "lambda", "None", ".5", "1.", "012", "1e999", "9007199254740993"]
_FRAGMENTS = st.one_of(
    st.sampled_from(_SYMBOLS),
    st.sampled_from(_VALUES),
    st.sampled_from(_WRONG),
    st.text(st.characters(), max_size=3),
)


@settings(deadline=timedelta(seconds=1))
@given(
    st.lists(_FRAGMENTS, max_size=60) | st.lists(st.sampled_from(_SYMBOLS + _VALUES), max_size=8),
    st.sampled_from(["", " ", "\n"]),
)
def test_whatever_the_text_it_is_read_or_refused(fragments: list[str], space: str) -> None:
    text = space.join(fragments)

    try:
        tree = parse(text)
    except ExpressionError as error:
        problems = error.problems
    else:
        assert parse(print_expression(tree)) == tree
        return
    assert problems
    assert all(0 <= p.span.start <= p.span.end <= len(text) for p in problems)
    assert all(p.message.isprintable() for p in problems)


@settings(deadline=timedelta(seconds=1))
@given(trees, st.data())
def test_a_sentence_with_one_character_changed_is_read_or_refused(
    tree: Expression, data: st.DataObject
) -> None:
    text = print_expression(tree)
    place = data.draw(st.integers(0, len(text)))
    inserted = data.draw(st.sampled_from(["", *"()[]-=!.\"'\\ a1\n\x00é"]))
    removed = data.draw(st.integers(0, 2))

    try:
        changed = parse(text[:place] + inserted + text[place + removed :])
    except ExpressionError:
        return
    assert parse(print_expression(changed)) == changed
