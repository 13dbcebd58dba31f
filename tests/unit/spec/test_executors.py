"""The two executors of the language agree to the last bit, and keep what types promise.

`make fuzz` does the same with many more, and ever new, expressions.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, strategies as st

from modelspec.compiler.columns import compute_columns
from modelspec.compiler.folding import fold_constants
from modelspec.errors import Code
from modelspec.expressions.columns import values_of
from modelspec.expressions.functions import FUNCTIONS
from modelspec.expressions.operation import Operation
from modelspec.expressions.parser import parse
from modelspec.expressions.printer import print_expression
from modelspec.expressions.program import Program, check_expression
from modelspec.expressions.syntax import (
    Call,
    Expression,
    ExpressionError,
    Literal,
    Name,
    Span,
    Unary,
    as_literal,
    children_of,
)
from modelspec.expressions.types import Kind
from support.effort import examples, times
from support.executors import (
    TENSOR_KINDS,
    Table,
    breaches,
    program_of,
    run_columns,
    run_rows,
    same,
    same_bits,
    tensor_of_columns,
    tensor_of_rows,
    usual_table,
)
from support.expressions import expressions, operation_texts, questions_about
from support.rows import FEATURES, PARAMETERS, rows

OPERATIONS = [operation for overloads in FUNCTIONS.values() for operation in overloads]

REFUSED = {Code.MS331, Code.MS317}
"""What a well-typed expression may still be refused for: a constant divisor of zero, its cost."""

NOWHERE = Span(0, 0)

# Python warns about odd texts when it compiles them; the generated one must not be odd.
pytestmark = pytest.mark.filterwarnings("error")


def _program(*texts: str, **derived: str) -> Program | None:
    """Return the program, or nothing where it is refused for what no type could show."""
    try:
        return program_of(*texts, **derived)
    except ExpressionError as error:
        codes = {problem.code for problem in error.problems}
        if codes <= REFUSED:
            return None
        raise


def _complaints(text: str, program: Program, table: Table) -> Iterator[str]:
    """Yield how the executors differ over one expression, or break its type's promises."""
    declared = program.values["f0"].type
    by_row, by_column = run_rows(program, ["f0"], table), run_columns(program, ["f0"], table)
    for row, (scalar,), (column,) in zip(table.rows, by_row, by_column, strict=True):
        flaw = breaches(scalar, declared)
        if flaw or not same(scalar, column):
            flaw = flaw or "differs"
            yield f"{text}: {flaw}: {scalar!r} by row, {column!r} by column, {_used(text, row)}"
            return
    if declared.kind in TENSOR_KINDS and not same_bits(
        tensor_of_rows(program, ["f0"], table), tensor_of_columns(program, ["f0"], table)
    ):
        yield f"{text}: differs as float32"


def _used(text: str, row: Any) -> dict[str, Any]:
    words = set(re.findall(r"\w+", text))
    return {name: value for name, value in row.items() if name in words}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.text)
def test_every_operation_means_the_same_for_a_row_and_for_a_column(operation: Operation) -> None:
    drawn = operation_texts(operation, times(4))
    texts = list(
        dict.fromkeys(text for inner in drawn for text in questions_about(operation, inner))
    )
    programs = {text: program for text in texts if (program := _program(text))}

    assert programs, f"none of {texts} is accepted"
    assert [
        complaint
        for text, program in programs.items()
        for complaint in _complaints(text, program, usual_table())
    ] == []


@examples(60)
@given(text=expressions(), few=st.lists(rows(), min_size=2, max_size=4))
def test_every_expression_means_the_same_for_a_row_and_for_a_column(
    text: str, few: list[dict[str, Any]]
) -> None:
    program = _program(text)
    assume(program)

    assert program
    assert list(_complaints(text, program, usual_table())) == []
    # Repeated often enough, values are looked up by what is distinct.
    assert list(_complaints(text, program, Table(few * 8))) == []


@examples(30)
@given(texts=st.lists(expressions(max_depth=2), min_size=2, max_size=5))
def test_what_else_a_program_computes_changes_nothing(texts: list[str]) -> None:
    accepted = [text for text in texts if _program(text)]
    together = program_of(*accepted)
    names = [f"f{index}" for index in range(len(accepted))]

    for run in (run_rows, run_columns):
        shared = zip(*run(together, names, usual_table()), strict=True)
        for text, values in zip(accepted, shared, strict=False):
            alone = run(program_of(text), ["f0"], usual_table())
            assert same([(value,) for value in values], alone), text


