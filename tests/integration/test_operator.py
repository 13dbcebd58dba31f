"""The operator against a real API server: ownership, repair, quiet."""

import json
import time
from base64 import b64encode
from typing import Any

import pytest

from modelspec import names
from modelspec.snapshot.identity import take_snapshot
from modelspec.snapshot.reader import read_snapshot
from modelspec_operator.core.difference import covers
from support.kube import (
    Json,
    Kubectl,
    KubectlError,
    audited_writes,
    eventually,
    make_ready,
)
from support.specs import MODEL_BYTES, model_body, spec, spec_body

OWNED = "deployment,service,configmap"


def _model(spec: Json | None = None) -> Json:
    return {**model_body(spec or spec_body()), "metadata": {"name": "fraud"}}


ARTIFACT: Json = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "scorer-bytes"},
    "binaryData": {"model.onnx": b64encode(MODEL_BYTES).decode()},
}


def _deployments(kubectl: Kubectl) -> list[Json]:
    return kubectl.list("deployment", names.LABEL_MODEL)


def _converge(kubectl: Kubectl) -> Json:
    """Make every Deployment ready until the model is promoted and nothing moves."""

    def step() -> bool:
        for deployment in _deployments(kubectl):
            status = deployment.get("status", {})
            if status.get("observedGeneration", 0) < deployment["metadata"]["generation"]:
                make_ready(kubectl, deployment)
        return kubectl.is_promoted("fraud")

    eventually(step, within=20, what="fraud is promoted")
    found = kubectl.get("modelspec", "fraud")
    assert found is not None
    return found


@pytest.fixture
def fraud(kubectl: Kubectl, operator: Any) -> Json:
    """A converged model."""
    kubectl.apply(ARTIFACT, _model())
    return _converge(kubectl)


def _other_version() -> Json:
    spec = spec_body()
    spec["models"][0]["outputs"][0]["index"] = 0
    return spec


def test_the_snapshot_holds_the_bytes_that_were_hashed(kubectl: Kubectl, fraud: Json) -> None:
    name = names.child_name("fraud", fraud["status"]["stable"]["hash"])
    snapshot = kubectl.get("configmap", name)
    assert snapshot is not None

    contents = read_snapshot({key: text.encode() for key, text in snapshot["data"].items()})

    assert contents.digest == snapshot["metadata"]["annotations"][names.ANNOTATION_DIGEST]
    assert snapshot["immutable"] is True


def test_a_new_version_gets_its_own_objects_and_the_front_follows_when_it_is_ready(
    kubectl: Kubectl, fraud: Json
) -> None:
    kubectl.apply(_model(_other_version()))
    eventually(lambda: len(_deployments(kubectl)) == 2, within=10, what="two Deployments")
    first = fraud["status"]["stable"]["hash"]
    front = kubectl.get("service", "fraud")
    assert front is not None
    assert front["spec"]["selector"][names.LABEL_SNAPSHOT] == first

    after = _converge(kubectl)

    front = kubectl.get("service", "fraud")
    assert front is not None
    assert front["spec"]["selector"][names.LABEL_SNAPSHOT] == after["status"]["stable"]["hash"]
    assert after["status"]["stable"]["version"] == "v2"


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        pytest.param("deployment", '{"spec": {"replicas": 5}}', id="replicas"),
        pytest.param(
            "deployment",
            '{"metadata": {"labels": {"modelspec.dev/model": null}}}',
            id="label that finds it",
        ),
        pytest.param(
            "deployment",
            '{"spec": {"template": {"spec": {"containers": '
            '[{"name": "serving", "image": "evil:1"}]}}}}',
            id="image",
        ),
        pytest.param("service", '{"spec": {"selector": {"a": "b"}}}', id="selector"),
        pytest.param("service", '{"metadata": {"ownerReferences": null}}', id="owner"),
    ],
)
def test_what_was_edited_by_hand_is_repaired(
    kubectl: Kubectl, fraud: Json, kind: str, patch: str
) -> None:
    name = names.child_name("fraud", fraud["status"]["stable"]["hash"])
    before = _essence(kubectl.get(kind, name))
    kubectl.run("patch", kind, name, f"--patch={patch}")

    eventually(
        lambda: _within(before, _essence(kubectl.get(kind, name))),
        within=10,
        what=f"{kind} {name} is as it was",
    )


def _essence(manifest: Json | None) -> Json:
    assert manifest is not None
    metadata = manifest["metadata"]
    return {
        "spec": manifest["spec"],
        "labels": metadata.get("labels", {}),
        "owners": metadata.get("ownerReferences", []),
    }


def _within(before: Json, after: Json) -> bool:
    """Tell whether all that was there is there again; a foreign addition may stay."""
    same_selector = after["spec"]["selector"] == before["spec"]["selector"]
    return same_selector and covers(after, before)


