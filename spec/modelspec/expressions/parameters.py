"""Fitted parameters: what was learnt from data, as named and typed values beside the text.

A refit changes these and leaves the logic as it is. Each knows what is wrong with it: `findings`
yields problems whose paths begin at the parameter, as in ``values[3]``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import isfinite, isinf
from typing import Any, TypeAlias

from modelspec.errors import Code, Finding
from modelspec.expressions.types import MAX_INTEGER, Kind, Range

Key: TypeAlias = str | int

MAX_ENTRIES = 100_000
"""Entries, keys, edges or points that a parameter may have."""

MAX_KEY = 1_024
"""Code points that a key may have."""


@dataclass(frozen=True)
class Affine:
    """``(x - center) / scale``: standard, min-max and robust scaling."""

    center: float
    scale: float

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong."""
        yield from _numbers(center=self.center, scale=self.scale)
        if self.scale == 0:
            yield Finding(Code.MS329, "scale", "must not be '0'")


@dataclass(frozen=True)
class Edges:
    """Ascending edges; bin i holds the values from edge i-1, included, to edge i, excluded."""

    values: tuple[float, ...]

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong."""
        yield from _series("values", self.values)
        yield from _ascending("values", self.values, Code.MS328)


@dataclass(frozen=True)
class Piecewise:
    """Points of a function that is linear between them and constant outside."""

    x: tuple[float, ...]
    """Strictly ascending."""

    y: tuple[float, ...]

    @cached_property
    def range(self) -> Range:
        """Bounds of the function."""
        return Range(min(self.y), max(self.y))

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong."""
        for path, numbers in (("x", self.x), ("y", self.y)):
            yield from _series(path, numbers)
            yield from _narrow(path, numbers)
        yield from _ascending("x", self.x, Code.MS330)
        if len(self.x) != len(self.y):
            message = f"must have the same length as `x` ({len(self.x)}), got {len(self.y)}"
            yield Finding(Code.MS330, "y", message)


@dataclass(frozen=True)
class PowerTransform:
    """Exponent of a Yeo-Johnson or Box-Cox transformation; statistics calls it lambda."""

    exponent: float

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong."""
        yield from _numbers(exponent=self.exponent)


@dataclass(frozen=True)
class Bounds:
    """The smallest and the largest value that are let through."""

    low: float
    high: float

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong."""
        yield from _numbers(low=self.low, high=self.high)
        if self.low > self.high:
            message = f"must be at most `high` ('{_spell(self.high)}'), got '{_spell(self.low)}'"
            yield Finding(Code.MS339, "low", message)


@dataclass(frozen=True)
class Imputation:
    """What stands in for a missing number."""

    value: float

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong."""
        yield from _numbers(value=self.value)


@dataclass(frozen=True)
class LookupTable:
    """A number for each key."""

    key_kind: Kind
    entries: Mapping[Key, float]
    default: float
    """For a key that is not in the table."""

    missing: float | None = None
    """For null; the default when omitted."""

    @cached_property
    def table(self) -> dict[Key | None, float]:
        """The entries with the value for null under ``None``."""
        table = dict[Key | None, float](self.entries.items())
        table[None] = self.default if self.missing is None else self.missing
        return table

    @cached_property
    def range(self) -> Range:
        """Bounds of the values."""
        values = (self.default, *self.table.values())
        return Range(min(values), max(values))

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong."""
        yield from _numbers(default=self.default, missing=self.missing)
        yield from _size("entries", self.entries, least=0)
        yield from _keys(self.key_kind, (("entries", key) for key in self.entries))
        for key, value in self.entries.items():
            if not isfinite(value):
                message = f"entry {key!r} has value {value}, must be finite"
                yield Finding(Code.MS339, "entries", message)


