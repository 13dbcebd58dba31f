"""Whatever a document holds, the answer is a finding, and it comes soon."""

from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, strategies as st

from modelspec.validation.report import inspect
from support.effort import examples
from support.random_specs import mutated, valid_specs
from support.specs import (
    DECISION_SPEC,
    PREPROCESSED_SPEC,
    Body,
    changed_body,
    model_body,
    spec_body,
)


def _model(spec: Any) -> Body:
    return {**model_body(), "metadata": {"name": "fraud"}, "spec": spec}


def _nested(depth: int, inner: Any = None) -> Any:
    for _ in range(depth):
        inner = [inner]
    return inner


HOSTILE: dict[str, Any] = {
    "nothing": None,
    "a list": [],
    "a text": "spec",
    "deep": _nested(100_000),
    "deep in an unknown field": {**spec_body(), "unknown": _nested(100_000)},
    "deep in a known field": {**spec_body(), "sla": _nested(100_000)},
    "a huge number": {**spec_body(), "serving": {"replicas": 10**5000}},
    "half a character": changed_body(["models", 0, "name"], "\ud800"),
    "a NUL": changed_body(["models", 0, "name"], "a\0b"),
    "many unknown fields": {**spec_body(), **{f"field{index}": 1 for index in range(100_000)}},
    "a long name": changed_body(["models", 0, "name"], "a" * 10_000_000),
    "many features": {
        **spec_body(),
        "featureFetching": {"features": [{"name": f"f{i}", "type": "X"} for i in range(20_000)]},
    },
    "the same name a thousand times": {
        **spec_body(),
        "featureFetching": {"features": [{"name": "f", "type": "Bool"}] * 20_000},
    },
    "keys that are no text": {**spec_body(), "sla": {1: 2}},
}


@pytest.mark.parametrize("spec", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_specification_is_refused_soon(spec: Any) -> None:
    started = perf_counter()
    findings = inspect(_model(spec)).findings

    assert 0 < len(findings) <= 20
    assert all(len(str(finding)) < 4000 for finding in findings)
    assert perf_counter() - started < 5  # seconds on a busy machine; much less on a quiet one


@pytest.mark.parametrize("document", [None, [], "x", 1, {}, {"kind": []}, {"metadata": []}])
def test_what_is_no_object_is_refused(document: Any) -> None:
    assert inspect(document).findings


@examples(100)
@given(valid_specs().flatmap(mutated).flatmap(mutated))
def test_no_changed_document_raises_an_exception(spec: Body) -> None:
    inspect(_model(spec))


@examples(200)
@given(
    st.sampled_from([DECISION_SPEC, PREPROCESSED_SPEC])
    .flatmap(mutated)
    .flatmap(mutated)
    .flatmap(mutated)
    .flatmap(mutated)
)
def test_mistakes_beside_each_other_raise_no_exception(spec: Body) -> None:
    inspect(_model(spec))


def test_what_stands_in_two_places_may_be_one_object() -> None:
    twice = [{"name": "x", "type": "Nothing"}, {"name": "y", "type": "Bool"}] * 2
    spec = spec_body(featureFetching={"features": twice, "sources": twice}, models=twice)

    assert inspect(_model(spec)).findings


@examples(60)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_no_value_raises_an_exception(spec: Any) -> None:
    assert inspect(_model(spec)).findings
