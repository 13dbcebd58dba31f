"""Branches, and everything else that looks at null itself.

Only what is true decides: a condition that is null takes the other branch.
"""

from collections.abc import Mapping
from functools import reduce
from math import nan
from typing import Any

import numpy as np

from modelspec.errors import Code
from modelspec.expressions.columns import NONE, Booleans, Column, Floats, Integers, choose
from modelspec.expressions.operation import Cases, LiteralError, Operation
from modelspec.expressions.syntax import Expression, Problem, Span, as_literal
from modelspec.expressions.types import Kind, Range, Type

NULL = "Null"
BRANCH = "Branch"


def _branch(types: tuple[Type, ...], _bound: Mapping[str, Any], plain: Type) -> Type:
    """Return the type that holds every branch."""
    return _union(types[1:], plain)


def _union(types: tuple[Type, ...], plain: Type) -> Type:
    widths = {declared.length for declared in types if declared.length}  # null has none
    if plain.kind is Kind.VECTOR and len(widths) > 1:
        listed = " and ".join(str(declared.required()) for declared in types)
        raise LiteralError(Code.MS310, f"values must have one width, got {listed}")
    bounds = reduce(Range.hull, [declared.range for declared in types])
    return Type(
        plain.kind,
        nullable=any(declared.nullable for declared in types),
        range=bounds,
        item=next((declared.item for declared in types if declared.item), None),
        item_length=max(declared.item_length for declared in types),
        length=max(declared.length for declared in types),
    )


def _first_known(types: tuple[Type, ...], _bound: Mapping[str, Any], plain: Type) -> Type:
    """Return the type of the first value that is not null."""
    declared = _union(types, plain)
    return declared if all(item.nullable for item in types) else declared.required()


def _choose(condition: Booleans, then: Column, otherwise: Column) -> Column:
    return choose(condition.true, then, otherwise)


def _coalesce(a: Any, b: Any) -> Column:
    return choose(a.null, b, a)


def _rewrite_when(arguments: tuple[Expression, ...], span: Span) -> Cases | Problem:
    if len(arguments) % 2 == 0:
        message = "when() takes pairs of a condition and a value, and a default at the end"
        return Problem(Code.MS303, span, message)
    return Cases(tuple(zip(arguments[::2], arguments[1::2], strict=False)), arguments[-1])


def _rewrite_switch(arguments: tuple[Expression, ...], span: Span) -> Cases | Problem:
    subject, *arms = arguments
    if len(arms) % 2 == 0:
        message = "switch() takes a value, pairs of a literal and a value, and a default"
        return Problem(Code.MS303, span, message)
    for position, arm in enumerate(arms[:-1:2]):
        literal = as_literal(arm)
        if literal is None:
            message = f"switch() argument {2 * position + 2} must be a literal"
            return Problem(Code.MS325, arm.span, message)
        if literal.value is None:
            message = "comparison with null is always null; use when() and is_null(x)"
            return Problem(Code.MS309, arm.span, message)
    return Cases(tuple(zip(arms[::2], arms[1::2], strict=False)), arms[-1], subject)


def _inside(x: Range, lo: Range, hi: Range) -> Range:
    return Range(max(x.low, lo.low), min(x.high, hi.high))


def _count_null(*values: Any) -> int:
    return sum(value is None or value != value for value in values)  # noqa: PLR0124  # NaN


def _count_null_columns(*values: Any) -> Integers:
    counts = sum((column.null.astype(np.int64) for column in values), np.zeros(1, np.int64))
    return Integers(counts, NONE)


