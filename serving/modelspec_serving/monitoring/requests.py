"""How many requests came, how they ended, how long they and their stages took."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from enum import IntEnum

from modelspec_serving.monitoring.counters import Counters

BOUNDS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01),
    *(0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
"""Upper bounds of the histogram of durations, in seconds."""

_BOUNDS = tuple(int(bound * 1e9) for bound in BOUNDS)

STATUSES = (200, 400, 404, 405, 413, 415, 499, 500, 503)
"""What a request can end with; 499 is a caller who left before its request was complete."""


class Protocol(IntEnum):
    """What a request was about."""

    V1 = 0
    V2 = 1
    METADATA = 2


class Stage(IntEnum):
    """Where the time of a request goes."""

    DECODE = 0
    DECIDE = 1
    ENCODE = 2
    PREPROCESS = 3
    MODEL = 4


class Durations:
    """Sum and number of times, of one kind of work; in nanoseconds."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._cells = counters.cells
        self._first = counters.take(2)

    def add(self, nanoseconds: int) -> None:
        """Count one."""
        self._cells[self._first] += nanoseconds
        self._cells[self._first + 1] += 1

    @property
    def seconds(self) -> float:
        """Sum over all workers."""
        return self._counters.total(self._first) / 1e9

    @property
    def count(self) -> int:
        """Number over all workers."""
        return self._counters.total(self._first + 1)


class Requests:
    """Counts requests of this pod."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._cells = counters.cells
        self.stages = tuple(Durations(counters) for _ in Stage)
        self._in_flight = counters.take()
        self._rows = counters.take()
        self._ends = counters.take(len(Protocol) * len(STATUSES))
        self._place = {status: place for place, status in enumerate(STATUSES)}
        self._histogram = counters.take(len(Protocol) * (len(BOUNDS) + 1))
        self._durations = tuple(Durations(counters) for _ in Protocol)

    def start(self) -> None:
        """Count a request that begins."""
        self._cells[self._in_flight] += 1

    def end(self, protocol: Protocol, status: int, nanoseconds: int) -> None:
        """Count a request that ends."""
        cells = self._cells
        cells[self._in_flight] -= 1
        place = self._place.get(status, self._place[500])
        cells[self._ends + protocol * len(STATUSES) + place] += 1
        bucket = bisect_left(_BOUNDS, nanoseconds)
        cells[self._histogram + protocol * (len(BOUNDS) + 1) + bucket] += 1
        self._durations[protocol].add(nanoseconds)

    def add_rows(self, count: int) -> None:
        """Count rows that were decided."""
        self._cells[self._rows] += count

    @property
    def in_flight(self) -> int:
        """Requests that have begun and not ended."""
        return self._counters.total(self._in_flight)

    @property
    def rows(self) -> int:
        """Rows that were decided."""
        return self._counters.total(self._rows)

    @property
    def answered(self) -> int:
        """Requests that have ended, however they did."""
        return sum(durations.count for durations in self._durations)

    def ends(self) -> Iterator[tuple[Protocol, int, int]]:
        """Yield how many requests ended with a status, where any did."""
        for protocol in Protocol:
            for status, place in self._place.items():
                count = self._counters.total(self._ends + protocol * len(STATUSES) + place)
                if count:
                    yield protocol, status, count

    def histogram(self, protocol: Protocol) -> tuple[Mapping[float, int], float]:
        """Return how many requests took at most so many seconds, and the sum of seconds."""
        first = self._histogram + protocol * (len(BOUNDS) + 1)
        below: dict[float, int] = {}
        total = 0
        for place, bound in enumerate((*BOUNDS, float("inf"))):
            total += self._counters.total(first + place)
            below[bound] = total
        return below, self._durations[protocol].seconds
