"""What callers receive, and its two forms: a row of values, a column of values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import msgspec

Rows: TypeAlias = Sequence[msgspec.Struct]
Values: TypeAlias = list[Any]
"""One value for each row: a list where it is a vector, ``None`` where it is null."""


@dataclass(frozen=True)
class OutputColumn:
    """One thing that callers receive for each row."""

    name: str

    element: str
    """NumPy's name for the type of a value; ``object`` for a text."""

    width: int = 1
    """Of a vector."""


class Answering(Protocol):
    """Turns rows into what callers receive.

    Both methods raise ``RefusedRowError`` where a row lacks a required feature, or holds a value
    that it may not have, and ``SessionError`` where a runtime failed and nothing stands in.
    """

    @property
    def columns(self) -> tuple[OutputColumn, ...]:
        """What callers receive."""

    def by_row(self, rows: Rows) -> list[dict[str, Any]]:
        """Return the answer for each row, by output."""

    def by_column(self, rows: Rows) -> Mapping[str, Values]:
        """Return each output, row by row."""