_NULLS = (
    Operation(
        "coalesce(a: T, b: T, *rest: T) -> T",
        "The first value that is not null.",
        (
            ("coalesce(sqrt(-1), 2.0)", 2.0),
            ("coalesce(null, 1, 2)", 1),
            ("coalesce(null, sqrt(-1))", None),
        ),
        group=NULL,
        lenient=True,
        null="null if all are null",
        folds=True,
        scalar="{b} if {a:null} else {a:sure}",
        columns=_coalesce,
        infer=_first_known,
    ),
    Operation(
        "is_null(x: T) -> bool",
        "Whether there is no value.",
        (("is_null(log(0.0))", True), ("is_null(0)", False)),
        group=NULL,
        lenient=True,
        null="never null",
        scalar="{x:null}",
        negation="{x:known}",
        columns=lambda x: Booleans(x.null, ~x.null),
        cost=0.5,
    ),
    Operation(
        "not_null(x: T) -> bool",
        "Whether there is a value.",
        (("not_null(log(0.0))", False), ("not_null(0)", True)),
        group=NULL,
        lenient=True,
        null="never null",
        scalar="{x:known}",
        negation="{x:null}",
        columns=lambda x: Booleans(~x.null, x.null),
        cost=0.5,
    ),
    Operation(
        "null_if(x: scalar, v: scalar) -> scalar?",
        "x, or null where x equals v.",
        (("null_if(3, 0)", 3), ("null_if(0, 0)", None), ("null_if(3, null)", 3)),
        group=NULL,
        lenient=True,
        null="null where x is null or equals v",
        definition="null if x == v else x",
    ),
    Operation(
        "null_outside(x: int64, lo: int64, hi: int64) -> int64?",
        "x, or null where x is less than lo or greater than hi.",
        (("null_outside(5, 0, 9)", 5), ("null_outside(10, 0, 9)", None)),
        group=NULL,
        null="null outside the bounds, and if a bound is null",
        scalar="{x} if {lo} <= {x} <= {hi} else None",
        columns=lambda x, lo, hi: (x, (x < lo) | (x > hi)),
        range=_inside,
    ),
    Operation(
        "null_outside(x: float64, lo: float64, hi: float64) -> float64?",
        "x, or null where x is less than lo or greater than hi.",
        (("null_outside(0.5, 0, 1)", 0.5), ("null_outside(0.5, null, 1)", None)),
        group=NULL,
        null="null outside the bounds, and if a bound is null",
        scalar="{x} if {lo} <= {x} <= {hi} else NAN",
        columns=lambda x, lo, hi: np.where((lo <= x) & (x <= hi), x, nan),
        range=_inside,
    ),
    Operation(
        "indicator(b: bool) -> float64",
        "1.0 where b is true, 0.0 where it is false or null.",
        (("indicator(2 > 1)", 1.0), ("indicator(log(0.0) > 1.0)", 0.0)),
        group=NULL,
        lenient=True,
        null="never null",
        scalar="1.0 if {b:true} else 0.0",
        columns=lambda b: Floats(b.true.astype(float)),
        range=Range(0.0, 1.0),
    ),
    Operation(
        "count_null(a: any, *rest: any) -> int64",
        "How many of the values are null.",
        (('count_null(null, 1, "a")', 1), ("count_null(log(0.0), sqrt(-1.0))", 2)),
        group=NULL,
        lenient=True,
        null="never null",
        scalar=_count_null,
        columns=_count_null_columns,
        range=Range(0.0, 256.0),
    ),
)

_BRANCHES = (
    Operation(
        "if(condition: bool, then: T, otherwise: T) -> T",
        "`then if condition else otherwise`: the first value where the condition is true.",
        (("1 if 2 > 1 else 0", 1), ("1 if null else 0", 0), ("null if 2 > 1 else 0", None)),
        group=BRANCH,
        lenient=True,
        null="null where the value that is taken is null",
        scalar="{then:raw} if {condition:true} else {otherwise:raw}",
        columns=_choose,
        infer=_branch,
    ),
    Operation(
        "when(condition: bool, value: T, *rest: any) -> T",
        "`when(c1, v1, c2, v2, default)`: the value after the first condition that is true, or the"
        " default.",
        (
            ('when(1 > 2, "a", 2 > 1, "b", "c")', "b"),
            ("when(null, 1, 0)", 0),
            ("when(2 > 1, null, 0)", None),
        ),
        group=BRANCH,
        lenient=True,
        null="null where the value that is taken is null",
        rewrite=_rewrite_when,
    ),
    Operation(
        "switch(x: any, item: any, value: T, *rest: any) -> T",
        '`switch(x, "a", v1, "b", v2, default)`: the value after the first literal equal to x, or'
        " the default, also where x is null.",
        (
            ('switch("b", "a", 1, "b", 2, 0)', 2),
            ('switch(null_if("a", "a"), "a", 1, 0)', 0),
            ("switch(-1, -1, null, 0)", None),
        ),
        group=BRANCH,
        lenient=True,
        null="null where the value that is taken is null",
        rewrite=_rewrite_switch,
    ),
)

OPERATIONS: tuple[Operation, ...] = (*_NULLS, *_BRANCHES)
