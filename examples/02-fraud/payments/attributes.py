"""What a payment says of its account, card, device, address and merchant: texts and truth values.

An attribute of a thing follows from the thing's number, so that it is the same in every payment.
"""

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from payments import catalog
from payments.entities import Floats, Integers, Rng, World, chance
from payments.events import Events
from payments.scenario import DAY, START, Pattern, Scenario

Booleans = NDArray[np.bool_]

_COUNTRY_CODES = tuple(country.code for country in catalog.COUNTRIES)
_CURRENCIES = tuple(country.currency for country in catalog.COUNTRIES)


@dataclass(frozen=True)
class Texts:
    """A column of texts: places in a list of them."""

    codes: Integers
    levels: tuple[str, ...]


def uniform(things: Integers, what: str) -> Floats:
    """Return a number from 0 to 1 for each thing, always the same for one thing.

    This is SplitMix64's finalizer over the thing's number.
    """
    with np.errstate(over="ignore"):
        mixed = things.astype(np.uint64) + np.uint64(crc32(what.encode())) * _GOLDEN
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed = (mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)
    return mixed.astype(np.float64) * 2.0**-53


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def is_one_of(things: Integers, what: str, share: float) -> Booleans:
    """Return for each thing, always the same, whether it is one of a share of all things."""
    return uniform(things, what) < share


def _some(things: Integers, what: str, levels: tuple[str, ...], skew: float = 2.0) -> Texts:
    """Return a text for each thing; with more *skew* the first levels are more common."""
    places = len(levels) * uniform(things, what) ** skew
    return Texts(places.astype(np.int64), levels)


def texts(events: Events, world: World, case: Scenario) -> dict[str, Texts]:
    """Return the columns of texts by name, still clean."""
    rng = case.rng("texts")
    return {
        **_of_merchants(events, world, case, rng),
        **_of_cards(events, world),
        **_of_owners(events, world),
        **_of_devices(events),
        **_of_orders(events, world, rng),
    }


def _of_merchants(events: Events, world: World, case: Scenario, rng: Rng) -> dict[str, Texts]:
    merchants, merchant = world.merchants, events.merchant
    category = merchants.category[merchant]
    codes = tuple(category.code for category in catalog.CATEGORIES)
    levels = (*codes, *catalog.RARE_CATEGORIES, catalog.NEW_CATEGORY)
    rare = chance(rng, len(events), 0.004)
    mcc = np.where(rare, len(codes) + rng.integers(0, 4, len(events)), category)
    if case.drift.new_category_from is not None:
        late = events.time >= START + case.drift.new_category_from * DAY
        mcc = np.where(late & merchants.opens_late[merchant], len(levels) - 1, mcc)
    groups = [catalog.GROUPS.index(category.group) for category in catalog.CATEGORIES]
    country = merchants.country[merchant]
    return {
        "mcc": Texts(mcc, levels),
        "merchant_group": Texts(np.array(groups)[category], catalog.GROUPS),
        "merchant_id": Texts(merchant, tuple(f"m-{n:04}" for n in range(case.merchants))),
        "merchant_country": Texts(country, _COUNTRY_CODES),
        "merchant_city": Texts(
            country * 5 + (5 * uniform(merchant, "city") ** 3).astype(np.int64), catalog.CITIES
        ),
        "acquirer": _some(merchant, "acquirer", catalog.ACQUIRERS),
        "terminal": _some(merchant, "terminal", catalog.TERMINALS),
    }


def _of_cards(events: Events, world: World) -> dict[str, Texts]:
    card = events.account
    home = world.accounts.country[card]
    # One card in twenty was issued abroad.
    foreign = is_one_of(card, "foreign", 0.05)
    other = _some(card, "bin", _COUNTRY_CODES).codes
    return {
        "card_brand": _some(card, "brand", catalog.BRANDS, 3.0),
        "card_product": _some(card, "product", catalog.PRODUCTS),
        "issuer": _some(card, "issuer", catalog.ISSUERS),
        "bin_country": Texts(np.where(foreign, other, home), _COUNTRY_CODES),
    }


