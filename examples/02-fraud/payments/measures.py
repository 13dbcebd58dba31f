"""Numbers that do not follow from the past: the order, the session, and what others score.

What follows from how suspicious a payment is follows from nothing else that is hidden, and not
from whether it is fraud.
"""

import numpy as np

from payments import catalog
from payments.attributes import uniform
from payments.entities import Accounts, Floats, Integers, Rng, World, chance
from payments.events import Events
from payments.scenario import DAY, Scenario

_LATITUDES = np.array([country.latitude for country in catalog.COUNTRIES])
_LONGITUDES = np.array([country.longitude for country in catalog.COUNTRIES])

LARGE = 2**24
LARGEST = 2**53
"""Where float32 and float64 stop telling neighboring integers apart."""


def measures(
    events: Events, world: World, past: dict[str, Floats], suspicion: Floats, case: Scenario
) -> dict[str, Floats]:
    """Return the columns of numbers by name, still complete."""
    rng = case.rng("measures")
    return {
        **_of_orders(events, rng),
        **_of_accounts(events, world.accounts, past, suspicion, rng),
        **_of_places(events, world, rng),
        **_of_sessions(events, suspicion, rng),
        **_of_vendors(events, world, past, suspicion, rng),
        **_of_counters(events, rng),
    }


def _of_orders(events: Events, rng: Rng) -> dict[str, Floats]:
    count, amount = len(events), events.amount / 100.0
    items = 1.0 + rng.poisson(np.minimum(12.0, amount / 40.0))
    discount = np.where(chance(rng, count, 0.2), amount * rng.integers(5, 40, count) / 100.0, 0.0)
    return {
        "amount": amount,
        "item_count": items,
        "shipping_cost": np.where(chance(rng, count, 0.5), 0.0, 3.9 + rng.integers(0, 8, count)),
        "discount": np.round(discount, 2),
    }


def _of_accounts(
    events: Events, accounts: Accounts, past: dict[str, Floats], suspicion: Floats, rng: Rng
) -> dict[str, Floats]:
    account, count = events.account, len(events)
    age = (events.time - accounts.opened[account]) / DAY
    limit = accounts.limit[account]
    score = 620.0 + 55.0 * accounts.quality[account] - 40.0 * suspicion
    changed = np.where(chance(rng, count, 0.02 + 0.3 * suspicion), 1.0, age) * rng.random(count)
    return {
        "credit_limit": limit,
        "limit_used": past["amt_sum_30d"] / np.maximum(limit, 1.0),
        "balance": np.round(rng.normal(1_500.0, 2_500.0, count) + 0.5 * limit, 2),
        "bureau_score": np.rint(np.clip(score + rng.normal(0.0, 25.0, count), 300.0, 850.0)),
        "phone_age_days": np.floor(accounts.phone_days[account] + age),
        "mail_age_days": np.floor(accounts.mail_days[account] + age),
        "password_age_days": np.floor(changed),
    }


def _of_places(events: Events, world: World, rng: Rng) -> dict[str, Floats]:
    home = world.accounts.country[events.account]
    there = world.addresses.country[events.address]
    near = rng.exponential(25.0, len(events))
    shipped = np.where(chance(rng, len(events), 0.9), home, there)
    return {
        "ip_distance_km": np.round(_kilometers(home, there) + near, 1),
        "ship_distance_km": np.round(_kilometers(home, shipped) + near / 5.0, 1),
    }


def _kilometers(a: Integers, b: Integers) -> Floats:
    """Return the distance between capitals."""
    north, south = np.radians(_LATITUDES[a]), np.radians(_LATITUDES[b])
    turn = np.radians(_LONGITUDES[b] - _LONGITUDES[a])
    half = np.sin((south - north) / 2) ** 2
    half += np.cos(north) * np.cos(south) * np.sin(turn / 2) ** 2
    angle: Floats = 2 * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return 6371.0088 * angle


def _of_sessions(events: Events, suspicion: Floats, rng: Rng) -> dict[str, Floats]:
    count = len(events)
    seconds = rng.lognormal(5.0 - 0.6 * suspicion, 0.8)
    return {
        "failed_logins_24h": rng.poisson(0.08 + 0.9 * suspicion).astype(np.float64),
        "session_seconds": np.round(seconds, 1),
        "pages_viewed": (1 + rng.poisson(np.minimum(40.0, seconds / 30.0))).astype(np.float64),
        "typing_speed": np.round(rng.normal(4.5 + 0.7 * suspicion, 1.2, count), 2),
        "battery_level": np.round(rng.random(count), 2),
    }


def _of_vendors(
    events: Events, world: World, past: dict[str, Floats], suspicion: Floats, rng: Rng
) -> dict[str, Floats]:
    count = len(events)
    is_new = past["acct_device_cnt"] == 0
    device = -2.2 + 0.8 * is_new + 1.6 * suspicion + rng.normal(0.0, 1.0, count)
    foreign = world.addresses.country[events.address] != world.accounts.country[events.account]
    address = -2.0 + 0.7 * foreign + 1.2 * suspicion + rng.normal(0.0, 1.1, count)
    risk = world.merchants.risk[events.merchant]
    return {
        "device_score": _unit(device),
        "ip_score": _unit(address),
        "merchant_risk": np.rint(np.clip(50.0 + 20.0 * risk, 0.0, 100.0)),
        "screen_width": np.floor(uniform(events.device, "screen") * 12) * 160.0 + 320.0,
    }


def _unit(x: Floats) -> Floats:
    """Return numbers between 0 and 1 with three places, as vendors send them."""
    return np.round(1.0 / (1.0 + np.exp(-x)), 3)


def _of_counters(events: Events, rng: Rng) -> dict[str, Floats]:
    """Return numbers that are close to where numbers become inexact."""
    count = len(events)
    points = np.where(chance(rng, count, 0.01), LARGE, rng.integers(0, 50_000, count))
    near = chance(rng, count, 0.002)
    # The last of the three is one too many: no double tells it from its neighbors.
    order = np.where(near, LARGEST - 2 + rng.integers(0, 3, count), 4e9 + np.arange(count))
    return {
        "loyalty_points": points + np.where(points >= LARGE, rng.integers(-1, 2, count), 0.0),
        "order_number": order,
    }
