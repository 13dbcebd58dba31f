"""The one way to write an expression: texts that mean the same to a reader get the same bytes."""

from collections.abc import Mapping
from dataclasses import replace

from modelspec.expressions.functions import FUNCTIONS
from modelspec.expressions.parser import parse
from modelspec.expressions.printer import print_expression
from modelspec.expressions.signature import Argument, Role, Signature
from modelspec.expressions.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Keyword,
    Literal,
    Membership,
    Unary,
    as_literal,
    walk,
)


def canonical_expression(text: str) -> str:
    """Return the canonical text: layout, parentheses and optional arguments in one form.

    A literal argument that has a default is written by name, and left out if it is the default.

    Raises:
        ExpressionError: The text cannot be parsed.
    """
    return Texts().canonical(text)


class Texts:
    """The texts of one specification, each of which is parsed only once."""

    def __init__(self) -> None:
        self._trees: dict[str, Expression] = {}

    def parse(self, text: str) -> Expression:
        """Return the syntax tree of a text.

        Raises:
            ExpressionError: With every problem that can be found without guessing.
        """
        if text not in self._trees:
            self._trees[text] = parse(text)
        return self._trees[text]

    def canonical(self, text: str) -> str:
        """Return the canonical text.

        Raises:
            ExpressionError: The text cannot be parsed.
        """
        return print_expression(normalize(self.parse(text)))


def normalize(node: Expression) -> Expression:
    """Return the tree with the optional arguments of every call in one form."""
    if not any(isinstance(found, Call) and _has_forms(found) for found in walk(node)):
        return node
    match node:
        case Call():
            return _call(replace(node, arguments=tuple(map(normalize, node.arguments))))
        case Unary(operand=operand) | Membership(operand=operand):
            return replace(node, operand=normalize(operand))
        case Binary(left=left, right=right):
            return replace(node, left=normalize(left), right=normalize(right))
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            return replace(
                node,
                condition=normalize(condition),
                then=normalize(then),
                otherwise=normalize(otherwise),
            )
        case _:
            return node


def _has_forms(call: Call) -> bool:
    """Return whether the arguments of a call can be written in several ways."""
    return bool(call.keywords) or call.function in _FIRST_OPTIONAL


def _first_optional(signature: Signature) -> int | None:
    """Return the position of the first argument that may be left out."""
    positions = [i for i, item in enumerate(signature.arguments) if item.has_default]
    return positions[0] if positions else None


_FIRST_OPTIONAL: Mapping[str, int] = {
    name: position
    for name, overloads in FUNCTIONS.items()
    if (position := _first_optional(overloads[0].signature)) is not None
}


def _call(call: Call) -> Call:
    if call.function not in FUNCTIONS:
        return call
    signature = FUNCTIONS[call.function][0].signature
    split = _FIRST_OPTIONAL.get(call.function, len(call.arguments))
    named = [
        Keyword(signature.argument(split + index).name, literal, literal.span)
        for index, expression in enumerate(call.arguments[split:])
        if (literal := as_literal(expression)) is not None
    ]
    if len(named) < len(call.arguments[split:]):
        return call
    optional = {item.name: item for item in signature.arguments if item.has_default}
    keywords = [
        keyword
        for keyword in (*named, *call.keywords)
        if not _is_default(optional.get(keyword.name), keyword.value)
    ]
    order = [item.name for item in signature.arguments]
    keywords.sort(key=lambda keyword: order.index(keyword.name) if keyword.name in order else -1)
    return replace(call, arguments=call.arguments[:split], keywords=tuple(keywords))


def _is_default(argument: Argument | None, literal: Literal) -> bool:
    return (
        argument is not None
        and argument.role is Role.LITERAL
        and (type(argument.default), argument.default) == (type(literal.value), literal.value)
    )
