"""The arguments of a call, matched with the signature: by position, by name, by default."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from modelspec.errors import Code, nearest
from modelspec.expressions.operation import LiteralError, Operation
from modelspec.expressions.parameters import Parameter
from modelspec.expressions.records import record
from modelspec.expressions.signature import KINDS, Argument, Role, Signature
from modelspec.expressions.syntax import Call, Expression, Name, Problem, Span, as_literal
from modelspec.expressions.types import Kind


@record(frozen=True, slots=True)
class BoundCall:
    """A call with each argument in its place."""

    values: Sequence[Expression] = ()
    """What is computed for every row, in order."""

    bound: Mapping[str, Any] = field(default_factory=dict)
    """Literals, prepared, and parameters by the argument's name."""

    keys: Sequence[str] = ()
    """What identifies the bound values: literals by ``repr``, parameters by name."""

    problems: Sequence[Problem] = ()


NOTHING_BOUND = BoundCall()
"""For operators, which have neither literals nor parameters."""


def bind_call(call: Call, operation: Operation, parameters: Mapping[str, Parameter]) -> BoundCall:
    """Return the arguments of a call of *operation*; problems are collected, not raised."""
    counted = _count_problem(call, operation.signature)
    if counted:
        return BoundCall(problems=(counted,))
    if operation.signature.takes_values_only and not call.keywords:
        return BoundCall(call.arguments)
    return _Binding(call, operation, parameters).bind()


def _count_problem(call: Call, signature: Signature) -> Problem | None:
    count = len(call.arguments) + len(call.keywords)
    least, most = signature.least, signature.most
    if count >= least and (most is None or count <= most):
        return None
    bound = least if count < least else most
    quantity = "exactly" if least == most else "at least" if count < least else "at most"
    noun = "argument" if bound == 1 else "arguments"
    message = f"{call.function}() takes {quantity} {bound} {noun}, got {count}"
    return Problem(Code.MS303, call.span, message)


def suggestion(name: str, known: Mapping[str, Any] | list[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest known name, or nothing."""
    near = nearest(name, known)
    return f"; did you mean '{near}'?" if near else ""


class _Binding:
    def __init__(
        self, call: Call, operation: Operation, parameters: Mapping[str, Parameter]
    ) -> None:
        self._call = call
        self._operation = operation
        self._parameters = parameters
        self._values: list[Expression] = []
        self._bound: dict[str, Any] = {}
        self._keys: list[str] = []
        self._problems: list[Problem] = []

    def bind(self) -> BoundCall:
        """Place every argument, also those that are left out."""
        signature = self._operation.signature
        given: list[tuple[Argument, Expression]] = [
            (signature.argument(position), expression)
            for position, expression in enumerate(self._call.arguments)
        ]
        given += self._keywords({item.name for item, _ in given})
        for position, (argument, expression) in enumerate(given):
            self._place(argument, expression, position)
        names = {item.name for item, _ in given}
        for argument in signature.arguments:
            if argument.has_default and argument.name not in names:
                default = argument.default
                self._bind(argument, default, repr(default), self._call.span)
        return BoundCall(self._values, self._bound, self._keys, self._problems)

    def _note(self, code: Code, span: Span, message: str) -> None:
        self._problems.append(Problem(code, span, message))

    def _keywords(self, taken: set[str]) -> list[tuple[Argument, Expression]]:
        listed = self._operation.signature.arguments
        known = {item.name: item for item in listed if item.role is Role.LITERAL}
        found: list[tuple[Argument, Expression]] = []
        for keyword in self._call.keywords:
            if keyword.name in known and keyword.name not in taken:
                found.append((known[keyword.name], keyword.value))
                continue
            message = f"{self._call.function}() got {keyword.name!r} twice"
            if keyword.name not in taken:
                message = f"{self._call.function}() has no literal argument {keyword.name!r}"
                message += suggestion(keyword.name, known)
            self._note(Code.MS303, keyword.span, message)
        return found

    def _place(self, argument: Argument, expression: Expression, position: int) -> None:
        match argument.role:
            case Role.VALUE:
                self._values.append(expression)
            case Role.LITERAL:
                self._place_literal(argument, expression, position)
            case Role.PARAMETER:
                self._place_parameter(argument, expression, position)

    def _place_literal(self, argument: Argument, expression: Expression, position: int) -> None:
        literal = as_literal(expression)
        if literal is None:
            message = f"{self._where(position)} must be a {argument.word} literal"
            self._note(Code.MS325, expression.span, message)
            return
        value: Any = literal.value
        if literal.kind is Kind.INT64 and argument.word == "float64":
            value = float(value)
        elif literal.kind not in KINDS[argument.word]:
            needed = f"must be a {argument.word} literal, got {literal.kind}"
            self._note(Code.MS325, expression.span, f"{self._where(position)} {needed}")
            return
        self._bind(argument, value, repr(value), expression.span)

    def _place_parameter(self, argument: Argument, expression: Expression, position: int) -> None:
        if not isinstance(expression, Name):
            message = f"must be the name of a parameter of type {argument.word}"
            self._note(Code.MS322, expression.span, f"{self._where(position)} {message}")
            return
        parameter = self._parameters.get(expression.id)
        if parameter is None:
            message = f"parameter '{expression.id}' is not declared"
            message += suggestion(expression.id, self._parameters)
            self._note(Code.MS321, expression.span, message)
        elif type(parameter).__name__ != argument.word:
            message = (
                f"{self._where(position)} must be a parameter of type {argument.word},"
                f" '{expression.id}' is {type(parameter).__name__}"
            )
            self._note(Code.MS322, expression.span, message)
        else:
            self._bind(argument, parameter, expression.id, expression.span)

    def _where(self, position: int) -> str:
        return f"{self._call.function}() argument {position + 1}"

    def _bind(self, argument: Argument, value: Any, key: str, span: Span) -> None:
        """Bind a literal or parameter, prepared; *key* is what identifies it."""
        self._keys.append(f"{argument.name}={key}")
        prepare = self._operation.prepare.get(argument.name)
        try:
            self._bound[argument.name] = prepare(value) if prepare else value
        except LiteralError as error:
            message = f"{self._operation.name}() {argument.name} {error}"
            self._note(error.code, span, message)
