"""What was known when each payment happened, from nothing but what had happened before it.

The stream is gone through once for each kind of key: an account, a device, an address, a merchant.
Everything is whole numbers until the last division, so that a stream that is cut off gives the
same numbers for the rows that it has.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from payments.entities import Floats, Integers
from payments.events import Events
from payments.scenario import DAY, HOUR, MINUTE

_FAR = 1 << 40
"""More milliseconds than any stream has, less than may be multiplied by a key."""

WINDOWS = {"10m": 10 * MINUTE, "1h": HOUR, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}


@dataclass(frozen=True)
class History:
    """The payments of one kind of key, each key's together and in order."""

    time: Integers
    key: Integers
    amount: Integers

    @cached_property
    def order(self) -> Integers:
        """Rows of the stream, by key and then as they came."""
        return np.argsort(self.key, kind="stable")

    @cached_property
    def group(self) -> Integers:
        """The number of each ordered row's key, from 0."""
        key = self.key[self.order]
        return np.cumsum(np.r_[0, key[1:] != key[:-1]]) if len(key) else key

    @cached_property
    def clock(self) -> Integers:
        """Key and time of each ordered row as one number that ascends."""
        elapsed: Integers = self.time[self.order] - self.time.min()
        return self.group * _FAR + elapsed

    def begin(self, window: int | None = None) -> Integers:
        """Return the first ordered row of each row's window, or of its key."""
        if window is None:
            return _places(self.group, self.group, "left")
        return _places(self.clock, self.clock - window, "right")

    def count(self, window: int | None = None) -> Integers:
        """Return how many payments each one's key had made before, within a window."""
        return self.back(np.arange(len(self.order)) - self.begin(window))

    def total(self, values: Integers, window: int | None = None) -> Integers:
        """Return the sum of whole numbers over the payments before, within a window."""
        sums = np.r_[0, np.cumsum(values[self.order])]
        return self.back(sums[:-1] - sums[self.begin(window)])

    def since(self) -> Integers:
        """Return the time since the key's payment before; -1 for its first."""
        waits = np.diff(self.clock, prepend=0)
        return self.back(np.where(self.begin() == np.arange(len(waits)), -1, waits))

    def age(self) -> Integers:
        """Return the time since the key's first payment; 0 for that."""
        return self.back(self.clock - self.clock[self.begin()])

    def largest(self, window: int) -> Integers:
        """Return the largest amount before each payment, within a window; 0 without any."""
        return self.back(_maxima(self.amount[self.order], self.begin(window)))

    def back(self, ordered: Integers) -> Integers:
        """Return what is in the order of keys in the order of the stream."""
        values = np.empty_like(ordered)
        values[self.order] = ordered
        return values


def _places(ordered: Integers, values: Integers, side: Literal["left", "right"]) -> Integers:
    return np.searchsorted(ordered, values, side=side)


def _maxima(values: Integers, begin: Integers) -> Integers:
    """Return the maximum of ``values[begin[i]:i]`` for each i, by maxima over powers of two."""
    length = np.arange(len(values)) - begin
    level = np.where(length > 0, np.frexp(np.maximum(length, 1))[1] - 1, 0)
    found = np.zeros(len(values), np.int64)
    table = values
    for power in range(int(level.max()) + 1 if len(level) else 0):
        width = 1 << power
        rows = np.flatnonzero((level == power) & (length > 0))
        found[rows] = np.maximum(table[begin[rows]], table[rows - width])
        table = np.maximum(table[:-width], table[width:]) if len(table) > width else table
    return found


@dataclass(frozen=True)
class Reports:
    """What frauds had been reported when each payment happened."""

    time: Integers
    reported: Integers

    def known(self, key: Integers, window: int | None = None) -> Integers:
        """Return how many reports there were for each payment's key, lately or ever."""
        rows = np.flatnonzero(self.reported <= self.time.max())
        start = self.time.min()
        clocks = np.sort(key[rows] * _FAR + (self.reported[rows] - start))
        now = key * _FAR + (self.time - start)
        first = key * _FAR if window is None else np.maximum(key * _FAR, now - window)
        before = _places(clocks, now, "left")
        reports: Integers = np.maximum(before - _places(clocks, first, "left"), 0)
        return reports


