"""The stream of payments: 100 fields each, and beside them what only a simulation knows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from payments.attributes import Booleans, booleans, texts
from payments.dirt import missing_rows, soil_numbers, soil_texts
from payments.entities import Floats, Integers, World, build_world, chance
from payments.events import Events, duplicated, merge
from payments.fields import FIELDS, SOURCES
from payments.fraud import NEVER, draw_labels, draw_reports, episodes, with_denials
from payments.measures import measures
from payments.replay import replay
from payments.scenario import DAY, MINUTE, START, VERSION, Scenario, scenario
from payments.traffic import ordinary

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Stream:
    """Payments in the order in which they happened."""

    case: Scenario
    columns: Columns
    """The 100 raw fields by name: what a caller would send."""

    events: Events
    """What lies behind them."""

    is_fraud: Booleans
    """Whether each is fraud, whoever knows."""

    reported: Integers
    """When it becomes known, in milliseconds since 1970; ``fraud.NEVER`` if never."""

    def __len__(self) -> int:
        """Return how many payments there are."""
        return len(self.is_fraud)

    @property
    def oracle(self) -> Floats:
        """The true probability of each, which no model can improve on."""
        return self.events.probability

    def labels(self, day: float) -> Booleans:
        """Return which payments are known to be fraud on a day of the stream."""
        return self.reported <= START + int(day * DAY)

    @cached_property
    def day(self) -> Floats:
        """The day of the stream on which each happened, with its fraction."""
        return (self.events.time - START) / DAY

    def between(self, first: float, last: float) -> "Stream":
        """Return the payments from one day of the stream to before another."""
        begin, end = np.searchsorted(self.day, [first, last])
        return self.rows(slice(int(begin), int(end)))

    def rows(self, wanted: NDArray[Any] | slice) -> "Stream":
        """Return some of the payments."""
        columns = {name: column[wanted] for name, column in self.columns.items()}
        events = self.events.take(wanted)
        return Stream(self.case, columns, events, self.is_fraud[wanted], self.reported[wanted])

    @property
    def note(self) -> str:
        """What every report on this stream has to say."""
        case = self.case
        return (
            f"synthetic payments, generator version {VERSION}, seed {case.seed},"
            f" {len(self)} rows; metrics say nothing about real fraud"
        )


def generate(size: str, seed: int = 1) -> Stream:
    """Return the usual stream of a size: tiny, small or demo.

    Raises:
        ValueError: There is no such size.
    """
    return simulate(scenario(size, seed))


def simulate(case: Scenario) -> Stream:
    """Return the stream of a scenario."""
    world = build_world(case)
    events = happen(case, world)
    is_fraud = draw_labels(events, case.rng("labels"))
    reported = draw_reports(events, is_fraud, case.rng("reports"))
    found = dict(_columns(case, world, events, reported))
    columns = {field.name: found[field.name] for field in FIELDS}
    return Stream(case, columns, events, is_fraud, reported)


def happen(case: Scenario, world: World) -> Events:
    """Return all payments of a scenario in their order."""
    parts = episodes(case, world)
    rng = case.rng("duplicates")
    copies = round(case.dirt.duplicates * case.payments)
    usual = ordinary(case, world, case.payments - copies - sum(map(len, parts)))
    rows = rng.integers(0, len(usual), copies)
    again = duplicated(usual, rows, rng.integers(0, 2 * MINUTE, copies))
    events = merge([usual, again, *parts])
    return replace(events, probability=with_denials(events, world))


def _columns(
    case: Scenario, world: World, events: Events, reported: Integers
) -> Iterator[tuple[str, NDArray[Any]]]:
    suspicion = np.where(events.episode < 0, 0.0, events.probability)
    past = replay(events, reported)
    numbers = {**past, **measures(events, world, past, suspicion, case)}
    lost = missing_rows(case, events.time)
    yield from soil_numbers(numbers, SOURCES, lost, case, events.time)
    yield from soil_texts(texts(events, world, case), case)
    yield from booleans(events, world, suspicion, case).items()
    yield from _times(case, world, events)


def _times(case: Scenario, world: World, events: Events) -> Iterator[tuple[str, NDArray[Any]]]:
    rng = case.rng("times")
    count = len(events)
    opened = _shown_opening(events, world)
    shown = opened.astype("M8[ms]")
    shown[chance(rng, count, case.dirt.no_text)] = np.datetime64("NaT")
    yield "event_time", events.time.astype("M8[ms]")
    yield "account_created_time", shown
    login = events.time - (rng.exponential(3.0, count) * DAY).astype(np.int64)
    # Zero, which is 1970, is what a store says of an account that never logged in.
    login = np.where(chance(rng, count, 0.01), 0, login).astype(np.float64)
    yield "last_login_ms", np.where(chance(rng, count, case.dirt.no_text), np.nan, login)


def _shown_opening(events: Events, world: World) -> Integers:
    """Return when accounts were opened, as the store has it.

    Some accounts were moved from elsewhere and say 1970; a few paid first when they were exactly
    seven days old, or one, or thirty.
    """
    accounts = len(world.accounts.opened)
    opened = world.accounts.opened.copy()
    rows, first = np.unique(events.account, return_index=True)
    paid = np.full(accounts, -1)
    paid[rows] = events.time[first]
    for remainder, days in ((3, 7), (5, 1), (8, 30)):
        exact = (np.arange(accounts) % 97 == remainder) & (paid >= 0)
        opened[exact] = paid[exact] - days * DAY
    opened[np.arange(accounts) % 199 == 11] = 0  # noqa: PLR2004  # any account of 199
    return opened[events.account]


__all__ = ["NEVER", "Stream", "generate", "happen", "simulate"]
