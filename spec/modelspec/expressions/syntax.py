"""The syntax tree: immutable nodes, each with the place in the text that it came from.

Two trees are equal when they mean the same, wherever their texts had spaces or parentheses;
``1`` and ``1.0`` differ.
"""

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from modelspec.errors import Code
from modelspec.expressions.types import Kind

Value: TypeAlias = bool | int | float | str | None


class Span(NamedTuple):
    """Where something stands in a text: offsets in code points, the end excluded."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant; negative numbers only occur in lists and keyword arguments."""

    value: Value
    kind: Kind
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A feature, or a parameter where a function takes one."""

    id: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Keyword:
    """An argument given by name, ``digits=2``; its value is always a literal."""

    name: str
    value: Literal
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function applied to arguments."""

    function: str
    arguments: tuple["Expression", ...]
    keywords: tuple[Keyword, ...]
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x`` or ``not x``."""

    operator: str
    operand: "Expression"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """An arithmetic operator, a comparison, ``and`` or ``or`` between two operands."""

    operator: str
    left: "Expression"
    right: "Expression"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Membership:
    """``x in ["a", "b"]``, or ``not in``."""

    operand: "Expression"
    items: tuple[Literal, ...]
    negated: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """``then if condition else otherwise``."""

    condition: "Expression"
    then: "Expression"
    otherwise: "Expression"
    span: Span = field(compare=False)


Expression: TypeAlias = Literal | Name | Call | Unary | Binary | Membership | Conditional


def as_literal(node: Expression) -> Literal | None:
    """Return a literal, also a negative number, which the grammar reads as an operation."""
    match node:
        case Literal():
            return node
        case Unary("-", Literal(kind=Kind.INT64 | Kind.FLOAT64, value=value) as literal, span):
            assert isinstance(value, int | float)  # noqa: S101  # what the kinds say
            return Literal(-value, literal.kind, span)
        case _:
            return None


def children_of(node: Expression) -> tuple["Expression", ...]:
    """Return the expressions directly below a node."""
    match node:
        case Call(arguments=arguments):
            return arguments
        case Unary(operand=operand) | Membership(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case _:
            return ()


def first_use(node: Expression, name: str) -> Span:
    """Return where an expression first names a feature, or the whole of it if it does not."""
    waiting: list[Expression] = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Name) and found.id == name:
            return found.span
        waiting += reversed(children_of(found))
    return node.span


def size_of(node: Expression) -> int:
    """Return how many nodes an expression has, literals in lists and keywords counted."""
    match node:
        case Call(keywords=keywords):
            own = 1 + len(keywords)
        case Membership(items=items):
            own = 1 + len(items)
        case _:
            own = 1
    return own + sum(map(size_of, children_of(node)))


def names_in(node: Expression) -> frozenset[str]:
    """Return every feature and parameter that an expression names."""
    if isinstance(node, Name):
        return frozenset({node.id})
    return frozenset().union(*map(names_in, children_of(node)))


@dataclass(frozen=True)
class Problem:
    """Something wrong with a text: which code, where, why, and what to do about it."""

    code: Code
    span: Span
    message: str
    """What is wrong; a suggestion follows a semicolon."""

    def describe(self, text: str) -> str:
        """Return the message with its column, and the line of the text with carets under it."""
        return f"{self.sentence}\n{self.excerpt(text)}"

    @property
    def sentence(self) -> str:
        """The message with its column, counted from 1."""
        return f"column {self.span.start + 1}: {self.message}"

    def excerpt(self, text: str, width: int = 96) -> str:
        """Return two lines: the part of *text* around the problem, and carets under it."""
        first = max(0, min(self.span.start - width // 2, len(text) - width))
        part = text[first : first + width]
        shown = "".join(character if character.isprintable() else " " for character in part)
        start = min(self.span.start - first, len(shown))
        carets = max(1, min(self.span.end - self.span.start, width - start))
        return f"  {shown}\n  {' ' * start}{'^' * carets}"


class ExpressionError(ValueError):
    """Raised where a text is no valid expression; carries every problem that was found."""

    def __init__(self, text: str, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(problem.describe(text) for problem in problems))
        self.text = text
        self.problems = problems
