"""What is decided, told as stories about one ModelSpec in an in-memory cluster."""

import json
import zlib
from base64 import b64encode
from copy import deepcopy
from typing import Any

import pytest

from modelspec import names
from modelspec_operator.core.actions import Create, Delete
from modelspec_operator.core.situation import timestamp
from support.specs import MODEL_BYTES, SPEC, sha256, spec_body
from support.world import World, settings


def _version(index: int) -> dict[str, Any]:
    """Return the sample specification with another output column: another version."""
    models = deepcopy(SPEC["models"])
    models[0]["outputs"][0]["index"] = index
    return spec_body(models=models)


def _kinds(world: World) -> list[tuple[str, str]]:
    return [
        (type(action).__name__, action.manifest["kind"] if not isinstance(action, Delete) else "")
        for action in world.decide().actions
    ]


def test_a_new_model_gets_everything_but_the_front_in_the_order_of_safety() -> None:
    world = World()

    assert _kinds(world) == [
        ("Create", "ConfigMap"),
        ("Create", "ConfigMap"),
        ("Create", "Service"),
        ("Create", "Deployment"),
    ]


def test_nothing_serves_before_its_pods_are_ready() -> None:
    world = World()
    world.settle(ready=False)

    assert world.serving is None

    world.settle()

    assert world.serving == world.wanted


def test_a_converged_model_costs_nothing() -> None:
    world = World()
    world.settle()

    assert world.decide().actions == ()


def test_the_front_moves_only_when_every_new_pod_is_ready() -> None:
    world = World()
    world.change(spec_body(serving={"replicas": 2}))
    world.settle()
    before = world.serving
    world.change({**_version(0), "serving": {"replicas": 2}})
    world.settle(ready=False)
    name = names.child_name("fraud", world.wanted)

    world.objects["Deployment"][name]["status"] = {
        "observedGeneration": 1, "updatedReplicas": 2, "readyReplicas": 1,
    }  # fmt: skip
    world.reconcile()
    assert world.serving == before

    world.make_ready(name)
    world.reconcile()
    assert world.serving == world.wanted


def test_a_replaced_version_stays_warm_and_is_then_parked() -> None:
    world = World()
    world.settle()
    first = world.wanted
    world.change(_version(0))
    world.settle()

    assert world.replicas() == {first: 1, world.wanted: 1}

    world.pass_time(599)
    assert world.decide().actions == ()
    assert world.decide().look_again is not None

    world.pass_time(1)
    world.settle()
    assert world.replicas() == {first: 0, world.wanted: 1}


def test_going_back_to_a_warm_version_moves_the_front_at_once() -> None:
    world = World()
    world.settle()
    first = world.wanted
    world.change(_version(0))
    world.settle()

    world.change(spec_body())
    decision = world.reconcile()

    assert world.serving == first
    assert len(decision.actions) == 1
    assert decision.after is not None
    assert str(decision.after.version) == "v1"


def test_going_back_to_a_parked_version_starts_its_pods_first() -> None:
    world = World()
    world.settle()
    first = world.wanted
    world.change(_version(0))
    world.settle()
    second = world.wanted
    world.pass_time(600)
    world.settle()
    world.change(spec_body())

    world.settle(ready=False)
    assert world.replicas()[first] == 1
    assert world.serving == second

    world.settle()
    assert world.serving == first


def test_a_superseded_version_that_never_served_is_parked_at_once() -> None:
    world = World()
    world.settle()
    world.change(_version(0))
    world.settle(ready=False)
    skipped = world.wanted
    world.change(_version(2))

    world.settle(ready=False)

    assert world.replicas()[skipped] == 0


def test_version_numbers_count_first_appearances_and_are_never_reused() -> None:
    world = World()
    world.settle()
    world.change(_version(0))
    world.settle()
    world.change(spec_body())
    world.settle()

    assert world.status["stable"]["version"] == "v1"

    world.change(_version(2))
    world.settle()
    assert world.status["stable"]["version"] == "v3"


def test_a_snapshot_deleted_by_hand_comes_back_with_its_number() -> None:
    world = World()
    world.settle()
    name = names.child_name("fraud", world.wanted)
    before = world.objects["ConfigMap"].pop(name)

    (action,) = world.decide().actions

    assert isinstance(action, Create)
    assert action.manifest["data"] == before["data"]
    assert action.manifest["metadata"]["labels"] == before["metadata"]["labels"]


