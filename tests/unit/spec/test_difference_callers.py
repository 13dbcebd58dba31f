"""Which changes would break callers, which would not, and what is said of those that would."""

from copy import deepcopy
from typing import Any

import pytest

from modelspec.schema.spec import ModelSpecSpec
from modelspec.schema.structural import TOLERANT
from modelspec.snapshot.difference import Difference, difference
from modelspec.snapshot.difference_changes import Effect, Kind
from support.specs import DECISION_SPEC, SPEC, Body, changed_body

Place = list[str | int]

FEATURES = "spec.featureFetching.features"
POSTPROCESSING = "spec.postprocessing"


def compared(old: Body, new: Body) -> Difference:
    return difference(
        ModelSpecSpec.model_validate(old, context=TOLERANT),
        ModelSpecSpec.model_validate(new, context=TOLERANT),
    )


def with_feature(feature: Body, *, rejects: bool = False) -> Body:
    """Return a sample with one more raw feature."""
    body = deepcopy(SPEC)
    body["featureFetching"]["features"].append(feature)
    if rejects:
        source = {"name": "request", "type": "Request", "request": {"unknownFields": "Reject"}}
        body["featureFetching"]["sources"] = [source]
    return body


def refitted(old: Body, new: Body) -> Difference:
    """Return what becomes of a raw feature `x` that is described otherwise."""
    return compared(with_feature({"name": "x", **old}), with_feature({"name": "x", **new}))


def broken(found: Difference) -> list[tuple[str, str]]:
    return [(change.path, change.reason) for change in found.breaking]


BECOMES_REQUIRED = (
    "'x' becomes required; callers that leave it out would be refused; give it a default instead"
)

BREAKS_REQUESTS: list[tuple[Body, Body, str, str]] = [
    (
        {"type": "Float64"},
        {"type": "Int64"},
        "type",
        "'x' was Float64; callers would break; add a feature with a new name instead",
    ),
    (
        {"type": "List", "itemType": "Int64"},
        {"type": "List", "itemType": "String"},
        "itemType",
        "'x' was Int64; callers would break; add a feature with a new name instead",
    ),
    (
        {"type": "Float64"},
        {"type": "Float64", "required": True},
        "required",
        BECOMES_REQUIRED,
    ),
    (
        {"type": "Float64", "default": "0"},
        {"type": "Float64", "required": True},
        "required",
        BECOMES_REQUIRED,
    ),
    (
        {"type": "Float64", "default": "0.50"},
        {"type": "Float64"},
        "default",
        "callers that leave 'x' out relied on 0.5 and would get what null gives; keep a default",
    ),
    (
        {"type": "String", "maxLength": 64},
        {"type": "String", "maxLength": 32},
        "maxLength",
        "texts of 'x' of more than 32 characters would be refused; keep 64",
    ),
    (
        {"type": "String"},
        {"type": "String", "maxLength": 1023},
        "maxLength",
        "texts of 'x' of more than 1023 characters would be refused; keep 1024",
    ),
    (
        {"type": "List", "itemType": "String", "maxLength": 9},
        {"type": "List", "itemType": "String", "maxLength": 8},
        "maxLength",
        "texts of 'x' of more than 8 characters would be refused; keep 9",
    ),
    (
        {"type": "List", "itemType": "Int64"},
        {"type": "List", "itemType": "Int64", "maxItems": 63},
        "maxItems",
        "lists of 'x' of more than 63 items would be refused; keep 64",
    ),
    (
        {"type": "Int64"},
        {"type": "Int64", "minimum": "0"},
        "minimum",
        "values of 'x' below 0 would be refused; 'Clamp' or 'UseNull' would take them",
    ),
    (
        {"type": "Float64", "minimum": "9"},
        {"type": "Float64", "minimum": "10"},
        "minimum",
        "values of 'x' below 10 would be refused; 'Clamp' or 'UseNull' would take them",
    ),
    (
        {"type": "Float64", "maximum": "1e6"},
        {"type": "Float64", "maximum": "1e5"},
        "maximum",
        "values of 'x' above 100000 would be refused; 'Clamp' or 'UseNull' would take them",
    ),
    (
        {"type": "Float64", "minimum": "0", "maximum": "1.5"},
        {"type": "Float64", "minimum": "0", "maximum": "1"},
        "maximum",
        "values of 'x' above 1 would be refused; 'Clamp' or 'UseNull' would take them",
    ),
    (
        {"type": "Float64", "minimum": "0", "maximum": "1"},
        {"type": "Float64", "minimum": "0.5", "maximum": "1"},
        "minimum",
        "values of 'x' below 0.5 would be refused; 'Clamp' or 'UseNull' would take them",
    ),
    (
        {"type": "Float64", "maximum": "1", "onOutOfRange": "Clamp"},
        {"type": "Float64", "maximum": "1", "onOutOfRange": "Reject"},
        "onOutOfRange",
        "values of 'x' that are out of range were taken and would be refused; keep 'Clamp'",
    ),
    (
        {"type": "String", "allowedValues": ["a"], "onOutOfRange": "UseNull"},
        {"type": "String", "allowedValues": ["a", "b"]},
        "onOutOfRange",
        "values of 'x' that are out of range were taken and would be refused; keep 'UseNull'",
    ),
    (
        {"type": "String"},
        {"type": "String", "allowedValues": ["a"]},
        "allowedValues",
        "other texts of 'x' would be refused; 'UseNull' would take them",
    ),
    (
        {"type": "String", "allowedValues": ["a", "b"]},
        {"type": "String", "allowedValues": ["a", "c"]},
        "allowedValues",
        "texts of 'x' such as b would be refused; 'UseNull' would take them",
    ),
]


