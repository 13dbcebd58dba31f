"""Symbols and functions: what is written in Python is the text that a person would write."""

import copy
import inspect
import math
import pkgutil
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import modelspec
from modelspec.expressions.canonical import canonical_expression
from modelspec.expressions.functions import FUNCTIONS
from modelspec.expressions.parser import parse
from modelspec.expressions.syntax import Name
from modelspec.notebook.functions import NAMES, function
from modelspec.notebook.symbols import NOWHERE, Symbol, SymbolError

amount = Symbol(Name("amount", NOWHERE))
average = Symbol(Name("average", NOWHERE))
when, coalesce, clip = map(function, ("when", "coalesce", "clip"))

WRITTEN: dict[str, Symbol] = {
    "amount / average": amount / average,
    "(amount + average) * 2": (amount + average) * 2,
    "amount - (average - 1.5)": amount - (average - 1.5),
    "2 ** amount": 2**amount,
    "-amount ** 2": -(amount**2),
    "(-amount) ** 2": (-amount) ** 2,
    "amount ** -1": amount**-1,
    "7 // amount % 3": 7 // amount % 3,
    "amount > 1 and average < 2": (amount > 1) & (average < 2),
    "amount > 1 or not average == 2": (amount > 1) | ~(average == 2),
    "true and amount > 1": True & (amount > 1),
    "amount != -2.5": amount != -2.5,
    "amount > 1": 1 < amount,  # noqa: SIM300  # Python turns it round
    'amount in ["a", "b"]': amount.is_in(["a", "b"]),
    "amount in [-1, 2]": amount.is_in([-1, 2]),
    "amount not in [1]": ~amount.is_in([1]),
    "abs(amount)": abs(amount),
    "round(amount, digits=2)": round(amount, 2),
    "floor(amount)": math.floor(amount),
    "ceil(amount)": math.ceil(amount),
    "trunc(amount)": math.trunc(amount),
    "3.0 * amount": np.float64(3) * amount,
    "amount + 3": amount + np.int64(3),
    "coalesce(amount, null)": coalesce(amount, None),
    "when(amount > 1, 1.0, amount > 2, 2.0, 0.0)": when(amount > 1, 1.0, amount > 2, 2.0, 0.0),
    "clip(amount, 0.0, 1.0)": clip(amount, hi=1.0, lo=0.0),
    "hash_bucket(amount, 8, seed=3)": function("hash_bucket")(amount, seed=3, n=8),
    'hour(amount, tz="Europe/Oslo")': function("hour")(amount, tz="Europe/Oslo"),
    'split_part(amount, "-", 1)': function("split_part")(amount, i=1, sep="-"),
    "lookup(amount, risk)": function("lookup")(amount, "risk"),
    'lookup("5967", risk)': function("lookup")("5967", p="risk"),
    "pi() * amount": function("pi")() * amount,
}


@pytest.mark.parametrize("text", WRITTEN)
def test_python_writes_the_canonical_text(text: str) -> None:
    assert WRITTEN[text].text == text == canonical_expression(text)
    assert parse(text) == WRITTEN[text].tree


def _tree(draw: st.DrawFn, depth: int) -> Any:
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from([amount, average]) | st.floats(-9, 9) | st.integers(-9, 9))
    left, right = _tree(draw, depth - 1), _tree(draw, depth - 1)
    if not isinstance(left, Symbol) and not isinstance(right, Symbol):
        return amount
    return draw(st.sampled_from(_OPERATIONS))(left, right)


_OPERATIONS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / b,
    lambda a, b: a % b,
    lambda a, b: a // b,
    lambda a, b: a**b,
    lambda a, b: -a * b,
    lambda a, b: (a < b) & (a != b) if isinstance(a, Symbol) else (b > a) | (b == a),
    lambda a, b: when(coalesce(a, b) == 1, a, b),
]


@given(st.composite(_tree)(3))
def test_every_text_reads_back_as_what_was_written(written: Any) -> None:
    symbol = written if isinstance(written, Symbol) else amount + written

    assert parse(symbol.text) == symbol.tree


