"""Limits of raw features: which values they may have, and what becomes of others.

Another value is replaced by an operation of the language itself, so that both executors agree and
the type of the result follows from the operation's rules. Or it is refused where it is read, and
what is computed from it may rely on that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from modelspec.choices import OutOfRange
from modelspec.expressions.syntax import (
    Call,
    Conditional,
    Expression,
    Literal,
    Membership,
    Name,
    Span,
)
from modelspec.expressions.types import ANY_NUMBER, Kind, Range, Type

_NOWHERE = Span(0, 0)
_MAX_LISTED = 10
_MAX_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Limits:
    """The values that a feature may have, and what becomes of others."""

    out_of_range: OutOfRange = OutOfRange.REJECT

    range: Range = ANY_NUMBER
    """Of a number; on a side without a bound, the last number of its kind."""

    allowed: tuple[str, ...] = ()
    """Of a text; empty for a number."""

    @property
    def refuses(self) -> bool:
        """Whether rows with other values are refused."""
        return self.out_of_range is OutOfRange.REJECT

    def requirement(self, value: float | str) -> str:
        """Return what another value has to be: ``must be at least 0``."""
        if isinstance(value, str):
            return f"must be one of {_listed(self.allowed)}"
        if value < self.range.low:
            return f"must be at least {shown(self.range.low)}"
        return f"must be at most {shown(self.range.high)}"


def number_limits(
    declared: Type, low: float | None, high: float | None, out_of_range: OutOfRange
) -> Limits:
    """Return the limits of a number's type; without a bound a side stays as it is."""
    exact = int if declared.kind is Kind.INT64 else float
    least = declared.range.low if low is None else low
    most = declared.range.high if high is None else high
    # Types have no empty ranges; that the bounds are in order is checked where they are written.
    return Limits(out_of_range, Range(exact(least), exact(max(least, most))))


def text_limits(allowed: Sequence[str], out_of_range: OutOfRange) -> Limits:
    """Return the limits of a text."""
    return Limits(out_of_range, allowed=tuple(allowed))


def limited_type(declared: Type, limits: Limits | None) -> Type:
    """Return the type of what is read: within the limits where other values are refused."""
    if limits is None or not limits.refuses:
        return declared
    if limits.allowed:
        longest = max(map(len, limits.allowed))
        return replace(declared, length=min(declared.length, longest))
    return replace(declared, range=limits.range)


def limited_value(name: str, declared: Type, limits: Limits | None) -> Expression:
    """Return the expression that a feature's name stands for, in terms of what is read."""
    read = Name(name, _NOWHERE)
    if limits is None or limits.refuses:
        return read
    if limits.allowed:
        items = tuple(Literal(text, Kind.STRING, _NOWHERE) for text in limits.allowed)
        is_allowed = Membership(read, items, negated=False, span=_NOWHERE)
        return Conditional(is_allowed, read, Literal(None, Kind.NULL, _NOWHERE), _NOWHERE)
    low, high = (Literal(bound, declared.kind, _NOWHERE) for bound in limits.range)
    return Call(_REPLACING[limits.out_of_range], (read, low, high), (), _NOWHERE)


_REPLACING = {OutOfRange.CLAMP: "clip", OutOfRange.USE_NULL: "null_outside"}
"""The functions of the language that replace other numbers."""


def shown(value: float | str) -> str:
    """Return a value as messages show it, not too long: ``3`` also for 3.0, ``'NO'``."""
    return clipped(value).removesuffix(".0")


def clipped(value: object) -> str:
    """Return how Python writes an object, as far as it fits a line."""
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def _listed(allowed: Sequence[str]) -> str:
    listed = ", ".join(map(shown, allowed[:_MAX_LISTED]))
    more = len(allowed) - _MAX_LISTED
    return f"{listed} or {more} more" if more > 0 else listed
