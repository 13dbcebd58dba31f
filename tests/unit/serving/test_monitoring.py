"""What a pod counts, and how it tells."""

from bisect import bisect_right
from collections import Counter
from math import inf
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from prometheus_client.parser import text_string_to_metric_families

from modelspec_serving.monitoring.bins import BINS, EDGES, NULL, bin_name
from modelspec_serving.monitoring.counters import CELLS, Counters, shared_memory
from modelspec_serving.workers import run_workers
from support.pod import ECHO_SPEC, Caller, call, echo_graph, mount

PREDICT = "/v1/models/echo:predict"


@pytest.fixture
def pod(tmp_path: Path) -> Caller:
    """Return a caller of a pod that has counted nothing yet."""
    return call(mount(tmp_path, ECHO_SPEC, echo_graph()))


_COMMON = {"model", "version", "snapshot"}


def scraped(pod: Caller) -> dict[str, Any]:
    """Return every sample that is not 0, by its name and its own labels."""
    text = pod.request("GET", "/metrics", admin=True).body.decode()
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = [text for name, text in sorted(sample.labels.items()) if name not in _COMMON]
            if sample.value and sample.name.startswith("modelspec_"):
                assert sample.labels["model"] == "echo"
                found[" ".join([sample.name.removeprefix("modelspec_"), *labels])] = sample.value
    return found


def test_warming_up_is_not_counted(pod: Caller) -> None:
    found = scraped(pod)

    assert not [name for name in found if not name.startswith("startup_seconds")]
    assert {name.split()[1] for name in found} == {"syncing", "validating"}


def test_requests_are_counted_by_protocol_and_status(pod: Caller) -> None:
    pod.post(PREDICT, {"instances": [{"class": 1}, {"class": 2}]})
    pod.post(PREDICT, {"instances": [{}]})
    pod.post("/v2/models/echo/infer", b"{")
    pod.request("GET", "/v2")
    pod.request("GET", "/nothing")

    found = scraped(pod)

    assert found["requests_total 200 v1"] == 1
    assert found["requests_total 400 v1"] == 1
    assert found["requests_total 400 v2"] == 1
    assert found["requests_total 200 metadata"] == 1
    assert found["requests_total 404 metadata"] == 1
    assert found["rows_total"] == 2
    assert found["request_duration_seconds_count v1"] == 2
    assert found["stage_duration_seconds_count model"] == 1
    assert "requests_in_flight" not in found


def test_answers_are_counted_in_bins_and_features_of_every_sixteenth_row(pod: Caller) -> None:
    rows = [{"class": 0.25, "rate": None, "count": 5}] * 31
    pod.post(PREDICT, {"instances": rows})

    found = scraped(pod)

    assert found["output_bin_total 0.25 class"] == 31
    assert found["output_bin_total null flag"] == 31
    assert found["feature_bin_total class 0.25"] == found["sampled_rows_total"] == 2
    assert found["feature_bin_total count 4.756828460010884"] == 2
    assert found["feature_nulls_total rate"] == found["feature_nulls_total flag"] == 2


def test_bins_can_be_left_out(tmp_path: Path) -> None:
    pod = call(mount(tmp_path, ECHO_SPEC, echo_graph(), bins=False))
    pod.post(PREDICT, {"instances": [{"class": 0.25}]})

    assert not [name for name in scraped(pod) if "_bin_" in name]


NUMBERS = st.floats(allow_nan=False) | st.floats(0.0, 1.0) | st.floats(-10.0, 10.0)


@given(NUMBERS, NUMBERS)
def test_bins_keep_the_order_of_numbers(first: float, second: float) -> None:
    low, high = sorted([first, second])

    assert bisect_right(EDGES, low) <= bisect_right(EDGES, high) < NULL


@given(st.floats(0.0, 1.0))
def test_probabilities_fall_into_equal_bins(probability: float) -> None:
    name = bin_name(bisect_right(EDGES, probability))
    equal = min(int(probability * 128), 127)

    # What is below the first bound is told apart further; readers put it together.
    assert (float(name) * 128 == equal) if equal else float(name) < 1 / 128


@pytest.mark.parametrize("value", [inf, -inf, 2.0**40, -(2.0**41)])
def test_what_is_too_large_is_out_of_range(value: float) -> None:
    assert bin_name(bisect_right(EDGES, value)) == "out_of_range"


def test_every_bin_has_a_name_of_its_own() -> None:
    names = Counter(bin_name(number) for number in range(BINS))

    assert names.pop("out_of_range") == 2
    assert set(names.values()) == {1}
    assert bin_name(NULL) == "null"


def test_workers_count_for_themselves_and_tell_the_sum() -> None:
    memory = shared_memory(2)

    def work(number: int) -> int:
        counters = Counters(memory, number)
        cell = counters.take()
        counters.cells[cell] += number + 1
        counters.show()
        while counters.total(cell) != 3:
            pass  # the other one has not counted yet
        return 0

    assert run_workers(2, work) == 0
    counters = Counters(memory, 0)
    assert counters.total(counters.take()) == 2  # of the other; its own it counts afresh


def test_a_worker_that_fails_ends_the_others() -> None:
    def work(number: int) -> int:
        if number == 0:
            return 3
        import time  # noqa: PLC0415  # in the child

        time.sleep(60)
        return 0

    assert run_workers(2, work) == 3


def test_there_are_only_so_many_numbers() -> None:
    counters = Counters()
    counters.take(CELLS)

    with pytest.raises(MemoryError):
        counters.take()
