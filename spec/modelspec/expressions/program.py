"""All derived features of a specification as one graph: ordered, typed, shared."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType

from modelspec.errors import Code
from modelspec.expressions.canonical import Texts
from modelspec.expressions.check import Checker
from modelspec.expressions.cost import Tally, cost_problem
from modelspec.expressions.graph import Apply, Graph, Node
from modelspec.expressions.limits import Limits, limited_type, limited_value
from modelspec.expressions.parameters import Parameter
from modelspec.expressions.parser import MAX_CHARACTERS, parse
from modelspec.expressions.syntax import (
    Expression,
    ExpressionError,
    Problem,
    Span,
    Value,
    first_use,
    names_in,
    size_of,
)
from modelspec.expressions.types import Boundary, Kind, Type

_NO_PARAMETERS: Mapping[str, Parameter] = MappingProxyType({})
_NO_VALUES: Mapping[str, Node | None] = MappingProxyType({})

MAX_NODES = 20_000
"""Nodes that all expressions of a specification may have together."""

MAX_TOTAL_COST = 40_000
"""Units that all of them may cost together, about 2 milliseconds of a row."""

MAX_PROBLEMS = 40
"""Problems after which nothing more is looked at."""

_SURELY_SHORT = MAX_CHARACTERS // 5
"""No canonical text is more than five times as long as what was written."""


@dataclass(frozen=True, slots=True)
class RawFeature:
    """A feature as it arrives: its type, and what stands in for it when it is missing."""

    name: str
    type: Type
    """Nullable unless the feature is required or has a default."""

    default: Value = None
    """A time as microseconds since 1970; within the limits."""

    required: bool = False

    limits: Limits | None = None
    """Of what is not missing, the default included."""

    @property
    def strict_limits(self) -> Limits | None:
        """The limits outside of which rows are refused, if there are such."""
        return self.limits if self.limits is not None and self.limits.refuses else None


@dataclass(frozen=True, slots=True)
class DerivedFeature:
    """A feature that is computed: its text, and the type that it is declared to have."""

    name: str
    text: str
    boundary: Boundary
    """What is emitted; other expressions see the value before it is rounded."""


@dataclass(frozen=True, slots=True)
class FeatureProblem:
    """A problem of one derived feature, by its position; -1 concerns all of them."""

    index: int
    problem: Problem


class ProgramError(ValueError):
    """Raised where derived features are not a program; carries every problem that was found."""

    def __init__(
        self, problems: Sequence[FeatureProblem], values: Mapping[str, Node | None] = _NO_VALUES
    ) -> None:
        super().__init__("\n".join(item.problem.sentence for item in problems))
        self.problems = tuple(problems)
        self.values = values
        """What could be checked nevertheless: a node, or ``None`` for a feature that is wrong."""


@dataclass(frozen=True)
class Program:
    """What one row computes."""

    features: tuple[RawFeature, ...]
    """The raw features in the order of a row's fields."""

    nodes: tuple[Node, ...]
    """Every value, after the values that it is computed from."""

    values: Mapping[str, Node]
    """The node of every raw and derived feature; for a raw one, after its limits."""

    boundaries: Mapping[str, Boundary]
    """How each derived feature is emitted."""

    def needed(self, outputs: Iterable[Node]) -> list[Node]:
        """Return the nodes that the outputs are computed from, arguments first."""
        needed = {node.number for node in outputs}
        for node in reversed(self.nodes):
            if node.number in needed and isinstance(node, Apply):
                needed.update(argument.number for argument in node.arguments)
        return [node for node in self.nodes if node.number in needed]


def build_program(
    features: Iterable[RawFeature],
    derived: Sequence[DerivedFeature] = (),
    parameters: Mapping[str, Parameter] = _NO_PARAMETERS,
    texts: Texts | None = None,
) -> Program:
    """Return the program of a specification.

    Args:
        features: The raw features.
        derived: The derived features.
        parameters: The fitted parameters by name.
        texts: What was parsed already; keeps what is parsed here.

    Raises:
        ProgramError: An expression is not valid, or features depend on themselves.
    """
    build = _Build(tuple(map(_settled, features)), tuple(derived), parameters, texts or Texts())
    build.run()
    if build.problems:
        raise ProgramError(sorted(build.problems, key=lambda item: item.index), build.values)
    return Program(
        features=build.features,
        nodes=tuple(build.graph.nodes),
        values=MappingProxyType({name: node for name, node in build.values.items() if node}),
        boundaries=MappingProxyType({item.name: item.boundary for item in build.derived}),
    )


def _settled(feature: RawFeature) -> RawFeature:
    """Return the feature with its default as a float if it is one."""
    if feature.type.kind is Kind.FLOAT64 and isinstance(feature.default, int):
        return replace(feature, default=float(feature.default))
    return feature


def _value_node(graph: Graph, feature: RawFeature) -> Node:
    """Return the node that a feature's name stands for: what is read, or what replaces it."""
    read = graph.input(feature.name, limited_type(feature.type, feature.limits))
    value = limited_value(feature.name, feature.type, feature.limits)
    node = Checker(graph, {feature.name: read}, _NO_PARAMETERS).check(value)
    assert node is not None  # noqa: S101  # limits are of the feature's own kind
    return node