def test_foreign_annotations_are_left_alone(kubectl: Kubectl, fraud: Json) -> None:
    name = names.child_name("fraud", fraud["status"]["stable"]["hash"])
    kubectl.run("annotate", "deployment", name, "team=risk")
    kubectl.run("scale", "deployment", name, "--replicas=4")

    eventually(
        lambda: (kubectl.get("deployment", name) or {})["spec"]["replicas"] == 1,
        within=10,
        what="the replicas are repaired",
    )

    deployment = kubectl.get("deployment", name)
    assert deployment is not None
    assert deployment["metadata"]["annotations"]["team"] == "risk"


def test_a_limit_that_is_taken_back_disappears(kubectl: Kubectl, operator: Any) -> None:
    spec = spec_body(serving={"resources": {"limits": {"memory": "1Gi"}}})
    kubectl.apply(ARTIFACT, _model(spec))
    _converge(kubectl)

    kubectl.apply(_model())
    _converge(kubectl)

    (deployment,) = _deployments(kubectl)
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert "limits" not in container["resources"]


def _patch_status(kubectl: Kubectl, patch: Json) -> None:
    text = f"--patch={json.dumps(patch)}"
    kubectl.run("patch", "mspec", "fraud", "--subresource=status", "--type=merge", text)


def test_a_wiped_status_is_rebuilt_and_nothing_moves(kubectl: Kubectl, fraud: Json) -> None:
    _patch_status(kubectl, {"status": None})

    eventually(lambda: kubectl.is_promoted("fraud"), within=10, what="the status is back")

    rebuilt = kubectl.get("modelspec", "fraud")
    assert rebuilt is not None
    assert rebuilt["status"]["stable"] == fraud["status"]["stable"]


def test_a_forged_status_is_not_believed(kubectl: Kubectl, fraud: Json) -> None:
    kubectl.apply(_model(_other_version()))
    eventually(lambda: len(_deployments(kubectl)) == 2, within=10, what="two Deployments")
    forged = {"version": "v2", "hash": "0000000000", "since": "2026-01-01T00:00:00Z"}
    _patch_status(kubectl, {"status": {"stable": forged}})

    eventually(
        lambda: (
            (kubectl.get("modelspec", "fraud") or {})["status"]["stable"]
            == fraud["status"]["stable"]
        ),
        within=10,
        what="the status tells the truth again",
    )
    front = kubectl.get("service", "fraud")
    assert front is not None
    assert front["spec"]["selector"][names.LABEL_SNAPSHOT] == fraud["status"]["stable"]["hash"]


def test_somebody_elses_snapshot_name_is_left_alone(kubectl: Kubectl, operator: Any) -> None:
    name = names.child_name("fraud", take_snapshot(spec()).hash)
    theirs = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "data": {"a": "b"},
    }
    kubectl.apply(ARTIFACT, theirs)
    before = kubectl.get("configmap", name)
    kubectl.apply(_model())

    eventually(
        lambda: kubectl.condition("fraud", "Stalled").get("reason") == "NameConflict",
        within=10,
        what="Stalled says NameConflict",
    )

    assert kubectl.get("configmap", name) == before


def test_a_forged_snapshot_that_cannot_be_mended_is_not_used(
    kubectl: Kubectl, operator: Any
) -> None:
    name = names.child_name("fraud", take_snapshot(spec()).hash)
    labels = {names.LABEL_MODEL: "fraud"}
    forged = {**ARTIFACT, "metadata": {"name": name, "labels": labels}, "immutable": True}
    kubectl.apply(ARTIFACT, forged, _model())

    eventually(
        lambda: kubectl.condition("fraud", "Stalled").get("reason") == "NameConflict",
        within=10,
        what="Stalled says NameConflict",
    )

    assert _deployments(kubectl) == []
    kubectl.run("delete", "configmap", name)
    eventually(lambda: _deployments(kubectl), within=40, what="the way is free")


def test_orphans_of_ours_are_adopted_by_the_next_model_of_that_name(
    kubectl: Kubectl, fraud: Json
) -> None:
    kubectl.run("delete", "mspec", "fraud")  # no garbage collector runs here, so all else stays
    for kind in OWNED.split(","):
        for orphan in kubectl.list(kind, names.LABEL_MODEL):
            # What `--cascade=orphan` makes the garbage collector do.
            patch = '--patch={"metadata": {"ownerReferences": null}}'
            kubectl.run("patch", kind, orphan["metadata"]["name"], "--type=merge", patch)
    before = {o["metadata"]["uid"] for o in kubectl.list(OWNED, names.LABEL_MODEL)}

    kubectl.apply(_model())
    after = _converge(kubectl)

    adopted = kubectl.list(OWNED, names.LABEL_MODEL)
    assert {o["metadata"]["uid"] for o in adopted} == before
    owners = {o["metadata"]["ownerReferences"][0]["uid"] for o in adopted}
    assert owners == {after["metadata"]["uid"]}


