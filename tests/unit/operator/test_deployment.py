"""How pods come by their artifacts, whatever the store."""

import json
from copy import deepcopy
from typing import Any

import pytest

from modelspec import names
from modelspec.schema.sources import read_sources
from modelspec_operator.children.metadata import Manifest
from modelspec_operator.core.actions import Apply
from support.specs import DECISION_SPEC, MODEL_BYTES, SPEC, Body, sha256, spec_body
from support.world import World, settings

SHA256 = sha256(MODEL_BYTES)
SIZE = {"sha256": SHA256, "sizeBytes": 5_000_000}

HTTP = {**SIZE, "type": "HTTP", "http": {"url": "https://models.example.com/m.onnx"}}
PRIVATE = {
    **SIZE,
    "type": "HTTP",
    "http": {"url": "https://models.example.com/m.onnx", "secretName": "modelspec-web"},
}
S3 = {
    **SIZE,
    "type": "S3",
    "compression": "Gzip",
    "s3": {"bucket": "models", "key": "m.onnx.gz", "secretName": "modelspec-s3"},
}
VOLUME = {
    **SIZE,
    "type": "PersistentVolumeClaim",
    "persistentVolumeClaim": {"claimName": "models", "path": "fraud/m.onnx"},
}
CONFIG_MAP = {"sha256": SHA256, "type": "ConfigMap", "configMap": {"name": "m", "key": "m"}}


def _spec(artifact: Body) -> Body:
    models = deepcopy(SPEC["models"])
    models[0]["artifact"] = artifact
    return spec_body(models=models)


def _world(artifact: Body) -> World:
    world = World()
    world.change(_spec(artifact))
    world.settle()
    return world


def _pod(world: World) -> Manifest:
    (deployment,) = world.objects["Deployment"].values()
    pod: Manifest = deployment["spec"]["template"]["spec"]
    return pod


def _fetching(world: World) -> Manifest:
    (container,) = _pod(world)["initContainers"]
    return dict(container)


def _volumes(world: World) -> dict[str, Any]:
    return {volume.pop("name"): volume for volume in deepcopy(_pod(world)["volumes"])}


def _told(world: World) -> str:
    (variable,) = _fetching(world)["env"]
    return str(variable["value"])


@pytest.mark.parametrize("artifact", [CONFIG_MAP, HTTP, PRIVATE, S3, VOLUME])
def test_the_server_finds_files_in_one_directory_and_sees_no_store(artifact: Body) -> None:
    world = _world(artifact)

    (container,) = _pod(world)["containers"]
    assert [mount["name"] for mount in container["volumeMounts"]] == ["snapshot", "artifacts"]
    assert all(mount["readOnly"] for mount in container["volumeMounts"])
    assert "envFrom" not in container
    assert set(_volumes(world)["artifacts"]) == {"emptyDir"}


@pytest.mark.parametrize("artifact", [CONFIG_MAP, HTTP, PRIVATE, S3, VOLUME])
def test_a_converged_model_costs_nothing_wherever_its_artifacts_are(artifact: Body) -> None:
    assert _world(artifact).decide().actions == ()


def test_what_fetches_is_confined_as_what_serves() -> None:
    world = _world(S3)

    (container,) = _pod(world)["containers"]
    fetching = _fetching(world)
    assert fetching["securityContext"] == container["securityContext"]
    assert fetching["securityContext"]["readOnlyRootFilesystem"]
    assert fetching["image"] == container["image"]
    assert fetching["resources"] == container["resources"]


def test_only_what_fetches_sees_the_secret_and_only_under_a_name_of_ours() -> None:
    fetching = _fetching(_world(S3))

    assert fetching["envFrom"] == [
        {"prefix": "SECRET_0_", "secretRef": {"name": "modelspec-s3", "optional": True}}
    ]
    (source,) = read_sources(fetching["env"][0]["value"])
    assert source.variables == "SECRET_0_"


def test_a_claim_is_mounted_read_only_where_it_is_said_to_be() -> None:
    world = _world(VOLUME)

    (source,) = read_sources(_told(world))
    claim = {"claimName": "models", "readOnly": True}
    assert _volumes(world)["volume-0"] == {"persistentVolumeClaim": claim}
    mount = {"name": "volume-0", "mountPath": source.directory, "readOnly": True}
    assert mount in _fetching(world)["volumeMounts"]


def test_the_directory_holds_what_the_specification_says_and_no_more() -> None:
    assert _volumes(_world(VOLUME))["artifacts"] == {"emptyDir": {"sizeLimit": "6Mi"}}


def test_a_size_is_written_as_the_api_server_writes_it() -> None:
    world = _world({**HTTP, "sizeBytes": 1_073_741_824 - 1_048_576})

    assert _volumes(world)["artifacts"] == {"emptyDir": {"sizeLimit": "1Gi"}}


def test_nothing_is_fetched_where_there_is_nothing() -> None:
    world = World()
    world.change(
        {
            "featureFetching": SPEC["featureFetching"],
            "postprocessing": {"outputs": [{"name": "zero", "type": "Float64", "expr": "0.0"}]},
        }
    )
    world.settle()

    assert "initContainers" not in _pod(world)
    assert _volumes(world)["artifacts"] == {"emptyDir": {}}


