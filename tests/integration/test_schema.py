"""The CRD on a real API server: what it refuses, with which path, and how it explains itself."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from modelspec.quantities import canonical_quantity
from support.kube import Json, Kubectl, KubectlError
from support.specs import DECISION_SPEC, PREPROCESSED_SPEC, changed_body, model_body, spec_body


def _model(spec: Json, name: str = "fraud") -> Json:
    body = model_body(spec)
    return {**body, "metadata": {"name": name}}


def _refusal(kubectl: Kubectl, model: Json) -> str:
    with pytest.raises(KubectlError) as refused:
        kubectl.apply(model)
    return str(refused.value)


@pytest.mark.parametrize(
    "spec",
    [spec_body(), PREPROCESSED_SPEC, DECISION_SPEC],
    ids=["small", "preprocessing", "decision"],
)
def test_a_sample_is_accepted_and_kept_as_it_is(kubectl: Kubectl, spec: Json) -> None:
    kubectl.apply(_model(spec))

    stored = kubectl.get("modelspec", "fraud")
    assert stored is not None
    assert stored["spec"] == spec


def test_a_parameter_may_have_ten_thousand_entries(kubectl: Kubectl) -> None:
    entries = [{"key": str(number), "value": "0.012345678"} for number in range(10_000)]
    path: list[Any] = ["preprocessing", "parameters", 4, "lookupTable", "entries"]

    kubectl.apply(_model(changed_body(path, entries, PREPROCESSED_SPEC)))

    stored = kubectl.get("modelspec", "fraud")
    assert stored is not None
    assert len(str(stored["metadata"])) < 20_000, "no owner of every single entry"


FORBIDDEN: dict[str, tuple[list[Any], Any, str]] = {
    "type": (
        ["featureFetching", "features", 0, "type"],
        "float64",
        'spec.featureFetching.features[0].type: Unsupported value: "float64"',
    ),
    "feature name": (
        ["featureFetching", "features", 0, "name"],
        "Avg-Amt",
        "spec.featureFetching.features[0].name: Invalid value",
    ),
    "number as default": (
        ["featureFetching", "features", 1, "default"],
        0,
        ".spec.featureFetching.features",
    ),
    "default of a required feature": (
        ["featureFetching", "features", 0, "default"],
        "1",
        "`default` may not be specified when `required` is true",
    ),
    "union": (
        ["models", 0, "artifact", "configMap"],
        None,
        "exactly the member named by `type` must be set",
    ),
    "digest": (
        ["models", 0, "artifact", "sha256"],
        "sha256:abc",
        "spec.models[0].artifact.sha256: Invalid value",
    ),
    "no input": (["models", 0, "inputs"], [], "spec.models[0].inputs: Invalid value"),
    "typo": (["featureFeching"], {}, "featureFeching"),
    "no replicas": (["serving"], {"replicas": 0}, "spec.serving.replicas: Invalid value"),
    "quantity": (
        ["serving"],
        {"resources": {"limits": {"memory": "lots"}}},
        "spec.serving.resources.limits.memory: Invalid value",
    ),
}


FORBIDDEN_PREPROCESSING: dict[str, tuple[list[Any], Any, str]] = {
    "list without item type": (
        ["featureFetching", "features", 6, "itemType"],
        None,
        "`itemType` must be specified when `type` is 'List', and only then",
    ),
    "item type of a number": (
        ["featureFetching", "features", 0, "itemType"],
        "String",
        "`itemType` must be specified when `type` is 'List', and only then",
    ),
    "default of a list": (
        ["featureFetching", "features", 6, "default"],
        "gift",
        "`default` may not be specified when `type` is 'List'",
    ),
    "items of a text": (
        ["featureFetching", "features", 4, "maxItems"],
        3,
        "`maxItems` may not be specified unless `type` is 'List'",
    ),
    "length of a number": (
        ["featureFetching", "features", 7, "maxLength"],
        3,
        "`maxLength` may not be specified unless `type` or `itemType` is 'String'",
    ),
    "language": (
        ["preprocessing", "language"],
        "msx/v2",
        'spec.preprocessing.language: Unsupported value: "msx/v2": supported values: "msx/v1"',
    ),
    "nothing derived": (["preprocessing", "derived"], [], "spec.preprocessing.derived"),
    "member of another type": (
        ["preprocessing", "parameters", 0, "type"],
        "Bounds",
        "exactly the member named by `type` must be set",
    ),
    "two members": (
        ["preprocessing", "parameters", 0, "edges"],
        {"values": ["1"]},
        "exactly the member named by `type` must be set",
    ),
    "number in a parameter": (
        ["preprocessing", "parameters", 0, "affine", "scale"],
        2,
        "spec.preprocessing.parameters",
    ),
    "no decimal": (
        ["preprocessing", "parameters", 0, "affine", "scale"],
        "1,5",
        "spec.preprocessing.parameters[0].affine.scale: Invalid value",
    ),
    "type of a derived feature": (
        ["preprocessing", "derived", 0, "type"],
        "Double",
        'spec.preprocessing.derived[0].type: Unsupported value: "Double"',
    ),
    "long expression": (
        ["preprocessing", "derived", 0, "expr"],
        "a" * 4097,
        "spec.preprocessing.derived[0].expr: Too long",
    ),
    "typo": (["preprocessing", "derivde"], [], "derivde"),
}


@pytest.mark.parametrize(
    ("path", "value", "words"), FORBIDDEN_PREPROCESSING.values(), ids=FORBIDDEN_PREPROCESSING
)
def test_what_the_schema_forbids_in_preprocessing_is_refused(
    kubectl: Kubectl, path: list[Any], value: Any, words: str
) -> None:
    assert words in _refusal(kubectl, _model(changed_body(path, value, PREPROCESSED_SPEC)))


ARMS: list[Any] = ["pipeline", "routes", 1, "split", "arms"]
ENSEMBLE: list[Any] = ["pipeline", "routes", 0, "ensemble"]

FORBIDDEN_DECISION: dict[str, tuple[list[Any], Any, str]] = {
    "member of a source": (
        ["featureFetching", "sources", 0, "request"],
        None,
        "spec.featureFetching.sources[0]: Invalid value: exactly the member named by `type` must",
    ),
    "a text that is clamped": (
        ["featureFetching", "features", 3, "onOutOfRange"],
        "Clamp",
        "`onOutOfRange` may not be 'Clamp' when `allowedValues` is specified",
    ),
    "policy without a bound": (
        ["featureFetching", "features", 2, "onOutOfRange"],
        "Reject",
        "`onOutOfRange` may not be specified without `minimum`, `maximum` or `allowedValues`",
    ),
    "a role": (
        ["info", "owners", 0, "role"],
        "Boss",
        'spec.info.owners[0].role: Unsupported value: "Boss"',
    ),
    "size of what is packed": (
        ["models", 0, "artifact", "sizeBytes"],
        None,
        "`sizeBytes` must be specified when `compression` is 'Gzip'",
    ),
    "conditions everywhere": (
        ["pipeline", "routes", 2, "when"],
        "amount > 1.0",
        "spec.pipeline.routes: Invalid value: the last route must not have `when`",
    ),
    "two routes for all others": (
        ["pipeline", "routes", 0, "when"],
        None,
        "spec.pipeline.routes: Invalid value: exactly one route must have no `when`",
    ),
    "percents": (
        [*ARMS, 0, "percent"],
        85,
        "spec.pipeline.routes[1].split.arms: Invalid value: percents must sum to 100",
    ),
    "weights": (
        [*ENSEMBLE, "members", 0, "weight"],
        80,
        "spec.pipeline.routes[0].ensemble.members: Invalid value: weights must sum to 100",
    ),
    "a missing weight": (
        [*ENSEMBLE, "members", 0, "weight"],
        None,
        "every member must have a `weight` when `combine` is 'WeightedMean'",
    ),
    "ensemble of one": (
        [*ENSEMBLE, "members"],
        [{"outputName": "gbdt_score", "weight": 100}],
        "spec.pipeline.routes[0].ensemble.members: Invalid value",
    ),
    "quorum": (
        [*ENSEMBLE, "quorum"],
        3,
        "quorum: Invalid value: must be less than or equal to the number of `members`",
    ),
    "member of a route": (
        ["pipeline", "routes", 2, "single"],
        None,
        "spec.pipeline.routes[2]: Invalid value: exactly the member named by `type` must be set",
    ),
    "postprocessing of nothing": (
        ["pipeline"],
        None,
        "`pipeline` must be specified when there are several `models`",
    ),
    "nothing to answer": (
        ["models"],
        None,
        "`pipeline` may not be specified without `models`",
    ),
    "availability": (
        ["sla", "availabilityPercent"],
        "100.5",
        "spec.sla.availabilityPercent: Invalid value",
    ),
}


@pytest.mark.parametrize(
    ("path", "value", "words"), FORBIDDEN_DECISION.values(), ids=FORBIDDEN_DECISION
)
def test_what_the_schema_forbids_in_a_decision_is_refused(
    kubectl: Kubectl, path: list[Any], value: Any, words: str
) -> None:
    refusal = _refusal(kubectl, _model(changed_body(path, value, DECISION_SPEC)))

    assert words in refusal.replace('"object": ', "").replace('"array": ', "")


def test_the_type_of_the_problem_cannot_be_changed(kubectl: Kubectl) -> None:
    place: list[Any] = ["info", "problemType"]
    kubectl.apply(_model(DECISION_SPEC))

    for changed in (
        changed_body(place, "Regression", DECISION_SPEC),
        changed_body(place, None, DECISION_SPEC),
        changed_body(["info"], None, DECISION_SPEC),
    ):
        refusal = _refusal(kubectl, _model(changed))
        assert "spec.info.problemType: Invalid value" in refusal
        assert "is immutable; create a new ModelSpec" in refusal


def test_the_type_of_the_problem_can_be_added(kubectl: Kubectl) -> None:
    kubectl.apply(_model(changed_body(["info"], None, DECISION_SPEC)))
    kubectl.apply(_model(DECISION_SPEC))


@pytest.mark.parametrize("member", ["parameters", "derived"])
def test_a_repeated_name_in_preprocessing_is_refused(kubectl: Kubectl, member: str) -> None:
    listed = PREPROCESSED_SPEC["preprocessing"][member]
    body = changed_body(["preprocessing", member], [*listed, listed[0]], PREPROCESSED_SPEC)

    assert "duplicate" in _refusal(kubectl, _model(body)).lower()


@pytest.mark.parametrize(("path", "value", "words"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_what_the_schema_forbids_is_refused_with_its_path(
    kubectl: Kubectl, path: list[Any], value: Any, words: str
) -> None:
    assert words in _refusal(kubectl, _model(changed_body(path, value)))


def test_a_repeated_feature_is_refused(kubectl: Kubectl) -> None:
    spec = spec_body()
    spec["featureFetching"]["features"] *= 2

    refused = _refusal(kubectl, _model(spec)).lower()

    assert "duplicate" in refused


@pytest.mark.parametrize("name", ["a" * 41, "1fraud", "fraud.v2"])
def test_a_name_that_cannot_become_a_service_is_refused(kubectl: Kubectl, name: str) -> None:
    assert "metadata.name: must" in _refusal(kubectl, _model(spec_body(), name))


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("mspec.spec", "featureFetching"),
        ("mspec.spec.models.artifact.sha256", "Another digest is another version"),
        ("mspec.spec.featureFetching.features.default", "always written as a string"),
        ("mspec.spec.preprocessing.derived.expr", "It may name raw features"),
        ("mspec.spec.preprocessing.parameters.lookupTable", "A number for each key"),
        ("mspec.spec.info.problemType", "It cannot be changed"),
        ("mspec.spec.featureFetching.features.onOutOfRange", "Reject the request, Clamp"),
        ("mspec.spec.models.artifact.compression", "storing them otherwise makes no new version"),
        ("mspec.spec.pipeline.routes.split.arms", "moves no key away"),
        ("mspec.spec.postprocessing.bands", "Ranges of one output with what to do there"),
        ("mspec.spec.verification", "which a version must reproduce before it serves"),
        ("mspec.spec.sla.availabilityPercent", "Share of requests that are answered"),
        ("mspec.status.conditions", "The most urgent first"),
    ],
)
def test_kubectl_explains_every_field(kubectl: Kubectl, field: str, words: str) -> None:
    assert words in " ".join(kubectl.run("explain", field).split())


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # shrinking would ask the API server hundreds of times
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.from_regex(r"[0-9]{1,6}(\.[0-9]{1,3})?(m|k|M|G|Ki|Mi|Gi|e[0-9])?", fullmatch=True),
        min_size=50,
        max_size=50,
    )
)
def test_the_api_server_returns_our_canonical_quantities_unchanged(
    kubectl: Kubectl, amounts: list[str]
) -> None:
    canonical = [canonical_quantity(amount) for amount in amounts]
    labels = {"app": "quantities"}
    volumes = [
        {"name": f"v{index}", "emptyDir": {"sizeLimit": amount}}
        for index, amount in enumerate(canonical)
    ]
    containers = [{"name": "c", "image": "i:1"}]
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "quantities"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": containers, "volumes": volumes},
            },
        },
    }

    stored = kubectl.dry_run(deployment)["spec"]["template"]["spec"]["volumes"]

    printed = [volume["emptyDir"]["sizeLimit"] for volume in stored]
    assert printed == canonical
