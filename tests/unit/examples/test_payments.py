"""The synthetic payments: the same every time, blind to the future, dirty as promised."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from payments.entities import build_world
from payments.events import Events
from payments.fields import CATEGORIES, FIELDS, FLAGS, NUMBERS
from payments.fraud import NEVER, draw_labels
from payments.measures import LARGE, LARGEST
from payments.replay import replay
from payments.scenario import DAY, HOUR, START, Dirt, Drift, Pattern, Scenario, scenario
from payments.stream import Stream, generate, happen, simulate
from payments.traffic import CLOCKS_CHANGE

CASE = Scenario(payments=16_000, seed=5)


@cache
def stream() -> Stream:
    return simulate(CASE)


@cache
def tiny() -> Stream:
    return generate("tiny", seed=3)


def column(name: str, found: Stream | None = None) -> Any:
    return (found or stream()).columns[name]


def texts(name: str) -> set[str]:
    return {text for text in column(name).tolist() if text is not None}


def same(left: Any, right: Any) -> bool:
    """Return whether two columns are the same, nulls included."""
    if left.dtype == object:
        return bool((left == right).all())
    return bool(left.tobytes() == right.tobytes())


def test_a_payment_has_a_hundred_fields() -> None:
    assert (len(NUMBERS), len(CATEGORIES), len(FLAGS)) == (60, 25, 10)
    assert list(stream().columns) == [field.name for field in FIELDS]
    assert len(set(stream().columns)) == 100
    assert len(tiny()) == 2_000


def test_a_seed_gives_the_same_bytes_every_time() -> None:
    again = generate("tiny", seed=3)

    assert all(same(again.columns[name], column) for name, column in tiny().columns.items())
    assert again.is_fraud.tobytes() == tiny().is_fraud.tobytes()
    assert again.reported.tobytes() == tiny().reported.tobytes()


def test_another_seed_gives_other_payments() -> None:
    other = generate("tiny", seed=4)

    assert other.columns["amount"].tobytes() != column("amount", tiny()).tobytes()


def test_a_size_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one of tiny, small, demo, got 'huge'"):
        generate("huge")


@pytest.mark.parametrize("rows", [1, 2, 777, 1_999])
def test_a_stream_that_is_cut_off_has_the_same_past(rows: int) -> None:
    events, reported = tiny().events, tiny().reported
    whole = replay(events, reported)

    cut = replay(events.prefix(rows), reported[:rows])

    assert {name for name in whole if not same(cut[name], whole[name][:rows])} == set()


def test_another_future_does_not_change_the_past() -> None:
    events, reported = tiny().events, tiny().reported
    now = 1_500
    later = np.arange(len(events)) >= now
    changed = replace(
        events,
        amount=np.where(later, events.amount * 3, events.amount),
        device=np.where(later, events.device[0], events.device),
    )
    unreported = np.where(reported > events.time[now - 1], NEVER, reported)

    there = replay(changed, unreported)

    past = replay(events, reported)
    assert {name for name in past if not same(there[name][:now], past[name][:now])} == set()


def test_the_past_is_what_one_finds_by_looking_at_every_payment() -> None:
    events, reported = tiny().events, tiny().reported
    past = replay(events, reported)
    for row in range(100, 2_000, 61):
        before = np.arange(row)
        now = events.time[row]
        own = before[events.account[:row] == events.account[row]]
        day = own[events.time[own] > now - DAY]
        month = own[events.time[own] > now - 30 * DAY]
        there = before[events.device[:row] == events.device[row]]
        known = reported[events.account == events.account[row]] < now
        largest = events.amount[month].max() / 100 if len(month) else 0.0

        assert past["txn_cnt_24h"][row] == len(day)
        assert past["amt_sum_24h"][row] == events.amount[day].sum() / 100
        assert past["max_amt_30d"][row] == largest
        assert past["device_accounts"][row] == len(set(events.account[there].tolist()))
        assert past["acct_reports"][row] == known.sum()


def test_a_fraud_is_known_only_once_it_is_reported() -> None:
    found = stream()

    assert (found.reported[~found.is_fraud] == NEVER).all()
    assert (found.reported >= found.events.time).all()
    assert found.labels(0).sum() == 0
    assert 0 < found.labels(90).sum() < found.labels(300).sum()
    assert found.labels(10_000).sum() < found.is_fraud.sum(), "some are never reported"
    assert not (found.labels(90) & ~found.is_fraud).any()


def test_labels_arrive_a_month_late_in_the_mean() -> None:
    reported = stream().reported[stream().reported < NEVER]
    delay = reported - stream().events.time[stream().reported < NEVER]

    assert 20 * DAY < delay.mean() < 40 * DAY


@cache
def fates() -> list[tuple[Events, Any]]:
    """Return the payments of several seeds, and whether each is fraud."""
    found = []
    for seed in range(5):
        case = replace(CASE, seed=seed)
        events = happen(case, build_world(case))
        found.append((events, draw_labels(events, case.rng("labels"))))
    return found


def test_the_true_probability_is_what_happens() -> None:
    expected = sum(events.probability.sum() for events, _ in fates())
    happened = sum(is_fraud.sum() for _, is_fraud in fates())

    assert abs(happened / expected - 1) < 0.2
    assert 0.002 < happened / (5 * CASE.payments) < 0.005


def test_payments_of_one_episode_share_their_fate() -> None:
    found = stream()
    episodes = found.events.episode[found.events.episode >= 0]
    shared = {
        (e, bool(f)) for e, f in zip(found.events.episode, found.is_fraud, strict=True) if e >= 0
    }

    assert len(shared) == len(set(episodes.tolist()))


def test_every_cause_of_fraud_has_honest_payments_that_look_the_same() -> None:
    for pattern in Pattern:
        found = [is_fraud[events.pattern == pattern] for events, is_fraud in fates()]
        frauds = np.concatenate(found)

        assert 0 < frauds.sum() < len(frauds)


def test_a_seventh_of_the_numbers_is_missing() -> None:
    missing = [np.isnan(column(field.name)).mean() for field in NUMBERS]

    assert 0.12 < np.mean(missing) < 0.17
    assert np.isnan(column("amount")).sum() == 0


def test_fields_of_one_source_are_missing_together() -> None:
    assert same(np.isnan(column("device_score")), np.isnan(column("device_cnt_1h")))
    assert not same(np.isnan(column("device_score")), np.isnan(column("ip_score")))


def test_the_device_vendor_is_slower_at_night() -> None:
    night = (stream().events.time - START) % DAY < 6 * HOUR
    missing = np.isnan(column("device_score"))

    assert missing[night].mean() > 2 * missing[~night].mean()


def test_categories_have_ten_to_a_thousand_levels_in_mixed_case() -> None:
    for field in CATEGORIES:
        levels = texts(field.name)
        clean = {level.strip().lower() for level in levels}

        assert 10 <= len(clean) <= 1_000, field.name
        assert max(map(len, levels)) <= (field.length or 0), field.name
        assert 0.01 < np.mean([text is None for text in column(field.name)]) < 0.03
    assert {"grocery", "GROCERY", " grocery "} <= texts("merchant_group")


def test_some_texts_are_not_ascii_and_some_categories_are_nowhere_declared() -> None:
    assert {"Αθήνα", "Łódź", "København"} & texts("merchant_city")
    assert any(not mail.isascii() for mail in texts("email"))
    assert {"MCC?", "0000"} <= texts("mcc")


def test_some_numbers_are_where_doubles_and_floats_stop_telling_them_apart() -> None:
    points, orders = column("loyalty_points"), column("order_number")

    assert {LARGE - 1, LARGE, LARGE + 1} <= set(points.tolist())
    assert {LARGEST - 1, LARGEST} <= set(orders.tolist())


def test_some_amounts_and_ages_are_exactly_on_edges() -> None:
    assert {1.0, 100.0, 500.0} <= set(column("amount").tolist())
    age = column("event_time") - column("account_created_time")
    exact = np.array([7, 1, 30], "m8[D]").astype("m8[ms]")
    assert set(exact.tolist()) <= set(age[~np.isnat(age)].tolist())


def test_some_times_are_at_the_change_of_clocks_and_in_1970() -> None:
    change = {CLOCKS_CHANGE - 1, CLOCKS_CHANGE, CLOCKS_CHANGE + 1}

    assert change & set(stream().events.time.tolist())
    assert (column("account_created_time") == np.datetime64(0, "ms")).any()
    assert (column("last_login_ms") == 0).any()


def test_a_store_says_zero_for_some_who_have_no_history() -> None:
    average = column("avg_amt_30d")

    assert (average == 0).any()
    assert np.isnan(average).any()


def test_some_payments_are_sent_twice() -> None:
    events = stream().events
    keys = zip(events.account, events.merchant, events.amount, strict=True)
    found = [(a, m, c) for a, m, c in keys if c > 500]

    assert len(found) > len(set(found))


def test_without_dirt_nothing_is_dirty() -> None:
    clean = simulate(replace(CASE, dirt=Dirt(0, 0, 0, 0, 0, 0), drift=Drift(outage_day=None)))

    assert not np.isnan(clean.columns["device_score"]).any()
    assert "GROCERY" not in clean.columns["merchant_group"].tolist()
    assert None not in clean.columns["merchant_group"].tolist()


@cache
def drifted(**switches: Any) -> Stream:
    return simulate(replace(CASE, drift=replace(_STILL, **switches)))


_STILL = Drift(None, 0.03, None, None, None, None)


def test_the_vendor_is_out_for_one_day() -> None:
    found = drifted(outage_day=150)
    out = np.isnan(found.columns["device_score"])
    day = np.floor(found.day)

    assert out[day == 150].mean() > 0.8
    assert out[day != 150].mean() < 0.3


def test_a_new_merchant_category_appears_on_its_day() -> None:
    found = drifted(new_category_from=120)
    new = np.array([text is not None and text.strip() == "6540" for text in found.columns["mcc"]])

    assert new.any()
    assert found.day[new].min() >= 120
    assert "6540" not in set(drifted().columns["mcc"].tolist())


def test_prices_rise_from_their_day_on() -> None:
    still, found = drifted(), drifted(inflation_from=60, inflation_per_month=0.5)
    before = still.day < 60

    assert same(found.columns["amount"][before], still.columns["amount"][before])
    assert found.columns["amount"][~before].mean() > 2 * still.columns["amount"][~before].mean()


def test_amounts_arrive_in_cents_from_the_day_of_the_mistake() -> None:
    still, found = drifted(), drifted(cents_from=170)
    after = still.day >= 170

    assert same(found.columns["amount"][~after], still.columns["amount"][~after])
    assert same(found.columns["amount"][after], still.columns["amount"][after] * 100)


def test_mules_come_after_every_training() -> None:
    found = drifted(new_pattern_from=140)
    mules = found.events.pattern == Pattern.MULE

    assert mules.any()
    assert found.day[mules].min() >= 139
    assert not (drifted().events.pattern == Pattern.MULE).any()


def test_days_are_cut_without_overlap() -> None:
    parts = [stream().between(first, first + 60) for first in (0, 60, 120)]

    assert sum(map(len, parts)) == len(stream())
    assert parts[1].day.min() >= 60
    assert parts[1].day.max() < 120


def test_reports_say_that_the_payments_are_synthetic() -> None:
    assert tiny().note == (
        "synthetic payments, generator version 1, seed 3, 2000 rows; metrics say nothing about"
        " real fraud"
    )


def test_accounts_pay_only_once_they_are_open() -> None:
    events = stream().events
    opened = build_world(CASE).accounts.opened[events.account]

    assert (events.time >= opened).all()
    assert scenario("tiny").accounts == 80
