"""The types of the language, with what is known of a value before any row is seen.

Besides its kind a type says whether the value can be null, between which bounds a number lies and
how long a text or list can get. The bounds decide where an executor must look for overflow, what
an expression can cost, and how much memory a row can need.
"""

from dataclasses import replace
from enum import StrEnum
from math import inf
from typing import NamedTuple

from typing_extensions import override

from modelspec.expressions.records import record

LANGUAGE = "msx/v1"

MAX_INTEGER = 2**53 - 1
"""Magnitude of the largest int64: beyond it JSON and float64 lose digits (RFC 7493, I-JSON)."""

MAX_INT32 = 2**31 - 1

MAX_FLOAT = 1.7976931348623157e308
"""The largest finite float64."""

MAX_FLOAT32 = 3.4028235677973362e38
"""The largest float64 that rounds to a finite float32."""

MAX_TEXT = 65_536
"""Code points that a text may have in the course of a computation."""


class Kind(StrEnum):
    """What a value is, as messages spell it."""

    NULL = "null"
    BOOL = "bool"
    INT64 = "int64"
    FLOAT64 = "float64"
    STRING = "string"
    TIMESTAMP = "timestamp"
    LIST = "list"
    VECTOR = "vector"


class Boundary(StrEnum):
    """What a derived feature is emitted as, in the words of a specification.

    ``Float32`` and ``Int32`` exist only here: nothing is computed in them. A Float32 is rounded
    where a tensor is filled; an integer that Int32 cannot hold is null at once.
    """

    BOOL = "Bool"
    INT32 = "Int32"
    INT64 = "Int64"
    FLOAT32 = "Float32"
    FLOAT64 = "Float64"
    STRING = "String"
    TIMESTAMP = "Timestamp"
    VECTOR = "Vector"
    LIST = "List"

    @property
    def kind(self) -> Kind:
        """The kind that the value has in the computation."""
        return _COMPUTED[self]


_COMPUTED = {
    Boundary.BOOL: Kind.BOOL,
    Boundary.INT32: Kind.INT64,
    Boundary.INT64: Kind.INT64,
    Boundary.FLOAT32: Kind.FLOAT64,
    Boundary.FLOAT64: Kind.FLOAT64,
    Boundary.STRING: Kind.STRING,
    Boundary.TIMESTAMP: Kind.TIMESTAMP,
    Boundary.VECTOR: Kind.VECTOR,
    Boundary.LIST: Kind.LIST,
}


class Range(NamedTuple):
    """Bounds of a number, both included; infinite bounds say that it can overflow."""

    low: float
    high: float

    def within(self, low: float, high: float) -> bool:
        """Return whether every value lies between *low* and *high*."""
        return low <= self.low and self.high <= high

    def hull(self, other: "Range") -> "Range":
        """Return the smallest range that holds both."""
        return Range(min(self.low, other.low), max(self.high, other.high))


FLOATS = Range(-MAX_FLOAT, MAX_FLOAT)
INTEGERS = Range(-MAX_INTEGER, MAX_INTEGER)
ANY_NUMBER = Range(-inf, inf)


@record(frozen=True, slots=True)
class Type:
    """The type of an expression."""

    kind: Kind
    nullable: bool = False

    range: Range = ANY_NUMBER
    """Bounds of a number that is not null; without meaning for other kinds."""

    item: Kind | None = None
    """Kind of a list's items."""

    item_length: int = 0
    """Most code points of a list's strings."""

    length: int = 0
    """Most code points of a string or items of a list; the width of a vector."""

    def optional(self, nullable: bool = True) -> "Type":  # noqa: FBT001, FBT002  # reads as a word
        """Return the type that can also be null."""
        return replace(self, nullable=True) if nullable and not self.nullable else self

    def required(self) -> "Type":
        """Return the type without null."""
        return replace(self, nullable=False) if self.nullable else self

    @property
    def family(self) -> tuple[Kind, Kind | None]:
        """What two branches of one expression must have in common."""
        return self.kind, self.item

    @override
    def __str__(self) -> str:
        """Return the type as messages write it: ``float64?``, ``list<string>``, ``vector[3]``."""
        shape = {Kind.LIST: f"<{self.item}>", Kind.VECTOR: f"[{self.length}]"}
        return f"{self.kind}{shape.get(self.kind, '')}{'?' if self.nullable else ''}"


BOOL = Type(Kind.BOOL)
INT64 = Type(Kind.INT64, range=INTEGERS)
FLOAT64 = Type(Kind.FLOAT64, range=FLOATS)
TIMESTAMP = Type(Kind.TIMESTAMP)
NULL = Type(Kind.NULL, nullable=True)


def string(length: int) -> Type:
    """Return the type of texts of at most *length* code points."""
    return Type(Kind.STRING, length=length)


def vector(width: int) -> Type:
    """Return the type of *width* floats."""
    return Type(Kind.VECTOR, range=FLOATS, length=width)


def list_of(item: Kind, length: int, *, item_length: int = 0) -> Type:
    """Return the type of lists of at most *length* items; strings in it have a bound, too."""
    return Type(Kind.LIST, item=item, length=length, item_length=item_length)
