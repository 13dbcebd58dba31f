"""Scores and bands from data: points of a scorecard, and edges that give the rates people want."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, log
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

Document: TypeAlias = dict[str, Any]
Integers: TypeAlias = NDArray[np.int64]


_SLACK = 1e-12
"""More than rounding can move a share."""

_RARE = 1e-12
"""The least probability that points are told apart for."""


class BandError(ValueError):
    """Bands that cannot be had from these scores; says why."""


@dataclass(frozen=True)
class Reached:
    """Bands, and the share of the rows that each has."""

    document: Document
    """``spec.postprocessing.bands``."""

    rates: Mapping[str, float]

    bad_rates: Mapping[str, float] | None = None
    """Share of bad outcomes in each band, where these are known; NaN in one without rows."""

    @override
    def __repr__(self) -> str:
        """Return where each band begins, its share, and how much of it is bad."""
        shown = (
            f"{item['name']} from {item['from']} ({self._shares(item['name'])})"
            for item in self.document["ranges"]
        )
        return f"<bands of {self.document['outputName']}: {', '.join(shown)}>"

    def _shares(self, name: str) -> str:
        bad = f", {self.bad_rates[name]:.2%} bad" if self.bad_rates else ""
        return f"{self.rates[name]:.2%}{bad}"


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
    _demand_distinct([rest, *rates])
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


def bands_by_bad_rate(
    output: str,
    scores: Any,
    labels: Any,
    targets: Mapping[str, float],
    *,
    rest: str = "Approve",
    lowest: int = 0,
) -> Reached:
    """Return bands from the highest scores down, each as wide as its target rate of bad outcomes.

    That is the precision that a band has to have: it begins at the lowest score from which on at
    least that share of its rows is bad.

    Args:
        output: Name of the Int64 output.
        scores: Its values, shape ``(rows,)``.
        labels: What happened, 1 for a bad outcome, 0 for a good one.
        targets: Least share of bad outcomes in each band, that of the highest scores first.
        rest: Name of the band below.
        lowest: The lowest value that the output can have.

    Raises:
        BandError: A target is no share, or no scores reach it, or nothing is left for *rest*.
    """
    found, bad = _read(scores, lowest), _read_labels(scores, labels)
    _demand_distinct([rest, *targets])
    if not targets or min(targets.values()) <= 0.0 or max(targets.values()) > 1.0:
        raise BandError("targets must be shares, above 0 and at most 1; at least one")
    edges: list[int] = []
    above = int(found.max()) + 1
    for name, target in targets.items():
        above = _precise_edge(name, found[found < above], bad[found < above], target)
        edges.append(above)
    if above <= lowest:
        raise BandError(f"everything would be '{name}', nothing '{rest}'; raise its target")
    names = [rest, *reversed(list(targets))]
    starts = dict(zip(names, [lowest, *reversed(edges)], strict=True))
    return reached(output, found, starts, bad)


def _precise_edge(name: str, scores: Integers, bad: Integers, target: float) -> int:
    """Return the lowest score from which on at least this share is bad."""
    distinct, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    sums = np.bincount(places, bad, len(distinct))
    rates = np.cumsum(sums[::-1]) / np.cumsum(counts[::-1])
    fitting = np.flatnonzero(rates >= target - _SLACK)
    if not len(fitting):
        most = f"{rates.max():.4f} is the most" if len(rates) else "no score is left"
        raise BandError(f"{name}: no band has a bad rate of {target}, {most}; ask for less")
    return int(distinct[::-1][fitting[-1]])


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
    _demand_distinct(names)
    if not shares or min(shares) <= 0.0 or max(shares) >= 1.0:
        raise BandError(f"edges must be shares between 0 and 1, got {list(shares)}")
    edges = np.ceil(np.quantile(found, list(shares))).astype(np.int64).tolist()
    return reached(output, found, dict(zip(names, [lowest, *edges], strict=True)))


def reached(output: str, scores: Any, starts: Mapping[str, int], labels: Any = None) -> Reached:
    """Return bands that begin at these scores, with the share that each has.

    Args:
        output: Name of the Int64 output.
        scores: Its values, shape ``(rows,)``.
        starts: The lowest score of each band, ascending.
        labels: What happened, 1 for a bad outcome; the share of these is told for each band.

    Raises:
        BandError: They do not ascend, or a score is below all of them.
    """
    edges = list(starts.values())
    if any(after <= before for before, after in pairwise(edges)):
        raise BandError(f"bands must begin at ascending scores, got {edges}")
    found = _read(scores, edges[0])
    places = np.searchsorted(edges, found, side="right") - 1
    counts = np.bincount(places, minlength=len(edges))
    ranges = [{"name": name, "from": start, "action": name} for name, start in starts.items()]
    bad_rates = None
    if labels is not None:
        bad = np.bincount(places, _read_labels(scores, labels), len(edges))
        with np.errstate(invalid="ignore"):
            bad_rates = dict(zip(starts, map(float, bad / counts), strict=True))
    return Reached(
        {"outputName": output, "ranges": ranges},
        dict(zip(starts, map(float, counts / len(found)), strict=True)),
        bad_rates,
    )


def points_expression(
    probability: str,
    *,
    base: float = 600.0,
    odds: float = 50.0,
    doubling: float = 20.0,
    limits: tuple[int, int] | None = None,
) -> str:
    """Return the points of a scorecard for a probability of the bad outcome.

    A scorecard has *base* points where the good outcome is *odds* times as likely as the bad one,
    and *doubling* more where it is twice as likely (Siddiqi, 2006).

    Args:
        probability: An expression, as ``calibrated``.
        base: Points at these odds.
        odds: Good to bad.
        doubling: Points that double the odds.
        limits: Fewest and most points. Without them a probability of 0 or 1, which isotonic
            calibration gives, has no points: it is null. With them it is taken for 1e-12 and
            ``1 - 1e-12``.

    Raises:
        BandError: The odds are not positive, points do not double them, or limits do not ascend.
    """
    if not (odds > 0.0 and isfinite(odds) and isfinite(base) and isfinite(doubling) and doubling):
        raise BandError("`odds` must be positive, `doubling` not 0, and all finite")
    factor = doubling / log(2.0)
    offset = base - factor * log(odds)
    if limits is None:
        return f"to_int(round({offset!r} - {factor!r} * logit({probability})))"
    fewest, most = limits
    if fewest >= most:
        raise BandError(f"`limits` must ascend, got {limits}")
    likely = f"clip({probability}, {_RARE!r}, {1.0 - _RARE!r})"
    points = f"round({offset!r} - {factor!r} * logit({likely}))"
    return f"to_int(clip({points}, {float(fewest)!r}, {float(most)!r}))"


def _read(scores: Any, lowest: int) -> Integers:
    found = np.asarray(scores)
    if not len(found) or not np.issubdtype(found.dtype, np.integer):
        raise BandError("scores must be integers, at least one; bands are of an Int64 output")
    if found.min() < lowest:
        raise BandError(f"{found.min()} is below the lowest score {lowest}")
    return found.astype(np.int64)


def _read_labels(scores: Any, labels: Any) -> Integers:
    found = np.asarray(labels)
    if found.shape != np.shape(scores) or not np.isin(found, (0, 1)).all():
        raise BandError("labels must be 0 or 1, one for each score")
    return found.astype(np.int64)


def _demand_distinct(names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        raise BandError(f"two bands have one name, got {list(names)}; a name is that of one")


def _edge(scores: Integers, above: int, rate: float) -> int:
    """Return the lowest score at which a band below *above* has no more than its share."""
    distinct, counts = np.unique(scores[scores < above], return_counts=True)
    shares = np.cumsum(counts[::-1]) / len(scores)
    fitting = int(np.searchsorted(shares, rate + _SLACK, side="right"))
    return int(distinct[::-1][fitting - 1]) if fitting else above
