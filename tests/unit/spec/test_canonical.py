"""What a specification with many expressions costs: each is parsed once, and nothing twice."""

from time import perf_counter

import pytest

from modelspec.expressions import canonical
from modelspec.expressions.canonical import Texts, canonical_expression
from modelspec.expressions.parser import MAX_CHARACTERS, parse
from modelspec.expressions.program import (
    DerivedFeature,
    ProgramError,
    RawFeature,
    build_program,
    check_expression,
)
from modelspec.expressions.syntax import Expression, ExpressionError
from modelspec.expressions.types import FLOAT64, FLOATS, Boundary, string
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.logic import preprocessing_part
from support.specs import PREPROCESSED_SPEC

X = RawFeature("x", FLOAT64.optional())
S = RawFeature("s", string(1_000))


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the texts that are parsed from now on."""
    texts: list[str] = []

    def count(text: str) -> Expression:
        texts.append(text)
        return parse(text)

    monkeypatch.setattr(canonical, "parse", count)
    return texts


def test_each_text_of_a_specification_is_parsed_once(parsed: list[str]) -> None:
    texts = Texts()
    derived = [DerivedFeature(name, "log1p( x )", Boundary.FLOAT64) for name in "ab"]

    build_program([X], derived, texts=texts)

    assert texts.canonical("log1p( x )") == "log1p(x)"
    assert parsed == ["log1p( x )"]


def test_what_was_parsed_already_is_hashed_as_if_it_were_not(parsed: list[str]) -> None:
    preprocessing = ModelSpecSpec.model_validate(PREPROCESSED_SPEC).preprocessing
    assert preprocessing is not None
    texts = Texts()
    known = [texts.canonical(item.expr) for item in preprocessing.derived]
    parsed.clear()

    part = preprocessing_part(preprocessing, texts)

    assert parsed == []
    assert part == preprocessing_part(preprocessing)
    assert sorted(item.expr for item in part.derived) == sorted(known)


def test_a_text_that_is_wrong_is_refused_each_time() -> None:
    texts = Texts()

    for _ in range(2):
        with pytest.raises(ExpressionError, match="column 3"):
            texts.parse("1 1")


def test_shared_features_count_once_in_what_an_expression_may_cost() -> None:
    """As a tree the last one has a million nodes."""
    chain = [
        DerivedFeature(f"d{step}", f"d{step - 1} + d{step - 1}", Boundary.FLOAT64)
        for step in range(1, 21)
    ]

    program = build_program([X], [DerivedFeature("d0", "log1p(x)", Boundary.FLOAT64), *chain])

    assert len(program.nodes) == len(chain) + 2


def test_a_derived_feature_that_costs_too_much_is_refused() -> None:
    text = "edit_distance(s, s, max=64)"

    with pytest.raises(ProgramError, match=r"column 1: estimated cost \d+ is over the limit"):
        build_program([S], [DerivedFeature("d", text, Boundary.INT64)])


def test_all_expressions_together_have_a_bounded_number_of_nodes() -> None:
    """One has 201."""
    text = f"greatest({','.join(['x'] * 200)})"
    enough = [DerivedFeature(f"d{index}", text, Boundary.FLOAT64) for index in range(110)]

    build_program([X], enough[:99])

    with pytest.raises(ProgramError, match="at most 20000 nodes in all"):
        build_program([X], enough)


def test_what_overflows_has_the_bounds_of_its_type() -> None:
    assert check_expression("x * x", [X]).type.range == FLOATS


def test_an_argument_that_fits_no_overload_is_told_what_any_of_them_takes() -> None:
    with pytest.raises(ExpressionError, match="must be int64 or float64, got string"):
        check_expression("round(s)", [S])


@pytest.mark.parametrize("piece", ['"\\', '"a', "1e", "1.", "a_", "1", '"\\\\"\\"', "é", "<"])
@pytest.mark.parametrize("end", ["\\", "x"])
def test_a_text_takes_no_longer_than_its_length_allows(piece: str, end: str) -> None:
    text = (piece * MAX_CHARACTERS)[: MAX_CHARACTERS - 1] + end
    times = []
    for _ in range(3):
        start = perf_counter()
        with pytest.raises(ExpressionError):
            canonical_expression(text)
        times.append(perf_counter() - start)

    assert min(times) < 0.03
