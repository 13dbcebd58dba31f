"""From a syntax tree to its canonical text, which parses to the same tree."""

from modelspec.expressions.precedence import BINDINGS, UNARIES, Level
from modelspec.expressions.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Keyword,
    Literal,
    Membership,
    Name,
    Unary,
)

# Unicode promises never to change which characters are controls, so a text that was canonical
# stays canonical whatever Python prints it.
_CONTROLS = {code: f"\\u{code:04x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
_ESCAPES = {**_CONTROLS, ord("\n"): "\\n", ord("\t"): "\\t", ord('"'): '\\"', ord("\\"): "\\\\"}


def print_expression(node: Expression) -> str:
    """Return the canonical text of a syntax tree."""
    return _operand(node, Level.CONDITIONAL)


def _operand(node: Expression, least: Level) -> str:
    """Return the text of a node, in parentheses if it binds less tightly than *least*."""
    text = _text(node)
    return text if _level(node) >= least else f"({text})"


def _text(node: Expression) -> str:  # noqa: PLR0911  # one for each kind of node
    match node:
        case Literal():
            return _literal(node)
        case Name():
            return node.id
        case Call():
            arguments = [*map(print_expression, node.arguments), *map(_keyword, node.keywords)]
            return f"{node.function}({', '.join(arguments)})"
        case Unary():
            space = " " if node.operator.isalpha() else ""
            return f"{node.operator}{space}{_operand(node.operand, UNARIES[node.operator])}"
        case Binary():
            return _binary(node)
        case Membership():
            operator = "not in" if node.negated else "in"
            items = ", ".join(map(_literal, node.items))
            return f"{_operand(node.operand, Level.SUM)} {operator} [{items}]"
        case Conditional():
            return _conditional(node)


def _level(node: Expression) -> Level:
    match node:
        case Unary(operator=operator):
            return UNARIES[operator]
        case Binary(operator=operator):
            return BINDINGS[operator].level
        case Membership():
            return Level.COMPARISON
        case Conditional():
            return Level.CONDITIONAL
        case Literal() if _literal(node).startswith("-"):
            return Level.UNARY
        case _:
            return Level.ATOM


def _binary(node: Binary) -> str:
    _, least_left, least_right = BINDINGS[node.operator]
    left = _operand(node.left, least_left)
    return f"{left} {node.operator} {_operand(node.right, least_right)}"


def _conditional(node: Conditional) -> str:
    then = _operand(node.then, Level.OR)
    condition = _operand(node.condition, Level.OR)
    return f"{then} if {condition} else {print_expression(node.otherwise)}"


def _keyword(keyword: Keyword) -> str:
    return f"{keyword.name}={_literal(keyword.value)}"


def _literal(literal: Literal) -> str:
    match literal.value:
        case None:
            return "null"
        case bool(truth):
            return "true" if truth else "false"
        case int(integer):
            return str(integer)
        case float(real):
            return _float(real)
        case str(string):
            return f'"{string.translate(_ESCAPES)}"'


def _float(real: float) -> str:
    """Return the shortest text that reads back as *real*, and as a float."""
    mantissa, _, exponent = repr(real).partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa
