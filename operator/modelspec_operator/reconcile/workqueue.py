"""A work queue of keys with the semantics of client-go's.

A key that is added many times is worked on once. A key that is added while it is being worked on
is worked on once more afterwards, never twice at the same time. Failures are retried with a
growing pause per key.
"""

import asyncio
import random
from collections import deque

from modelspec_operator.monitoring import QUEUE_ADDS, QUEUE_RETRIES

Key = tuple[str, str]

FIRST_RETRY = 0.5  # seconds
LONGEST_RETRY = 300.0  # seconds


class WorkQueue:
    """Keys that are due, each at most once."""

    def __init__(self) -> None:
        self._due: deque[Key] = deque()
        self._dirty: set[Key] = set()
        self._working: set[Key] = set()
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._failures: dict[Key, int] = {}
        self._wake = asyncio.Event()

    def __len__(self) -> int:
        """Return how many keys are due now."""
        return len(self._due)

    def add(self, key: Key) -> None:
        """Make a key due, unless it is already."""
        if key in self._dirty:
            return
        self._dirty.add(key)
        QUEUE_ADDS.inc()
        if key not in self._working:
            self._due.append(key)
            self._wake.set()

    def add_after(self, key: Key, delay: float) -> None:
        """Make a key due in *delay* seconds; of several such wishes the earliest holds."""
        loop = asyncio.get_running_loop()
        known = self._timers.get(key)
        if known is not None:
            if known.when() <= loop.time() + delay:
                return
            known.cancel()
        self._timers[key] = loop.call_later(max(delay, 0.0), self._elapsed, key)

    def add_failed(self, key: Key) -> float:
        """Make a key due after its back-off, and return that pause in seconds."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        QUEUE_RETRIES.inc()
        pause: float = min(FIRST_RETRY * 2.0 ** min(failures, 16), LONGEST_RETRY)
        pause *= random.uniform(0.8, 1.2)  # noqa: S311 - spreads retries, protects nothing
        self.add_after(key, pause)
        return pause

    def forget_failures(self, key: Key) -> None:
        """Start the back-off of a key anew after a success."""
        self._failures.pop(key, None)

    async def get(self) -> Key:
        """Return the next due key; ``done`` must follow."""
        while not self._due:
            self._wake.clear()
            await self._wake.wait()
        key = self._due.popleft()
        self._dirty.discard(key)
        self._working.add(key)
        return key

    def done(self, key: Key) -> None:
        """Say that the work on a key has ended; if it was added meanwhile, it is due again."""
        self._working.discard(key)
        if key in self._dirty:
            self._due.append(key)
            self._wake.set()

    def _elapsed(self, key: Key) -> None:
        self._timers.pop(key, None)
        self.add(key)
