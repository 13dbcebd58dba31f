"""Which overload of an operation fits the arguments, and to which kinds they are converted.

The only conversion that happens by itself is from int64 to float64; a null literal takes any kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from modelspec.expressions.graph import Node
from modelspec.expressions.operation import Operation
from modelspec.expressions.signature import KINDS, VARIABLES, Argument
from modelspec.expressions.types import Kind, Range, Type

_NUMBERS = frozenset({Kind.INT64, Kind.FLOAT64})


Given: TypeAlias = Sequence[tuple[Argument, Node]]
"""Computed arguments of a call."""


@dataclass(frozen=True, slots=True)
class Match:
    """An overload with the kinds that its words stand for in one call."""

    operation: Operation
    kinds: dict[str, Kind]

    def target(self, argument: Argument, actual: Kind) -> Kind:
        """Return the kind that an argument is converted to."""
        if argument.word == "any":
            return actual
        return self.kinds.get(argument.word, KINDS[argument.word][0])

    @property
    def result(self) -> Kind:
        """The kind of the result."""
        word = self.operation.signature.result
        return self.kinds.get(word, KINDS[word][0])


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The first argument that does not fit."""

    position: int
    expected: str
    """What the argument must be, in words."""

    conflicts: bool = False
    """Whether the argument would fit if an earlier one had another kind."""


def match_arguments(
    operation: Operation, given: Sequence[tuple[Argument, Type]]
) -> Match | Mismatch:
    """Return how an overload takes these arguments, or why not."""
    kinds: dict[str, Kind] = {}
    for position, (argument, actual) in enumerate(given):
        if not _accepts(argument, actual):
            return Mismatch(position, " or ".join(_words(argument)))
        for word, kind in _bindings(argument, actual):
            joined = _join(kinds.get(word, Kind.NULL), kind)
            if joined is None:
                return Mismatch(position, str(kinds[word]), conflicts=True)
            kinds[word] = joined
    for word in VARIABLES & {item.word for item, _ in given}:
        if kinds.get(word, Kind.NULL) is Kind.NULL:
            kinds[word] = KINDS[word][-1] if word == "number" else KINDS[word][0]
    return Match(operation, kinds)


def assign_arguments(arguments: Sequence[Argument], nodes: Sequence[Node | None]) -> Given | None:
    """Return the nodes with the arguments that they are for, if all could be typed."""
    typed = [node for node in nodes if node is not None]
    return None if len(typed) < len(nodes) else list(zip(arguments, typed, strict=True))


def select_overload(overloads: Sequence[Operation], given: Given) -> Match | Mismatch:
    """Return the first overload that takes the arguments, or what the overloads need instead."""
    types = [node.type for _, node in given]
    misses: list[Mismatch] = []
    for operation in overloads:
        arguments = arguments_of(operation, given)
        found = match_arguments(operation, list(zip(arguments, types, strict=True)))
        if isinstance(found, Match):
            return found
        misses.append(found)
    last = misses[-1]
    wanted = [miss.expected for miss in misses if miss.position == last.position]
    return last if last.conflicts else replace(last, expected=" or ".join(dict.fromkeys(wanted)))


def arguments_of(operation: Operation, given: Given) -> list[Argument]:
    """Return the arguments of this overload; overloads call them by the same names."""
    named = {argument.name: argument for argument in operation.signature.arguments}
    return [named[argument.name] for argument, _ in given]


def divides_by_zero(operation: Operation, given: Given) -> bool:
    """Return whether the divisor is zero in every row."""
    return any(
        operation.domain[argument.name].nonzero and node.type.range == Range(0, 0)
        for argument, node in given
        if argument.name in operation.domain and not node.type.nullable
    )


def _accepts(argument: Argument, actual: Type) -> bool:
    accepted = KINDS[argument.word]
    if actual.kind is Kind.NULL or (actual.kind is Kind.INT64 and Kind.FLOAT64 in accepted):
        return True
    if actual.kind is Kind.LIST and argument.item is not None:
        return actual.kind in accepted and actual.item in {None, *KINDS[argument.item]}
    return actual.kind in accepted


def _bindings(argument: Argument, actual: Type) -> list[tuple[str, Kind]]:
    bound = []
    if argument.word in VARIABLES:
        bound.append((argument.word, actual.kind))
    if argument.item in VARIABLES and actual.item is not None:
        bound.append((argument.item, actual.item))
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
