"""What an operation of the language is: one declarative entry that holds everything about it.

An entry says in one place how the operation is written, what it means for one row and for a whole
column, when it gives null, how large its results get, what it costs, and shows it at work. The
checker, both executors, the reference pages and the tests read nothing else, so that adding a
function touches one file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from string import Formatter
from typing import Any, TypeAlias

from modelspec.errors import Code
from modelspec.expressions.signature import Signature, parse_signature
from modelspec.expressions.syntax import Expression, Problem, Span, Value
from modelspec.expressions.types import Range, Type

Scalar: TypeAlias = str | Callable[..., Any]
Columns: TypeAlias = Callable[..., Any]
RangeRule: TypeAlias = Range | Callable[..., Range]
TypeRule: TypeAlias = Callable[[tuple[Type, ...], Mapping[str, Any], Type], Type]
CostRule: TypeAlias = "float | Varying"
Rewrite: TypeAlias = Callable[[tuple[Expression, ...], Span], "Cases | Problem"]


@dataclass(frozen=True, slots=True)
class Varying:
    """A cost that depends on literals or parameters."""

    text: str
    """How, as the reference says it."""

    units: Callable[..., float]
    """From literals and parameters by name to units."""


@dataclass(frozen=True, slots=True)
class Cases:
    """Values with the conditions under which each is taken, and the one that is left."""

    pairs: tuple[tuple[Expression, Expression], ...]
    default: Expression

    subject: Expression | None = None
    """What the conditions, which are literals then, are compared with."""


class Exactness(StrEnum):
    """How far an engine that is not ours may differ."""

    EXACT = "E"
    """Bit for bit the same everywhere."""

    ROUNDED = "R"
    """Within 4 units in the last place of float64."""


class Phase(StrEnum):
    """Where an operation can run."""

    TENSOR = "T"
    """A tensor runtime has what it takes."""

    HOST = "H"
    """Needs a host language."""


@dataclass(frozen=True, slots=True)
class Domain:
    """Where a function of one float is defined; elsewhere the result is null."""

    low: float | None = None
    high: float | None = None
    open: bool = False
    """Whether the bounds themselves are excluded."""

    nonzero: bool = False
    """Whether everything but zero belongs to the domain."""

    def condition(self, name: str) -> str:
        """Return the condition as Python and as the reference pages write it: ``x > -1.0``."""
        if self.nonzero:
            return f"{name} != 0"
        less = "<" if self.open else "<="
        if self.low is None:
            return f"{name} {less} {self.high!r}"
        if self.high is None:
            return f"{name} {less.replace('<', '>')} {self.low!r}"
        return f"{self.low!r} {less} {name} {less} {self.high!r}"

    def holds(self, x: Any) -> Any:
        """Return the condition's truth for a float, or for every float of an array."""
        if self.nonzero:
            return x != 0
        above = True if self.low is None else (x > self.low if self.open else x >= self.low)
        below = True if self.high is None else (x < self.high if self.open else x <= self.high)
        return above & below

    def covers(self, values: Range) -> bool:
        """Return whether a function is defined for all these values."""
        if self.nonzero:
            return values.low > 0 or values.high < 0
        return bool(self.holds(values.low) and self.holds(values.high))


class LiteralError(ValueError):
    """A literal argument, or arguments together, that the operation cannot work with."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation of the language.

    Its meaning is given in exactly one of three ways: ``scalar`` (with ``columns`` where mapping
    it over the distinct rows would be slow), ``definition``, or ``rewrite``.
    """

    text: str
    """The signature."""

    summary: str
    """One sentence, or a few, for the reference."""

    examples: tuple[tuple[str, Value | tuple[Any, ...]], ...]
    """Expressions with their values; shown in the reference and executed by the tests."""

    group: str = field(kw_only=True)
    """Heading in the reference."""

    scalar: Scalar | None = field(default=None, kw_only=True)
    """The meaning for one row: a template of Python, or a function of values that are not null.

    In a template ``{x}`` is a value; ``{x:raw}`` may be infinite and must then give a result that
    is not finite; ``{x:sure}`` is looked at only where x is known, ``{x:truthy}`` only where it
    is truthy; ``{x:true}``, ``{x:false}``,
    ``{x:null}`` and ``{x:known}`` are questions. A float's null is NaN, every other null is None;
    functions take no null unless the operation is lenient.
    """

    asks: frozenset[str] = field(default=frozenset(), kw_only=True)
    """Arguments that a template with a float result does not pass NaN on from."""

    helpers: Mapping[str, Callable[..., Any]] = field(default_factory=dict, kw_only=True)
    """Functions that the template calls, by the names that it has for them."""

    columns: Columns | None = field(default=None, kw_only=True)
    """The meaning for whole columns: of arrays without their nulls, or of columns if lenient."""

    definition: str | None = field(default=None, kw_only=True)
    """The meaning in the language itself, over the names of the arguments."""

    rewrite: Rewrite | None = field(default=None, kw_only=True)
    """The meaning as cases among the arguments."""

    lenient: bool = field(default=False, kw_only=True)
    """Whether the operation looks at null itself; others give null for null."""

    null: str = field(default="", kw_only=True)
    """When a lenient or fallible operation gives null, as a sentence."""

    folds: bool = field(default=False, kw_only=True)
    """Whether the meaning is that of two arguments, applied from left to right to all."""

    negation: str | None = field(default=None, kw_only=True)
    """For a comparison: the template that is true where the comparison is false."""

    none_differs: bool = field(default=False, kw_only=True)
    """For a comparison: whether its template is false where one side is None and one is not."""

    domain: Mapping[str, Domain] = field(default_factory=dict, kw_only=True)
    """By argument, where the function is defined."""

    range: RangeRule | None = field(default=None, kw_only=True)
    """Bounds of the result, or a function from the bounds of numeric arguments to them."""

    infer: TypeRule | None = field(default=None, kw_only=True)
    """Refines the type of the result: argument types, literals and parameters by name, type.

    Raises ``LiteralError`` for arguments that do not fit together.
    """

    prepare: Mapping[str, Callable[..., Any]] = field(default_factory=dict, kw_only=True)
    """By literal argument: what turns the literal into what the meaning works with.

    Raises ``LiteralError`` for a literal that makes no sense. A parameter can be refused likewise.
    """

    exactness: Exactness = field(default=Exactness.EXACT, kw_only=True)
    phase: Phase = field(default=Phase.TENSOR, kw_only=True)

    cost: CostRule = field(default=1.0, kw_only=True)
    """Static cost in units of 50 ns for one row."""

    per_character: CostRule = field(default=0.0, kw_only=True)
    """Cost for every code point, or list item, that the arguments can have."""

    @cached_property
    def signature(self) -> Signature:
        """The parsed signature."""
        return parse_signature(self.text)

    @property
    def name(self) -> str:
        """How a call names the operation; an operator is named by its symbol."""
        return self.signature.name

    @cached_property
    def raw_arguments(self) -> frozenset[str]:
        """Arguments whose infinities the meaning turns into results that are not finite."""
        if not isinstance(self.scalar, str):
            return frozenset()
        fields = Formatter().parse(self.scalar)
        return frozenset(name for _, name, facet, _ in fields if name and facet == "raw")

    @cached_property
    def value_names(self) -> tuple[str, ...]:
        """Names of the arguments that are computed for every row."""
        return tuple(item.name for item in self.signature.values)
