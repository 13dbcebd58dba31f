"""What an expression can cost at most, known before it runs: there are no loops.

One unit is about 50 ns of one row in Python.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from modelspec.errors import Code
from modelspec.expressions.graph import Apply, Node
from modelspec.expressions.operation import CostRule, Varying
from modelspec.expressions.syntax import Problem, Span
from modelspec.expressions.types import Kind

MAX_COST = 4_000
"""Units that one expression may cost, about 200 microseconds."""


def node_cost(node: Node) -> float:
    """Return what computing one node costs, its arguments not counted."""
    if not isinstance(node, Apply):
        return 0.0
    operation, bound = node.operation, node.bound
    units = float(_units(operation.cost, bound))
    if operation.per_character == 0:
        return units
    lengths = sum(
        argument.type.length
        for argument in node.arguments
        if argument.type.kind in {Kind.STRING, Kind.LIST, Kind.VECTOR}
    )
    return units + _units(operation.per_character, bound) * lengths


def _units(rule: CostRule, bound: Iterable[tuple[str, Any]]) -> float:
    return rule.units(**dict(bound)) if isinstance(rule, Varying) else rule


def cost_of(root: Node, given: Iterable[Node] = ()) -> float:
    """Return what computing a node costs, apart from what is given."""
    return sum(map(node_cost, _needed(root, given)))


def cost_problem(root: Node, given: Iterable[Node], span: Span) -> list[Problem]:
    """Return the complaint about an expression that costs too much, if it does."""
    needed = list(_needed(root, given))
    total = sum(map(node_cost, needed))
    if total <= MAX_COST:
        return []
    worst = max(needed, key=node_cost)
    message = (
        f"estimated cost {total:.0f} is over the limit of {MAX_COST};"
        f" {_describe(worst)} accounts for {node_cost(worst):.0f}; lower `maxLength`"
    )
    return [Problem(Code.MS317, span, message)]


def _needed(root: Node, given: Iterable[Node]) -> Iterator[Node]:
    seen = {node.number for node in given}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.number not in seen:
            seen.add(node.number)
            yield node
            waiting += node.arguments if isinstance(node, Apply) else ()


class Tally:
    """What the nodes of a graph cost as they are added to it."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._total = 0.0
        self._nodes = nodes
        self._most: list[float] = []
        """By node, an upper bound of what it costs with all that it is computed from."""

    def count(self) -> float:
        """Return what all nodes cost together."""
        for node in self._nodes[len(self._most) :]:
            cost = node_cost(node)
            self._total += cost
            arguments = node.arguments if isinstance(node, Apply) else ()
            self._most.append(cost + sum([self._most[item.number] for item in arguments]))
        return self._total

    def problem(self, root: Node, given: Iterable[Node], span: Span) -> list[Problem]:
        """Return the complaint about an expression that costs too much, if it does."""
        self.count()
        is_cheap = self._most[root.number] <= MAX_COST
        return [] if is_cheap else cost_problem(root, given, span)


def _describe(node: Node) -> str:
    if not isinstance(node, Apply):
        return "a value"
    longest = max(node.arguments, key=lambda argument: argument.type.length, default=node)
    return f"{node.operation.name}() on {longest.type.length} characters"
