"""The intermediate representation: a graph of typed nodes in which equal work occurs once.

Nodes are numbered in the order in which they are made, and only refer to earlier ones, so the
numbers are an order of evaluation. Evaluation is pure and total, therefore sharing a node cannot
be observed.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from modelspec.expressions.operation import Operation
from modelspec.expressions.records import record
from modelspec.expressions.syntax import Value
from modelspec.expressions.types import Type


@record(frozen=True, slots=True, eq=False)
class Node:
    """One value of a row."""

    number: int
    type: Type


@record(frozen=True, slots=True, eq=False)
class Input(Node):
    """A raw feature."""

    name: str


@record(frozen=True, slots=True, eq=False)
class Constant(Node):
    """The same value for every row; ``None`` for null."""

    value: Any


@record(frozen=True, slots=True, eq=False)
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
        known = self._known.get(name)
        return known or self._add(name, Input(len(self.nodes), declared, name))

    def constant(self, value: Value, declared: Type) -> Node:
        """Return the node of a constant; ``repr`` keeps apart what Python calls equal."""
        key = (declared.kind, declared.item, repr(value))
        known = self._known.get(key)
        return known or self._add(key, Constant(len(self.nodes), declared, value))

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
        key = (operation.text, tuple([node.number for node in arguments]), key)
        known = self._known.get(key)
        if known:
            return known
        number = len(self.nodes)
        return self._add(key, Apply(number, result, operation, arguments, bound, wild))

    def _add(self, key: Hashable, node: Node) -> Node:
        self._known[key] = node
        self.nodes.append(node)
        return node
