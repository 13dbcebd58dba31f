"""Who pays, whom, and from where: accounts, merchants, addresses, devices."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from payments import catalog
from payments.scenario import DAY, DAYS, START, Scenario

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Rng = np.random.Generator

YOUNG_SHARE = 0.2
"""Accounts that are opened during the stream."""

FAVORITES = 6
DEVICES = 2
ADDRESSES = 2
"""What every account has: merchants of habit, devices of its own, addresses at home and work."""

_TICKETS = np.log([category.ticket for category in catalog.CATEGORIES])
_SPREADS = np.array([category.spread for category in catalog.CATEGORIES])
_RISKS = np.array([category.risk for category in catalog.CATEGORIES])


@dataclass(frozen=True)
class Accounts:
    """An array for each property, a place in it for each account."""

    opened: Integers
    country: Integers
    spend: Floats
    """How much larger than usual amounts are, as a logarithm."""

    activity: Floats
    favorites: Integers
    """Merchants of habit; shape (accounts, FAVORITES)."""

    trip: Integers
    """When the account's owner goes abroad for ten days."""

    destination: Integers
    mail_days: Floats
    phone_days: Floats
    """Age of the mail address and of the telephone number when the account was opened."""

    limit: Floats
    quality: Floats
    """What a credit bureau would think of the owner; about normal."""


@dataclass(frozen=True)
class Merchants:
    """An array for each property, a place in it for each merchant."""

    category: Integers
    """Place in ``catalog.CATEGORIES``."""

    country: Integers
    popularity: Floats
    """Shares, summed up; the last is 1."""

    weakness: Floats
    """How much fraud likes the merchant; shares, summed up."""

    opens_late: NDArray[np.bool_]
    """Whether the category becomes the new one."""

    ticket: Floats
    spread: Floats
    risk: Floats


@dataclass(frozen=True)
class Addresses:
    """Internet addresses: first those of accounts, then a pool that anybody may use."""

    country: Integers
    first_of_pool: int


@dataclass(frozen=True)
class World:
    """Everything that payments are between."""

    accounts: Accounts
    merchants: Merchants
    addresses: Addresses


def build_world(case: Scenario) -> World:
    """Return the entities of a scenario."""
    merchants = _merchants(case.merchants, case.rng("merchants"))
    accounts = _accounts(case.accounts, merchants, case.rng("accounts"))
    return World(accounts, merchants, _addresses(accounts, case.rng("addresses")))


def pick(shares: Floats, count: int, rng: Rng) -> Integers:
    """Return places, drawn by shares that are summed up."""
    drawn = rng.random(count) * shares[-1]
    return np.asarray(np.searchsorted(shares, drawn, side="right"), np.int64)


def chance(rng: Rng, count: int, share: Floats | float) -> NDArray[np.bool_]:
    """Return truth values, each true with its probability."""
    return rng.random(count) < share


def _countries(count: int, rng: Rng) -> Integers:
    return pick(np.cumsum([country.weight for country in catalog.COUNTRIES]), count, rng)


def _accounts(count: int, merchants: Merchants, rng: Rng) -> Accounts:
    young = rng.random(count) < YOUNG_SHARE
    age = np.where(young, -rng.random(count) * DAYS, rng.exponential(700.0, count))
    trips = chance(rng, count, 0.3)
    return Accounts(
        opened=START - (age * DAY).astype(np.int64),
        country=_countries(count, rng),
        spend=rng.normal(0.0, 0.45, count),
        activity=rng.lognormal(0.0, 1.0, count),
        favorites=pick(merchants.popularity, count * FAVORITES, rng).reshape(-1, FAVORITES),
        trip=np.where(trips, START + rng.integers(0, DAYS * DAY, count), -1),
        destination=_countries(count, rng),
        mail_days=rng.exponential(1_500.0, count),
        phone_days=rng.exponential(1_000.0, count),
        limit=np.round(rng.lognormal(7.6, 0.6, count), -2),
        quality=rng.normal(0.0, 1.0, count),
    )


def _merchants(count: int, rng: Rng) -> Merchants:
    # Every category has a merchant; then the most popular categories have most.
    spread = rng.integers(0, len(catalog.CATEGORIES), count)
    category = np.where(np.arange(count) < len(catalog.CATEGORIES), np.arange(count), spread)
    risk = _RISKS[category] + rng.normal(0.0, 0.4, count)
    return Merchants(
        category=category,
        country=_countries(count, rng),
        popularity=np.cumsum(rng.permutation(1.0 / (np.arange(count) + 2.0) ** 1.05)),
        weakness=np.cumsum(np.exp(1.2 * risk)),
        opens_late=chance(rng, count, 0.02),
        ticket=_TICKETS[category] + rng.normal(0.0, 0.25, count),
        spread=_SPREADS[category],
        risk=risk,
    )


def _addresses(accounts: Accounts, rng: Rng) -> Addresses:
    own = np.repeat(accounts.country, ADDRESSES)
    pool = _countries(max(300, len(accounts.country) // 2), rng)
    return Addresses(np.concatenate([own, pool]), len(own))


def pool_address(addresses: Addresses, countries: Integers, rng: Rng) -> Integers:
    """Return an address of the pool in each of the countries, or in any where it has none."""
    pool = addresses.country[addresses.first_of_pool :]
    order = np.argsort(pool, kind="stable")
    first = np.searchsorted(pool[order], countries, side="left")
    after = np.searchsorted(pool[order], countries, side="right")
    within = first + (rng.random(len(countries)) * (after - first)).astype(np.int64)
    anywhere = rng.integers(0, len(pool), len(countries))
    return addresses.first_of_pool + np.where(after > first, order[within % len(pool)], anywhere)


def any_address(addresses: Addresses, count: int, rng: Rng) -> Integers:
    """Return addresses of the pool, wherever they are."""
    return rng.integers(addresses.first_of_pool, len(addresses.country), count)