def test_a_front_deleted_by_hand_comes_back_though_the_wanted_version_is_broken() -> None:
    world = World()
    world.settle()
    first = world.wanted
    world.change(_version(0))
    world.settle(ready=False)
    del world.objects["Service"]["fraud"]

    world.settle(ready=False)

    assert world.serving == first


def test_a_stable_deployment_deleted_by_hand_comes_back_though_another_version_is_wanted() -> None:
    world = World()
    world.settle()
    first = names.child_name("fraud", world.wanted)
    before = deepcopy(world.objects["Deployment"][first]["spec"])
    world.change(_version(0))
    world.settle(ready=False)
    del world.objects["Deployment"][first]

    world.reconcile()

    assert world.objects["Deployment"][first]["spec"] == before


def test_a_stable_snapshot_deleted_by_hand_comes_back_though_another_version_is_wanted() -> None:
    world = World()
    world.settle()
    first = names.child_name("fraud", world.wanted)
    before = world.objects["ConfigMap"][first]
    world.change(_version(0))
    world.settle(ready=False)
    del world.objects["ConfigMap"][first]

    world.reconcile()

    after = world.objects["ConfigMap"][first]
    assert after["data"] == before["data"]
    assert after["metadata"]["annotations"] == before["metadata"]["annotations"]
    assert world.decide().actions == ()


@pytest.mark.parametrize("forged", ["", "%%%", "AAAA", b64encode(zlib.compress(b"[1]")).decode()])
def test_a_forged_copy_of_a_snapshot_is_not_used(forged: str) -> None:
    world = World()
    world.settle()
    first = names.child_name("fraud", world.wanted)
    world.change(_version(0))
    world.settle(ready=False)
    del world.objects["ConfigMap"][first]
    annotations = world.objects["Deployment"][first]["metadata"]["annotations"]
    annotations[names.ANNOTATION_DOCUMENTS] = forged

    world.settle(ready=False)

    assert first not in world.objects["ConfigMap"]


def test_an_artifact_is_kept_as_long_as_pods_mount_it() -> None:
    world = World()
    world.settle()
    models = deepcopy(SPEC["models"])
    models[0]["artifact"]["sha256"] = "0" * 64
    first = names.child_name("fraud", world.wanted)
    world.change(spec_body(models=models))
    world.settle(ready=False)
    del world.objects["ConfigMap"][first]

    world.settle(ready=False)

    assert (
        names.artifact_config_map_name("fraud", sha256(MODEL_BYTES)) in world.objects["ConfigMap"]
    )


def test_an_invalid_specification_leaves_what_serves_alone() -> None:
    world = World()
    world.settle()
    before = deepcopy(world.objects)
    broken = spec_body()
    broken["models"][0]["inputs"][0]["featureNames"] = ["amuont"]
    world.change(broken)

    world.settle()

    assert world.objects == before
    assert world.condition("Stalled") == ("True", "UnknownFeature")
    assert world.condition("Ready") == ("True", "ServingStable")
    assert world.status["failures"][0]["path"] == "spec.models[0].inputs[0].featureNames[0]"


def test_a_specification_that_breaks_the_schema_says_where() -> None:
    world = World()
    world.settle()
    broken = spec_body(serving={"replicas": 0})
    broken["models"][0]["artifact"]["sha256"] = "abc"
    world.change(broken)

    world.settle()

    told = [(failure["code"], failure["path"]) for failure in world.status["failures"]]
    assert told == [
        ("MS402", "spec.models[0].artifact.sha256"),
        ("MS123", "spec.serving.replicas"),
    ]


def test_a_missing_artifact_blocks_the_new_version_and_nothing_else() -> None:
    world = World()
    world.settle()
    first = world.wanted
    models = deepcopy(SPEC["models"])
    models[0]["artifact"]["sha256"] = "0" * 64
    world.change(spec_body(models=models))
    del world.user_artifacts["0" * 64]

    world.settle()

    assert world.serving == first
    assert world.condition("Stalled") == ("True", "ArtifactMissing")
    assert world.condition("Promoted") == ("False", "ArtifactMissing")


def test_the_users_artifact_is_not_needed_once_it_was_copied() -> None:
    world = World()
    world.settle()
    world.user_artifacts.clear()
    world.objects["Deployment"].clear()

    world.settle()

    assert world.replicas() == {world.wanted: 1}
    assert world.condition("Stalled") is None


