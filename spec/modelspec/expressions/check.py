"""From a syntax tree to typed nodes: names, types, nulls and bounds; all problems at once.

What follows from a type is decided here and nowhere else. A node that cannot be typed is ``None``:
its problem is noted, and whatever contains it stays silent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from modelspec.errors import Code
from modelspec.expressions.calls import BoundCall, bind_call, suggestion
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
from modelspec.expressions.overloads import (
    Given,
    Match,
    Mismatch,
    arguments_of,
    assign_arguments,
    divides_by_zero,
    select_overload,
)
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
            case Literal():
                return self._literal(expression)
            case Name():
                return self._name(expression)
            case Unary(operator, operand, span):
                literal = as_literal(expression)
                return (
                    self._literal(literal)
                    if literal
                    else self._operator(operator, [operand], span)
                )
            case Binary(operator, left, right, span):
                return self._operator(operator, [left, right], span)
            case Membership():
                return self._membership(expression)
            case Conditional():
                return self._conditional(expression)
            case Call():
                return self._call(expression)

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
        overloads = _overloads(operator, len(operands))
        given = assign_arguments(overloads[0].signature.arguments, nodes)
        if given is None:
            return None
        found = select_overload(overloads, given)
        if isinstance(found, Mismatch):
            types = [node.type for _, node in given]
            self._note(*_at(span, complain_about_operands(operator, operands, types)))
            return None
        return self._apply(found, given, BoundCall(), span)

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
        given = [(FUNCTIONS["in"][0].signature.argument(0), operand)]
        found = select_overload(FUNCTIONS["in"], given)
        if isinstance(found, Mismatch):
            message = f"operator 'in' cannot be used with {operand.type.required()}"
            self._note(Code.MS305, membership.span, message)
            return None
        node = self._apply(found, given, bound, membership.span)
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
            for _, expression in bound.values:
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
        given = assign_arguments(FUNCTIONS["if"][0].signature.arguments, nodes)
        if given is None:
            return None
        found = select_overload(FUNCTIONS["if"], given)
        if isinstance(found, Mismatch):
            types = [node.type for _, node in given]
            self._note(*_at(span, complain_about_argument(FUNCTIONS["if"][0], found, types)))
            return None
        return self._apply(found, given, BoundCall(), span)

    def _bound_call(
        self, overloads: Sequence[Operation], bound: BoundCall, span: Span
    ) -> Node | None:
        nodes = [self.check(expression) for _, expression in bound.values]
        given = assign_arguments([argument for argument, _ in bound.values], nodes)
        if given is None:
            return None
        found = select_overload(overloads, given)
        if isinstance(found, Mismatch):
            place = bound.values[found.position][1].span
            types = [node.type for _, node in given]
            self._note(*_at(place, complain_about_argument(overloads[0], found, types)))
            return None
        wrong_key = complain_about_key(found.operation, given, bound)
        if wrong_key:
            self._note(Code.MS324, bound.values[0][1].span, wrong_key)
            return None
        return self._apply(found, given, bound, span)

    def _apply(self, match: Match, given: Given, bound: BoundCall, span: Span) -> Node | None:
        operation = match.operation
        arguments = arguments_of(operation, given)
        converted = [
            (argument, self.convert(node, match.target(argument, node.type.kind)))
            for argument, (_, node) in zip(arguments, given, strict=True)
        ]
        if divides_by_zero(operation, converted):
            self._note(Code.MS331, span, "division by the constant 0 is always null")
            return None
        if operation.definition is not None:
            return self._defined(operation, converted, span)
        if operation.folds:
            return self._folded(match, converted, bound, span)
        return self._node(match, converted, bound, span)

    def _folded(self, match: Match, given: Given, bound: BoundCall, span: Span) -> Node | None:
        first, second = match.operation.signature.arguments[:2]
        node: Node | None = given[0][1]
        for _, other in given[1:]:
            node = node and self._node(match, [(first, node), (second, other)], bound, span)
        return node

    def _node(self, match: Match, given: Given, bound: BoundCall, span: Span) -> Node | None:
        operation = match.operation
        types = [(argument.name, node.type) for argument, node in given]
        try:
            result = result_type(operation, match.result, types, bound.bound)
        except LiteralError as error:
            self._note(error.code, span, f"{operation.name}() {error}")
            return None
        if exceeds_text(result.type):
            message = (
                f"{operation.name}() can give {result.type.length} characters, over the limit of"
                f" {MAX_TEXT}; lower `maxLength`"
            )
            self._note(Code.MS317, span, message)
            return None
        if not operation.lenient and any(is_null(node) for _, node in given):
            return self._graph.constant(None, result.type.optional())
        wild = result.overflows or (
            match.result is Kind.FLOAT64
            and any(
                isinstance(node, Apply) and node.wild and argument.name in operation.raw_arguments
                for argument, node in given
            )
        )
        return self._graph.apply(
            operation,
            tuple(node for _, node in given),
            tuple(sorted(bound.bound.items())),
            result.type,
            wild=wild,
            key=tuple(bound.keys),
        )

    def _defined(self, operation: Operation, given: Given, span: Span) -> Node | None:
        names = {argument.name: node for argument, node in given}
        inner = Checker(self._graph, names, {})
        node = inner.check(parse(operation.definition or ""))
        self.problems += [replace(problem, span=span) for problem in inner.problems]
        return node

    def _apply_named(self, name: str, node: Node) -> Node:
        given = [(FUNCTIONS[name][0].signature.argument(0), node)]
        found = select_overload(FUNCTIONS[name], given)
        applied = (
            self._apply(found, given, BoundCall(), Span(0, 0))
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


def _overloads(operator: str, operands: int) -> Sequence[Operation]:
    return [
        operation
        for operation in FUNCTIONS[operator]
        if len(operation.signature.arguments) == operands
    ]