@examples(40)
@given(text=expressions(), pick=st.integers(0, 999))
def test_a_part_computed_as_a_feature_of_its_own_changes_nothing(text: str, pick: int) -> None:
    tree = parse(text)
    parts = [part for part in _parts(tree) if _can_stand_alone(part)]
    assume(parts)
    part = parts[pick % len(parts)]
    program = _program(text)
    split = _program(_text(tree, {id(part): Name("d", NOWHERE)}), d=print_expression(part))
    assume(program and split)

    assert program
    assert split
    for run in (run_rows, run_columns):
        whole = run(program, ["f0"], usual_table())
        assert same(run(split, ["f0"], usual_table()), whole), print_expression(part)


def _parts(tree: Expression) -> Iterator[Expression]:
    yield tree
    for child in children_of(tree):
        yield from _parts(child)


def _can_stand_alone(part: Expression) -> bool:
    """Return whether a part has a type by itself; a literal or a parameter's name may not move."""
    if as_literal(part) or isinstance(part, Name):
        return False
    node = check_expression(print_expression(part), FEATURES, PARAMETERS)
    return node.type.kind is not Kind.NULL


def _text(tree: Expression, instead: dict[int, Expression]) -> str:
    return print_expression(_replaced(tree, instead))


def _replaced(tree: Expression, instead: dict[int, Expression]) -> Expression:
    """Return the tree with other expressions in the place of some."""
    if id(tree) in instead:
        return instead[id(tree)]
    changes: dict[str, Any] = {}
    for field in ("operand", "left", "right", "condition", "then", "otherwise"):
        if isinstance(getattr(tree, field, None), Expression):
            changes[field] = _replaced(getattr(tree, field), instead)
    if isinstance(tree, Call):
        changes["arguments"] = tuple(_replaced(item, instead) for item in tree.arguments)
    return replace(tree, **changes)


@examples(60)
@given(text=expressions(), pick=st.integers(0, 999))
def test_what_is_known_beforehand_has_the_value_that_a_row_would_have(
    text: str, pick: int
) -> None:
    row = pick % len(usual_table().rows)
    tree = parse(text)
    literals = {
        id(part): literal
        for part in _parts(tree)
        if isinstance(part, Name) and (literal := _literal(usual_table().rows[row].get(part.id)))
    }
    program, constant = _program(text), _program(_text(tree, literals))
    assume(program and constant)

    assert program
    assert constant
    for run in (run_rows, run_columns):
        expected = run(program, ["f0"], usual_table())[row]
        assert same(run(constant, ["f0"], usual_table())[row], expected), _text(tree, literals)
    declared = constant.values["f0"].type
    assert breaches(expected[0], declared) is None, _text(tree, literals)


def _literal(value: Any) -> Expression | None:
    """Return a value as it can be written, if it can."""
    kinds = {bool: Kind.BOOL, int: Kind.INT64, float: Kind.FLOAT64, str: Kind.STRING}
    if type(value) not in kinds:
        return None
    if isinstance(value, int | float) and repr(value).startswith("-"):
        return Unary("-", Literal(-value, kinds[type(value)], NOWHERE), NOWHERE)
    return Literal(value, kinds[type(value)], NOWHERE)


@examples(40)
@given(text=expressions())
def test_folding_constants_changes_nothing(text: str) -> None:
    program = _program(text)
    assume(program)

    assert program
    plain = compute_columns(program, usual_table().columns, ["f0"])["f0"]
    folded = compute_columns(fold_constants(program), usual_table().columns, ["f0"])["f0"]
    assert same(values_of(plain), values_of(folded))


@examples(30)
@given(text=expressions(), few=st.lists(rows(), max_size=3))
def test_rows_do_not_see_each_other(text: str, few: list[dict[str, Any]]) -> None:
    program = _program(text)
    assume(program)

    assert program
    together = run_columns(program, ["f0"], Table(few))
    alone = [run_columns(program, ["f0"], Table([row])) for row in few]
    assert same(together, [value for (value,) in alone])