def test_another_serving_image_reaches_the_next_version_only() -> None:
    world = World()
    world.settle()
    world.settings = settings(serving_image="serving:2")

    assert world.decide().actions == ()

    world.change(_version(0))
    world.settle()
    images = {
        d["spec"]["template"]["spec"]["containers"][0]["image"]
        for d in world.objects["Deployment"].values()
    }
    assert images == {"serving:1", "serving:2"}


def test_another_serving_image_does_not_come_along_with_other_replicas() -> None:
    world = World()
    world.settle()
    template = deepcopy(next(iter(world.objects["Deployment"].values()))["spec"]["template"])
    world.settings = settings(serving_image="serving:2")
    world.change(spec_body(serving={"replicas": 3}))

    world.settle()

    (deployment,) = world.objects["Deployment"].values()
    assert deployment["spec"]["replicas"] == 3
    assert deployment["spec"]["template"] == template


def test_resources_change_the_pods_of_the_same_version() -> None:
    world = World()
    world.settle()
    world.change(spec_body(serving={"resources": {"limits": {"memory": "1024Mi"}}}))

    world.settle()

    (deployment,) = world.objects["Deployment"].values()
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["resources"]["limits"] == {"memory": "1Gi"}


def test_only_so_many_versions_are_kept_and_their_artifacts_go_with_them() -> None:
    world = World(settings=settings(version_history=3, warm_seconds=0))
    digests = [f"{index}" * 64 for index in range(6)]
    for digest in digests:
        models = deepcopy(SPEC["models"])
        models[0]["artifact"]["sha256"] = digest
        world.change(spec_body(models=models))
        world.settle()

    snapshots = [
        c for c in world.objects["ConfigMap"].values() if "immutable" in c and "data" in c
    ]
    copies = [c for c in world.objects["ConfigMap"].values() if "binaryData" in c]
    assert len(snapshots) == len(copies) == len(world.objects["Deployment"]) == 3
    assert {next(iter(copy["binaryData"])) for copy in copies} == set(digests[-3:])
    assert world.status["stable"]["version"] == "v6"


@pytest.mark.parametrize(
    "forged",
    ["", "yesterday", "2026-01-01T00:00:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"],
)
def test_a_forged_time_of_promotion_surprises_nobody(forged: str) -> None:
    world = World()
    world.settle()
    world.change(_version(0))
    world.settle()
    annotations = world.objects["Service"]["fraud"]["metadata"]["annotations"]
    annotations[names.ANNOTATION_PROMOTED_AT] = forged

    world.settle()
    world.pass_time(601)
    world.settle()

    assert world.serving == world.wanted


def test_a_forged_status_moves_nothing() -> None:
    world = World()
    world.settle()
    first = world.wanted
    world.change(_version(0))
    world.settle(ready=False)
    honest = world.status
    world.status = {
        **honest,
        "stable": {"version": "v2", "hash": world.wanted, "since": "2026-01-01T00:00:00Z"},
        "conditions": [],
    }

    world.reconcile()

    assert world.serving == first
    assert world.status["stable"] == honest["stable"]


def test_a_deployment_remembers_its_manifest_without_remembering_itself() -> None:
    world = World()
    world.settle()
    (deployment,) = world.objects["Deployment"].values()

    remembered = json.loads(deployment["metadata"]["annotations"][names.ANNOTATION_APPLIED])

    assert remembered["spec"] == deployment["spec"]
    assert "annotations" not in remembered["metadata"]


def test_the_copy_of_the_snapshot_survives_every_change_of_a_deployment() -> None:
    world = World()
    world.settle()
    first = names.child_name("fraud", world.wanted)
    created = world.objects["Deployment"][first]["metadata"]["annotations"]
    world.change(spec_body(serving={"replicas": 3}))
    world.settle()
    world.change(_version(0))
    world.settle()
    world.pass_time(600)
    world.settle()

    annotations = world.objects["Deployment"][first]["metadata"]["annotations"]
    assert annotations[names.ANNOTATION_DOCUMENTS] == created[names.ANNOTATION_DOCUMENTS]


FORGED_MANIFESTS = {
    "foreign": '{"kind":"Deployment","metadata":{"name":"pwned","namespace":"kube-system"},'
    '"spec":{"replicas":1,"template":{"spec":{"containers":[{"image":"evil:1"}]}}}}',
    "deep": "[" * 100_000,
    "number": '{"spec":1,"metadata":{}}',
    "empty": '{"spec":{},"metadata":{}}',
}