def replay(events: Events, reported: Integers) -> dict[str, Floats]:
    """Return the fields that follow from the past, by name; NaN where there is no past.

    Args:
        events: Payments in their order.
        reported: When each was reported as fraud; what is later than a payment is not known then.
    """
    fields = (
        *_of_accounts(events),
        *_of_pairs(events),
        *_of_devices(events),
        *_of_addresses(events),
        *_of_merchants(events),
        *_of_reports(events, reported),
    )
    return {name: values.astype(np.float64) for name, values in fields}


Fields = Iterator[tuple[str, NDArray[Any]]]


def _history(events: Events, key: Integers) -> History:
    return History(events.time, key, events.amount)


def _of_accounts(events: Events) -> Fields:
    past = _history(events, events.account)
    for name in ("10m", "1h", "24h", "7d", "30d"):
        yield f"txn_cnt_{name}", past.count(WINDOWS[name])
    for name in ("1h", "24h", "7d", "30d"):
        yield f"amt_sum_{name}", past.total(events.amount, WINDOWS[name]) / 100.0
    for name in ("7d", "30d"):
        yield f"avg_amt_{name}", _mean(past, events.amount, WINDOWS[name])
    yield "std_amt_30d", _deviation(past, events.amount, WINDOWS["30d"])
    yield "max_amt_30d", past.largest(WINDOWS["30d"]) / 100.0
    since = past.since()
    yield "minutes_since_last", np.where(since < 0, np.nan, since / MINUTE)


def _of_pairs(events: Events) -> Fields:
    for name, other in (
        ("merchant", events.merchant),
        ("device", events.device),
        ("address", events.address),
    ):
        past = _history(events, _pair(events.account, other))
        yield f"acct_{name}_cnt", past.count()
        if name != "merchant":
            yield f"acct_{name}_days", past.age() / DAY


def _of_devices(events: Events) -> Fields:
    past = _history(events, events.device)
    for name in ("10m", "1h", "24h"):
        yield f"device_cnt_{name}", past.count(WINDOWS[name])
    yield "device_amt_24h", past.total(events.amount, WINDOWS["24h"]) / 100.0
    yield "device_days", past.age() / DAY
    yield "device_accounts", past.total(_is_first(events, events.device))


def _of_addresses(events: Events) -> Fields:
    past = _history(events, events.address)
    for name in ("1h", "24h"):
        yield f"ip_cnt_{name}", past.count(WINDOWS[name])
    yield "ip_amt_24h", past.total(events.amount, WINDOWS["24h"]) / 100.0
    yield "ip_accounts", past.total(_is_first(events, events.address))


def _of_merchants(events: Events) -> Fields:
    past = _history(events, events.merchant)
    for name in ("1h", "24h"):
        yield f"merchant_cnt_{name}", past.count(WINDOWS[name])
    yield "merchant_avg_amt_30d", _mean(past, events.amount, WINDOWS["30d"])
    yield "merchant_std_amt_30d", _deviation(past, events.amount, WINDOWS["30d"])
    small = past.total((events.amount < 500).astype(np.int64), WINDOWS["24h"])  # noqa: PLR2004
    yield "merchant_small_24h", small / np.maximum(1, past.count(WINDOWS["24h"]))


def _of_reports(events: Events, reported: Integers) -> Fields:
    reports = Reports(events.time, reported)
    yield "acct_reports", reports.known(events.account)
    ago = reports.known(events.merchant, 90 * DAY)
    past = _history(events, events.merchant)
    yield "merchant_reports_90d", ago / np.maximum(1, past.count(90 * DAY))


def _mean(past: History, amount: Integers, window: int) -> Floats:
    count = past.count(window)
    return np.where(count > 0, past.total(amount, window) / np.maximum(1, count) / 100.0, np.nan)


def _deviation(past: History, amount: Integers, window: int) -> Floats:
    # Squares of whole euros of at most 25 000: their sums are exact.
    euros = amount // 100
    count = past.count(window)
    mean = past.total(euros, window) / np.maximum(1, count)
    square = past.total(euros * euros, window) / np.maximum(1, count)
    variance: Floats = np.maximum(0.0, square - mean * mean)
    return np.where(count > 1, np.sqrt(variance), np.nan)


def _pair(account: Integers, other: Integers) -> Integers:
    return account * (1 << 36) + other


def _is_first(events: Events, key: Integers) -> Integers:
    """Return 1 where an account uses a device or an address for the first time."""
    earlier = _history(events, _pair(events.account, key)).count()
    return np.where(earlier == 0, 1, 0)
