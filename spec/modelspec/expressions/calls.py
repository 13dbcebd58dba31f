"""The arguments of a call, matched with the signature: by position, by name, by default."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modelspec.errors import Code, nearest
from modelspec.expressions.operation import LiteralError, Operation
from modelspec.expressions.parameters import Parameter
from modelspec.expressions.signature import KINDS, Argument, Role, Signature
from modelspec.expressions.syntax import Call, Expression, Name, Problem, Span, as_literal
from modelspec.expressions.types import Kind


@dataclass(slots=True)
class BoundCall:
    """A call with each argument in its place."""

    values: list[tuple[Argument, Expression]] = field(default_factory=list)
    """What is computed for every row, in order."""

    bound: dict[str, Any] = field(default_factory=dict)
    """Literals, prepared, and parameters by the argument's name."""

    keys: list[str] = field(default_factory=list)
    """What identifies the bound values: literals by ``repr``, parameters by name."""

    problems: list[Problem] = field(default_factory=list)


def bind_call(call: Call, operation: Operation, parameters: Mapping[str, Parameter]) -> BoundCall:
    """Return the arguments of a call of *operation*; problems are collected, not raised."""
    result = BoundCall()
    counted = _count_problem(call, operation.signature)
    if counted:
        result.problems.append(counted)
        return result
    given: list[tuple[Argument, Expression]] = [
        (operation.signature.argument(position), expression)
        for position, expression in enumerate(call.arguments)
    ]
    given += _keywords(call, operation.signature, {item.name for item, _ in given}, result)
    names = {item.name for item, _ in given}
    for position, (argument, expression) in enumerate(given):
        _place(
            argument,
            expression,
            f"{call.function}() argument {position + 1}",
            result,
            operation,
            parameters,
        )
    for argument in operation.signature.arguments:
        if argument.has_default and argument.name not in names:
            default = argument.default
            _bind(argument, default, repr(default), call.span, result, operation)
    return result


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


def _keywords(
    call: Call, signature: Signature, taken: set[str], result: BoundCall
) -> list[tuple[Argument, Expression]]:
    known = {item.name: item for item in signature.arguments if item.role is Role.LITERAL}
    found: list[tuple[Argument, Expression]] = []
    for keyword in call.keywords:
        if keyword.name in known and keyword.name not in taken:
            found.append((known[keyword.name], keyword.value))
            continue
        if keyword.name in taken:
            message = f"{call.function}() got {keyword.name!r} twice"
        else:
            message = f"{call.function}() has no literal argument {keyword.name!r}" + (
                suggestion(keyword.name, known)
            )
        result.problems.append(Problem(Code.MS303, keyword.span, message))
    return found


def suggestion(name: str, known: Mapping[str, Any] | list[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest known name, or nothing."""
    near = nearest(name, known)
    return f"; did you mean '{near}'?" if near else ""


def _place(
    argument: Argument,
    expression: Expression,
    where: str,
    result: BoundCall,
    operation: Operation,
    parameters: Mapping[str, Parameter],
) -> None:
    match argument.role:
        case Role.VALUE:
            result.values.append((argument, expression))
        case Role.LITERAL:
            _place_literal(argument, expression, where, result, operation)
        case Role.PARAMETER:
            _place_parameter(argument, expression, where, result, operation, parameters)


def _place_literal(
    argument: Argument, expression: Expression, where: str, result: BoundCall, operation: Operation
) -> None:
    literal = as_literal(expression)
    if literal is None:
        message = f"{where} must be a {argument.word} literal"
        result.problems.append(Problem(Code.MS325, expression.span, message))
        return
    value: Any = literal.value
    if literal.kind is Kind.INT64 and argument.word == "float64":
        value = float(value)
    elif literal.kind not in KINDS[argument.word]:
        message = f"{where} must be a {argument.word} literal, got {literal.kind}"
        result.problems.append(Problem(Code.MS325, expression.span, message))
        return
    _bind(argument, value, repr(value), expression.span, result, operation)


def _bind(
    argument: Argument, value: Any, key: str, span: Span, result: BoundCall, operation: Operation
) -> None:
    """Bind a literal or parameter, prepared; *key* is what identifies it."""
    result.keys.append(f"{argument.name}={key}")
    prepare = operation.prepare.get(argument.name)
    try:
        result.bound[argument.name] = prepare(value) if prepare else value
    except LiteralError as error:
        message = f"{operation.name}() {argument.name} {error}"
        result.problems.append(Problem(error.code, span, message))


def _place_parameter(
    argument: Argument,
    expression: Expression,
    where: str,
    result: BoundCall,
    operation: Operation,
    parameters: Mapping[str, Parameter],
) -> None:
    if not isinstance(expression, Name):
        message = f"{where} must be the name of a parameter of type {argument.word}"
        result.problems.append(Problem(Code.MS322, expression.span, message))
        return
    parameter = parameters.get(expression.id)
    if parameter is None:
        message = f"parameter '{expression.id}' is not declared"
        message += suggestion(expression.id, parameters)
        result.problems.append(Problem(Code.MS321, expression.span, message))
    elif type(parameter).__name__ != argument.word:
        message = (
            f"{where} must be a parameter of type {argument.word},"
            f" '{expression.id}' is {type(parameter).__name__}"
        )
        result.problems.append(Problem(Code.MS322, expression.span, message))
    else:
        _bind(argument, parameter, expression.id, expression.span, result, operation)