def test_a_restart_on_a_converged_cluster_writes_nothing(
    api_server: Kubectl, kubectl: Kubectl, fraud: Json, operator: Any
) -> None:
    before = _writes(api_server, kubectl)
    versions = _resource_versions(kubectl)

    assert operator.stop() == 0
    operator.start()
    time.sleep(5)  # nothing to wait for: the claim is that nothing happens

    assert _writes(api_server, kubectl)[len(before) :] == []
    assert _resource_versions(kubectl) == versions


def _writes(api_server: Kubectl, kubectl: Kubectl) -> list[Json]:
    return [
        entry
        for entry in audited_writes(api_server, user_agent=names.FIELD_MANAGER)
        if entry["objectRef"].get("namespace") == kubectl.namespace
    ]


def _resource_versions(kubectl: Kubectl) -> dict[str, str]:
    return {
        f"{o['kind']}/{o['metadata']['name']}": o["metadata"]["resourceVersion"]
        for o in kubectl.list(f"{OWNED},modelspec")
    }


def test_a_new_model_costs_one_write_per_child_and_two_of_its_status(
    api_server: Kubectl, kubectl: Kubectl, fraud: Json
) -> None:
    time.sleep(1)  # the audit log is written behind the requests

    told = [
        (entry["verb"], entry["objectRef"]["resource"], entry["objectRef"].get("subresource"))
        for entry in _writes(api_server, kubectl)
        if entry["objectRef"]["resource"] != "events"
    ]

    assert sorted(told, key=str) == sorted(
        [
            ("create", "configmaps", None),
            ("create", "configmaps", None),
            ("create", "services", None),
            ("create", "deployments", None),
            ("create", "services", None),
            ("patch", "modelspecs", "status"),
            ("patch", "modelspecs", "status"),
        ],
        key=str,
    )


def test_a_model_that_is_deleted_while_it_rolls_is_not_written_again(
    kubectl: Kubectl, operator: Any
) -> None:
    kubectl.apply(ARTIFACT, _model())
    eventually(lambda: _deployments(kubectl), within=10, what="a Deployment")
    kubectl.run("delete", "mspec", "fraud")
    kubectl.run("delete", "deployment", "-l", names.LABEL_MODEL)

    time.sleep(4)  # longer than the pause after which a model that is not ready is looked at

    assert _deployments(kubectl) == []
    with pytest.raises(KubectlError):
        kubectl.run("get", "mspec", "fraud")


def test_what_the_api_server_refuses_is_told_in_the_status(kubectl: Kubectl, fraud: Json) -> None:
    resources = {"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}
    kubectl.apply(_model(spec_body(serving={"resources": resources})))

    eventually(
        lambda: kubectl.condition("fraud", "Stalled").get("reason") == "WriteRefused",
        within=10,
        what="Stalled says WriteRefused",
    )

    stalled = kubectl.condition("fraud", "Stalled")
    assert "must be less than or equal to memory limit" in stalled["message"]
    assert stalled["observedGeneration"] == 2
    kubectl.run("delete", "service", "fraud")
    eventually(lambda: kubectl.get("service", "fraud"), within=20, what="the front is back")


def test_a_forged_annotation_reaches_no_other_namespace(kubectl: Kubectl, fraud: Json) -> None:
    name = names.child_name("fraud", fraud["status"]["stable"]["hash"])
    live = kubectl.get("deployment", name)
    assert live is not None
    forged = json.loads(live["metadata"]["annotations"][names.ANNOTATION_APPLIED])
    forged["metadata"].update(name="pwned", namespace="kube-system")
    forged["spec"]["replicas"] = 3
    annotation = f"{names.ANNOTATION_APPLIED}={json.dumps(forged)}"
    kubectl.run("annotate", "--overwrite", "deployment", name, annotation)

    def is_repaired() -> bool:
        now = kubectl.get("deployment", name)
        return bool(now and now["metadata"]["annotations"] == live["metadata"]["annotations"])

    eventually(is_repaired, within=10, what="the annotation is as it was")
    after = kubectl.get("deployment", name)
    assert after is not None
    assert after["spec"] == live["spec"]
    assert kubectl.in_namespace("kube-system").get("deployment", "pwned") is None


def test_a_relabelled_child_is_no_ghost(kubectl: Kubectl, fraud: Json) -> None:
    name = names.child_name("fraud", fraud["status"]["stable"]["hash"])
    kubectl.run("label", "--overwrite", "deployment", name, f"{names.LABEL_MODEL}=zzz")

    def is_repaired() -> bool:
        live = kubectl.get("deployment", name)
        return bool(live and live["metadata"]["labels"][names.LABEL_MODEL] == "fraud")

    eventually(is_repaired, within=10, what="the label is back")
