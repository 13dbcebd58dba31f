"""Comparisons and logic: truth has three values.

``and``, ``or`` and ``not`` are Kleene's, as in SQL; a comparison with null is null.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from modelspec.expressions.columns import Booleans
from modelspec.expressions.functions.operators import OPERATORS
from modelspec.expressions.operation import Operation
from modelspec.expressions.types import Type


def _null_unless_both(types: tuple[Type, ...], _bound: Mapping[str, Any], plain: Type) -> Type:
    return plain.optional(any(declared.nullable for declared in types))


def _compare(
    symbol: str, word: str, columns: Any, summary: str, *examples: tuple[str, bool | None]
) -> Operation:
    """Return the entry of a comparison; with NaN the templates are false, as null demands."""
    truth, negation = _TEMPLATES[symbol]
    if word == "discrete":
        truth, negation = f"{{a}} {symbol} {{b}}", f"{{a}} {_OPPOSITE[symbol]} {{b}}"
    return Operation(
        f"{symbol}(a: {word}, b: {word}) -> bool",
        summary,
        examples,
        group=OPERATORS,
        scalar=truth,
        negation=negation,
        none_differs=symbol == "==",
        columns=columns if word == "number" else None,
        per_character=0.0 if word == "number" else 0.002,
    )


_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_DIFFERENT = "{a} < {b} or {a} > {b}"
_TEMPLATES = {
    **{
        symbol: (f"{{a}} {symbol} {{b}}", f"{{a}} {other} {{b}}")
        for symbol, other in _OPPOSITE.items()
    },
    "==": ("{a} == {b}", _DIFFERENT),
    "!=": (_DIFFERENT, "{a} == {b}"),
}


def _differ(a: Any, b: Any) -> Any:
    return (a < b) | (a > b)


_COMPARISONS = (
    _compare(
        "==",
        "number",
        np.equal,
        "Whether both numbers are equal; 0.0 and -0.0 are.",
        ("1 == 1.0", True),
        ("sqrt(-1) == sqrt(-1)", None),
    ),
    _compare(
        "==",
        "discrete",
        None,
        "Whether both are the same.",
        ('"a" == "A"', False),
        ('null_if("a", "a") == "a"', None),
    ),
    _compare(
        "!=",
        "number",
        _differ,
        "Whether the numbers differ.",
        ("1 != 2", True),
        ("sqrt(-1) != 5", None),
    ),
    _compare(
        "!=",
        "discrete",
        None,
        "Whether both differ.",
        ('"a" != "A"', True),
        ('null_if("a", "a") != "b"', None),
    ),
    _compare(
        "<", "number", np.less, "Whether a is less than b.", ("1 < 1.5", True), ("null < 2", None)
    ),
    _compare(
        "<",
        "ordered",
        None,
        "Whether a comes before b: of texts by code points, the shorter first if it begins the"
        " other.",
        ('"B" < "a"', True),
        ('"a" < "ab"', True),
        ('null < "a"', None),
    ),
    _compare(
        "<=",
        "number",
        np.less_equal,
        "Whether a is at most b.",
        ("2 <= 2", True),
        ("null <= 2", None),
    ),
    _compare(
        "<=",
        "ordered",
        None,
        "Whether a does not come after b, in the order of <.",
        ('"b" <= "a"', False),
        ('null <= "a"', None),
    ),
    _compare(
        ">",
        "number",
        np.greater,
        "Whether a is greater than b.",
        ("1 > 2", False),
        ("null > 5", None),
    ),
    _compare(
        ">",
        "ordered",
        None,
        "Whether a comes after b, in the order of <.",
        ('"b" > "a"', True),
        ('null > "a"', None),
    ),
    _compare(
        ">=",
        "number",
        np.greater_equal,
        "Whether a is at least b.",
        ("2 >= 2", True),
        ("null >= 2", None),
    ),
    _compare(
        ">=",
        "ordered",
        None,
        "Whether a does not come before b, in the order of <.",
        ('"b" >= "a"', True),
        ('null >= "a"', None),
    ),
)

_LOGIC = (
    Operation(
        "and(a: bool, b: bool) -> bool",
        "Whether both are true.",
        (("1 < 2 and 2 < 3", True), ("null and false", False), ("null and true", None)),
        group=OPERATORS,
        lenient=True,
        null="null if one is null and the other is not false",
        scalar="{a:true} and {b:true}",
        negation="{a:false} or {b:false}",
        columns=lambda a, b: Booleans(a.true & b.true, a.false | b.false),
        infer=_null_unless_both,
    ),
    Operation(
        "or(a: bool, b: bool) -> bool",
        "Whether at least one is true.",
        (("false or false", False), ("null or true", True), ("null or false", None)),
        group=OPERATORS,
        lenient=True,
        null="null if one is null and the other is not true",
        scalar="{a:true} or {b:true}",
        negation="{a:false} and {b:false}",
        columns=lambda a, b: Booleans(a.true | b.true, a.false & b.false),
        infer=_null_unless_both,
    ),
    Operation(
        "not(a: bool) -> bool",
        "Whether a is false.",
        (("not true", False), ("not null", None)),
        group=OPERATORS,
        lenient=True,
        null="null if a is null",
        scalar="{a:false}",
        negation="{a:true}",
        columns=lambda a: Booleans(a.false, a.true),
        infer=_null_unless_both,
    ),
    Operation(
        "in(x: number, items: literal T) -> bool",
        "Whether x is one of the listed numbers; null is not listed.",
        (("2 in [1, 2.0]", True), ("2 not in [1, 2]", False), ("sqrt(-1) in [1]", None)),
        group=OPERATORS,
        scalar="{x} in {items}",
        negation="{x} == {x} and {x} not in {items}",
        columns=lambda x, items: np.isin(x, sorted(items)),
    ),
    Operation(
        "in(x: discrete, items: literal T) -> bool",
        "Whether x is one of the listed values; null is not listed.",
        (
            ('"NO" in ["NO", "SE"]', True),
            ('"DK" not in ["NO", "SE"]', True),
            ('null_if("NO", "NO") not in ["SE"]', None),
        ),
        group=OPERATORS,
        scalar="{x} in {items}",
        negation="{x} not in {items}",
    ),
)

OPERATIONS: tuple[Operation, ...] = (*_COMPARISONS, *_LOGIC)