def test_bytes_elsewhere_are_the_same_version_and_are_fetched_from_there() -> None:
    world = _world(HTTP)
    before = world.wanted

    world.change(_spec(S3))
    (action,) = world.decide().actions
    world.settle()

    assert isinstance(action, Apply)
    assert world.wanted == before
    (source,) = read_sources(_told(world))
    assert source.artifact.s3 is not None
    assert world.serving == before
    assert world.decide().actions == ()


def test_moving_from_a_config_map_and_back_changes_the_volumes() -> None:
    world = _world(CONFIG_MAP)
    assert "copies" in _volumes(world)

    world.change(_spec(VOLUME))
    world.settle()
    assert set(_volumes(world)) == {"snapshot", "artifacts", "volume-0"}

    world.change(_spec(CONFIG_MAP))
    world.settle()
    assert set(_volumes(world)) == {"snapshot", "artifacts", "copies"}


def test_the_name_of_the_users_config_map_starts_no_pod_anew() -> None:
    world = _world(CONFIG_MAP)

    world.change(_spec({**CONFIG_MAP, "configMap": {"name": "other", "key": "k"}}))

    assert world.decide().actions == ()


def test_saying_that_nothing_is_compressed_starts_no_pod_anew() -> None:
    world = _world(HTTP)

    world.change(_spec({**HTTP, "compression": "None"}))

    assert world.decide().actions == ()


def test_the_order_of_models_starts_no_pod_anew() -> None:
    world = World()
    golden = DECISION_SPEC["verification"]["cases"]["artifact"]["sha256"]
    world.user_artifacts[golden] = b"golden"
    world.change(DECISION_SPEC)
    world.settle()
    assert len(read_sources(_told(world))) == len(DECISION_SPEC["models"]) + 1

    world.change({**DECISION_SPEC, "models": list(reversed(DECISION_SPEC["models"]))})

    assert world.decide().actions == ()


def _as_earlier_releases_made_it(world: World) -> None:
    """Rewrite the Deployment: its ConfigMaps are mounted by the server itself."""
    (live,) = world.objects["Deployment"].values()
    remembered = json.loads(live["metadata"]["annotations"][names.ANNOTATION_APPLIED])
    for manifest in (live, remembered):
        pod = manifest["spec"]["template"]["spec"]
        del pod["initContainers"]
        copies = next(volume for volume in pod["volumes"] if volume["name"] == "copies")
        snapshot = next(volume for volume in pod["volumes"] if volume["name"] == "snapshot")
        pod["volumes"] = [snapshot, {**copies, "name": "artifacts"}]
    live["metadata"]["annotations"][names.ANNOTATION_APPLIED] = json.dumps(
        remembered, sort_keys=True, separators=(",", ":")
    )


def test_pods_of_an_earlier_release_go_on_as_they_are() -> None:
    world = _world(CONFIG_MAP)
    _as_earlier_releases_made_it(world)

    assert world.decide().actions == ()


def test_pods_of_an_earlier_release_fetch_once_their_artifact_moves() -> None:
    world = _world(CONFIG_MAP)
    _as_earlier_releases_made_it(world)
    world.settings = settings(serving_image="serving:2")

    world.change(_spec(HTTP))
    world.settle()

    assert _fetching(world)["image"] == "serving:2"
    assert _volumes(world)["artifacts"] == {"emptyDir": {"sizeLimit": "6Mi"}}


def test_what_is_stored_elsewhere_is_never_copied_or_looked_for() -> None:
    world = _world(S3)

    assert not [name for name in world.objects["ConfigMap"] if name.startswith("fraud-a-")]


def test_a_lost_deployment_comes_back_and_fetches_from_where_it_did() -> None:
    world = _world(S3)
    before = _told(world)
    world.change({**_spec(HTTP), "featureFetching": {"features": []}})  # invalid from now on
    world.objects["Deployment"].clear()

    world.settle()

    assert _told(world) == before


def test_a_lost_snapshot_comes_back_and_still_says_where_its_artifacts_are() -> None:
    world = _world(S3)
    name = names.child_name("fraud", world.wanted)
    before = world.objects["ConfigMap"][name]["metadata"]["annotations"][names.ANNOTATION_SOURCES]
    other = _spec(HTTP)
    other["models"][0]["outputs"][0]["index"] = 7
    world.change(other)
    del world.objects["ConfigMap"][name]

    world.reconcile()

    annotations = world.objects["ConfigMap"][name]["metadata"]["annotations"]
    assert annotations[names.ANNOTATION_SOURCES] == before


@pytest.mark.parametrize("forged", ["", "{}", "[1]", '[{"path": "x"}]', "[" * 100_000])
def test_a_forged_list_of_sources_breaks_nothing(forged: str) -> None:
    world = _world(CONFIG_MAP)
    before = _told(world)
    name = names.child_name("fraud", world.wanted)
    snapshot = world.objects["ConfigMap"][name]
    snapshot["metadata"]["annotations"][names.ANNOTATION_SOURCES] = forged
    world.change({**_spec(HTTP), "featureFetching": {"features": []}})
    world.objects["Deployment"].clear()

    world.settle()

    digests = [source.artifact.sha256 for source in read_sources(_told(world))]
    assert digests == [source.artifact.sha256 for source in read_sources(before)]


def test_more_memory_is_for_fetching_too() -> None:
    world = _world(HTTP)

    world.change({**_spec(HTTP), "serving": {"resources": {"limits": {"memory": "2Gi"}}}})
    world.settle()

    assert _fetching(world)["resources"]["limits"] == {"memory": "2Gi"}
