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
    text, _ = _text(node)
    return text


def _operand(node: Expression, least: Level) -> str:
    """Return the text of a node, in parentheses if it binds less tightly than *least*."""
    text, level = _text(node)
    return text if level >= least else f"({text})"


def _text(node: Expression) -> tuple[str, Level]:  # noqa: PLR0911  # one for each kind of node
    """Return the text of a node, and how tightly it binds."""
    match node:
        case Name():
            return node.id, Level.ATOM
        case Literal():
            text = _literal(node)
            return text, Level.UNARY if text.startswith("-") else Level.ATOM
        case Call():
            arguments = [*map(print_expression, node.arguments), *map(_keyword, node.keywords)]
            return f"{node.function}({', '.join(arguments)})", Level.ATOM
        case Binary():
            level, least_left, least_right = BINDINGS[node.operator]
            left, right = _operand(node.left, least_left), _operand(node.right, least_right)
            return f"{left} {node.operator} {right}", level
        case Unary():
            level = UNARIES[node.operator]
            space = " " if node.operator.isalpha() else ""
            return f"{node.operator}{space}{_operand(node.operand, level)}", level
        case Membership():
            operator = "not in" if node.negated else "in"
            items = ", ".join(map(_literal, node.items))
            operand = _operand(node.operand, Level.SUM)
            return f"{operand} {operator} [{items}]", Level.COMPARISON
        case Conditional():
            then, condition = _operand(node.then, Level.OR), _operand(node.condition, Level.OR)
            text = f"{then} if {condition} else {print_expression(node.otherwise)}"
            return text, Level.CONDITIONAL


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
