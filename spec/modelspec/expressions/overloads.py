"""Which overload of an operation fits the arguments, and to which kinds they are converted.

The only conversion that happens by itself is from int64 to float64; a null literal takes any kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from modelspec.expressions.operation import Operation
from modelspec.expressions.signature import KINDS, VARIABLES, Argument
from modelspec.expressions.types import Kind, Range, Type

_NUMBERS = frozenset({Kind.INT64, Kind.FLOAT64})

_REMEMBERED = 512
"""Selections that are kept: nothing but the kinds of the values decides."""

Family: TypeAlias = tuple[Kind, Kind | None]
"""The kind of an argument, and of its items."""


@dataclass(frozen=True, slots=True)
class Match:
    """An overload, and what it makes of the values that it is given."""

    operation: Operation
    arguments: tuple[Argument, ...]
    """The argument that each value is for."""

    kinds: tuple[Kind, ...]
    """The kind that each value is converted to."""

    result: Kind
    """The kind of the result."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The first argument that does not fit."""

    position: int
    expected: str
    """What the argument must be, in words."""

    conflicts: bool = False
    """Whether the argument would fit if an earlier one had another kind."""


@lru_cache(_REMEMBERED)
def select_overload(
    overloads: tuple[Operation, ...], families: tuple[Family, ...]
) -> Match | Mismatch:
    """Return the first overload that takes such values, or what the overloads need instead."""
    misses: list[Mismatch] = []
    for operation in overloads:
        arguments = operation.signature.values_for(len(families))
        if arguments is None:
            continue
        found = _match(operation, arguments, families)
        if isinstance(found, Match):
            return found
        misses.append(found)
    last = misses[-1]
    wanted = [miss.expected for miss in misses if miss.position == last.position]
    return last if last.conflicts else replace(last, expected=" or ".join(dict.fromkeys(wanted)))


def divides_by_zero(match: Match, types: Sequence[Type]) -> bool:
    """Return whether the divisor is zero in every row."""
    domain = match.operation.domain
    return any(
        domain[argument.name].nonzero and declared.range == Range(0, 0)
        for argument, declared in zip(match.arguments, types, strict=False)
        if argument.name in domain and not declared.nullable
    )


def _match(
    operation: Operation, arguments: Sequence[Argument], families: Sequence[Family]
) -> Match | Mismatch:
    """Return how an overload takes these values, or why not."""
    kinds: dict[str, Kind] = {}
    for position, (argument, family) in enumerate(zip(arguments, families, strict=True)):
        if not _accepts(argument, *family):
            return Mismatch(position, " or ".join(_words(argument)))
        for word, kind in _bindings(argument, *family):
            joined = _join(kinds.get(word, Kind.NULL), kind)
            if joined is None:
                return Mismatch(position, str(kinds[word]), conflicts=True)
            kinds[word] = joined
    for word in VARIABLES & {item.word for item in arguments}:
        if kinds.get(word, Kind.NULL) is Kind.NULL:
            kinds[word] = KINDS[word][-1] if word == "number" else KINDS[word][0]
    targets = tuple(
        actual if argument.word == "any" else _kind(argument.word, kinds)
        for argument, (actual, _) in zip(arguments, families, strict=True)
    )
    return Match(operation, tuple(arguments), targets, _kind(operation.signature.result, kinds))


def _kind(word: str, kinds: dict[str, Kind]) -> Kind:
    return kinds.get(word, KINDS[word][0])


def _accepts(argument: Argument, kind: Kind, item: Kind | None) -> bool:
    accepted = KINDS[argument.word]
    if kind is Kind.NULL or (kind is Kind.INT64 and Kind.FLOAT64 in accepted):
        return True
    if kind is Kind.LIST and argument.item is not None:
        return kind in accepted and item in {None, *KINDS[argument.item]}
    return kind in accepted


def _bindings(argument: Argument, kind: Kind, item: Kind | None) -> list[tuple[str, Kind]]:
    bound = []
    if argument.word in VARIABLES:
        bound.append((argument.word, kind))
    if argument.item in VARIABLES and item is not None:
        bound.append((argument.item, item))
    return bound


def _join(known: Kind, new: Kind) -> Kind | None:
    """Return the kind that both convert to, or ``None``."""
    if Kind.NULL in {known, new}:
        return new if known is Kind.NULL else known
    if known == new:
        return known
    return Kind.FLOAT64 if {known, new} == _NUMBERS else None


def _words(argument: Argument) -> list[str]:
    if argument.word == "list" and argument.item in KINDS and argument.item != "T":
        return [f"list<{kind}>" for kind in KINDS[argument.item]]
    return [str(kind) for kind in KINDS[argument.word]]
