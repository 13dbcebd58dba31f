"""What is simulated: sizes, rates, the switches of drift, and the seed that all of it follows."""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

VERSION = 1
"""Of the generator; other numbers for the same seed are another version."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
"""Times are milliseconds since 1970 in UTC."""

START = 1_767_571_200_000
"""Monday, 2026-01-05T00:00:00Z."""

DAYS = 180
END = START + DAYS * DAY

SIZES = {"tiny": 2_000, "small": 100_000, "demo": 1_000_000}
"""Payments by the name of a size."""

PAYMENTS_PER_ACCOUNT = 25
MAX_MERCHANTS = 1_000


class Pattern(IntEnum):
    """What lies behind a payment; nobody but the simulation knows."""

    ORDINARY = 0
    """A payment of an account's owner, who may deny it later: friendly fraud."""

    CARD_TESTING = 1
    """Small amounts with many cards from one device at one merchant."""

    TAKEOVER = 2
    """A new device, mostly abroad, and large amounts on an old account."""

    BUST_OUT = 3
    """A young account that behaved well, and then spends what it can."""

    MULE = 4
    """Gift cards just under a limit, at night, from the account's own device."""


@dataclass(frozen=True)
class Process:
    """How often a cause of fraud comes, and how sure it is fraud."""

    share: float
    """Share of all payments that it looks like, honest ones included."""

    suspicion: tuple[float, float]
    """The probability that an episode is fraud comes from this Beta distribution."""


@dataclass(frozen=True)
class Dirt:
    """How much of what arrives is not as it should be."""

    upper: float = 0.25
    """Texts in capitals."""

    blanks: float = 0.03
    """Texts with blanks around them."""

    no_text: float = 0.02
    """Texts that are missing."""

    timeouts: float = 0.135
    """Calls of each source that take too long; the device vendor's more often at night."""

    on_edges: float = 0.003
    """Amounts that are exactly 1, 100 or 500."""

    duplicates: float = 0.0005
    """Payments that are sent twice."""


@dataclass(frozen=True)
class Drift:
    """What changes during the stream, each from its day on; None switches it off."""

    inflation_from: int | None = 60
    inflation_per_month: float = 0.03
    new_category_from: int | None = 120
    """A merchant category that no training has seen."""

    outage_day: int | None = 150
    """The day on which the device vendor answers one call in ten."""

    new_pattern_from: int | None = 140
    """Mules: a cause of fraud that no training has seen."""

    cents_from: int | None = None
    """A mistake: amounts arrive in cents. Off unless wanted."""


PROCESSES = {
    Pattern.CARD_TESTING: Process(0.0011, (5.0, 2.0)),
    Pattern.TAKEOVER: Process(0.0026, (2.0, 2.5)),
    Pattern.BUST_OUT: Process(0.0020, (2.0, 2.5)),
    Pattern.MULE: Process(0.0005, (4.0, 2.0)),
}

FRIENDLY = 0.0006
"""Probability that an ordinary payment is denied later; larger for large amounts."""


@dataclass(frozen=True)
class Scenario:
    """One stream: the same scenario gives the same bytes."""

    payments: int
    seed: int
    dirt: Dirt = field(default_factory=Dirt)
    drift: Drift = field(default_factory=Drift)

    @property
    def accounts(self) -> int:
        """How many accounts pay."""
        return max(80, self.payments // PAYMENTS_PER_ACCOUNT)

    @property
    def merchants(self) -> int:
        """How many merchants are paid."""
        return min(MAX_MERCHANTS, max(60, self.payments // 100))

    def rng(self, part: str) -> np.random.Generator:
        """Return the random numbers of one part, which another part's do not move."""
        words = (self.seed, VERSION, *part.encode())
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))


def scenario(size: str, seed: int = 1) -> Scenario:
    """Return the usual scenario of a size: tiny, small or demo.

    Raises:
        ValueError: There is no such size.
    """
    if size not in SIZES:
        raise ValueError(f"size must be one of {', '.join(SIZES)}, got {size!r}")
    return Scenario(SIZES[size], seed)
