"""Bands from data: edges that give the rates that people want, or the next lower ones."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import modelspec as ms
from modelspec.notebook.bands import (
    BandError,
    bands_by_bad_rate,
    bands_by_quantile,
    bands_by_rate,
    points_expression,
    reached,
)
from support.effort import examples

SCORES = np.repeat(np.arange(100), 10)


def test_rates_become_edges_from_above() -> None:
    found = bands_by_rate("score", SCORES, {"Decline": 0.05, "Review": 0.2})

    assert found.document == {
        "outputName": "score",
        "ranges": [
            {"name": "Approve", "from": 0, "action": "Approve"},
            {"name": "Review", "from": 75, "action": "Review"},
            {"name": "Decline", "from": 95, "action": "Decline"},
        ],
    }
    assert found.rates == {"Approve": 0.75, "Review": 0.2, "Decline": 0.05}
    assert "Decline from 95 (5.00%)" in repr(found)


def test_rows_with_one_score_are_never_separated() -> None:
    found = bands_by_rate("score", [1, 1, 1, 2, 2, 3], {"High": 0.4})

    assert [item["from"] for item in found.document["ranges"]] == [0, 3]


@examples(80)
@given(st.lists(st.integers(0, 30), min_size=5, max_size=200), st.floats(0.05, 0.6))
def test_a_band_has_the_largest_share_that_is_not_above_its_rate(
    scores: list[int], rate: float
) -> None:
    try:
        found = bands_by_rate("score", scores, {"High": rate})
    except BandError:
        assert scores.count(max(scores)) / len(scores) > rate or min(scores) == max(scores)
        return
    edge = found.document["ranges"][1]["from"]
    lower = [score for score in scores if score < edge]
    share = found.rates["High"]

    assert share <= rate + 1e-9
    assert not lower or share + lower.count(max(lower)) / len(scores) > rate


@pytest.mark.parametrize(
    ("scores", "rates", "refusal"),
    [
        ([5, 5, 5], {"High": 0.1}, "High: a rate of 0.1 is below the 1.0000"),
        ([1, 2], {"High": 1.0}, "less than 1 together"),
        ([1, 2], {}, "less than 1 together"),
        ([0.5, 0.7], {"High": 0.5}, "must be integers"),
        ([-1, 2], {"High": 0.5}, "-1 is below the lowest score 0"),
    ],
    ids=["one score", "all", "none", "floats", "lowest"],
)
def test_rates_that_cannot_be_had_are_refused(
    scores: list[int], rates: dict[str, float], refusal: str
) -> None:
    with pytest.raises(BandError, match=refusal):
        bands_by_rate("score", scores, rates)


def test_quantiles_become_edges_from_below() -> None:
    found = bands_by_quantile("score", SCORES, [0.5, 0.9], ["A", "B", "C"])

    assert [item["from"] for item in found.document["ranges"]] == [0, 50, 90]
    assert found.rates["A"] == pytest.approx(0.5)


def test_bands_that_do_not_ascend_are_refused() -> None:
    with pytest.raises(BandError, match=r"\[0, 5, 5\]"):
        reached("score", SCORES, {"A": 0, "B": 5, "C": 5})
    with pytest.raises(BandError, match="2 edges make 3 bands, got 2 names"):
        bands_by_quantile("score", SCORES, [0.5, 0.9], ["A", "B"])


@pytest.mark.parametrize(
    ("shares", "names", "refusal"),
    [
        ([0.5], ["A", "A"], "two bands have one name"),
        ([1.5], ["A", "B"], "between 0 and 1"),
        ([], ["A"], "between 0 and 1"),
    ],
    ids=["names", "share", "none"],
)
def test_quantiles_that_are_none_are_refused(
    shares: list[float], names: list[str], refusal: str
) -> None:
    with pytest.raises(BandError, match=refusal):
        bands_by_quantile("score", SCORES, shares, names)


def test_a_name_is_that_of_one_band() -> None:
    with pytest.raises(BandError, match="two bands have one name"):
        bands_by_rate("score", SCORES, {"Approve": 0.1})


def test_a_score_below_all_bands_is_refused() -> None:
    with pytest.raises(BandError, match="1 is below the lowest score 2"):
        reached("score", [1, 2, 3], {"A": 2, "B": 3})


LABELS = np.array([int(row % 100 < score) for row, score in enumerate(np.repeat(SCORES, 10))])
"""As many bad outcomes in a hundred as the score says."""


def test_bad_rates_become_edges_from_above() -> None:
    scores = np.repeat(SCORES, 10)
    found = bands_by_bad_rate("score", scores, LABELS, {"Decline": 0.9, "Review": 0.5})

    # 81 to 99 are 0.9 in the mean; 20 to 80 are 0.5.
    assert {item["name"]: item["from"] for item in found.document["ranges"]} == {
        "Approve": 0,
        "Review": 20,
        "Decline": 81,
    }
    assert found.bad_rates is not None
    assert found.bad_rates["Decline"] == pytest.approx(0.9)
    assert found.bad_rates["Review"] == pytest.approx(0.5)
    assert found.bad_rates["Approve"] == pytest.approx(0.095)
    assert "Decline from 81 (19.00%, 90.00% bad)" in repr(found)


@examples(80)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 1)), min_size=3, max_size=80),
    st.floats(0.05, 1.0),
)
def test_a_band_is_as_wide_as_its_bad_rate_allows(
    rows: list[tuple[int, int]], target: float
) -> None:
    scores, labels = map(list, zip(*rows, strict=True))

    def rate(edge: int) -> float:
        inside = [label for score, label in rows if score >= edge]
        return sum(inside) / len(inside)

    wanted = [edge for edge in set(scores) if rate(edge) >= target]
    try:
        found = bands_by_bad_rate("score", scores, labels, {"High": target}, lowest=-1)
    except BandError:
        assert not wanted
        return
    assert found.document["ranges"][1]["from"] == min(wanted)


@pytest.mark.parametrize(
    ("scores", "labels", "targets", "refusal"),
    [
        ([1, 2], [0, 0], {"High": 0.5}, "High: no band has a bad rate of 0.5, 0.0000 is the most"),
        ([1, 2], [1, 1], {"A": 0.5, "B": 0.5}, "B: .* no score is left"),
        ([0, 1], [1, 1], {"High": 0.5}, "everything would be 'High', nothing 'Approve'"),
        ([1, 2], [0, 1], {"High": 50.0}, "must be shares"),
        ([1, 2], [0, 1], {"High": 0.0}, "must be shares"),
        ([1, 2], [0, 1], {}, "at least one"),
        ([1, 2], [0, 1], {"Approve": 0.5}, "two bands have one name"),
        ([1, 2], [0, 2], {"High": 0.5}, "labels must be 0 or 1"),
        ([1, 2], [0], {"High": 0.5}, "one for each score"),
    ],
    ids=["least", "left", "all", "percent", "zero", "none", "name", "labels", "lengths"],
)
def test_bad_rates_that_cannot_be_had_are_refused(
    scores: list[int], labels: list[int], targets: dict[str, float], refusal: str
) -> None:
    with pytest.raises(BandError, match=refusal):
        bands_by_bad_rate("score", scores, labels, targets)


def test_a_band_without_rows_has_no_bad_rate() -> None:
    found = reached("score", [1, 2], {"A": 0, "B": 5}, [0, 1])

    assert found.rates == {"A": 1.0, "B": 0.0}
    assert found.bad_rates is not None
    assert np.isnan(found.bad_rates["B"])


def test_points_with_limits_are_there_for_every_probability() -> None:
    spec = ms.Spec("card")
    spec.feature("p", ms.Float64)
    spec.postprocessing = {
        "outputs": [
            {"name": "free", "type": "Int64", "expr": points_expression("p")},
            {"name": "score", "type": "Int64", "expr": points_expression("p", limits=(0, 999))},
        ],
        "bands": reached("score", [500], {"Decline": 0, "Approve": 500}).document,
    }
    found = spec.predict({"p": [0.0, 0.001, 0.02, 0.5, 0.9, 1.0]}, progress=False)

    assert found["score"] == [999, 686, 599, 487, 424, 0]
    assert found["free"] == [None, *found["score"][1:-1], None]


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"odds": 0.0}, "`odds` must be positive"),
        ({"doubling": 0.0}, "`doubling` not 0"),
        ({"base": float("nan")}, "all finite"),
        ({"limits": (999, 0)}, r"`limits` must ascend, got \(999, 0\)"),
    ],
    ids=["odds", "doubling", "base", "limits"],
)
def test_points_that_mean_nothing_are_refused(fields: dict[str, Any], refusal: str) -> None:
    with pytest.raises(BandError, match=refusal):
        points_expression("p", **fields)


def test_points_double_the_odds() -> None:
    text = points_expression("calibrated", base=600.0, odds=50.0, doubling=20.0)

    assert text == ("to_int(round(487.1228762045055 - 28.85390081777927 * logit(calibrated)))")
    good, twice_as_good = 1.0 / 51.0, 1.0 / 101.0
    points = [
        round(487.1228762045055 - 28.85390081777927 * np.log(p / (1.0 - p)))
        for p in (good, twice_as_good)
    ]
    assert points == [600, 620]
