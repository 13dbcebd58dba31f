"""The intermediate representation: a graph of typed nodes in which equal work occurs once.

Nodes are numbered in the order in which they are made, and only refer to earlier ones, so the
numbers are an order of evaluation. Evaluation is pure and total, therefore sharing a node cannot
be observed.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from modelspec.expressions.operation import Operation
from modelspec.expressions.syntax import Value
from modelspec.expressions.types import Type


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One value of a row."""

    number: int
    type: Type


@dataclass(frozen=True, slots=True, eq=False)
class Input(Node):
    """A raw feature."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Node):
    """The same value for every row; ``None`` for null."""

    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class Apply(Node):
    """An operation on earlier nodes, with its literals and parameters bound."""

    operation: Operation
    arguments: tuple[Node, ...]
    bound: tuple[tuple[str, Any], ...]
    """Literals, as the operation prepared them, and parameters, by argument."""

    wild: bool
    """Whether a float result may be infinite, which then stands for null."""


def is_null(node: Node) -> bool:
    """Return whether a node is null in every row."""
    return isinstance(node, Constant) and node.value is None


@dataclass
class Graph:
    """Makes nodes, each only once."""

    nodes: list[Node] = field(default_factory=list)
    _known: dict[Hashable, Node] = field(default_factory=dict)

    def input(self, name: str, declared: Type) -> Node:
        """Return the node of a raw feature."""
        return self._share(("input", name), lambda number: Input(number, declared, name))

    def constant(self, value: Value, declared: Type) -> Node:
        """Return the node of a constant; ``repr`` keeps apart what Python calls equal."""
        key = ("constant", declared.family, repr(value))
        return self._share(key, lambda number: Constant(number, declared, value))

    def apply(
        self,
        operation: Operation,
        arguments: tuple[Node, ...],
        bound: tuple[tuple[str, Any], ...],
        result: Type,
        *,
        wild: bool = False,
        key: Hashable = (),
    ) -> Node:
        """Return the node of an operation; *key* identifies what is bound."""
        numbers = tuple(node.number for node in arguments)
        return self._share(
            ("apply", operation.text, numbers, key),
            lambda number: Apply(number, result, operation, arguments, bound, wild),
        )

    def _share(self, key: Hashable, make: Any) -> Node:
        if key not in self._known:
            node = make(len(self.nodes))
            self.nodes.append(node)
            self._known[key] = node
        return self._known[key]