@dataclass(frozen=True)
class Vocabulary:
    """Known keys; the code of a key is its position."""

    key_kind: Kind
    keys: tuple[Key, ...]
    unknown: int = -1
    """Code of a key that is not listed."""

    missing: int = -1
    """Code of null."""

    @cached_property
    def positions(self) -> dict[Key | None, int]:
        """The position of every key."""
        return {key: position for position, key in enumerate(self.keys)}

    @cached_property
    def codes(self) -> dict[Key | None, int]:
        """The code of every key, and of null under ``None``."""
        return {**self.positions, None: self.missing}

    @cached_property
    def range(self) -> Range:
        """Bounds of the codes."""
        codes = (self.unknown, *self.codes.values())
        return Range(min(codes), max(codes))

    @cached_property
    def spotlight(self) -> tuple[float, ...]:
        """A one between as many zeros as there are keys: each one-hot vector is a slice of it."""
        zeros = (0.0,) * len(self.keys)
        return (*zeros, 1.0, *zeros)

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong."""
        yield from _size("keys", self.keys, least=1)
        yield from _keys(self.key_kind, _places("keys", self.keys))
        for path, code in (("unknown", self.unknown), ("missing", self.missing)):
            if abs(code) > MAX_INTEGER:
                yield Finding(Code.MS339, path, f"{code} is outside the safe integer range")


@dataclass(frozen=True)
class Set:
    """Keys that belong together."""

    key_kind: Kind
    keys: tuple[Key, ...]

    @cached_property
    def members(self) -> frozenset[Key]:
        """The keys, for the fastest look-up."""
        return frozenset(self.keys)

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong."""
        yield from _size("keys", self.keys, least=0)
        yield from _keys(self.key_kind, _places("keys", self.keys))


Parameter: TypeAlias = (
    Affine
    | Bounds
    | Edges
    | Imputation
    | LookupTable
    | Piecewise
    | PowerTransform
    | Set
    | Vocabulary
)


def _numbers(**numbers: float | None) -> Iterator[Finding]:
    for path, number in numbers.items():
        if number is not None and not isfinite(number):
            yield Finding(Code.MS339, path, f"must be finite, got {number}")


def _series(path: str, numbers: Sequence[float]) -> Iterator[Finding]:
    yield from _size(path, numbers, least=1)
    yield from _numbers(**dict(_places(path, numbers)))


def _size(path: str, items: Sequence[Any] | Mapping[Any, Any], *, least: int) -> Iterator[Finding]:
    if len(items) < least:
        yield Finding(Code.MS339, path, "must not be empty")
    if len(items) > MAX_ENTRIES:
        message = f"must have at most {MAX_ENTRIES} entries, got {len(items)}"
        yield Finding(Code.MS338, path, message)


def _ascending(path: str, numbers: Sequence[float], code: Code) -> Iterator[Finding]:
    for index, (previous, number) in enumerate(pairwise(numbers), start=1):
        if number <= previous:
            message = f"'{_spell(number)}' must be greater than the previous value"
            yield Finding(code, f"{path}[{index}]", f"{message} '{_spell(previous)}'")


def _narrow(path: str, numbers: Sequence[float]) -> Iterator[Finding]:
    """Complain about finite numbers whose differences overflow."""
    if all(map(isfinite, numbers)) and isinf(max(numbers, default=0) - min(numbers, default=0)):
        yield Finding(Code.MS330, path, "values must not be further apart than 1.79e308")


_KEY_TYPES: Mapping[Kind, type[Key]] = {Kind.STRING: str, Kind.INT64: int}


def _keys(kind: Kind, keys: Iterable[tuple[str, Key]]) -> Iterator[Finding]:
    seen: set[Key] = set()
    for path, key in keys:
        flaw = f"key {key!r} is listed twice" if key in seen else _flaw(kind, key)
        if flaw:
            yield Finding(Code.MS339, path, flaw)
        seen.add(key)


def _flaw(kind: Kind, key: Key) -> str | None:
    if type(key) is not _KEY_TYPES[kind]:
        return f"key {key!r} must be {kind}, as `keyType` says"
    if isinstance(key, int):
        return f"key {key} is outside the safe integer range" if abs(key) > MAX_INTEGER else None
    too_long = len(key) > MAX_KEY
    return f"key must be at most {MAX_KEY} characters, got {len(key)}" if too_long else None


def _places(path: str, items: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    return ((f"{path}[{index}]", item) for index, item in enumerate(items))


def _spell(number: float) -> str:
    """Return a number as a specification spells it: ``30``, not ``30.0``."""
    return repr(number).removesuffix(".0")