@pytest.mark.parametrize(("old", "new", "member", "reason"), BREAKS_REQUESTS, ids=str)
def test_what_would_be_refused_breaks_callers(
    old: Body, new: Body, member: str, reason: str
) -> None:
    found = refitted(old, new)

    assert found.effect is Effect.BREAKING
    assert broken(found) == [(f"{FEATURES}[x].{member}", reason)]


BREAKS_NO_REQUEST: list[tuple[Body, Body]] = [
    ({"type": "Float64", "required": True}, {"type": "Float64"}),
    ({"type": "Float64"}, {"type": "Float64", "default": "0"}),
    ({"type": "Float64", "default": "0"}, {"type": "Float64", "default": "1"}),
    ({"type": "String", "maxLength": 32}, {"type": "String", "maxLength": 64}),
    ({"type": "List", "itemType": "Int64"}, {"type": "List", "itemType": "Int64", "maxItems": 65}),
    ({"type": "Float64", "minimum": "10"}, {"type": "Float64", "minimum": "9"}),
    ({"type": "Float64", "minimum": "0"}, {"type": "Float64"}),
    ({"type": "Float64"}, {"type": "Float64", "minimum": "0", "onOutOfRange": "Clamp"}),
    (
        {"type": "Float64", "minimum": "0", "onOutOfRange": "Clamp"},
        {"type": "Float64", "minimum": "1", "onOutOfRange": "UseNull"},
    ),
    ({"type": "Float64", "minimum": "0", "onOutOfRange": "Clamp"}, {"type": "Float64"}),
    ({"type": "Float64", "minimum": "-1.0"}, {"type": "Float64", "minimum": "-1.5"}),
    ({"type": "String", "allowedValues": ["a"]}, {"type": "String", "allowedValues": ["a", "b"]}),
    ({"type": "String", "allowedValues": ["a"]}, {"type": "String"}),
    ({"type": "String"}, {"type": "String", "allowedValues": ["a"], "onOutOfRange": "UseNull"}),
]


@pytest.mark.parametrize(("old", "new"), BREAKS_NO_REQUEST, ids=str)
def test_what_is_still_taken_breaks_nobody(old: Body, new: Body) -> None:
    found = refitted(old, new)

    assert found.effect is Effect.BEHAVIORAL
    assert broken(found) == []


