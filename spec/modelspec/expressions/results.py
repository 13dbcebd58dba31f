"""The type of a result: what can be known before any row is seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import Any

from modelspec.expressions.operation import Operation
from modelspec.expressions.types import (
    ANY_NUMBER,
    FLOATS,
    INTEGERS,
    MAX_TEXT,
    Kind,
    Range,
    Type,
)

_DEFAULT_RANGE = {Kind.FLOAT64: FLOATS, Kind.INT64: INTEGERS}


@dataclass(frozen=True, slots=True)
class Result:
    """A type, and whether the computation itself can leave the bounds of its kind."""

    type: Type
    overflows: bool


def result_type(
    operation: Operation,
    kind: Kind,
    arguments: Sequence[tuple[str, Type]],
    bound: Mapping[str, Any],
) -> Result:
    """Return the type of an operation's result.

    Args:
        operation: The operation.
        kind: Kind of the result, with variables resolved.
        arguments: Names and types of the computed arguments, after conversion.
        bound: Literals and parameters by name.
    """
    types = tuple(declared for _, declared in arguments)
    limits = _DEFAULT_RANGE.get(kind, ANY_NUMBER)
    computed = _range(operation, types, bound) or limits
    overflows = kind in _DEFAULT_RANGE and not computed.within(limits.low, limits.high)
    plain = Type(
        kind,
        nullable=overflows or is_partial(operation, arguments) or _inherits(operation, types),
        range=_clipped(computed, limits),
        item=_item(operation, types),
    )
    refined = operation.infer(types, bound, plain) if operation.infer else plain
    return Result(refined, overflows)


def is_partial(operation: Operation, arguments: Sequence[tuple[str, Type]]) -> bool:
    """Return whether the result can be null though no argument is.

    Where arguments are known to lie in their domains it cannot; an operation that has yet another
    reason says so in ``infer``.
    """
    if not operation.domain:
        return operation.signature.fallible
    return any(
        not operation.domain[name].covers(declared.range)
        for name, declared in arguments
        if name in operation.domain
    )


def _inherits(operation: Operation, types: Sequence[Type]) -> bool:
    return not operation.lenient and any(declared.nullable for declared in types)


def _range(operation: Operation, types: Sequence[Type], bound: Mapping[str, Any]) -> Range | None:
    if operation.range is None or isinstance(operation.range, Range):
        return operation.range
    numbers = [t.range for t in types if t.kind in {Kind.FLOAT64, Kind.INT64}]
    computed = operation.range(*numbers, **bound)
    return ANY_NUMBER if isnan(computed.low) or isnan(computed.high) else computed


def _clipped(computed: Range, limits: Range) -> Range:
    low = min(max(computed.low, limits.low), limits.high)
    return Range(low, max(low, min(computed.high, limits.high)))


def _item(operation: Operation, types: Sequence[Type]) -> Kind | None:
    word = operation.signature.result_item
    if word is None:
        return None
    return Kind(word) if word in set(Kind) else next((t.item for t in types if t.item), None)


def exceeds_text(declared: Type) -> bool:
    """Return whether a text can get longer than a computation may hold."""
    return declared.kind is Kind.STRING and declared.length > MAX_TEXT


def with_range(declared: Type, low: float, high: float) -> Type:
    """Return a number's type with other bounds."""
    return replace(declared, range=Range(low, high))
