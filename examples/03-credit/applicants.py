"""Synthetic applicants for a loan: who they are, and whether they would pay back.

Everything follows from a seed. The shares, effects and correlations are made up; they exercise a
scorecard, and say nothing about people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

VERSION = 1
"""Of the generator; other numbers for the same seed are another version."""

Floats = NDArray[np.float64]
Rng = np.random.Generator

HOMES = ("own", "mortgage", "rent", "parents", "other")
_HOME_SHARES = (0.18, 0.30, 0.38, 0.11, 0.03)
_HOME_RISK = np.array([-0.5, -0.3, 0.15, 0.3, 0.5])

PURPOSES = ("car", "furniture", "refinancing", "education", "business", "travel")
_PURPOSE_SHARES = (0.32, 0.2, 0.24, 0.08, 0.09, 0.07)
_PURPOSE_RISK = np.array([-0.2, 0.0, 0.25, -0.1, 0.45, 0.2])

BAD_RATE = -2.3
"""The log odds of a usual applicant not to pay back."""


@dataclass(frozen=True)
class Applicants:
    """What applicants say and a bureau knows, and what became of their loans."""

    columns: Mapping[str, NDArray[Any]]
    """Fields by name; NaN and None where there is nothing."""

    is_bad: NDArray[np.bool_]
    """Whether the loan is 90 days past due within a year."""

    probability: Floats
    """The true probability of that, which no score can improve on."""

    seed: int

    def __len__(self) -> int:
        """Return how many applicants there are."""
        return len(self.is_bad)

    @property
    def note(self) -> str:
        """What every report on these applicants has to say."""
        return (
            f"synthetic applicants, generator version {VERSION}, seed {self.seed},"
            f" {len(self)} rows; metrics say nothing about real credit"
        )


def generate(count: int, seed: int = 1) -> Applicants:
    """Return applicants in no order."""
    rng = np.random.Generator(np.random.PCG64(seed))
    thrift = rng.normal(0.0, 1.0, count)
    home = rng.choice(len(HOMES), count, p=_HOME_SHARES)
    purpose = rng.choice(len(PURPOSES), count, p=_PURPOSE_SHARES)
    numbers = _numbers(thrift, rng)
    risk = _risk(numbers, thrift) + _HOME_RISK[home] + _PURPOSE_RISK[purpose]
    probability = 1.0 / (1.0 + np.exp(-(BAD_RATE + risk)))
    columns = {
        **{name: _lost(values, name, rng) for name, values in numbers.items()},
        "home": _words(HOMES, home, rng),
        "purpose": _words(PURPOSES, purpose, rng),
        "is_insolvent": rng.random(count) < 0.012 * np.exp(-thrift),
    }
    return Applicants(columns, rng.random(count) < probability, probability, seed)


def _numbers(thrift: Floats, rng: Rng) -> dict[str, Floats]:
    count = len(thrift)
    age = np.clip(rng.gamma(7.0, 6.0, count), 17.0, 90.0)
    income = np.exp(rng.normal(7.75 + 0.12 * thrift, 0.42))
    amount = np.exp(rng.normal(8.6, 0.7, count))
    used = 1.0 / (1.0 + np.exp(0.4 + 0.8 * thrift - rng.normal(0.0, 0.9, count)))
    return {
        "age": np.floor(age),
        "income": np.round(income, -1),
        "job_years": np.round(np.minimum(rng.exponential(6.0, count), age - 16.0), 1),
        "amount": np.round(amount, -2),
        "months": rng.choice([12.0, 24.0, 36.0, 48.0, 60.0, 84.0], count),
        "limit_used": np.round(used, 3),
        "inquiries_6m": rng.poisson(np.exp(0.1 - 0.35 * thrift)).astype(np.float64),
        "late_payments": rng.poisson(np.exp(-1.3 - 0.8 * thrift)).astype(np.float64),
        "oldest_line_years": np.round(np.maximum(0.0, (age - 20.0) * rng.random(count)), 1),
    }


def _risk(numbers: Mapping[str, Floats], thrift: Floats) -> Floats:
    """Return log odds: part of them shows in the numbers, part does not."""
    burden = numbers["amount"] / numbers["months"] / numbers["income"]
    return (
        -0.55 * thrift
        - 0.02 * (numbers["age"] - 40.0)
        - 0.05 * np.minimum(numbers["job_years"], 10.0)
        + 2.2 * np.minimum(burden, 0.5)
        + 0.9 * numbers["limit_used"]
        + 0.13 * np.minimum(numbers["inquiries_6m"], 6.0)
        + 0.45 * np.minimum(numbers["late_payments"], 4.0)
    )


_LOST = {"job_years": 0.06, "limit_used": 0.1, "oldest_line_years": 0.1, "inquiries_6m": 0.02}
"""How often there is nothing; the bureau's numbers for who never had a loan."""


def _lost(values: Floats, name: str, rng: Rng) -> Floats:
    return np.where(rng.random(len(values)) < _LOST.get(name, 0.0), np.nan, values)


def _words(words: tuple[str, ...], places: NDArray[Any], rng: Rng) -> NDArray[Any]:
    """Return words as people type them: some in capitals, some not at all."""
    capital = rng.random(len(places)) < 0.3  # noqa: PLR2004  # a share
    none = rng.random(len(places)) < 0.02  # noqa: PLR2004  # a share
    forms = np.array([*words, *(word.upper() for word in words), None], dtype=object)
    found: NDArray[Any] = forms[np.where(none, 2 * len(words), places + capital * len(words))]
    return found
