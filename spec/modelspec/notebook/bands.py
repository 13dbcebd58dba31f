"""Scores and bands from data: points of a scorecard, and edges that give the rates people want."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

Document: TypeAlias = dict[str, Any]
Integers: TypeAlias = NDArray[np.int64]


class BandError(ValueError):
    """Bands that cannot be had from these scores; says why."""


@dataclass(frozen=True)
class Reached:
    """Bands, and the share of the rows that each has."""

    document: Document
    """``spec.postprocessing.bands``."""

    rates: Mapping[str, float]

    @override
    def __repr__(self) -> str:
        """Return where each band begins, and its share."""
        ranges = self.document["ranges"]
        shown = (
            f"{item['name']} from {item['from']} ({self.rates[item['name']]:.2%})"
            for item in ranges
        )
        return f"<bands of {self.document['outputName']}: {', '.join(shown)}>"


def bands_by_rate(
    output: str, scores: Any, rates: Mapping[str, float], *, rest: str = "Approve", lowest: int = 0
) -> Reached:
    """Return bands from the highest scores down, each with at most the share that is wanted.

    Edges are integers, and rows with the same score are never separated: a band has the largest
    share that is not above its target.

    Args:
        output: Name of the Int64 output.
        scores: Its values for rows like those to come, shape ``(rows,)``.
        rates: Share of the rows for each band, that of the highest scores first.
        rest: Name of the band below.
        lowest: The lowest value that the output can have.

    Raises:
        BandError: The shares are none, or a band would have no row.
    """
    found = _read(scores, lowest)
    if not rates or min(rates.values()) <= 0.0 or sum(rates.values()) >= 1.0:
        raise BandError("rates must be positive, and less than 1 together")
    edges: list[int] = []
    above = int(found.max()) + 1
    for name, rate in rates.items():
        edge = _edge(found, above, rate)
        if edge >= above:
            share = float((found == found[found < above].max(initial=lowest)).mean())
            raise BandError(
                f"{name}: a rate of {rate} is below the {share:.4f} of the rows that share one"
                " score; ask for more, or make the score finer"
            )
        edges.append(edge)
        above = edge
    names = [rest, *reversed(list(rates))]
    return reached(output, found, dict(zip(names, [lowest, *reversed(edges)], strict=True)))


def bands_by_quantile(
    output: str, scores: Any, shares: Sequence[float], names: Sequence[str], *, lowest: int = 0
) -> Reached:
    """Return bands that begin at quantiles of the scores, the lowest band first.

    Args:
        output: Name of the Int64 output.
        scores: Its values, shape ``(rows,)``.
        shares: Where the bands after the first begin, as shares of the rows below, ascending.
        names: One more than there are shares.
        lowest: The lowest value that the output can have.

    Raises:
        BandError: Two bands would begin at the same score.
    """
    found = _read(scores, lowest)
    if len(names) != len(shares) + 1:
        raise BandError(
            f"{len(shares)} edges make {len(shares) + 1} bands, got {len(names)} names"
        )
    edges = np.ceil(np.quantile(found, list(shares))).astype(np.int64).tolist()
    return reached(output, found, dict(zip(names, [lowest, *edges], strict=True)))


def reached(output: str, scores: Any, starts: Mapping[str, int]) -> Reached:
    """Return bands that begin at these scores, with the share that each has.

    Raises:
        BandError: They do not ascend.
    """
    edges = list(starts.values())
    if any(after <= before for before, after in pairwise(edges)):
        raise BandError(f"bands must begin at ascending scores, got {edges}")
    found = np.asarray(scores)
    places = np.searchsorted(edges, found, side="right") - 1
    shares = np.bincount(places, minlength=len(edges)) / len(found)
    ranges = [{"name": name, "from": start, "action": name} for name, start in starts.items()]
    return Reached(
        {"outputName": output, "ranges": ranges},
        dict(zip(starts, map(float, shares), strict=True)),
    )


def points_expression(
    probability: str, *, base: float = 600.0, odds: float = 50.0, doubling: float = 20.0
) -> str:
    """Return the points of a scorecard for a probability of the bad outcome.

    A scorecard has *base* points where the good outcome is *odds* times as likely as the bad one,
    and *doubling* more where it is twice as likely (Siddiqi, 2006).

    Args:
        probability: An expression, as ``calibrated``.
        base: Points at these odds.
        odds: Good to bad.
        doubling: Points that double the odds.
    """
    factor = doubling / log(2.0)
    offset = base - factor * log(odds)
    return f"to_int(round({offset!r} - {factor!r} * logit({probability})))"


def _read(scores: Any, lowest: int) -> Integers:
    found = np.asarray(scores)
    if not len(found) or not np.issubdtype(found.dtype, np.integer):
        raise BandError("scores must be integers, at least one; bands are of an Int64 output")
    if found.min() < lowest:
        raise BandError(f"{found.min()} is below the lowest score {lowest}")
    return found.astype(np.int64)


def _edge(scores: Integers, above: int, rate: float) -> int:
    """Return the lowest score at which a band below *above* has no more than its share."""
    distinct, counts = np.unique(scores[scores < above], return_counts=True)
    shares = np.cumsum(counts[::-1]) / len(scores)
    fitting = int(np.searchsorted(shares, rate + 1e-12, side="right"))
    return int(distinct[::-1][fitting - 1]) if fitting else above
