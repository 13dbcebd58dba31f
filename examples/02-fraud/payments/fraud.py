"""Fraud as processes with causes, each with honest payments that look the same.

An episode draws how suspicious it is, shows it in what it does, and is fraud with exactly that
probability. So the true probability of every payment is known, and no model can be better than it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from payments import catalog
from payments.entities import (
    ADDRESSES,
    DEVICES,
    Floats,
    Integers,
    Rng,
    World,
    any_address,
    pool_address,
)
from payments.events import Events
from payments.scenario import (
    DAY,
    DAYS,
    END,
    FRIENDLY,
    HOUR,
    MINUTE,
    PROCESSES,
    SECOND,
    START,
    Pattern,
    Scenario,
)
from payments.traffic import (
    fresh_devices,
    to_cents,
    usual_amount,
    weak_merchants,
)

NEVER = np.iinfo(np.int64).max
"""When a fraud is reported that nobody reports."""

UNREPORTED = 0.05
DELAY = (2.0, 15.0)
"""Shape and scale, in days, of the time until a fraud is reported; 30 days in the mean."""

_GIFTS = [i for i, category in enumerate(catalog.CATEGORIES) if category.group == "gifts"]


@dataclass(frozen=True)
class Episodes:
    """Payments in the making: an episode each, or a payment each once they are spread."""

    number: Integers
    start: Integers
    suspicion: Floats
    step: Integers
    """Which payment of its episode it is, from 0."""

    rng: Rng
    world: World
    case: Scenario

    def __len__(self) -> int:
        """Return how many payments there are."""
        return len(self.number)

    def shared(self, draw: Callable[[int], Integers]) -> Integers:
        """Return values that all payments of an episode have in common."""
        return draw(int(self.number.max()) + 1)[self.number]


def episodes(case: Scenario, world: World) -> list[Events]:
    """Return the payments of all processes, in no order; one part for each process."""
    return [_simulate(pattern, case, world) for pattern in PROCESSES if _is_on(pattern, case)]


def _is_on(pattern: Pattern, case: Scenario) -> bool:
    return pattern is not Pattern.MULE or case.drift.new_pattern_from is not None


_SIZES = {
    Pattern.CARD_TESTING: (5, 16),
    Pattern.TAKEOVER: (1, 5),
    Pattern.BUST_OUT: (4, 10),
    Pattern.MULE: (1, 4),
}
"""The fewest payments of an episode, and one more than the most."""


def _simulate(pattern: Pattern, case: Scenario, world: World) -> Events:
    process, (low, high) = PROCESSES[pattern], _SIZES[pattern]
    rng = case.rng(pattern.name)
    count = max(1, round(process.share * case.payments / ((low + high - 1) / 2)))
    sizes = rng.integers(low, high, count)
    first = case.drift.new_pattern_from if pattern is Pattern.MULE else 0
    start = START + ((first or 0) * DAY)
    number = np.repeat(np.arange(count), sizes)
    made = Episodes(
        number=number,
        start=rng.integers(start, END - 4 * DAY, count)[number],
        suspicion=rng.beta(*process.suspicion, count)[number],
        step=np.arange(len(number)) - np.repeat(np.cumsum(sizes) - sizes, sizes),
        rng=rng,
        world=world,
        case=case,
    )
    return _MAKERS[pattern](made)


def _events(
    made: Episodes,
    pattern: Pattern,
    gap: Floats,
    account: Integers,
    merchant: Integers,
    device: Integers,
    address: Integers,
    amount: Floats,
) -> Events:
    waits = np.maximum(1, gap.astype(np.int64)) * (made.step > 0)
    elapsed = np.cumsum(waits)
    begins = np.flatnonzero(made.step == 0)
    elapsed = elapsed - elapsed[begins][made.number]
    return Events(
        time=np.minimum(made.start + elapsed, END - 1),
        account=account,
        merchant=merchant,
        device=device,
        address=address,
        amount=to_cents(amount),
        pattern=np.full(len(made), pattern),
        episode=made.number + pattern * 10_000_000,
        probability=made.suspicion,
    )


def _card_testing(made: Episodes) -> Events:
    rng, world = made.rng, made.world
    return _events(
        made,
        Pattern.CARD_TESTING,
        gap=rng.exponential(40.0 * SECOND, len(made)),
        account=_opened_before(world, len(made), rng),
        merchant=made.shared(lambda n: weak_merchants(world.merchants, n, rng)),
        device=made.shared(lambda n: fresh_devices(world.accounts, n, rng)),
        address=made.shared(lambda n: any_address(world.addresses, n, rng)),
        amount=rng.lognormal(1.6 - 1.2 * made.suspicion, 0.6),
    )


def _takeover(made: Episodes) -> Events:
    rng, world = made.rng, made.world
    account = made.shared(lambda n: _opened_before(world, n, rng))
    merchant = _risky_or_usual(made, account)
    countries = world.accounts.country[account]
    near = pool_address(world.addresses, countries, rng)
    far = made.shared(lambda n: any_address(world.addresses, n, rng))
    is_far = made.shared(lambda n: rng.integers(0, 10, n)) < 4 + 5 * made.suspicion
    return _events(
        made,
        Pattern.TAKEOVER,
        gap=rng.exponential(25.0 * MINUTE, len(made)),
        account=account,
        merchant=merchant,
        device=made.shared(lambda n: fresh_devices(world.accounts, n, rng)),
        address=np.where(is_far, far, near),
        amount=usual_amount(world, account, merchant, rng) * np.exp(0.4 + 1.5 * made.suspicion),
    )


def _bust_out(made: Episodes) -> Events:
    rng, world = made.rng, made.world
    account = made.shared(lambda n: _young(world, n, rng))
    merchant = _risky_or_usual(made, account)
    # The episode begins when the account is weeks old, whenever that is.
    age = made.shared(lambda n: rng.integers(5 * DAY, 60 * DAY, n))
    opened = world.accounts.opened[account]
    begin = np.minimum(np.maximum(opened, START) + age, END - 4 * DAY)
    return _events(
        replace(made, start=begin),
        Pattern.BUST_OUT,
        gap=rng.exponential(8.0 * HOUR, len(made)),
        account=account,
        merchant=merchant,
        device=account * DEVICES,
        address=pool_address(world.addresses, world.accounts.country[account], rng),
        amount=usual_amount(world, account, merchant, rng) * np.exp(0.6 + 1.3 * made.suspicion),
    )


def _mule(made: Episodes) -> Events:
    rng, world = made.rng, made.world
    account = made.shared(lambda n: _opened_before(world, n, rng))
    sellers = np.flatnonzero(np.isin(world.merchants.category, _GIFTS))
    amount = rng.uniform(450.0, 500.0, len(made)) * (0.6 + 0.4 * made.suspicion)
    night = made.start - (made.start - START) % DAY + 2 * HOUR
    return _events(
        replace(made, start=night),
        Pattern.MULE,
        gap=rng.exponential(10.0 * MINUTE, len(made)),
        account=account,
        merchant=sellers[rng.integers(0, len(sellers), len(made))],
        device=account * DEVICES,
        address=account * ADDRESSES,
        amount=amount,
    )


_MAKERS = {
    Pattern.CARD_TESTING: _card_testing,
    Pattern.TAKEOVER: _takeover,
    Pattern.BUST_OUT: _bust_out,
    Pattern.MULE: _mule,
}


def _opened_before(world: World, count: int, rng: Rng) -> Integers:
    """Return accounts that are there before the stream begins."""
    old = np.flatnonzero(world.accounts.opened < START)
    return old[rng.integers(0, len(old), count)]


def _young(world: World, count: int, rng: Rng) -> Integers:
    """Return accounts that are opened early enough to have a history."""
    latest = START + (DAYS - 70) * DAY
    young = np.flatnonzero(
        (world.accounts.opened > START - 60 * DAY) & (world.accounts.opened < latest)
    )
    return young[rng.integers(0, len(young), count)]


def _risky_or_usual(made: Episodes, account: Integers) -> Integers:
    """Return merchants: the more suspicious an episode, the more often those that fraud likes."""
    rng = made.rng
    weak = weak_merchants(made.world.merchants, len(made), rng)
    habit = made.world.accounts.favorites[account, rng.integers(0, 6, len(made))]
    return np.where(rng.random(len(made)) < 0.2 + 0.7 * made.suspicion, weak, habit)


def with_denials(events: Events, world: World) -> Floats:
    """Return each payment's probability of being reported, friendly fraud included."""
    size = np.log(events.amount / 3_000.0)
    risk = world.merchants.risk[events.merchant]
    denied = np.minimum(0.05, FRIENDLY * np.exp(0.25 * size + 0.4 * (risk - 0.5)))
    return np.where(events.episode < 0, denied, events.probability)


def draw_labels(events: Events, rng: Rng) -> NDArray[np.bool_]:
    """Return which payments are fraud; those of an episode share their fate."""
    single = rng.random(len(events))
    _, member = np.unique(events.episode, return_inverse=True)
    common = rng.random(int(member.max()) + 1)[member]
    return np.where(events.episode < 0, single, common) < events.probability


def draw_reports(events: Events, is_fraud: NDArray[np.bool_], rng: Rng) -> Integers:
    """Return when each fraud is reported; NEVER for the others and for a few frauds."""
    delay = (rng.gamma(*DELAY, len(events)) * DAY).astype(np.int64)
    reported = is_fraud & (rng.random(len(events)) >= UNREPORTED)
    return np.where(reported, events.time + delay, NEVER)
