"""Where characters stand in a file, as editors count."""

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file; lines and columns are counted from 1."""

    line: int
    column: int


class Source:
    """The text of a file, which knows where its characters stand."""

    __slots__ = ("_ends", "_losses", "text")

    def __init__(
        self, text: str, ends: tuple[int, ...] = (), losses: tuple[int, ...] = ()
    ) -> None:
        self.text = text
        self._ends = ends
        """Ends of the places where this text is not the file's."""

        self._losses = losses
        """Characters by which the text is shorter up to each of them."""

    def position(self, index: int) -> Position:
        """Return where the character at *index* stands.

        Nothing is remembered: passes over the text are faster than any list of its lines, and a
        hostile file may have millions.
        """
        text = self.text
        line_start = text.rfind("\n", 0, index) + 1
        line = text.count("\n", 0, index) + 1
        if "\r" in text:
            line_start = max(line_start, text.rfind("\r", 0, index) + 1)
            line += text.count("\r", 0, index) - text.count("\r\n", 0, index)
        lost = self._lost(index) - self._lost(line_start)
        return Position(line, index - line_start + lost + 1)

    def _lost(self, index: int) -> int:
        before = bisect_right(self._ends, index)
        return self._losses[before - 1] if before else 0