def test_a_new_required_feature_breaks_callers() -> None:
    found = compared(SPEC, with_feature({"name": "x", "type": "Bool", "required": True}))

    reason = "'x' is required and new; callers do not send it; make it optional first"
    assert broken(found) == [(f"{FEATURES}[x]", reason)]
    assert found.breaking[0].kind is Kind.ADDED
    optional = compared(SPEC, with_feature({"name": "x", "type": "Bool"}))
    assert optional.effect is Effect.BEHAVIORAL


def test_a_removed_feature_breaks_callers_where_unknown_ones_are_refused() -> None:
    feature = {"name": "x", "type": "Bool"}
    rejecting = with_feature(feature, rejects=True)
    without = deepcopy(rejecting)
    del without["featureFetching"]["features"][-1]

    reason = "callers still send 'x' and would be refused; let `unknownFields` be 'Ignore' first"
    assert broken(compared(rejecting, without)) == [(f"{FEATURES}[x]", reason)]
    assert compared(with_feature(feature), SPEC).effect is Effect.BEHAVIORAL


def test_to_refuse_unknown_features_breaks_callers_and_to_ignore_them_does_not() -> None:
    feature = {"name": "x", "type": "Bool"}
    ignoring, rejecting = with_feature(feature), with_feature(feature, rejects=True)

    reason = "callers that send more than is declared would be refused; declare it first"
    path = "spec.featureFetching.sources[0].request.unknownFields"
    assert broken(compared(ignoring, rejecting)) == [(path, reason)]
    assert compared(rejecting, ignoring).effect is Effect.BEHAVIORAL


def test_a_removed_output_breaks_callers_and_a_new_one_does_not() -> None:
    without = changed_body(["postprocessing", "outputs", 0], None, DECISION_SPEC)

    reason = "'probability' was returned and is removed; keep it beside what replaces it"
    path = f"{POSTPROCESSING}.outputs[probability]"
    assert broken(compared(DECISION_SPEC, without)) == [(path, reason)]
    assert compared(without, DECISION_SPEC).effect is Effect.BEHAVIORAL


def test_an_output_of_another_type_breaks_callers() -> None:
    place: Place = ["postprocessing", "outputs", 0, "type"]
    found = compared(DECISION_SPEC, changed_body(place, "String", DECISION_SPEC))

    reason = (
        "'probability' was Float64; callers would break; add an output with a new name instead"
    )
    assert broken(found) == [(f"{POSTPROCESSING}.outputs[probability].type", reason)]


def test_a_vector_for_a_number_breaks_callers_and_the_other_way_round() -> None:
    vector = changed_body(["models", 0, "outputs", 0, "index"], None)
    path = "spec.models[scorer].outputs[score].index"
    hint = "callers would break; add an output with a new name instead"

    assert broken(compared(SPEC, vector)) == [(path, f"'score' was Float64; {hint}")]
    assert broken(compared(vector, SPEC)) == [(path, f"'score' was Vector; {hint}")]
    other_column = changed_body(["models", 0, "outputs", 0, "index"], 0)
    assert compared(SPEC, other_column).effect is Effect.BEHAVIORAL


def test_a_pipeline_hides_the_outputs_of_the_model() -> None:
    body = changed_body(["models", 0, "outputs", 0, "name"], "chance")
    route = {"name": "all", "type": "Single", "single": {"outputName": "chance"}}
    found = compared(body, {**body, "pipeline": {"routes": [route]}})

    reason = "'chance' was returned and is removed; keep it beside what replaces it"
    assert broken(found) == [("spec.models[scorer].outputs[chance]", reason)]
    assert found.breaking[0].summary == "no longer returned"
    assert [part.key for part in found.changed_parts] == ["pipeline.json"]


def test_a_pipeline_that_answers_as_the_model_did_breaks_nobody() -> None:
    route = {"name": "all", "type": "Single", "single": {"outputName": "score"}}
    output = {"name": "score", "type": "Float64", "expr": "raw"}
    piped = {**SPEC, "pipeline": {"routes": [route]}}

    assert compared(SPEC, piped).effect is Effect.BEHAVIORAL
    spelled = {**piped, "postprocessing": {"outputs": [output]}}
    assert compared(piped, spelled).effect is Effect.BEHAVIORAL
    rounded = {**piped, "postprocessing": {"outputs": [{**output, "type": "Int64"}]}}
    assert compared(piped, rounded).effect is Effect.BREAKING


def test_what_only_models_see_breaks_nobody() -> None:
    changes: list[tuple[Place, str]] = [
        (["preprocessing", "derived", 0, "name"], "quotient"),
        (["models", 0, "outputs", 0, "name"], "tree_score"),
        (["models", 0, "name"], "trees"),
        (["pipeline", "routes", 0, "name"], "large"),
    ]
    for place, value in changes:
        found = compared(DECISION_SPEC, changed_body(place, value, DECISION_SPEC))
        assert found.effect is Effect.BEHAVIORAL, place


@pytest.mark.parametrize(
    ("place", "value", "path", "reason"),
    [
        (
            ["ranges", 1, "action"],
            "Call",
            "bands.ranges[Review].action",
            "action 'Review' was returned and is removed; keep a band that has it",
        ),
        (
            ["ranges", 1],
            None,
            "bands.ranges[Review]",
            "action 'Review' was returned and is removed; keep a band that has it",
        ),
    ],
    ids=str,
)
def test_a_removed_action_breaks_callers(place: Place, value: Any, path: str, reason: str) -> None:
    body = changed_body(["postprocessing", "bands", *place], value, DECISION_SPEC)

    assert broken(compared(DECISION_SPEC, body)) == [(f"{POSTPROCESSING}.{path}", reason)]


def test_a_band_with_an_action_that_another_has_may_go() -> None:
    shared = changed_body(
        ["postprocessing", "bands", "ranges", 1, "action"], "Decline", DECISION_SPEC
    )
    merged = changed_body(["postprocessing", "bands", "ranges", 1], None, shared)

    assert compared(shared, merged).effect is Effect.BEHAVIORAL


@pytest.mark.parametrize("member", ["bands", "reasonCodes"])
def test_answers_that_lose_a_member_break_callers(member: str) -> None:
    body = changed_body(["postprocessing", member], None, DECISION_SPEC)

    ((path, reason),) = broken(compared(DECISION_SPEC, body))
    assert path == f"{POSTPROCESSING}.{member}"
    assert reason.endswith(f"and would have none; keep `{member}`")
    assert compared(body, DECISION_SPEC).effect is Effect.BEHAVIORAL


def test_what_the_api_server_refuses_is_breaking_although_it_makes_no_version() -> None:
    body = changed_body(["info", "problemType"], "Regression", DECISION_SPEC)
    found = compared(DECISION_SPEC, body)

    reason = "is immutable; create a new ModelSpec"
    assert broken(found) == [("spec.info.problemType", reason)]
    assert found.changed_parts == ()
    without = changed_body(["info", "problemType"], None, DECISION_SPEC)
    assert compared(DECISION_SPEC, without).effect is Effect.BREAKING
    assert compared(without, DECISION_SPEC).effect is Effect.OPERATIONAL


def test_the_worst_change_names_the_class() -> None:
    body = changed_body(["postprocessing", "outputs", 0], None, DECISION_SPEC)
    body["serving"]["replicas"] = 5
    body["models"][0]["artifact"]["sha256"] = "0" * 64

    found = compared(DECISION_SPEC, body)

    assert [(item.part, item.effect) for item in found.changes] == [
        ("models.json", Effect.BEHAVIORAL),
        ("postprocessing.json", Effect.BREAKING),
        (None, Effect.OPERATIONAL),
    ]
    assert found.effect is Effect.BREAKING
