"""Time zones: the `tzdata` package says what they are, never the machine that runs this.

An instant has one local time, so nothing here is ambiguous. Before the year 1 and after 9999 a
zone keeps the offset that it had last.
"""

from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import tzdata

from modelspec.errors import Code
from modelspec.expressions.calls import suggestion
from modelspec.expressions.columns import IntegerArray
from modelspec.expressions.operation import LiteralError

TZDATA_VERSION: Final[str] = tzdata.IANA_VERSION
"""Release of the time zones, which local times depend on."""

SECOND: Final = 1_000_000
"""Microseconds of a second."""

_DAY: Final = 86_400
"""Seconds within which no zone changes its offset twice; a test looks at every zone."""

_REMEMBERED: Final = 4_096
"""Days whose offset a zone keeps at hand: what is served is mostly of these days."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# A day from the ends of what datetime can hold, so that local times stay within.
_FIRST: Final = (datetime(1, 1, 2, tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)
_LAST: Final = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // timedelta(seconds=1) - 1


class Zone:
    """A time zone; times are microseconds since 1970, local ones as if the zone were UTC."""

    def __init__(self, name: str, rules: ZoneInfo) -> None:
        self.is_utc = name == "UTC"
        self._rules = rules
        self._epoch = datetime(1970, 1, 1, tzinfo=rules)
        self._offset_of = lru_cache(_REMEMBERED)(self._offset_of_day)

    def local(self, ts: int) -> int:
        """Return the local time of an instant."""
        if self.is_utc:
            return ts
        seconds = ts // SECOND
        offset = self._offset_of(seconds // _DAY)
        return ts + (self._offset(seconds) if offset is None else offset) * SECOND

    def local_column(self, ts: IntegerArray) -> IntegerArray:
        """Return the local time of every instant; only days with a change are read by row."""
        if self.is_utc:
            return ts
        days, index = np.unique(ts // (_DAY * SECOND), return_inverse=True)
        offsets = [self._offset_of(day) for day in days.tolist()]
        known = np.array([offset or 0 for offset in offsets], dtype=np.int64)
        changes = np.array([offset is None for offset in offsets], dtype=np.bool_)
        local: IntegerArray = ts + known[index] * SECOND
        for row in np.flatnonzero(changes[index]).tolist():
            local[row] = self.local(int(ts[row]))
        return local

    def _offset_of_day(self, day: int) -> int | None:
        """Return the offset that the zone has all day in UTC, or ``None`` if it changes."""
        first, last = self._offset(day * _DAY), self._offset((day + 1) * _DAY - 1)
        return first if first == last else None

    def _offset(self, seconds: int) -> int:
        """Return how many seconds the zone is ahead of UTC at an instant."""
        utc = self._epoch + timedelta(seconds=min(max(seconds, _FIRST), _LAST))
        # Times of one zone are subtracted as their clocks show them.
        ahead = self._rules.fromutc(utc) - utc
        return ahead.days * _DAY + ahead.seconds


@cache
def find_zone(name: str) -> Zone:
    """Return the zone of an IANA name.

    Raises:
        LiteralError: There is no such zone.
    """
    # The list comes first: only its names become paths.
    names = _zone_names()
    if name not in names:
        meant = next((zone for zone in names if zone.lower() == name.lower()), name)
        near = suggestion(meant, names)
        raise LiteralError(Code.MS327, f"{name!r} is not an IANA zone{near}")
    with files(tzdata).joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return Zone(name, ZoneInfo.from_file(file, key=name))


@cache
def _zone_names() -> list[str]:
    return files(tzdata).joinpath("zones").read_text(encoding="utf-8").split()
