"""From a syntax tree to typed nodes: names, types, nulls and bounds; all problems at once.

What follows from a type is decided here and nowhere else. A node that cannot be typed is ``None``:
its problem is noted, and whatever contains it stays silent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from modelspec.errors import Code
from modelspec.expressions.calls import NOTHING_BOUND, BoundCall, bind_call, suggestion
from modelspec.expressions.complaints import (
    FOREIGN,
    complain_about_argument,
    complain_about_key,
    complain_about_operands,
    functions_taking,
)
from modelspec.expressions.functions import FUNCTIONS
from modelspec.expressions.graph import Apply, Constant, Graph, Node, is_null
from modelspec.expressions.lexer import RESERVED
from modelspec.expressions.operation import Cases, LiteralError, Operation
from modelspec.expressions.overloads import Match, Mismatch, divides_by_zero, select_overload
from modelspec.expressions.parameters import Parameter
from modelspec.expressions.parser import parse
from modelspec.expressions.results import exceeds_text, result_type
from modelspec.expressions.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Literal,
    Membership,
    Name,
    Problem,
    Span,
    Unary,
    as_literal,
)
from modelspec.expressions.types import MAX_INT32, MAX_TEXT, Boundary, Kind, Range, Type


class Checker:
    """Checks expressions against the names they may use, and adds what they compute to a graph."""

    def __init__(
        self, graph: Graph, names: Mapping[str, Node | None], parameters: Mapping[str, Parameter]
    ) -> None:
        """Take the nodes that names stand for; ``None`` is a feature that could not be typed."""
        self._graph = graph
        self._names = names
        self._parameters = parameters
        self.problems: list[Problem] = []

    def check(self, expression: Expression) -> Node | None:  # noqa: PLR0911  # one per kind
        """Return the node of an expression, or ``None`` after noting what is wrong with it."""
        match expression:
            case Name():
                return self._name(expression)
            case Literal():
                return self._literal(expression)
            case Call():
                return self._call(expression)
            case Binary(operator, left, right, span):
                return self._operator(operator, [left, right], span)
            case Unary(operator, operand, span):
                literal = as_literal(expression)
                return (
                    self._literal(literal)
                    if literal
                    else self._operator(operator, [operand], span)
                )
            case Membership():
                return self._membership(expression)
            case Conditional():
                return self._conditional(expression)

    def _note(self, code: Code, span: Span, message: str) -> None:
        self.problems.append(Problem(code, span, message))

    def _literal(self, literal: Literal) -> Node:
        return self._graph.constant(literal.value, literal_type(literal.value, literal.kind))

    def _name(self, name: Name) -> Node | None:
        if name.id in self._names:
            return self._names[name.id]
        if name.id in self._parameters:
            users = functions_taking(self._parameters[name.id])
            message = f"'{name.id}' is a parameter; pass it to {users}"
            self._note(Code.MS323, name.span, message)
        elif name.id in FUNCTIONS:
            message = f"'{name.id}' is a function; call it as {FUNCTIONS[name.id][0].text}"
            self._note(Code.MS301, name.span, message)
        else:
            message = f"unknown name '{name.id}'{suggestion(name.id, list(self._names))}"
            self._note(Code.MS301, name.span, message)
        return None

    def _operator(self, operator: str, operands: Sequence[Expression], span: Span) -> Node | None:
        return self._apply_operator(
            operator, operands, [self.check(item) for item in operands], span
        )

    def _apply_operator(
        self,
        operator: str,
        operands: Sequence[Expression],
        nodes: Sequence[Node | None],
        span: Span,
    ) -> Node | None:
        known = _all_known(nodes)
        if known is None:
            return None
        found = _select(FUNCTIONS[operator], known)
        if isinstance(found, Mismatch):
            types = [node.type for node in known]
            self._note(*_at(span, complain_about_operands(operator, operands, types)))
            return None
        return self._apply(found, known, NOTHING_BOUND, span)

    def _membership(self, membership: Membership) -> Node | None:
        operand = self.check(membership.operand)
        kinds = {item.kind for item in membership.items}
        if Kind.NULL in kinds:
            self._note(Code.MS309, membership.span, "null is in no list; use is_null(x)")
            return None
        if operand is None:
            return None
        numbers = {Kind.INT64, Kind.FLOAT64}
        wanted = operand.type.kind
        if not (kinds <= {wanted} or (wanted in numbers and kinds <= numbers)):
            listed = " and ".join(sorted(kinds))
            message = f"cannot compare {operand.type.required()} with {listed}"
            self._note(Code.MS305, membership.span, message)
            return None
        items = frozenset(item.value for item in membership.items)
        bound = BoundCall(bound={"items": items}, keys=sorted(map(repr, items)))
        found = _select(FUNCTIONS["in"], [operand])
        if isinstance(found, Mismatch):
            message = f"operator 'in' cannot be used with {operand.type.required()}"
            self._note(Code.MS305, membership.span, message)
            return None
        node = self._apply(found, [operand], bound, membership.span)
        return self._apply_named("not", node) if membership.negated and node else node

    def _conditional(self, node: Conditional) -> Node | None:
        branches = (node.condition, node.then, node.otherwise)
        return self._choice([self.check(branch) for branch in branches], node.span)

    def _call(self, call: Call) -> Node | None:
        overloads = FUNCTIONS.get(call.function)
        if overloads is None or not call.function.isidentifier():
            message = f"unknown function '{call.function}'{_meant(call.function)}"
            self._note(Code.MS302, call.span, message)
            for argument in call.arguments:
                self.check(argument)
            return None
        bound = bind_call(call, overloads[0], self._parameters)
        if bound.problems:
            self.problems += bound.problems
            for expression in bound.values:
                self.check(expression)
            return None
        rewrite = overloads[0].rewrite
        if rewrite is not None:
            return self._rewritten(rewrite(call.arguments, call.span))
        return self._bound_call(overloads, bound, call.span)

    def _rewritten(self, rewritten: Cases | Problem) -> Node | None:
        if isinstance(rewritten, Problem):
            self.problems.append(rewritten)
            return None
        test_of = self._test_of(rewritten.subject)
        pairs = [(test_of(test), self.check(value)) for test, value in rewritten.pairs]
        node = self.check(rewritten.default)
        spans = [(test.span, value.span) for test, value in rewritten.pairs]
        for (test, value), (at, _) in zip(reversed(pairs), reversed(spans), strict=True):
            node = self._choice([test, value, node], at)
        return node

    def _test_of(self, subject: Expression | None) -> Callable[[Expression], Node | None]:
        """Return what checks a condition: any, or a literal that a subject is compared with."""
        if subject is None:
            return self.check
        node = self.check(subject)

        def equals(literal: Expression) -> Node | None:
            nodes = [node, self.check(literal)]
            return self._apply_operator("==", [subject, literal], nodes, literal.span)

        return equals

    def _choice(self, nodes: Sequence[Node | None], span: Span) -> Node | None:
        """Return ``then if condition else otherwise`` of nodes; problems point at *span*."""
        known = _all_known(nodes)
        if known is None:
            return None
        found = _select(FUNCTIONS["if"], known)
        if isinstance(found, Mismatch):
            types = [node.type for node in known]
            self._note(*_at(span, complain_about_argument(FUNCTIONS["if"][0], found, types)))
            return None
        return self._apply(found, known, NOTHING_BOUND, span)

    def _bound_call(
        self, overloads: tuple[Operation, ...], bound: BoundCall, span: Span
    ) -> Node | None:
        known = _all_known([self.check(expression) for expression in bound.values])
        if known is None:
            return None
        found = _select(overloads, known)
        if isinstance(found, Mismatch):
            place = bound.values[found.position].span
            types = [node.type for node in known]
            self._note(*_at(place, complain_about_argument(overloads[0], found, types)))
            return None
        wrong_key = complain_about_key(found.operation, known, bound)
        if wrong_key:
            self._note(Code.MS324, bound.values[0].span, wrong_key)
            return None
        return self._apply(found, known, bound, span)

    def _apply(
        self, match: Match, given: Sequence[Node], bound: BoundCall, span: Span
    ) -> Node | None:
        operation = match.operation
        nodes = [
            node if node.type.kind is kind else self.convert(node, kind)
            for node, kind in zip(given, match.kinds, strict=True)
        ]
        if operation.domain and divides_by_zero(match, [node.type for node in nodes]):
            self._note(Code.MS331, span, "division by the constant 0 is always null")
            return None
        if operation.definition is not None:
            return self._defined(match, nodes, span)
        if operation.folds:
            return self._folded(match, nodes, bound, span)
        return self._node(match, nodes, bound, span)

    def _folded(
        self, match: Match, given: Sequence[Node], bound: BoundCall, span: Span
    ) -> Node | None:
        """Return the operation applied from left to right."""
        node: Node | None = given[0]
        for other in given[1:]:
            node = node and self._node(match, [node, other], bound, span)
        return node

    def _node(
        self, match: Match, given: Sequence[Node], bound: BoundCall, span: Span
    ) -> Node | None:
        operation = match.operation
        try:
            declared, overflows = result_type(match, [node.type for node in given], bound.bound)
        except LiteralError as error:
            self._note(error.code, span, f"{operation.name}() {error}")
            return None
        if exceeds_text(declared):
            message = (
                f"{operation.name}() can give {declared.length} characters, over the limit of"
                f" {MAX_TEXT}; lower `maxLength`"
            )
            self._note(Code.MS317, span, message)
            return None
        if not operation.lenient and any(map(is_null, given)):
            return self._graph.constant(None, declared.optional())
        return self._graph.apply(
            operation,
            tuple(given),
            tuple(sorted(bound.bound.items())) if bound.bound else (),
            declared,
            wild=overflows or _stays_wild(match, given),
            key=tuple(bound.keys),
        )

    def _defined(self, match: Match, given: Sequence[Node], span: Span) -> Node | None:
        names = [argument.name for argument in match.arguments]
        inner = Checker(self._graph, dict(zip(names, given, strict=True)), {})
        node = inner.check(parse(match.operation.definition or ""))
        self.problems += [replace(problem, span=span) for problem in inner.problems]
        return node

    def _apply_named(self, name: str, node: Node) -> Node:
        found = _select(FUNCTIONS[name], [node])
        applied = (
            self._apply(found, [node], NOTHING_BOUND, Span(0, 0))
            if isinstance(found, Match)
            else None
        )
        assert applied is not None  # noqa: S101  # only asked for what fits
        return applied

    def convert(self, node: Node, kind: Kind) -> Node:
        """Return the node as another kind; null literals become nulls of that kind."""
        if node.type.kind is kind:
            return node
        if is_null(node):
            return self._graph.constant(None, Type(kind, nullable=True, range=Range(0, 0)))
        if isinstance(node, Constant) and node.type.kind is Kind.INT64:
            return self._graph.constant(float(node.value), literal_type(node.value, kind))
        return self._apply_named("to_float", node)

    def emitted(self, node: Node, boundary: Boundary, span: Span) -> Node | None:
        """Return the node as what a derived feature is declared to be."""
        numbers = {Kind.INT64, Kind.BOOL, Kind.NULL}
        fits = node.type.kind in {boundary.kind, Kind.NULL} or (
            boundary.kind is Kind.FLOAT64 and node.type.kind in numbers
        )
        if fits and (boundary is not Boundary.VECTOR or node.type.length):
            return self._bounded(self.convert(node, boundary.kind), boundary)
        message = f"expression has type {node.type.required()}, `type` is {boundary}"
        self._note(Code.MS334, span, message + _EMIT_REMEDY.get(node.type.kind, ""))
        return None

    def _bounded(self, node: Node, boundary: Boundary) -> Node | None:
        """Return the node with null for what its declared type cannot hold."""
        if boundary is not Boundary.INT32 or node.type.range.within(-MAX_INT32 - 1, MAX_INT32):
            return node
        checker = Checker(self._graph, {"x": node}, {})
        return checker.check(parse(f"null_outside(x, {-MAX_INT32 - 1}, {MAX_INT32})"))


_EMIT_REMEDY = {
    Kind.STRING: "; use ordinal(), hash_bucket() or lookup()",
    Kind.TIMESTAMP: "; use epoch_seconds()",
    Kind.FLOAT64: "; use to_int() or declare Float64",
    Kind.BOOL: "; use indicator() or declare Bool",
    Kind.VECTOR: "; declare Vector",
    Kind.LIST: "; use size() or list_get()",
}


def literal_type(value: Any, kind: Kind) -> Type:
    """Return the type of a constant: as narrow as can be."""
    if kind in {Kind.INT64, Kind.FLOAT64}:
        return Type(kind, range=Range(value, value))
    return Type(kind, nullable=value is None, length=len(value) if kind is Kind.STRING else 0)


def _meant(name: str) -> str:
    """Return the function that was probably meant, as advice."""
    if name in FOREIGN:
        return f"; use {FOREIGN[name]}"
    return suggestion(
        name, [known for known in FUNCTIONS if known.isidentifier() and known not in RESERVED]
    )


def _at(span: Span, complaint: tuple[Code, str]) -> tuple[Code, Span, str]:
    code, message = complaint
    return code, span, message


def _all_known(nodes: Sequence[Node | None]) -> Sequence[Node] | None:
    """Return the nodes, if all could be typed."""
    known = [node for node in nodes if node is not None]
    return known if len(known) == len(nodes) else None


def _select(overloads: tuple[Operation, ...], nodes: Sequence[Node]) -> Match | Mismatch:
    return select_overload(overloads, tuple([node.type.family for node in nodes]))


def _stays_wild(match: Match, given: Sequence[Node]) -> bool:
    """Return whether an argument may be infinite and makes a result that then is not finite."""
    raw = match.operation.raw_arguments
    if match.result is not Kind.FLOAT64 or not raw:
        return False
    return any(
        isinstance(node, Apply) and node.wild and argument.name in raw
        for argument, node in zip(match.arguments, given, strict=False)
    )
