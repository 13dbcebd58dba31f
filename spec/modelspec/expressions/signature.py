"""Signatures: what an operation takes and gives, read from the line that also documents it.

``round(x: float64, digits: literal int64 = 0) -> float64`` says everything: names and kinds of the
arguments, which of them must be literals or fitted parameters, defaults, repetition, the result.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache, cached_property
from typing import Final

import msgspec

from modelspec.expressions.syntax import Value
from modelspec.expressions.types import Kind

KINDS: Final[dict[str, tuple[Kind, ...]]] = {
    **{kind: (kind,) for kind in Kind if kind is not Kind.NULL},
    "number": (Kind.INT64, Kind.FLOAT64),
    "key": (Kind.STRING, Kind.INT64),
    "ordered": (Kind.STRING, Kind.TIMESTAMP),
    "discrete": (Kind.STRING, Kind.TIMESTAMP, Kind.BOOL),
    "scalar": (Kind.INT64, Kind.FLOAT64, Kind.STRING, Kind.TIMESTAMP, Kind.BOOL),
    "T": tuple(kind for kind in Kind if kind is not Kind.NULL),
    "any": tuple(Kind),
}
"""The words for types; those for several kinds stand for one kind wherever they occur.

``any`` is each time another.
"""

VARIABLES = frozenset({"number", "key", "ordered", "discrete", "scalar", "T"})

PARAMETER_TYPES = frozenset(
    {
        "Affine",
        "Bounds",
        "Edges",
        "Imputation",
        "LookupTable",
        "Piecewise",
        "PowerTransform",
        "Set",
        "Vocabulary",
    }
)
"""Types of fitted parameters, as a specification spells them."""


class Role(Enum):
    """How an argument reaches the operation."""

    VALUE = auto()
    """Computed for every row."""

    LITERAL = auto()
    """Written in the text."""

    PARAMETER = auto()
    """The name of a fitted parameter."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an operation."""

    name: str
    word: str
    """Its type as the signature writes it."""

    role: Role = Role.VALUE
    item: str | None = None
    """Word for the items, when the word is ``list``."""

    repeated: bool = False
    has_default: bool = False
    default: Value = None


@dataclass(frozen=True)
class Signature:
    """Name, arguments and result of an operation."""

    name: str
    arguments: tuple[Argument, ...]
    result: str
    """Word for the kind of the result."""

    result_item: str | None
    fallible: bool
    """Whether the result can be null though no argument is: the ``?`` at the end."""

    @cached_property
    def values(self) -> tuple[Argument, ...]:
        """The arguments that are computed for every row."""
        return tuple(item for item in self.arguments if item.role is Role.VALUE)

    @cached_property
    def takes_values_only(self) -> bool:
        """Whether no argument is a literal or a parameter."""
        return self.values == self.arguments

    def values_for(self, count: int) -> tuple[Argument, ...] | None:
        """Return which arguments so many values are for; ``None`` if they are too few or many."""
        listed = self.values
        single = [item for item in listed if not item.repeated]
        if count < len(single) or (count > len(single) and len(single) == len(listed)):
            return None
        return (*single, *listed[len(single) :] * (count - len(single)))

    @cached_property
    def least(self) -> int:
        """How many arguments a call must give."""
        return sum(not (item.has_default or item.repeated) for item in self.arguments)

    @cached_property
    def most(self) -> int | None:
        """How many arguments a call may give; ``None`` without a limit."""
        return None if self.arguments and self.arguments[-1].repeated else len(self.arguments)

    def argument(self, position: int) -> Argument:
        """Return the argument at a position of a call."""
        return self.arguments[min(position, len(self.arguments) - 1)]


_SIGNATURE = re.compile(
    r"(?P<name>[^\s(]+)\((?P<arguments>.*)\) -> (?P<result>[^?]+)(?P<null>\??)"
)
_ARGUMENT = re.compile(
    r"(?P<star>\*?)(?P<name>\w+): (?P<literal>literal )?(?P<word>[^ =]+)(?: = (?P<default>.+))?"
)
_LIST = re.compile(r"list<(\w+)>")


@cache
def parse_signature(text: str) -> Signature:
    """Return a signature of this library; the texts are its own, so a bad one is a bug."""
    match = _SIGNATURE.fullmatch(text)
    if match is None:
        raise ValueError(f"not a signature: {text}")
    listed = match["arguments"]
    arguments = tuple(map(_argument, listed.split(", "))) if listed else ()
    word, item = _split(match["result"])
    return Signature(match["name"], arguments, word, item, bool(match["null"]))


def _argument(text: str) -> Argument:
    match = _ARGUMENT.fullmatch(text)
    if match is None:
        raise ValueError(f"not an argument: {text}")
    word, item = _split(match["word"])
    default = match["default"]
    return Argument(
        name=match["name"],
        word=word,
        role=_role(word, is_literal=match["literal"] is not None),
        item=item,
        repeated=bool(match["star"]),
        has_default=default is not None,
        default=None if default is None else msgspec.json.decode(default),
    )


def _role(word: str, *, is_literal: bool) -> Role:
    if word in PARAMETER_TYPES:
        return Role.PARAMETER
    return Role.LITERAL if is_literal else Role.VALUE


def _split(word: str) -> tuple[str, str | None]:
    match = _LIST.fullmatch(word)
    return ("list", match[1]) if match else (word, None)
