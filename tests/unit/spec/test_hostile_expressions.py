"""Whatever is written in a specification: it is refused in words, or it runs, and soon ends."""

import ast
import re
import string as alphabet
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import assume, example, given, strategies as st

from modelspec.compiler.emission import Emitter
from modelspec.compiler.scalar import compile_tensor, compile_values
from modelspec.expressions.cost import MAX_COST
from modelspec.expressions.functions import FUNCTIONS
from modelspec.expressions.parameters import LookupTable, Parameter, Set, Vocabulary
from modelspec.expressions.parser import MAX_CHARACTERS, MAX_DEPTH, MAX_NODES
from modelspec.expressions.program import (
    DerivedFeature,
    Program,
    ProgramError,
    RawFeature,
    build_program,
    check_expression,
)
from modelspec.expressions.syntax import ExpressionError
from modelspec.expressions.types import FLOAT64, Boundary, Kind, string
from support.effort import examples
from support.executors import Table, program_of, run_columns, run_rows
from support.expressions import LITERALS, expressions
from support.rows import FEATURES, PARAMETERS, many_rows

TABLE = Table(many_rows(8, seed=3))

SECONDS = 1.0
"""What one text may take; a thousand times what it usually does, so that only a blow-up fails."""


def _survives(text: str) -> bool:
    """Return whether a text is accepted; then both executors have run it."""
    start = perf_counter()
    try:
        program = program_of(text)
    except (ExpressionError, ProgramError):
        return False
    finally:
        assert perf_counter() - start < SECONDS
    run_rows(program, ["f0"], TABLE)
    run_columns(program, ["f0"], TABLE)
    assert perf_counter() - start < SECONDS
    return True


@examples(150)
@given(st.text(max_size=60))
@example("\x00")
@example("\ud800")
@example('"\ud800"')
@example("\N{BYTE ORDER MARK}x")
@example("x\u2028+\u2028y")
@example('__import__("os")')
@example("x if x")
@example("1" * 4000)
@example("1e" + "9" * 300)
@example("0" * 400 + ".1")
def test_any_text_is_refused_in_words_or_runs(text: str) -> None:
    _survives(text)


_TOKENS = (
    *(name for name in FUNCTIONS if name.isidentifier()),
    *(feature.name for feature in FEATURES),
    *PARAMETERS,
    *(text for texts in LITERALS.values() for text in texts),
    *("(", "(", ")", ")", ",", ",", "[", "]", "=", "+", "-", "*", "/", "//", "%", "**", "=="),
    *("!=", "<", "<=", ">", ">=", "and", "or", "not", "in", "if", "else"),
    *("null", "true", "false", "0", "1.5", "1e400", '""', '"a"', "tz=", "digits=", "not in"),
)


@examples(250)
@given(st.lists(st.sampled_from(_TOKENS), max_size=14))
def test_any_heap_of_tokens_is_refused_in_words_or_runs(tokens: list[str]) -> None:
    _survives(" ".join(tokens))


@examples(80)
@given(expressions(), st.integers(0, 10**6), st.sampled_from(_TOKENS), st.integers(0, 5))
def test_an_expression_with_a_change_is_refused_in_words_or_runs(
    text: str, position: int, token: str, cut: int
) -> None:
    at = position % (len(text) + 1)

    _survives(f"{text[:at]}{token}{text[at + cut :]}")


@examples(100)
@given(
    function=st.sampled_from([name for name in FUNCTIONS if name.isidentifier()]),
    arguments=st.lists(
        st.sampled_from([*(f.name for f in FEATURES), *PARAMETERS, "null", "0", '"a"', "-1"]),
        max_size=5,
    ),
)
def test_any_arguments_of_a_function_are_refused_in_words_or_run(
    function: str, arguments: list[str]
) -> None:
    _survives(f"{function}({', '.join(arguments)})")


def test_a_text_of_the_greatest_length_is_read_and_one_character_more_is_not() -> None:
    assert _survives("x".ljust(MAX_CHARACTERS))
    assert not _survives("x".ljust(MAX_CHARACTERS + 1))


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("(", ")"),
        ("-", ""),
        ("not ", " > 0.0"),
        ("abs(", ")"),
        ("x if b else ", ""),
        ("x ** ", ""),
        ("x + (", ")"),
        ("coalesce(x, ", ")"),
        ("", " + x"),
    ],
)
def test_depth_is_bounded_and_what_is_within_runs(opening: str, closing: str) -> None:
    ending = closing if closing.startswith(" >") else ""
    tried = [*range(1, MAX_DEPTH + 4), 300, 1_000]
    texts = {n: f"{opening * n}x{ending or closing * n}" for n in tried}
    accepted = [n for n, text in texts.items() if _survives(text)]

    assert accepted == list(range(1, len(accepted) + 1))
    assert MAX_DEPTH // 2 - 2 <= len(accepted) <= MAX_DEPTH


