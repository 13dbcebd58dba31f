"""Bands from data: edges that give the rates that people want, or the next lower ones."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from modelspec.notebook.bands import (
    BandError,
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


def test_points_double_the_odds() -> None:
    text = points_expression("calibrated", base=600.0, odds=50.0, doubling=20.0)

    assert text == ("to_int(round(487.1228762045055 - 28.85390081777927 * logit(calibrated)))")
    good, twice_as_good = 1.0 / 51.0, 1.0 / 101.0
    points = [
        round(487.1228762045055 - 28.85390081777927 * np.log(p / (1.0 - p)))
        for p in (good, twice_as_good)
    ]
    assert points == [600, 620]
