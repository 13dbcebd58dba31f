"""The syntax tree: immutable nodes, each with the place in the text that it came from.

Two trees are equal when they mean the same, wherever their texts had spaces or parentheses;
``1`` and ``1.0`` differ.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

from modelspec.errors import Code
from modelspec.expressions.records import record
from modelspec.expressions.types import Kind

Value: TypeAlias = bool | int | float | str | None


class Span(NamedTuple):
    """Where something stands in a text: offsets in code points, the end excluded."""

    start: int
    end: int


@record(frozen=True, slots=True)
class Literal:
    """A constant; negative numbers only occur in lists and keyword arguments."""

    value: Value
    kind: Kind
    span: Span = field(compare=False)


@record(frozen=True, slots=True)
class Name:
    """A feature, or a parameter where a function takes one."""

    id: str
    span: Span = field(compare=False)


@record(frozen=True, slots=True)
class Keyword:
    """An argument given by name, ``digits=2``; its value is always a literal."""

    name: str
    value: Literal
    span: Span = field(compare=False)


@record(frozen=True, slots=True)
class Call:
    """A function applied to arguments."""

    function: str
    arguments: tuple["Expression", ...]
    keywords: tuple[Keyword, ...]
    span: Span = field(compare=False)


@record(frozen=True, slots=True)
class Unary:
    """``-x`` or ``not x``."""

    operator: str
    operand: "Expression"
    span: Span = field(compare=False)


@record(frozen=True, slots=True)
class Binary:
    """An arithmetic operator, a comparison, ``and`` or ``or`` between two operands."""

    operator: str
    left: "Expression"
    right: "Expression"
    span: Span = field(compare=False)


@record(frozen=True, slots=True)
class Membership:
    """``x in ["a", "b"]``, or ``not in``."""

    operand: "Expression"
    items: tuple[Literal, ...]
    negated: bool
    span: Span = field(compare=False)


@record(frozen=True, slots=True)
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
    children: tuple[Expression, ...] = _CHILDREN[type(node)](node)
    return children


_CHILDREN: Mapping[type, Callable[[Any], tuple[Expression, ...]]] = {
    Literal: lambda _: (),
    Name: lambda _: (),
    Call: attrgetter("arguments"),
    Unary: lambda node: (node.operand,),
    Binary: attrgetter("left", "right"),
    Membership: lambda node: (node.operand,),
    Conditional: attrgetter("condition", "then", "otherwise"),
}


def walk(node: Expression) -> Iterator[Expression]:
    """Yield every expression of a tree, from left to right."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += reversed(children_of(found))


def first_use(node: Expression, name: str) -> Span:
    """Return where an expression first names a feature, or the whole of it if it does not."""
    named = (found for found in walk(node) if isinstance(found, Name) and found.id == name)
    return next(named, node).span


def size_of(node: Expression) -> int:
    """Return how many nodes an expression has, literals in lists and keywords counted."""
    size = 0
    for found in walk(node):
        size += 1
        if isinstance(found, Call):
            size += len(found.keywords)
        elif isinstance(found, Membership):
            size += len(found.items)
    return size


def names_in(node: Expression) -> frozenset[str]:
    """Return every feature and parameter that an expression names."""
    return frozenset(found.id for found in walk(node) if isinstance(found, Name))


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