@pytest.mark.parametrize(
    ("function", "argument"),
    [("coalesce", "x"), ("concat", "r"), ("sum_of", "x"), ("when", "b, x"), ("count_null", "x")],
)
def test_a_call_may_have_as_many_arguments_as_an_expression_has_nodes(
    function: str, argument: str
) -> None:
    each = argument.count(",") + 1
    count = (MAX_NODES - 2) // each
    arguments = ", ".join([argument] * count)
    within = f"{function}({arguments}{', x' if function == 'when' else ''})"

    assert _survives(within) or "estimated cost" in _refusal(within)
    assert "nodes" in _refusal(f"{function}({', '.join([argument] * (count + each))}, x, x)")


def _refusal(text: str) -> str:
    with pytest.raises((ExpressionError, ProgramError)) as refused:
        program_of(text)
    return str(refused.value)


@pytest.mark.parametrize(
    "step",
    [
        "d{0} + x",
        "d{0} * d{0}",
        "-d{0}",
        "d{0} / (d{0} - 0.5)",
        "coalesce(d{0}, x, d{0})",
        "d{0} if d{0} > d{0} * 2.0 else d{0} + 1.0",
        "abs(d{0} - d{0}) + d{0}",
    ],
)
def test_a_chain_of_512_features_is_built_and_run(step: str) -> None:
    derived = [DerivedFeature("d0", "x", Boundary.FLOAT64)]
    derived += [DerivedFeature(f"d{n + 1}", step.format(n), Boundary.FLOAT64) for n in range(511)]
    start = perf_counter()
    program = build_program(FEATURES, derived[::-1])
    run_rows(program, ["d511"], TABLE)
    run_columns(program, ["d511"], TABLE)
    compile_tensor(program, [item.name for item in derived])

    assert perf_counter() - start < 4 * SECONDS


def test_texts_cannot_be_made_to_grow_without_end() -> None:
    grown = "r"
    for _ in range(20):
        grown = f'replace({grown}, "a", "{"a" * 64}")'
    steps = [DerivedFeature("d0", "concat(s, s)", Boundary.STRING)]
    steps += [
        DerivedFeature(f"d{n + 1}", f"concat(d{n}, d{n})", Boundary.STRING) for n in range(40)
    ]

    assert "over the limit" in _refusal(grown)
    with pytest.raises(ProgramError, match="over the limit"):
        build_program(FEATURES, steps)


def test_what_costs_too_much_is_refused_however_it_is_cut_up() -> None:
    heavy = " + ".join(f"edit_distance(u, v, max={n})" for n in range(1, 9))
    features = [RawFeature(name, string(1024).optional()) for name in "uv"]

    with pytest.raises(ExpressionError, match=f"over the limit of {MAX_COST}"):
        check_expression(heavy, features)


def test_the_recursion_limit_of_the_caller_does_not_matter() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(_frames()) + 300)
    try:
        _survives("x + (" * 31 + "x" + ")" * 31)
        _survives("(" * 4000)
    finally:
        sys.setrecursionlimit(limit)


def _frames() -> list[object]:
    frame, found = sys._getframe(), list[object]()
    while frame := frame.f_back:  # type: ignore[assignment]
        found.append(frame)
    return found


SPEC = Path(__file__).resolve().parents[3] / "spec"