def _parsed_text(text: str, texts: Texts) -> Expression:
    """Return the tree of a text whose canonical form, which is what pods read, is short enough."""
    tree = texts.parse(text)
    if len(text) > _SURELY_SHORT:
        canonical = len(texts.canonical(text))
        if canonical > MAX_CHARACTERS:
            message = (
                f"expression must be at most {MAX_CHARACTERS} characters in its canonical form,"
                f" got {canonical}"
            )
            raise ExpressionError(text, (Problem(Code.MS316, tree.span, message),))
    return tree


@dataclass
class _Build:
    features: tuple[RawFeature, ...]
    derived: tuple[DerivedFeature, ...]
    parameters: Mapping[str, Parameter]
    texts: Texts
    graph: Graph = field(default_factory=Graph)
    values: dict[str, Node | None] = field(default_factory=dict)
    problems: list[FeatureProblem] = field(default_factory=list)
    names: dict[int, frozenset[str]] = field(default_factory=dict)
    """What each expression names, by its position."""

    @cached_property
    def tally(self) -> Tally:
        """What the nodes cost."""
        return Tally(self.graph.nodes)

    def run(self) -> None:
        """Parse, order and check every derived feature."""
        for feature in self.features:
            self.values[feature.name] = _value_node(self.graph, feature)
        trees = dict(self._parsed())
        if self._is_hopeless():
            return
        for index in self._order(trees):
            self._check(index, trees[index])
            if self._is_hopeless():
                break
        cost = self.tally.count()
        if cost > MAX_TOTAL_COST:
            message = f"estimated cost {cost:.0f} of all expressions is over {MAX_TOTAL_COST}"
            self._complain(Code.MS317, message)
        for unchecked in self.derived:
            self.values.setdefault(unchecked.name, None)

    def _is_hopeless(self) -> bool:
        return len(self.problems) >= MAX_PROBLEMS or any(item.index < 0 for item in self.problems)

    def _complain(self, code: Code, message: str) -> None:
        """Note a problem of all features together."""
        self.problems.append(FeatureProblem(-1, Problem(code, Span(0, 1), message)))

    def _parsed(self) -> Iterator[tuple[int, Expression]]:
        size = 0
        # No text has more nodes than characters.
        may_be_large = sum(len(feature.text) for feature in self.derived) > MAX_NODES
        for index, feature in enumerate(self.derived):
            try:
                tree = _parsed_text(feature.text, self.texts)
            except ExpressionError as error:
                self.problems += [FeatureProblem(index, problem) for problem in error.problems]
                self.values[feature.name] = None
            else:
                yield index, tree
                size += size_of(tree) if may_be_large else 0
            if size > MAX_NODES:
                self._complain(
                    Code.MS316, f"expressions must have at most {MAX_NODES} nodes in all"
                )
            if self._is_hopeless():
                return

    def _order(self, trees: Mapping[int, Expression]) -> list[int]:
        """Return the positions of the features that can be checked, dependencies first."""
        position = {feature.name: index for index, feature in enumerate(self.derived)}
        needs: dict[int, set[int]] = {}
        for index, tree in trees.items():
            self.names[index] = names_in(tree)
            used = {position[name] for name in self.names[index] if name in position}
            if index in used:
                self._refers_to_itself(index, tree)
                used.discard(index)
            needs[index] = used & trees.keys()
        try:
            return list(TopologicalSorter(needs).static_order())
        except CycleError as error:
            self._cycle(error.args[1])
            return []

    def _refers_to_itself(self, index: int, tree: Expression) -> None:
        name = self.derived[index].name
        problem = Problem(Code.MS320, first_use(tree, name), f"'{name}' refers to itself")
        self.problems.append(FeatureProblem(index, problem))
        self.values[name] = None

    def _cycle(self, indexes: Sequence[int]) -> None:
        path = " -> ".join(f"'{self.derived[index].name}'" for index in reversed(indexes))
        self._complain(Code.MS319, f"cycle {path}; a derived feature must not depend on itself")

    def _check(self, index: int, tree: Expression) -> None:
        feature = self.derived[index]
        if feature.name in self.values and self.values[feature.name] is None:
            return
        checker = Checker(self.graph, self.values, self.parameters)
        node = checker.check(tree)
        costs: list[Problem] = []
        if node is not None:
            used = (self.values.get(name) for name in self.names[index])
            costs = self.tally.problem(node, (item for item in used if item), tree.span)
            node = checker.emitted(node, feature.boundary, tree.span)
        self.values[feature.name] = node
        found = (*checker.problems, *costs)
        self.problems += [FeatureProblem(index, problem) for problem in found]


def check_expression(
    text: str, features: Iterable[RawFeature], parameters: Mapping[str, Parameter] = _NO_PARAMETERS
) -> Node:
    """Return the typed node of one expression over raw features.

    Raises:
        ExpressionError: The text is not a valid expression.
    """
    graph = Graph()
    names = {feature.name: _value_node(graph, feature) for feature in features}
    checker = Checker(graph, names, parameters)
    tree = parse(text)
    node = checker.check(tree)
    problems = (
        checker.problems or cost_problem(node, names.values(), tree.span)
        if node
        else checker.problems
    )
    if node is None or problems:
        raise ExpressionError(text, tuple(problems))
    return node
