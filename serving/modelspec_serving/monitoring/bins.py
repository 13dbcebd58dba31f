"""Distributions in bins that are fixed for ever, so that any two can be compared.

Numbers from 1/128 to 1, where probabilities are, fall into bins of width 1/128; all others into
bins of a quarter octave: the next bin begins at 2**0.25 times the magnitude. Readers merge bins
into whatever they need: those below 1/128 make the first of 128 equal bins of probabilities.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from math import nextafter
from typing import Any

from modelspec_serving.monitoring.counters import Counters

_LEAST, _MOST = -40, 40
"""Magnitudes are told apart from 2**-40 to 2**40."""

_EQUAL = 128


def _quarter_octaves(low: int, high: int) -> list[float]:
    return [2.0 ** (quarter / 4) for quarter in range(4 * low, 4 * high + 1)]


def _edges() -> tuple[float, ...]:
    all_magnitudes = _quarter_octaves(_LEAST, _MOST)
    small = _quarter_octaves(_LEAST, -7)
    equal = [part / _EQUAL for part in range(2, _EQUAL)]
    # A probability of 1 belongs to the last of the equal bins.
    large = [nextafter(1.0, 2.0), *_quarter_octaves(0, _MOST)[1:]]
    negative = [-magnitude for magnitude in reversed(all_magnitudes)]
    return (*negative, *small, *equal, *large)


EDGES = _edges()
"""Where bins begin, ascending; below the first and from the last on is out of range."""

NULL = len(EDGES) + 1
"""The bin of what has no value."""

BINS = NULL + 1
OUT_OF_RANGE = "out_of_range"


def bin_name(number: int) -> str:
    """Return what a bin is called: where it begins."""
    if number == NULL:
        return "null"
    return OUT_OF_RANGE if number in {0, len(EDGES)} else repr(EDGES[number - 1])


class Distribution:
    """How the numbers of one name are distributed."""

    def __init__(self, name: str, counters: Counters) -> None:
        self.name = name
        self._counters = counters
        self.first = counters.take(BINS)
        """The cell of the first bin."""

    def bins(self) -> Iterator[tuple[str, int]]:
        """Yield the name of every bin that holds something, and how much."""
        out_of_range = 0
        for number in range(BINS):
            count = self._counters.total(self.first + number)
            if bin_name(number) == OUT_OF_RANGE:
                out_of_range += count
            elif count:
                yield bin_name(number), count
        if out_of_range:
            yield OUT_OF_RANGE, out_of_range

    @property
    def nulls(self) -> int:
        """How many had no value."""
        return self._counters.total(self.first + NULL)


def count_numbers(cells: list[int], firsts: Sequence[int], values: Sequence[Any]) -> None:
    """Count one value of each distribution: a number, a truth value, or ``None``.

    Args:
        cells: Where.
        firsts: The first cell of each distribution.
        values: The values; NaN is null, too.
    """
    for first, value in zip(firsts, values, strict=True):
        is_null = value is None or value != value  # noqa: PLR0124  # NaN
        cells[first + (NULL if is_null else bisect_right(EDGES, value))] += 1


class Shares:
    """How often a name had each of the few texts that it can have."""

    def __init__(self, name: str, texts: Sequence[str], counters: Counters) -> None:
        self.name = name
        self._counters = counters
        self._cells = counters.cells
        first = counters.take(len(texts))
        self._places = {text: first + place for place, text in enumerate(texts)}

    def add(self, text: str | None) -> None:
        """Count one; a text that it cannot have is not counted."""
        place = self._places.get(text) if text is not None else None
        if place is not None:
            self._cells[place] += 1

    def counts(self) -> Iterator[tuple[str, int]]:
        """Yield each text, and how often it was."""
        for text, place in self._places.items():
            yield text, self._counters.total(place)