ASKED: dict[str, tuple[Callable[[], Any], str]] = {
    "and": (
        lambda: amount and average,  # type: ignore[redundant-expr,unreachable]  # to mypy it is true
        r"cannot branch on a symbolic value \(feature `amount`\): use ms.when\(cond, a, b\), & ",
    ),
    "if": (lambda: 1 if amount > 1 else 2, r"expression `amount > 1`\): use ms.when\(cond"),
    "chained": (lambda: 1 < amount < 3, r"\(lo < x\) & \(x < hi\) instead of lo < x < hi"),
    "in": (lambda: amount in [1, 2], r"x.is_in\(\[...\]\) instead of in"),
    "contains": (lambda: "a" in amount, r"ms.contains\(x, text\)"),
    "len": (lambda: len(amount), r"ms.length\(x\) of a text, ms.size\(x\) of a list"),
    "iter": (lambda: list(amount), "iterate over a symbolic value"),
    "index": (lambda: amount[0], r"ms.element\(x, i\)"),
    "math": (lambda: math.log1p(amount), r"ms.log1p\(x\), instead of that of Python"),
    "int": (lambda: int(amount), "cannot make a number"),
    "ufunc": (lambda: np.log1p(amount), r"to NumPy: use ms.log1p\(x\)"),
    "maximum": (lambda: np.maximum(amount, 1.0), r"use ms.greatest\(a, b\)"),
    "where": (lambda: np.where(amount > 1, 1, 0), r"use ms.when\(cond, a, b\)"),
    "asarray": (lambda: np.asarray(amount), "to NumPy"),
    "array": (lambda: amount * np.array([1.0, 2.0]), "is no constant of an expression"),
    "null": (lambda: amount == None, r"comparison with null .* ms.is_null\(x\)"),  # noqa: E711
    "nan": (lambda: amount * math.nan, "nan is no number of an expression; use None for null"),
    "time": (lambda: amount > datetime(2026, 1, 1, tzinfo=UTC), r"ms.parse_timestamp\("),
    "list": (lambda: amount == [1], "is no constant of an expression"),
    "letters": (lambda: amount.is_in("abc"), "'abc' is no list of constants"),
    "nothing": (lambda: amount.is_in([]), "is no list of constants"),
    "format": (lambda: f"{amount:.2f}", "has no format '.2f'"),
    "few": (lambda: clip(amount), r"clip\(\) misses its argument `lo`"),
    "many": (lambda: coalesce(amount, b=1, a=2), r"coalesce\(\) got its argument `a` twice"),
    "most": (lambda: function("log1p")(amount, 1), r"takes at most 1 argument, got 2"),
    "name": (lambda: function("round")(amount, digit=1), "did you mean `digits`?"),
    "constant": (
        lambda: function("round")(amount, digits=average),
        r"`digits` must be a constant, got a symbolic value \(feature `average`\)",
    ),
}


@pytest.mark.parametrize("asked", ASKED)
def test_what_only_a_value_has_is_refused_with_what_to_write_instead(asked: str) -> None:
    ask, message = ASKED[asked]

    with pytest.raises(SymbolError, match=message):
        ask()


@pytest.mark.parametrize(
    ("habit", "remedy"),
    [
        ("fillna", r"ms.coalesce\(x, value\)"),
        ("isin", r"x.is_in\(\[...\]\)"),
        ("log1p", r"ms.log1p\(x\)"),
        ("str", r"ms.lower\(x\)"),
        ("nope", "has no attribute 'nope'$"),
    ],
)
def test_methods_of_other_libraries_are_answered_with_functions_of_the_language(
    habit: str, remedy: str
) -> None:
    with pytest.raises(AttributeError, match=remedy):
        getattr(amount, habit)


def test_symbols_are_keys_of_their_own() -> None:
    assert {amount: 1, average: 2}[amount] == 1
    assert len({amount, Symbol(Name("amount", NOWHERE))}) == 2
    assert copy.deepcopy(amount + 1).text == "amount + 1"


@pytest.mark.parametrize(
    ("grow", "message"),
    [
        (lambda x: x + 1, r"nested at most 32 deep; derive an intermediate feature"),
        (lambda x: x * x, r"at most 256 nodes; derive an intermediate feature"),
    ],
)
def test_expressions_cannot_grow_beyond_what_a_text_may_say(
    grow: Callable[[Symbol], Symbol], message: str
) -> None:
    grown = [amount]

    with pytest.raises(SymbolError, match=message):
        grown.extend(grow(grown[-1]) for _ in range(1000))

    assert parse(grown[-1].text) == grown[-1].tree


def test_symbols_can_stand_within_texts() -> None:
    assert f"log1p({amount}) * {amount + average} * {abs(amount)}" == (
        "log1p(amount) * (amount + average) * abs(amount)"
    )
    assert str(amount + average) == "amount + average"
    assert repr(amount) == "<feature `amount`>"


def test_html_is_escaped() -> None:
    assert (amount == "<b>")._repr_html_() == "<code>amount == &quot;&lt;b&gt;&quot;</code>"


def test_every_function_of_the_language_is_one_of_python() -> None:
    assert {name for name in FUNCTIONS if name[0].isalpha()} - NAMES == {
        "and",
        "or",
        "not",
        "in",
        "if",
    }
    for name in NAMES:
        assert function(name).__name__ == name
        assert FUNCTIONS[name][0].text in (function(name).__doc__ or "")


def test_functions_show_their_arguments_to_editors() -> None:
    shown = inspect.signature(function("round"))

    assert list(shown.parameters) == ["x", "digits"]
    assert shown.parameters["digits"].default == 0


def test_no_function_is_called_like_a_module() -> None:
    assert NAMES.isdisjoint(item.name for item in pkgutil.iter_modules(modelspec.__path__))