def _of_owners(events: Events, world: World) -> dict[str, Texts]:
    owner = events.account
    home = world.accounts.country[owner]
    region = home * 3 + (3 * uniform(owner, "region")).astype(np.int64)
    postal = home * 10 + (10 * uniform(owner, "postal")).astype(np.int64)
    return {
        "home_country": Texts(home, _COUNTRY_CODES),
        "home_region": Texts(region, catalog.REGIONS),
        "postal_area": Texts(postal, catalog.POSTAL),
        "email": _mail(owner, len(world.accounts.opened)),
        "ip_country": Texts(world.addresses.country[events.address], _COUNTRY_CODES),
        "ip_network": _some(events.address, "network", catalog.NETWORKS),
    }


def _mail(owner: Integers, accounts: int) -> Texts:
    """Return an address for each account; a few keep none that lasts."""
    everybody = np.arange(accounts)
    domains = (*catalog.DOMAINS, *catalog.DISPOSABLE)
    lasting = _some(everybody, "domain", catalog.DOMAINS, 2.5).codes
    short = len(catalog.DOMAINS) + _some(everybody, "short", catalog.DISPOSABLE).codes
    domain = np.where(is_one_of(everybody, "disposable", 0.03), short, lasting)
    width = (3 + 12 * uniform(everybody, "width")).astype(np.int64)
    names = (f"{n:0{w}}" for n, w in zip(everybody.tolist(), width.tolist(), strict=True))
    found = zip(names, domain.tolist(), strict=True)
    return Texts(owner, tuple(f"user{name}@{domains[place]}" for name, place in found))


def _of_devices(events: Events) -> dict[str, Texts]:
    device = events.device
    system = _some(device, "system", catalog.SYSTEMS, 3.0)
    release = (10 * uniform(device, "release")).astype(np.int64)
    named = tuple(f"{name} {number}" for name in catalog.SYSTEMS for number in range(9, 19))
    return {
        "device_system": system,
        "device_model": _some(device, "model", catalog.MODELS),
        "browser": _some(device, "browser", catalog.BROWSERS),
        "language": _some(device, "language", catalog.LANGUAGES),
        "device": Texts(system.codes * 10 + release, named),
    }


def _of_orders(events: Events, world: World, rng: Rng) -> dict[str, Texts]:
    count = len(events)
    category = world.merchants.category[events.merchant]
    groups = [catalog.GROUPS.index(category.group) for category in catalog.CATEGORIES]
    goods = np.array(groups)[category] * 6 + (6 * rng.random(count) ** 2).astype(np.int64)
    method = _some(events.account, "method", catalog.METHODS, 3.0)
    channel = (len(catalog.CHANNELS) * rng.random(count) ** 2.5).astype(np.int64)
    testing = events.pattern == Pattern.CARD_TESTING
    return {
        # Cards are tested where a program can do it.
        "channel": Texts(np.where(testing, channel % 3, channel), catalog.CHANNELS),
        "payment_method": method,
        "goods": Texts(goods, catalog.GOODS),
        "referrer": _drawn(catalog.REFERRERS, count, rng),
        "campaign": _drawn(catalog.CAMPAIGNS, count, rng),
    }


def _drawn(levels: tuple[str, ...], count: int, rng: Rng) -> Texts:
    return Texts((len(levels) * rng.random(count) ** 2).astype(np.int64), levels)


def booleans(
    events: Events, world: World, suspicion: Floats, case: Scenario
) -> dict[str, Booleans]:
    """Return the columns of truth values by name."""
    rng = case.rng("booleans")
    accounts, account = world.accounts, events.account
    abroad = world.addresses.country[events.address] != accounts.country[account]

    def drawn(share: Floats) -> Booleans:
        return rng.random(len(events)) < share

    return {
        "is_recurring": drawn(np.where(suspicion > 0, 0.02, 0.12)),
        "is_strong_auth": drawn(0.55 - 0.25 * suspicion),
        "cvv_matches": drawn(0.97 - 0.15 * suspicion),
        "address_matches": drawn(0.93 - 0.2 * suspicion),
        "ships_to_home": drawn(0.8 - 0.3 * suspicion),
        "is_gift": drawn(0.06 + 0.1 * suspicion),
        "is_guest": drawn(0.2 + 0.1 * suspicion),
        "mail_verified": is_one_of(account, "mail verified", 0.9),
        "phone_verified": is_one_of(account, "phone verified", 0.75),
        "is_proxy": drawn(0.03 + 0.1 * abroad + 0.25 * suspicion),
    }
