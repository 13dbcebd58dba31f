"""Whose pods are replaced by those of the present runtime: one ModelSpec at a time.

Whoever cannot finish keeps its turn, so that a runtime that does not work stops at the first model
that it reaches, whose old pods go on serving.
"""

import random

from modelspec_operator.core.plan import Plan
from modelspec_operator.reconcile.workqueue import Key, WorkQueue

WAIT_SECONDS = 10.0
"""About how long those wait that did not get the turn until they ask again."""


class Turns:
    """Who has the turn."""

    def __init__(self, queue: WorkQueue) -> None:
        self._queue = queue
        self._holder: Key | None = None

    def has(self, key: Key) -> bool:
        """Tell whether it is this ModelSpec's turn."""
        return self._holder == key

    def settle(self, key: Key, decision: Plan, *, is_ready: bool) -> None:
        """Give the turn to who needs it, and take it from who is done.

        Args:
            key: The ModelSpec.
            decision: What was decided about it.
            is_ready: Whether all its pods were ready before.
        """
        if self.has(key):
            if is_ready and not decision.is_outdated:
                self.give_up(key)
        elif decision.is_outdated and is_ready:
            if self._holder is None:
                self._holder = key
                self._queue.add(key)
            else:
                pause = WAIT_SECONDS * random.uniform(0.5, 1.5)  # noqa: S311  # spreads, no secret
                self._queue.add_after(key, pause)

    def give_up(self, key: Key) -> None:
        """Take the turn from a ModelSpec, if it has it."""
        if self._holder == key:
            self._holder = None
