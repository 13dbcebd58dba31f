"""Ordinary payments: when owners pay, whom, how much, and from where."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from payments import catalog
from payments.entities import (
    ADDRESSES,
    DEVICES,
    FAVORITES,
    Accounts,
    Floats,
    Integers,
    Merchants,
    Rng,
    World,
    any_address,
    chance,
    pick,
    pool_address,
)
from payments.events import Events
from payments.scenario import DAY, END, HOUR, START, Drift, Pattern, Scenario

TRIP = 10 * DAY

_BY_HOUR = np.array(
    [2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 11, 13, 14, 12, 11, 11, 12, 14, 15, 15, 13, 10, 7, 4], float
)
_BY_WEEKDAY = np.array([0.9, 0.9, 0.95, 1.0, 1.15, 1.2, 0.8])
_CURVE = (_BY_WEEKDAY[:, np.newaxis] * _BY_HOUR).ravel()
"""How busy each hour of a week is, from Monday."""

_CURVE = _CURVE / _CURVE.max()
_HOURS_AHEAD = np.array([country.hours for country in catalog.COUNTRIES])

CLOCKS_CHANGE = 1_774_746_000_000
"""2026-03-29T01:00:00Z, when summer time begins in Europe."""

_OWN, _AT_HOME = 0.85, 0.985
"""Shares, summed up: of an owner's own addresses, and of others in the home country."""

_CHEAP = 300
"""Cents below which no price is made to end in 99."""

EDGES = np.array([100, 10_000, 50_000])
"""Amounts in cents that are edges of bins."""


def ordinary(case: Scenario, world: World, count: int) -> Events:
    """Return *count* ordinary payments, in no order."""
    rng = case.rng("ordinary")
    account = _payers(world.accounts, count, rng)
    time = _times(world.accounts, account, rng)
    abroad = _abroad(world.accounts, account, time)
    merchant = _merchants(world, account, rng)
    events = Events(
        time=time,
        account=account,
        merchant=merchant,
        device=_devices(world.accounts, account, rng),
        address=_addresses(world, account, abroad, rng),
        amount=to_cents(usual_amount(world, account, merchant, rng) * inflation(case.drift, time)),
        pattern=np.full(count, Pattern.ORDINARY),
        episode=np.full(count, -1),
        probability=np.zeros(count),
    )
    return _with_edges(events, world, case, rng)


def usual_amount(world: World, account: Integers, merchant: Integers, rng: Rng) -> Floats:
    """Return what these accounts pay to these merchants, in euros."""
    merchants = world.merchants
    mean = merchants.ticket[merchant] + world.accounts.spend[account]
    return np.exp(rng.normal(mean, merchants.spread[merchant]))


def inflation(drift: Drift, time: Integers) -> Floats:
    """Return how much dearer things are than at the beginning."""
    if drift.inflation_from is None:
        return np.ones(len(time))
    months = np.maximum(0.0, (time - START) / DAY - drift.inflation_from) / 30.0
    return np.power(1.0 + drift.inflation_per_month, months)


def to_cents(amount: Floats) -> Integers:
    """Return amounts as prices are: never below five cents, some of them round."""
    cents = np.clip(np.rint(amount * 100.0), 5, 2_500_000).astype(np.int64)
    # A third of all prices ends in 99, as far as such a thing can follow from the price itself.
    return np.where((cents % 3 == 0) & (cents > _CHEAP), cents - cents % 100 + 99, cents)


def fresh_devices(accounts: Accounts, count: int, rng: Rng) -> Integers:
    """Return devices that no account has used, each of them once or almost."""
    first = len(accounts.opened) * DEVICES
    return first + rng.integers(0, 1_000 + 100 * len(accounts.opened), count)


def _payers(accounts: Accounts, count: int, rng: Rng) -> Integers:
    active = (END - np.maximum(accounts.opened, START)) / (END - START)
    return pick(np.cumsum(accounts.activity * active), count, rng)


def _times(accounts: Accounts, account: Integers, rng: Rng) -> Integers:
    """Return times by each account's weekly curve, drawn by rejection."""
    first = np.maximum(accounts.opened[account], START)
    ahead = _HOURS_AHEAD[accounts.country[account]] * HOUR
    time = np.empty(len(account), np.int64)
    open_rows = np.arange(len(account))
    while len(open_rows):
        since = first[open_rows]
        drawn = since + (rng.random(len(open_rows)) * (END - since)).astype(np.int64)
        hour = (drawn - START + ahead[open_rows]) // HOUR % (7 * 24)
        kept = rng.random(len(open_rows)) < _CURVE[hour]
        time[open_rows[kept]] = drawn[kept]
        open_rows = open_rows[~kept]
    return time


def _abroad(accounts: Accounts, account: Integers, time: Integers) -> NDArray[np.bool_]:
    start = accounts.trip[account]
    return (start >= 0) & (time >= start) & (time < start + TRIP)


def _merchants(world: World, account: Integers, rng: Rng) -> Integers:
    count = len(account)
    slot = np.minimum(rng.geometric(0.35, count) - 1, FAVORITES - 1)
    habit = world.accounts.favorites[account, slot]
    other = pick(world.merchants.popularity, count, rng)
    return np.where(chance(rng, count, 0.75), habit, other)


def _devices(accounts: Accounts, account: Integers, rng: Rng) -> Integers:
    count = len(account)
    own = account * DEVICES + chance(rng, count, 0.2)
    is_new = chance(rng, count, 0.025)
    return np.where(is_new, fresh_devices(accounts, count, rng), own)


def _addresses(world: World, account: Integers, abroad: NDArray[np.bool_], rng: Rng) -> Integers:
    count = len(account)
    accounts, addresses = world.accounts, world.addresses
    own = account * ADDRESSES + chance(rng, count, 0.25)
    at_home = pool_address(addresses, accounts.country[account], rng)
    away = pool_address(addresses, accounts.destination[account], rng)
    drawn = rng.random(count)
    pool = np.where(drawn < _AT_HOME, at_home, any_address(addresses, count, rng))
    return np.where(abroad, away, np.where(drawn < _OWN, own, pool))


def _with_edges(events: Events, world: World, case: Scenario, rng: Rng) -> Events:
    """Return the payments, some with amounts on edges, some when clocks change."""
    count = len(events)
    on_edge = chance(rng, count, case.dirt.on_edges)
    amount = np.where(on_edge, EDGES[rng.integers(0, len(EDGES), count)], events.amount)
    near = np.abs(events.time - CLOCKS_CHANGE) < 3 * HOUR
    near &= world.accounts.opened[events.account] < CLOCKS_CHANGE
    snapped = near & chance(rng, count, 0.5)
    time = np.where(snapped, CLOCKS_CHANGE + rng.integers(-1, 2, count), events.time)
    return replace(events, amount=amount, time=time)


def weak_merchants(merchants: Merchants, count: int, rng: Rng) -> Integers:
    """Return merchants that fraud likes."""
    return pick(merchants.weakness, count, rng)
