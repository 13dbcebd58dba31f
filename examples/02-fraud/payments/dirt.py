"""What is not as it should be: missing by cause, wrong case, blanks, zeros, outages, cents."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from payments.attributes import Booleans, Texts
from payments.entities import Floats, Integers, Rng, chance
from payments.scenario import DAY, HOUR, START, Scenario

Objects = NDArray[np.object_]

NIGHT = 6
"""Until this hour in UTC the device vendor is three times as slow."""

OUTAGE = 0.9
"""Share of calls that the vendor does not answer on its outage day."""

_SLOWNESS = {
    "velocity": 0.9,
    "profile": 0.9,
    "device": 0.8,
    "address": 1.0,
    "merchant": 0.9,
    "bureau": 3.0,
    "session": 1.3,
    "order": 0.4,
}
"""How often a call of each source takes too long, as a multiple of ``Dirt.timeouts``."""


def missing_rows(case: Scenario, time: Integers) -> dict[str, Booleans]:
    """Return by source for which payments it does not answer in time."""
    rng = case.rng("timeouts")
    found = {}
    for source, slowness in _SLOWNESS.items():
        share = np.full(len(time), case.dirt.timeouts * slowness)
        if source == "device":
            share = _vendor(case, time, share)
        found[source] = rng.random(len(time)) < share
    return found


def _vendor(case: Scenario, time: Integers, share: Floats) -> Floats:
    night = (time - START) % DAY < NIGHT * HOUR
    share = np.where(night, 3.0 * share, share)
    if case.drift.outage_day is None:
        return share
    out = (time - START) // DAY == case.drift.outage_day
    return np.where(out, OUTAGE, share)


def soil_numbers(
    columns: Mapping[str, Floats],
    sources: Mapping[str, str],
    lost: Mapping[str, Booleans],
    case: Scenario,
    time: Integers,
) -> Iterator[tuple[str, Floats]]:
    """Give each column with what got lost on the way."""
    rng = case.rng("numbers")
    for name, values in columns.items():
        found = values
        if name == "avg_amt_30d":
            # A store that was filled with zeros answers so for half of who has no history.
            zero = np.isnan(found) & chance(rng, len(found), 0.5)
            found = np.where(zero, 0.0, found)
        if name == "amount" and case.drift.cents_from is not None:
            late = time >= START + case.drift.cents_from * DAY
            found = np.where(late, found * 100.0, found)
        gone = lost.get(sources[name])
        yield name, found if gone is None else np.where(gone, np.nan, found)


def soil_texts(columns: Mapping[str, Texts], case: Scenario) -> Iterator[tuple[str, Objects]]:
    """Give each column of texts as people type them and machines lose them."""
    for name, column in columns.items():
        yield name, _soil(column, case.rng(f"text {name}"), case)


def _soil(column: Texts, rng: Rng, case: Scenario) -> Objects:
    dirt = case.dirt
    drawn = rng.random(len(column.codes))
    limits = np.cumsum([dirt.no_text, dirt.blanks, dirt.upper])
    # 0 none, 1 with blanks, 2 in capitals, 3 as it should be
    variant = np.searchsorted(limits, drawn, side="right")
    forms = [
        np.full(len(column.levels), None, object),
        _objects(f" {text} " for text in column.levels),
        _objects(text.upper() for text in column.levels),
        _objects(column.levels),
    ]
    found: Objects = np.concatenate(forms)[variant * len(column.levels) + column.codes]
    return found


def _objects(texts: Any) -> Objects:
    return np.array(list(texts), object)
