"""Who may write: decisions over a Lease, and what follows from them for two replicas."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, strategies as st

from modelspec_operator.core.leadership import (
    LEASE_SECONDS,
    RENEW_SECONDS,
    Sight,
    claim,
    is_free,
    look,
    may_write,
    release,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)


def _lease(version: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"resourceVersion": version}, "spec": spec}


def test_a_lease_that_is_not_there_is_free() -> None:
    assert is_free(look(Sight(), None, 0.0), "a", 0.0)


def test_a_holder_is_gone_only_when_nobody_saw_it_renew_for_long() -> None:
    lease = _lease("7", {"holderIdentity": "b"})
    first = look(Sight(), lease, 100.0)

    again = look(first, lease, 110.0)

    assert again.since == 100.0
    assert not is_free(again, "a", 100.0 + LEASE_SECONDS - 0.1)
    assert is_free(again, "a", 100.0 + LEASE_SECONDS)
    renewed = look(again, _lease("8", {"holderIdentity": "b"}), 114.0)
    assert not is_free(renewed, "a", 114.0 + LEASE_SECONDS - 0.1)


def test_what_was_given_back_is_free_at_once() -> None:
    held = look(Sight(), _lease("7", claim(Sight(), "b", NOW)), 1.0)

    given_back = look(held, _lease("8", release(held)), 2.0)

    assert is_free(given_back, "a", 2.0)
    assert given_back.spec["leaseTransitions"] == 1


def test_a_claim_counts_changes_of_the_holder_and_keeps_what_others_wrote() -> None:
    sight = Sight("7", {"holderIdentity": "b", "leaseTransitions": 4, "strategy": "x"}, 0.0)

    taken = claim(sight, "a", NOW)

    assert taken == {
        "holderIdentity": "a",
        "leaseDurationSeconds": 15,
        "renewTime": "2026-01-02T03:04:05.678900Z",
        "acquireTime": "2026-01-02T03:04:05.678900Z",
        "leaseTransitions": 5,
        "strategy": "x",
    }
    renewed = claim(Sight("8", taken, 0.0), "a", NOW)
    assert (renewed["leaseTransitions"], renewed["acquireTime"]) == (5, taken["acquireTime"])


def test_who_never_renewed_may_not_write() -> None:
    assert not may_write(None, 0.0)


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.floats(0.01, 20.0)), max_size=60)
)
def test_two_replicas_never_both_write(steps: list[tuple[str, bool, float]]) -> None:
    """One reads and claims after another, some claims get lost, some clocks stand still long."""
    now, version = 0.0, 0
    lease: dict[str, Any] | None = None
    sights = {"a": Sight(), "b": Sight()}
    renewed_at: dict[str, float | None] = {"a": None, "b": None}
    for who, arrives, pause in steps:
        asked_at = now
        sights[who] = look(sights[who], lease, now)
        if not is_free(sights[who], who, now):
            renewed_at[who] = None
        elif arrives:
            version += 1
            lease = _lease(str(version), claim(sights[who], who, NOW))
            sights[who] = look(sights[who], lease, now)
            renewed_at[who] = asked_at
        assert not all(may_write(renewed_at[each], now) for each in "ab")
        now += pause
        assert not all(may_write(renewed_at[each], now) for each in "ab")


def test_a_holder_stops_before_it_is_replaced() -> None:
    assert may_write(0.0, RENEW_SECONDS - 0.1)
    assert not may_write(0.0, RENEW_SECONDS)
    assert RENEW_SECONDS < LEASE_SECONDS