def _names(path: Path) -> Iterator[tuple[str, str]]:
    """Yield every call of, import of and reference to what could run text as a program."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Name(id="eval" | "exec" | "compile" | "__import__" as name):
                yield path.name, name
            case ast.Attribute(attr="eval" | "exec" | "__import__" | "import_module" as name):
                yield path.name, name
            case ast.Import(names=names):
                yield from ((path.name, n.name) for n in names if n.name in _LOADERS)
            case ast.ImportFrom(module=module) if module in _LOADERS:
                yield path.name, str(module)


_LOADERS = {
    "ast",
    "code",
    "codeop",
    "importlib",
    "marshal",
    "pickle",
    "runpy",
    "types.FunctionType",
}


def test_text_is_handed_to_python_in_one_place_alone() -> None:
    found = sorted(name for path in SPEC.rglob("*.py") for name in _names(path))

    # The first reads the library's own source: what stands below the fields of its classes.
    own = [("documentation.py", "ast")]
    # Notebooks load other libraries when they are used; the names are the library's own.
    own += [(name, "importlib") for name in ("__init__.py", "extras.py", "names.py")]
    assert found == sorted([*own, ("generated.py", "compile"), ("generated.py", "exec")])


NASTY = st.text(
    st.sampled_from("\"'\\\n{}()[];:#% $abz_0é\u2028") | st.characters(exclude_categories=["Cs"]),
    min_size=6,
    max_size=20,
)
"""Strings that would do harm in a program; long enough not to be there by chance."""


@examples(60)
@given(texts=st.lists(NASTY, min_size=7, max_size=7, unique=True))
def test_no_string_of_a_specification_occurs_in_the_generated_text(texts: list[str]) -> None:
    name, default, key, literal, item, old, word = texts
    assume(all(text not in _template_text() for text in texts))
    written = {text: _written(text) for text in texts}
    features = [
        RawFeature("a", string(64).optional(), default=default),
        RawFeature(name, string(64), required=True),
        RawFeature("g", FLOAT64.optional()),
    ]
    parameters: dict[str, Parameter] = {
        "p_one": LookupTable(Kind.STRING, {key: 0.5}, 0.0),
        "p_two": Vocabulary(Kind.STRING, (key, word)),
        "p_three": Set(Kind.STRING, (word,)),
    }
    program = build_program(
        features,
        [
            DerivedFeature(
                "e", f"a == {written[literal]} or a in [{written[item]}]", Boundary.BOOL
            ),
            DerivedFeature("f", f"replace(a, {written[old]}, {written[word]})", Boundary.STRING),
            DerivedFeature("h", f"concat({written[old]}, f, {written[word]})", Boundary.STRING),
            DerivedFeature("i", "lookup(a, p_one) + ordinal(a, p_two)", Boundary.FLOAT64),
            DerivedFeature("j", "in_set(a, p_three)", Boundary.BOOL),
            DerivedFeature("k", f"switch(a, {written[item]}, g, null)", Boundary.FLOAT64),
        ],
        parameters,
    )
    source = compile_values(program, [*"efhijk", name]).source

    assert [text for text in texts if text in source] == []
    assert _foreign_words(source) == set()


def _written(text: str) -> str:
    return '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else c for c in text) + '"'


def _template_text() -> str:
    templates = [str(o.scalar) for overloads in FUNCTIONS.values() for o in overloads]
    return "\n".join(templates)


def _foreign_words(source: str) -> set[str]:
    """Return the words of a generated text that are neither Python's, ours, nor a local's name."""
    words = set(re.findall(r"[A-Za-z_]\w*", re.sub(r"\b\d[\w.]*(?:e[+-]?\d+)?", "", source)))
    return {word for word in words if not re.fullmatch(r"[a-z]\d*", word)} - _OWN


_QUOTED = re.compile(r"[\"'][^\"']*[\"']")

_OWN = {
    *("def", "compute", "row", "return", "if", "else", "not", "and", "or", "in", "is", "None"),
    *("True", "False", "NAN", "__class__"),
    *re.findall(r"[A-Za-z_]\w*", re.sub(r"\{[^}]*\}", " ", _template_text())),
}


@examples(40)
@given(text=expressions())
def test_generated_text_is_templates_numbers_and_local_names(text: str) -> None:
    program = _accepted(text)
    source = compile_values(program, ["f0"]).source if program else ""

    assert _foreign_words(source) == set()
    assert set(_QUOTED.findall(source)) <= set(_QUOTED.findall(_template_text()))
    assert set(source) <= {*alphabet.printable}


def _accepted(text: str) -> Program | None:
    try:
        return program_of(text)
    except ExpressionError:
        return None


def test_objects_that_are_bound_are_called_by_numbers() -> None:
    emitter = Emitter()
    names = [emitter.bind(value) for value in ("x", 'y"', (1.0,), 1, -2.5, None, True)]

    assert names == ["k0", "k1", "k2", "1", "(-2.5)", "None", "True"]
