"""What an expression can cost at most, known before it runs: there are no loops.

One unit is about 50 ns of one row in Python.
"""

from collections.abc import Iterable, Iterator, Mapping
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
    lengths = sum(
        argument.type.length
        for argument in node.arguments
        if argument.type.kind in {Kind.STRING, Kind.LIST, Kind.VECTOR}
    )
    bound = dict(node.bound)
    return (
        _units(node.operation.cost, bound) + _units(node.operation.per_character, bound) * lengths
    )


def _units(rule: CostRule, bound: Mapping[str, Any]) -> float:
    return rule.units(**bound) if isinstance(rule, Varying) else rule


def cost_of(root: Node, given: Iterable[Node] = ()) -> float:
    """Return what computing a node costs, apart from what is given."""
    return sum(map(node_cost, _needed(root, {node.number for node in given})))


def cost_problem(root: Node, given: Iterable[Node], span: Span) -> list[Problem]:
    """Return the complaint about an expression that costs too much, if it does."""
    needed = list(_needed(root, {node.number for node in given}))
    total = sum(map(node_cost, needed))
    if total <= MAX_COST:
        return []
    worst = max(needed, key=node_cost)
    message = (
        f"estimated cost {total:.0f} is over the limit of {MAX_COST};"
        f" {_describe(worst)} accounts for {node_cost(worst):.0f}; lower `maxLength`"
    )
    return [Problem(Code.MS317, span, message)]


def _needed(root: Node, given: set[int]) -> Iterator[Node]:
    seen = set(given)
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.number not in seen:
            seen.add(node.number)
            yield node
            waiting += node.arguments if isinstance(node, Apply) else ()


def _describe(node: Node) -> str:
    if not isinstance(node, Apply):
        return "a value"
    longest = max(node.arguments, key=lambda argument: argument.type.length, default=node)
    return f"{node.operation.name}() on {longest.type.length} characters"