@pytest.mark.parametrize("forged", FORGED_MANIFESTS.values(), ids=FORGED_MANIFESTS)
def test_a_forged_memory_of_a_deployment_reaches_nothing_else(forged: str) -> None:
    world = World()
    world.settle()
    (deployment,) = world.objects["Deployment"].values()
    deployment["metadata"]["annotations"][names.ANNOTATION_APPLIED] = forged

    for action in world.decide().actions:
        assert not isinstance(action, Delete)
        assert action.manifest["metadata"]["namespace"] == "risk"
        assert action.manifest["metadata"]["name"] == names.child_name("fraud", world.wanted)
        assert action.manifest["metadata"]["ownerReferences"][0]["uid"] == world.desired.owner.uid


@pytest.mark.parametrize("selector", [None, {"app": "nonsense"}])
def test_what_serves_keeps_its_pods_when_the_front_is_lost_or_spoilt(
    selector: dict[str, str] | None,
) -> None:
    world = World(settings=settings(version_history=2, warm_seconds=0))
    world.change(spec_body(serving={"replicas": 3}))
    world.settle()
    first = world.wanted
    world.change({**_version(0), "serving": {"replicas": 3}})
    world.settle(ready=False)
    name = names.child_name("fraud", first)
    world.objects["Deployment"][name]["status"]["readyReplicas"] = 2
    if selector:
        world.objects["Service"]["fraud"]["spec"]["selector"] = selector
    else:
        del world.objects["Service"]["fraud"]

    world.settle(ready=False)

    assert world.serving == first
    assert world.replicas()[first] == 3
    assert name in world.objects["ConfigMap"]


def test_a_key_more_in_the_fronts_selector_is_taken_away() -> None:
    world = World()
    world.settle()
    world.objects["Service"]["fraud"]["spec"]["selector"]["a"] = "b"

    world.settle()

    assert "a" not in world.objects["Service"]["fraud"]["spec"]["selector"]


def test_repairs_of_what_serves_come_before_the_new_version() -> None:
    world = World()
    world.settle()
    first = names.child_name("fraud", world.wanted)
    del world.objects["Deployment"][first]
    world.objects["Service"]["fraud"]["metadata"]["labels"] = {}
    world.change(_version(0))

    written = [
        a.manifest["metadata"]["name"] for a in world.decide().actions if hasattr(a, "manifest")
    ]

    assert written[:2] == [first, "fraud"]


def test_pods_of_an_earlier_template_do_not_make_a_version_ready() -> None:
    world = World()
    world.settle()
    world.change(spec_body(serving={"resources": {"requests": {"memory": "900Gi"}}}))
    world.reconcile()
    (deployment,) = world.objects["Deployment"].values()
    deployment["status"] = {
        "observedGeneration": deployment["metadata"]["generation"],
        "replicas": 2,
        "updatedReplicas": 1,
        "readyReplicas": 1,
    }

    world.reconcile()

    assert world.condition("Reconciling") == ("True", "Updating")


def test_a_warm_version_is_brought_to_full_size_before_it_serves() -> None:
    world = World()
    world.settle()
    first = world.wanted
    world.change(_version(0))
    world.settle()
    second = world.wanted
    world.change({**_version(0), "serving": {"replicas": 20}})
    world.settle()
    world.change(spec_body(serving={"replicas": 20}))

    world.reconcile()
    assert (world.serving, world.replicas()[first]) == (second, 20)

    world.settle()
    assert world.serving == first


def test_another_snapshot_of_the_same_short_name_is_never_taken_for_the_wanted_one() -> None:
    world = World()
    world.settle()
    snapshot = world.objects["ConfigMap"][names.child_name("fraud", world.wanted)]
    snapshot["metadata"]["annotations"][names.ANNOTATION_DIGEST] = world.wanted + "0" * 54

    world.reconcile()

    assert world.condition("Stalled") == ("True", "SnapshotMismatch")
    assert world.condition("Promoted") == ("False", "SnapshotMismatch")


def test_a_snapshot_without_its_labels_is_not_taken_for_an_artifact() -> None:
    world = World()
    world.settle()
    name = names.child_name("fraud", world.wanted)
    world.objects["ConfigMap"][name]["metadata"]["labels"] = {names.LABEL_MODEL: "fraud"}

    assert not any(isinstance(action, Delete) for action in world.decide().actions)


def test_a_front_that_selected_nothing_known_serves_since_it_was_mended() -> None:
    world = World()
    world.settle()
    world.pass_time(100)
    world.objects["Service"]["fraud"]["spec"]["selector"] = {"app": "nonsense"}

    world.settle()

    assert world.status["stable"]["since"] == timestamp(world.now)
