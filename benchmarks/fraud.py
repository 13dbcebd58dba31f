"""The case: 100 raw features of a payment, 200 inputs of a fraud model, all with synthetic data.

The logic is written in the expression language; what a fit finds in the data (medians, scales,
edges, mean targets of 5 772 levels and of crosses) stands beside it as parameters. Data and fits
follow from a seed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from modelspec.expressions.parameters import (
    Affine,
    Edges,
    Imputation,
    Key,
    LookupTable,
    Parameter,
)
from modelspec.expressions.program import DerivedFeature, RawFeature
from modelspec.expressions.types import (
    BOOL,
    FLOAT64,
    INT64,
    TIMESTAMP,
    Boundary,
    Kind,
    string,
)

Row: TypeAlias = dict[str, Any]
"""A raw feature by name, as JSON has it."""

Rng: TypeAlias = np.random.Generator

NUMBERS = tuple(f"n{index:02}" for index in range(60))
NORMAL, AMOUNTS, COUNTS, AGES = NUMBERS[:20], NUMBERS[20:40], NUMBERS[40:55], NUMBERS[55:]

ONE_HOT = ("c00", "c01", "c02")
ONE_HOT_LEVELS = ("Visa", "Amex", "Sepa", "Klarna", "Giro", "Cash", "Cheque", "Wire", "Gift", "X")

_LEVEL_COUNTS = (
    *(10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120),
    *(150, 200, 250, 300, 400, 500, 600, 900, 910, 1000),
)
LEVELS: Mapping[str, int] = {
    f"c{index:02}": count for index, count in enumerate(_LEVEL_COUNTS, start=len(ONE_HOT))
}
"""The categories that are encoded by their mean target, with their numbers of levels."""

CATEGORIES = (*ONE_HOT, *LEVELS)
BOOLEANS = tuple(f"b{index}" for index in range(10))
DEVICES = tuple(f"{system} {release}" for system in ("iOS", "Android") for release in range(9, 19))
DOMAINS = tuple(f"mail{index}.example" for index in range(40))

CROSSES = (("c00", "c03"), ("c01", "c04"), ("c02", "c05"), ("device", "c06"))

SMOOTHING = 20.0
"""How many rows of the overall mean every level is given; keeps rare levels near it."""

_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Sample:
    """Payments, and whether each was fraud."""

    rows: list[Row]
    labels: NDArray[np.int64]

    def column(self, name: str) -> list[Any]:
        """Return the values of one raw feature."""
        return [row[name] for row in self.rows]


def generate(count: int, seed: int) -> Sample:
    """Return *count* payments; the first 1000 show every level of every category."""
    rng = np.random.default_rng(seed)
    columns = dict(_columns(count, rng))
    rows = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    risk = np.array([(row["n20"] or 0.0) / 400 + (row["b0"] is True) for row in rows]) - 2.0
    return Sample(rows, (rng.random(count) < 1 / (1 + np.exp(-risk))).astype(np.int64))


def _columns(count: int, rng: Rng) -> Iterator[tuple[str, list[Any]]]:
    yield from _numbers(count, rng)
    for name in ONE_HOT:
        yield name, _some(ONE_HOT_LEVELS, count, rng)
    for name, levels in LEVELS.items():
        yield (
            name,
            _mixed_case(_some([f"level{level}" for level in range(levels)], count, rng), rng),
        )
    for name in BOOLEANS:
        yield name, (rng.random(count) < 0.3).tolist()  # noqa: PLR2004  # a share
    yield from _circumstances(count, rng)


def _numbers(count: int, rng: Rng) -> Iterator[tuple[str, list[Any]]]:
    shapes = (
        (NORMAL, lambda: rng.normal(rng.uniform(-5, 50), rng.uniform(1, 20), count)),
        (AMOUNTS, lambda: rng.lognormal(rng.uniform(2, 5), 1.2, count)),
        (COUNTS, lambda: rng.poisson(rng.uniform(1, 9), count).astype(float)),
        (AGES, lambda: rng.exponential(rng.uniform(30, 300), count)),
    )
    for names, draw in shapes:
        for name in names:
            yield name, _with_nulls(draw().round(4).tolist(), 0.15, rng)


def _circumstances(count: int, rng: Rng) -> Iterator[tuple[str, list[Any]]]:
    now = [_START + timedelta(milliseconds=int(t)) for t in rng.integers(0, 10**10, count)]
    yield "event_time", [_spell(time) for time in now]
    ages = [timedelta(milliseconds=int(age)) for age in rng.integers(0, 10**11, count)]
    opened = [_spell(time - age) for time, age in zip(now, ages, strict=True)]
    yield "opened_at", _with_nulls(opened, 0.02, rng)
    waits = rng.integers(0, 10**9, count).tolist()
    logins = [int(t.timestamp() * 1000) - wait for t, wait in zip(now, waits, strict=True)]
    yield "login_ms", _with_nulls(logins, 0.02, rng)
    names = rng.integers(0, 10**6, count).tolist()
    domains = rng.choice(DOMAINS, count).tolist()
    emails = [f"user{name}@{domain}" for name, domain in zip(names, domains, strict=True)]
    yield "email", _with_nulls(emails, 0.02, rng)
    yield "device", _some(DEVICES, count, rng)


def _spell(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _some(levels: Sequence[str], count: int, rng: Rng) -> list[str | None]:
    """Return levels: each once, then by chance, the first ones more often."""
    drawn = (len(levels) * rng.random(max(0, count - len(levels))) ** 2).astype(np.int64)
    listed = [*levels, *(levels[position] for position in drawn.tolist())][:count]
    return [*listed[: len(levels)], *_with_nulls(listed[len(levels) :], 0.02, rng)]


def _mixed_case(texts: list[str | None], rng: Rng) -> list[str | None]:
    upper = (rng.random(len(texts)) < 0.5).tolist()  # noqa: PLR2004  # a share
    return [text.upper() if text and up else text for text, up in zip(texts, upper, strict=True)]


def _with_nulls(values: Sequence[Any], share: float, rng: Rng) -> list[Any]:
    lost = (rng.random(len(values)) < share).tolist()
    return [None if gone else value for value, gone in zip(values, lost, strict=True)]


def encode_rows(rows: Sequence[Row]) -> list[bytes]:
    """Return each row as the body of a request."""
    return [json.dumps(row, separators=(",", ":")).encode() for row in rows]


FEATURES: tuple[RawFeature, ...] = (
    *(RawFeature(name, FLOAT64.optional()) for name in NUMBERS),
    *(RawFeature(name, string(64).optional()) for name in CATEGORIES),
    *(RawFeature(name, BOOL.optional()) for name in BOOLEANS),
    RawFeature("event_time", TIMESTAMP, required=True),
    RawFeature("opened_at", TIMESTAMP.optional()),
    RawFeature("login_ms", INT64.optional()),
    RawFeature("email", string(254).optional()),
    RawFeature("device", string(64).optional()),
)
"""The raw features in the order of a row."""

KNOWN: Mapping[str, str] = {f"{name}_known": f"impute({name}, {name}_median)" for name in NUMBERS}
"""Numbers with what stands in for missing ones; others are derived from these."""

COMBINATIONS = (
    "b0 and not b1",
    "b2 or b3",
    "n20 > 500.0 and c00 != c01",
    "(is_null(n55) or n55 < 7.0) and n21 > 200.0",
    "b4 and n22_known > 100.0",
    'c02 in ["Wire", "Gift"] and event_hour < 6',
)

GROUPS: Mapping[str, Mapping[str, str]] = {
    "null default, scale": {
        f"{name}_scaled": f"affine({name}_known, {name}_scale)" for name in NUMBERS
    },
    "missing flag": {f"{name}_missing": f"indicator(is_null({name}))" for name in NORMAL},
    "clip, log1p": {
        f"{name}_log": f"log1p(clip({name}_known, 0.0, 1000000.0))" for name in AMOUNTS
    },
    "ratio": {
        f"{above}_per_{below}": f"coalesce({above} / {below}, 0.0)"
        for above, below in zip(AMOUNTS, COUNTS, strict=False)
    },
    "bucketize": {f"{name}_bin": f"bucketize({name}_known, {name}_edges)" for name in AGES},
    "equality": {
        f"{name}_is_{level.lower()}": f'indicator({name} == "{level}")'
        for name in ONE_HOT
        for level in ONE_HOT_LEVELS
    },
    "lower, lookup": {f"{name}_risk": f"lookup(lower({name}), {name}_risks)" for name in LEVELS},
    "cross, lookup": {
        f"{a}_{b}_risk": f'lookup(concat(lower({a}), "|", lower({b})), {a}_{b}_risks)'
        for a, b in CROSSES
    },
    "boolean": {f"{name}_set": f"indicator({name})" for name in BOOLEANS},
    "combination": {
        f"combination_{index}": f"indicator({text})" for index, text in enumerate(COMBINATIONS)
    },
    "time": {
        "hour": "event_hour",
        "weekday": "day_of_week(event_time)",
        "hour_sin": "cyclic_sin(event_hour, 24.0)",
        "hour_cos": "cyclic_cos(event_hour, 24.0)",
        "account_days": "coalesce(days_between(opened_at, event_time), -1.0)",
    },
    "e-mail, login": {
        "domain_risk": "lookup(domain_of_email(email), domain_risks)",
        "email_length": "coalesce(length(email), 0)",
        "login_hours": "coalesce((epoch_seconds(event_time) - login_ms / 1000.0) / 3600.0, -1.0)",
    },
}
"""The inputs of the model: name and text, group by group."""

OUTPUTS = tuple(name for group in GROUPS.values() for name in group)

DERIVED: tuple[DerivedFeature, ...] = (
    *(DerivedFeature(name, text, Boundary.FLOAT64) for name, text in KNOWN.items()),
    DerivedFeature("event_hour", "hour(event_time)", Boundary.INT64),
    *(
        DerivedFeature(name, text, Boundary.FLOAT32)
        for group in GROUPS.values()
        for name, text in group.items()
    ),
)
"""The logic."""


def fit_parameters(sample: Sample) -> dict[str, Parameter]:
    """Return what the logic takes from data, fitted the way scikit-learn does it."""
    return dict([*_fit_numbers(sample), *_fit_categories(sample)])


def _fit_numbers(sample: Sample) -> Iterator[tuple[str, Parameter]]:
    for name in NUMBERS:
        values = np.array(sample.column(name), dtype=float)
        median = float(np.nanmedian(values))
        known = np.where(np.isnan(values), median, values)
        yield f"{name}_median", Imputation(median)
        yield f"{name}_scale", Affine(float(known.mean()), float(known.std()))
        if name in AGES:
            edges = np.quantile(known, [0.1, 0.3, 0.5, 0.7, 0.9])
            yield f"{name}_edges", Edges(tuple(edges.tolist()))


def _fit_categories(sample: Sample) -> Iterator[tuple[str, Parameter]]:
    lowered = {name: _lowered(sample.column(name)) for name in (*CATEGORIES, "device")}
    for name in LEVELS:
        yield f"{name}_risks", fit_means(lowered[name], sample.labels)
    for a, b in CROSSES:
        pairs = zip(lowered[a], lowered[b], strict=True)
        keys = [None if x is None or y is None else f"{x}|{y}" for x, y in pairs]
        yield f"{a}_{b}_risks", fit_means(keys, sample.labels)
    domains = [email and email.split("@")[1] for email in sample.column("email")]
    yield "domain_risks", fit_means(domains, sample.labels)


def _lowered(texts: list[Any]) -> list[Any]:
    return [text and text.lower() for text in texts]


def fit_means(keys: Sequence[str | None], labels: NDArray[np.int64]) -> LookupTable:
    """Return the smoothed mean target of every key, null among them."""
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    codes = np.array([numbers[key] for key in keys])
    mean = float(labels.mean())
    sums = np.bincount(codes, weights=labels) + SMOOTHING * mean
    means = (sums / (np.bincount(codes) + SMOOTHING)).tolist()
    found = dict(zip(numbers, means, strict=True))
    entries: dict[Key, float] = {key: value for key, value in found.items() if key is not None}
    return LookupTable(Kind.STRING, entries, default=mean, missing=found.get(None))
