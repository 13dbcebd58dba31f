"""Lists and vectors: what is in them, and sums over them from left to right.

The items of a list are never null. Sums of floats begin with 0.0 and round after every item;
Python's own ``sum`` does so only before 3.12.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from math import inf, nan, sqrt
from operator import add, getitem
from typing import Any

import numpy as np

from modelspec.errors import Code
from modelspec.expressions.columns import FloatArray
from modelspec.expressions.operation import LiteralError, Operation, Phase
from modelspec.expressions.syntax import Value
from modelspec.expressions.types import ANY_NUMBER, Range, Type

GROUP = "Lists and vectors"

PER_ITEM = 0.5
"""Cost of looking at an item."""


def _sum(numbers: Iterable[float]) -> float:
    return reduce(add, numbers, 0.0)


def _dot(v: Sequence[float], w: Sequence[float]) -> float:
    return _sum(a * b for a, b in zip(v, w, strict=True))


def _dot_columns(v: FloatArray, w: FloatArray) -> FloatArray:
    products = (v[:, item] * w[:, item] for item in range(v.shape[1]))
    return reduce(np.add, products, np.zeros(1))


def _cosine(v: Sequence[float], w: Sequence[float]) -> float:
    lengths = sqrt(_dot(v, v)) * sqrt(_dot(w, w))
    return min(max(_dot(v, w) / lengths, -1.0), 1.0) if 0.0 < lengths < inf else nan


def _cosine_columns(v: FloatArray, w: FloatArray) -> FloatArray:
    lengths = np.sqrt(_dot_columns(v, v)) * np.sqrt(_dot_columns(w, w))
    cosines = np.clip(_dot_columns(v, w) / lengths, -1.0, 1.0)
    return np.where((lengths > 0.0) & (lengths < inf), cosines, nan)


def _count(types: tuple[Type, ...], _bound: Mapping[str, Any], plain: Type) -> Type:
    return replace(plain, range=Range(0.0, float(types[0].length)))


def _item(types: tuple[Type, ...], _bound: Mapping[str, Any], plain: Type) -> Type:
    return replace(plain, length=types[0].item_length)


def _one_width(types: tuple[Type, ...], _bound: Mapping[str, Any], plain: Type) -> Type:
    v, w = (declared.required() for declared in types)
    if v.length != w.length:
        raise LiteralError(Code.MS304, f"arguments must have one width, got {v} and {w}")
    return plain


def _element(types: tuple[Type, ...], bound: Mapping[str, Any], plain: Type) -> Type:
    width, index = types[0].length, bound["i"]
    if not 0 <= index < width:
        message = f"i must be at least 0 and less than {width}, the width of v, got {index}"
        raise LiteralError(Code.MS304, message)
    low, high = types[0].range.low, types[0].range.high
    return replace(plain, range=Range(max(low, plain.range.low), min(high, plain.range.high)))


def _get(kind: str, null: float | None, *examples: tuple[str, Value]) -> Operation:
    """Return the entry for lists of a kind, which has this null."""
    return Operation(
        f"list_get(l: list<{kind}>, i: int64) -> {kind}?",
        "The item at position i, counted from 0.",
        examples,
        group=GROUP,
        null="null where i is negative or past the end",
        scalar=lambda items, i: items[i] if 0 <= i < len(items) else null,
        range=ANY_NUMBER,
        infer=_item,
        phase=Phase.HOST,
        cost=2,
    )


def _extreme(
    function: Callable[..., Any], kind: str, null: float | None, *examples: tuple[str, Value]
) -> Operation:
    """Return the entry of the smallest or the largest item of a kind, which has this null."""
    name = function.__name__
    return Operation(
        f"list_{name}(l: list<{kind}>) -> {kind}?",
        f"The {'smallest' if name == 'min' else 'largest'} item.",
        examples,
        group=GROUP,
        null="null for an empty list",
        scalar=lambda items: function(items) if items else null,
        range=ANY_NUMBER,
        phase=Phase.HOST,
        cost=2,
        per_character=PER_ITEM,
    )


_LISTS = (
    Operation(
        "size(l: list<T>) -> int64",
        "How many items a list has.",
        (("size(amounts)", 3), ("size(no_amounts)", 0)),
        group=GROUP,
        scalar="len({l})",
        infer=_count,
        phase=Phase.HOST,
    ),
    Operation(
        "list_contains(l: list<T>, v: T) -> bool",
        "Whether an item equals v.",
        (("list_contains(amounts, 5.0)", True), ('list_contains(tags, "VIP")', False)),
        group=GROUP,
        scalar="{v} in {l}",
        phase=Phase.HOST,
        per_character=PER_ITEM,
    ),
    Operation(
        "list_sum(l: list<int64>) -> int64",
        "The sum of the items, 0 for an empty list; only the sum itself must be below 2^53.",
        (("list_sum(counts)", 6),),
        group=GROUP,
        scalar=sum,
        range=ANY_NUMBER,
        phase=Phase.HOST,
        cost=2,
        per_character=PER_ITEM,
    ),
    Operation(
        "list_sum(l: list<float64>) -> float64",
        "The sum of the items from left to right, beginning with 0.0.",
        (("list_sum(amounts)", 42.5), ("list_sum(no_amounts)", 0.0)),
        group=GROUP,
        scalar=_sum,
        range=ANY_NUMBER,
        phase=Phase.HOST,
        cost=2,
        per_character=PER_ITEM,
    ),
    Operation(
        "list_mean(l: list<number>) -> float64?",
        "The sum of the items divided by their number: `list_sum(l) / size(l)`.",
        (("list_mean(counts)", 2.0), ("list_mean(no_amounts)", None)),
        group=GROUP,
        null="null for an empty list, and where the sum is",
        definition="list_sum(l) / size(l)",
        phase=Phase.HOST,
    ),
    _extreme(min, "int64", None, ("list_min(counts)", 1)),
    _extreme(min, "float64", nan, ("list_min(amounts)", 5.0), ("list_min(no_amounts)", None)),
    _extreme(max, "int64", None, ("list_max(counts)", 3)),
    _extreme(max, "float64", nan, ("list_max(amounts)", 30.0), ("list_max(no_amounts)", None)),
    _get("float64", nan, ("list_get(amounts, 0)", 5.0), ("list_get(amounts, 3)", None)),
    _get("key", None, ("list_get(tags, 1)", "new"), ("list_get(tags, -1)", None)),
)

_VECTORS = (
    Operation(
        "dot(v: vector, w: vector) -> float64",
        "The sum of the products of the items from left to right, beginning with 0.0; the vectors"
        " have one width.",
        (('dot(one_hot("NO", countries), one_hot("NO", countries))', 1.0),),
        group=GROUP,
        scalar=_dot,
        columns=_dot_columns,
        range=ANY_NUMBER,
        infer=_one_width,
        phase=Phase.HOST,
        cost=2,
        per_character=PER_ITEM,
    ),
    Operation(
        "cosine(v: vector, w: vector) -> float64?",
        "The cosine of the angle between vectors of one width:"
        " dot(v, w) / (sqrt(dot(v, v)) * sqrt(dot(w, w))), cut to -1.0 to 1.0.",
        (('cosine(one_hot("NO", countries), one_hot("SE", countries))', 0.0),),
        group=GROUP,
        null="null where the product of the lengths is 0 or overflows",
        scalar=_cosine,
        columns=_cosine_columns,
        range=Range(-1.0, 1.0),
        infer=_one_width,
        phase=Phase.HOST,
        cost=6,
        per_character=3 * PER_ITEM,
    ),
    Operation(
        "element(v: vector, i: literal int64) -> float64",
        "The item at position i, counted from 0; i is less than the width.",
        (('element(one_hot("NO", countries), 0)', 1.0),),
        group=GROUP,
        scalar=getitem,
        columns=lambda v, i: v[:, i],
        infer=_element,
        phase=Phase.HOST,
    ),
)

OPERATIONS: tuple[Operation, ...] = (*_LISTS, *_VECTORS)
