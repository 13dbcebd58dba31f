"""What callers receive: for each row a value of every output."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import msgspec

Rows: TypeAlias = Sequence[msgspec.Struct]


@dataclass(frozen=True)
class OutputColumn:
    """One thing that callers receive for each row."""

    name: str

    element: str
    """NumPy's name for the type of a value; ``object`` for a text."""

    width: int = 1
    """Of a vector."""


class Answering(Protocol):
    """Turns rows into what callers receive."""

    @property
    def columns(self) -> tuple[OutputColumn, ...]:
        """What callers receive."""

    def answer(self, rows: Rows) -> list[dict[str, Any]]:
        """Return the answer for each row: each output's value, by name.

        A value is a list where it is a vector, a tuple where it is reason codes, and ``None``
        where it is null.

        Raises:
            RefusedRowError: A row lacks a required feature, or holds a value that it may not.
            SessionError: A runtime failed and nothing stands in.
        """
