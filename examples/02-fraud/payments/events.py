"""Payments as they happen, before anybody looks at them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from payments.entities import Floats, Integers


@dataclass(frozen=True)
class Events:
    """An array for each property, a place in it for each payment."""

    time: Integers
    account: Integers
    merchant: Integers
    device: Integers
    address: Integers
    amount: Integers
    """In cents of a euro."""

    pattern: Integers
    episode: Integers
    """Payments of one episode have one number and one fate; -1 for ordinary ones."""

    probability: Floats
    """The true probability that this payment is reported as fraud one day, as the simulation
    draws it."""

    def __len__(self) -> int:
        """Return how many payments there are."""
        return len(self.time)

    def take(self, rows: NDArray[Any] | slice) -> "Events":
        """Return some of the payments, in the order of *rows*."""
        return Events(*(getattr(self, item.name)[rows] for item in fields(self)))

    def prefix(self, count: int) -> "Events":
        """Return the first payments."""
        return self.take(slice(count))


def merge(parts: Sequence[Events]) -> Events:
    """Return the payments of all parts in the order in which they happen."""
    joined = Events(
        *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Events))
    )
    return joined.take(np.argsort(joined.time, kind="stable"))


def duplicated(events: Events, rows: Integers, delay: Integers) -> Events:
    """Return copies of some payments that arrive a little later."""
    copies = events.take(rows)
    return replace(copies, time=copies.time + delay)
