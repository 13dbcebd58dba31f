"""Warnings about names and expressions: what is allowed and probably not meant."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from modelspec.compiler.folding import fold_constants
from modelspec.errors import Code, Finding
from modelspec.expressions.cost import node_cost
from modelspec.expressions.graph import Apply, Constant, Input, Node
from modelspec.expressions.printer import print_expression
from modelspec.expressions.program import Program
from modelspec.expressions.syntax import Literal, Span
from modelspec.expressions.types import INTEGERS, Boundary, Kind
from modelspec.validation.decision import Decision
from modelspec.validation.subject import Subject

MICROSECONDS_PER_UNIT = 0.05
MAX_SHARE_PERCENT = 20
"""Of the target latency that preprocessing may take before lint speaks up."""

MAX_EXACT_FLOAT32 = 2**24


@dataclass(frozen=True)
class Doubtful:
    """A valid specification, of which everything is known."""

    subject: Subject
    program: Program
    decision: Decision

    @cached_property
    def used(self) -> frozenset[int]:
        """The numbers of the program's nodes that an answer depends on."""
        roots = [node for name, node in self.program.values.items() if name in self._used_names]
        return frozenset(node.number for node in self.program.needed(roots))

    @cached_property
    def _used_names(self) -> set[str]:
        spec = self.subject.spec
        names = {
            name
            for model in spec.models or ()
            for tensor in model.inputs
            for name in tensor.feature_names
        }
        for route in spec.pipeline.routes if spec.pipeline else ():
            names |= {route.split.key_feature_name} if route.split else set()
        return names | {found.name for node in self.decision.nodes for found in _inputs(node)}


def _inputs(node: Node) -> Iterator[Input]:
    if isinstance(node, Input):
        yield node
    elif isinstance(node, Apply):
        for argument in node.arguments:
            yield from _inputs(argument)


Doubt = Callable[[Doubtful], Iterator[Finding]]


def raw_features_are_used(doubtful: Doubtful) -> Iterator[Finding]:
    """MS223: a raw feature that decides nothing."""
    for index, feature in enumerate(doubtful.subject.spec.feature_fetching.features):
        if doubtful.program.values[feature.name].number not in doubtful.used:
            path = f"spec.featureFetching.features[{index}]"
            message = f"'{feature.name}' is not used by any expression, model or route"
            yield Finding(Code.MS223, path, message)


def own_names_are_used(doubtful: Doubtful) -> Iterator[Finding]:
    """MS336: a derived feature or a parameter that decides nothing."""
    preprocessing = doubtful.subject.spec.preprocessing
    if preprocessing is None:
        return
    for index, item in enumerate(preprocessing.derived):
        if doubtful.program.values[item.name].number not in doubtful.used:
            yield _unused(f"spec.preprocessing.derived[{index}]", item.name)
    bound = {id(value) for node in _computed(doubtful) for _, value in node.bound}
    for index, parameter in enumerate(preprocessing.parameters or ()):
        if id(doubtful.subject.parameters[parameter.name]) not in bound:
            yield _unused(f"spec.preprocessing.parameters[{index}]", parameter.name)


def _computed(doubtful: Doubtful) -> Iterator[Apply]:
    """Yield every operation of the specification."""
    waiting = [*doubtful.program.nodes, *doubtful.decision.nodes]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, Apply) and id(node) not in seen:
            seen.add(id(node))
            yield node
            waiting += node.arguments


def _unused(path: str, name: str) -> Finding:
    return Finding(Code.MS336, path, f"'{name}' is not used")


def expressions_vary(doubtful: Doubtful) -> Iterator[Finding]:
    """MS332: an expression that gives the same for every request."""
    preprocessing = doubtful.subject.spec.preprocessing
    folded = fold_constants(doubtful.program)
    for index, item in enumerate(preprocessing.derived if preprocessing else ()):
        node = folded.values[item.name]
        if isinstance(node, Constant):
            path = f"spec.preprocessing.derived[{index}].expr"
            yield Finding(Code.MS332, path, f"expression is constant ('{_spelled(node)}')")


def _spelled(node: Constant) -> str:
    if node.value is None:
        return "null"
    if node.type.kind in {Kind.BOOL, Kind.INT64, Kind.FLOAT64, Kind.STRING}:
        return print_expression(Literal(node.value, node.type.kind, Span(0, 0)))
    return str(node.type)


def integers_are_exact(doubtful: Doubtful) -> Iterator[Finding]:
    """MS335: an integer with known bounds that float32 cannot tell from its neighbors."""
    preprocessing = doubtful.subject.spec.preprocessing
    for index, item in enumerate(preprocessing.derived if preprocessing else ()):
        largest = _largest_integer(doubtful.program.values[item.name])
        if item.type is Boundary.FLOAT32 and MAX_EXACT_FLOAT32 < largest < INTEGERS.high:
            path = f"spec.preprocessing.derived[{index}].type"
            message = f"values up to {largest:.0f} are not exact in Float32"
            yield Finding(Code.MS335, path, message)


def _largest_integer(node: Node) -> float:
    """Return the magnitude of the integers that a float was made of; 0 if it was not."""
    if not isinstance(node, Apply) or node.operation.name != "to_float":
        return 0
    bounds = node.arguments[0].type
    return max(-bounds.range.low, bounds.range.high) if bounds.kind is Kind.INT64 else 0


def preprocessing_is_quick(doubtful: Doubtful) -> Iterator[Finding]:
    """MS318: preprocessing that takes a large share of the time in which to answer."""
    level = doubtful.subject.spec.sla
    if level is None or level.latency_p99_milliseconds is None:
        return
    needed = (node for node in doubtful.program.nodes if node.number in doubtful.used)
    estimated = sum(map(node_cost, needed)) * MICROSECONDS_PER_UNIT
    if estimated > level.latency_p99_milliseconds * 10 * MAX_SHARE_PERCENT:
        share = f"{MAX_SHARE_PERCENT} % of `sla.latencyP99Milliseconds`"
        message = f"estimated {estimated:.0f} us is over {share}"
        yield Finding(Code.MS318, "spec.preprocessing", message)


DOUBTS: tuple[Doubt, ...] = (
    raw_features_are_used,
    own_names_are_used,
    expressions_vary,
    integers_are_exact,
    preprocessing_is_quick,
)
