"""The type of a result: what can be known before any row is seen."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isnan
from operator import attrgetter
from typing import Any

from modelspec.expressions.operation import Operation
from modelspec.expressions.overloads import Match
from modelspec.expressions.types import (
    ANY_NUMBER,
    FLOATS,
    INTEGERS,
    MAX_TEXT,
    Kind,
    Range,
    Type,
)

_KINDS = {str(kind): kind for kind in Kind}
_IS_NULLABLE = attrgetter("nullable")
_DEFAULT_RANGE = {Kind.FLOAT64: FLOATS, Kind.INT64: INTEGERS}


def result_type(
    match: Match, types: Sequence[Type], bound: Mapping[str, Any]
) -> tuple[Type, bool]:
    """Return the type of a result, and whether computing it can leave the bounds of its kind.

    Args:
        match: The operation, with variables resolved.
        types: Types of the computed arguments, after conversion.
        bound: Literals and parameters by name.
    """
    operation, kind = match.operation, match.result
    limits = _DEFAULT_RANGE.get(kind, ANY_NUMBER)
    computed = _range(operation, types, bound) or limits
    overflows = not computed.within(*limits)
    plain = Type(
        kind,
        nullable=overflows or is_partial(match, types) or _inherits(operation, types),
        range=_clipped(computed, limits),
        item=_item(operation, types),
    )
    refined = operation.infer(tuple(types), bound, plain) if operation.infer else plain
    return refined, overflows


def is_partial(match: Match, types: Sequence[Type]) -> bool:
    """Return whether the result can be null though no argument is.

    Where arguments are known to lie in their domains it cannot; an operation that has yet another
    reason says so in ``infer``.
    """
    domain = match.operation.domain
    if not domain:
        return match.operation.signature.fallible
    return any(
        not domain[argument.name].covers(declared.range)
        for argument, declared in zip(match.arguments, types, strict=False)
        if argument.name in domain
    )


def _inherits(operation: Operation, types: Sequence[Type]) -> bool:
    return not operation.lenient and any(map(_IS_NULLABLE, types))


def _range(operation: Operation, types: Sequence[Type], bound: Mapping[str, Any]) -> Range | None:
    if operation.range is None or isinstance(operation.range, Range):
        return operation.range
    numbers = [declared.range for declared in types if declared.kind in _DEFAULT_RANGE]
    computed = operation.range(*numbers, **bound)
    return ANY_NUMBER if isnan(computed.low) or isnan(computed.high) else computed


def _clipped(computed: Range, limits: Range) -> Range:
    if limits.low <= computed.low < computed.high <= limits.high:
        return computed
    low = min(max(computed.low, limits.low), limits.high)
    return Range(low, max(low, min(computed.high, limits.high)))


def _item(operation: Operation, types: Sequence[Type]) -> Kind | None:
    word = operation.signature.result_item
    if word is None:
        return None
    return _KINDS.get(word) or next((declared.item for declared in types if declared.item), None)


def exceeds_text(declared: Type) -> bool:
    """Return whether a text can get longer than a computation may hold."""
    return declared.kind is Kind.STRING and declared.length > MAX_TEXT


def with_range(declared: Type, low: float, high: float) -> Type:
    """Return a number's type with other bounds."""
    return replace(declared, range=Range(low, high))
