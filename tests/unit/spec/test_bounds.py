"""What an author writes costs the operator and the pod a bounded amount of work."""

from collections.abc import Sequence
from random import Random

import pytest

from modelspec import errors
from modelspec.compiler.scalar import compile_tensor, compile_values
from modelspec.expressions.canonical import canonical_expression
from modelspec.expressions.cost import cost_of
from modelspec.expressions.program import (
    MAX_PROBLEMS,
    MAX_TOTAL_COST,
    DerivedFeature,
    ProgramError,
    RawFeature,
    build_program,
    check_expression,
)
from modelspec.expressions.types import BOOL, FLOAT64, Boundary, string

FLAGS = [RawFeature("b", BOOL.optional()), RawFeature("c", BOOL.optional())]


def _shuffled(count: int) -> list[str]:
    """Return names of the same characters, which are hard to tell apart."""
    source = Random(1)  # noqa: S311  # not for cryptography
    letters = list("abcdefghijklmnopqrstuvwxyz0123456789" * 2)[:62]
    return ["z" + "".join(source.sample(letters, len(letters))) for _ in range(count)]


def test_a_name_that_resembles_hundreds_of_others_is_compared_with_a_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = _shuffled(512)
    compared: list[int] = []

    def compare(_name: str, known: Sequence[str], **_options: int) -> list[str]:
        compared.append(len(known))
        return []

    monkeypatch.setattr(errors, "get_close_matches", compare)

    errors.nearest(names[0][::-1], names)

    assert compared == [errors.CANDIDATES]


def test_unknown_names_without_end_are_not_all_looked_at() -> None:
    names = _shuffled(1024)
    features = [RawFeature(name, FLOAT64) for name in names[:512]]
    derived = [DerivedFeature(f"d{i}", n, Boundary.FLOAT32) for i, n in enumerate(names[512:])]

    with pytest.raises(ProgramError) as caught:
        build_program(features, derived)

    assert len(caught.value.problems) == MAX_PROBLEMS


@pytest.mark.parametrize("term", ["{} and c", "not {}", "({} == c) or b"])
def test_logic_that_builds_on_logic_needs_no_deep_stack(term: str) -> None:
    texts = ["b and c", *(term.format(f"d{i}") for i in range(499))]
    derived = [DerivedFeature(f"d{i}", text, Boundary.BOOL) for i, text in enumerate(texts)]
    program = build_program(FLAGS, derived)

    tensor, values = compile_tensor(program, ["d499"]), compile_values(program, ["d499"])

    assert len(tensor.source) < 200_000
    assert len(values.source) < 200_000


def test_a_text_whose_canonical_form_is_too_long_is_refused_where_it_is_written() -> None:
    features = [RawFeature("a", FLOAT64), RawFeature("b" * 63, FLOAT64)]
    text = "sum_of(" + ",".join(["b" * 63] * 63) + ",a" * 24 + ")"
    assert len(text) < 4096 < len(canonical_expression(text))

    with pytest.raises(ProgramError) as caught:
        build_program(features, [DerivedFeature("d", text, Boundary.FLOAT64)])

    (found,) = caught.value.problems
    assert found.problem.code.name == "MS316"
    assert "4096 characters in its canonical form" in found.problem.message


def test_all_expressions_together_have_a_limit() -> None:
    features = [RawFeature("s", string(400).optional())]
    derived = [
        DerivedFeature(f"d{i}", f'edit_distance(s, "{i}", max=8)', Boundary.INT64)
        for i in range(20)
    ]

    with pytest.raises(ProgramError) as caught:
        build_program(features, derived)

    (found,) = caught.value.problems
    assert (found.index, found.problem.code.name) == (-1, "MS317")
    assert str(MAX_TOTAL_COST) in found.problem.message


def test_a_pattern_costs_what_its_instructions_cost() -> None:
    features = [RawFeature("s", string(100).optional())]
    small = check_expression('regex_contains(s, "ab")', features)
    large = check_expression('regex_contains(s, "a[ab]{200}c")', features)

    assert cost_of(large) > 10 * cost_of(small)


def test_a_pattern_that_is_much_too_large_is_refused() -> None:
    features = [RawFeature("s", string(100).optional())]

    with pytest.raises(ValueError, match="pattern"):
        check_expression(r'regex_contains(s, "(?:\\pL{30}){30}")', features)
