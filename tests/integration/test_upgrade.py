"""The operator is replaced by one with another serving image, on a real API server."""

import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelspec import names
from support.cluster import ROOT, local_cluster
from support.kube import Json, Kubectl, audited_writes, eventually, make_ready
from support.processes import OperatorProcess
from support.specs import MODEL_BYTES, model_body, spec_body

CLUSTER = "modelspec-upgrade"
MODELS = ("one", "two", "three")

ARTIFACT: Json = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "scorer-bytes"},
    "binaryData": {"model.onnx": b64encode(MODEL_BYTES).decode()},
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Kubectl]:
    """An API server of its own: here other operators may not write."""
    with local_cluster(CLUSTER, "--control-plane") as kubectl:
        kubectl.run("apply", "--server-side", "-k", str(ROOT / "crds"))
        kubectl.run("wait", "--for=condition=Established", "crd/modelspecs.modelspec.dev")
        yield kubectl


@pytest.fixture
def operator(cluster: Kubectl, tmp_path: Path) -> Iterator[OperatorProcess]:
    """An operator that tests start with the settings that they need."""
    with (tmp_path / "log").open("w") as log:
        process = OperatorProcess(cluster.kubeconfig, log, health_port=18107)
        yield process
        if process.process is not None and process.process.poll() is None:
            process.stop()


def _images(kubectl: Kubectl) -> list[str]:
    return sorted(
        item["spec"]["template"]["spec"]["containers"][0]["image"]
        for item in kubectl.list("deployment", names.LABEL_MODEL)
    )


def _make_ready(kubectl: Kubectl) -> None:
    for deployment in kubectl.list("deployment", names.LABEL_MODEL):
        seen = deployment.get("status", {}).get("observedGeneration", 0)
        if seen < deployment["metadata"]["generation"]:
            make_ready(kubectl, deployment)


def _all_promoted(kubectl: Kubectl) -> bool:
    _make_ready(kubectl)
    return all(kubectl.is_promoted(name) for name in MODELS)


def test_a_new_image_waits_for_new_versions_or_reaches_one_model_after_the_other(
    cluster: Kubectl, operator: OperatorProcess
) -> None:
    kubectl = cluster.fresh_namespace("upgrade")
    operator.settings = {"MODELSPEC_SERVING_IMAGE": "serving:1"}
    operator.start()
    models = [{**model_body(spec_body()), "metadata": {"name": name}} for name in MODELS]
    kubectl.apply(ARTIFACT, *models)
    eventually(lambda: _all_promoted(kubectl), within=40, what="all serve")
    assert _images(kubectl) == ["serving:1"] * 3
    operator.stop()

    operator.settings = {"MODELSPEC_SERVING_IMAGE": "serving:2"}
    writes = len(audited_writes(kubectl))
    operator.start()
    eventually(lambda: operator.metric("reconciles_total") >= 3, within=20, what="all was seen")
    time.sleep(2)  # nothing to wait for: the claim is that nothing happens
    assert audited_writes(kubectl)[writes:] == []
    operator.stop()

    operator.settings = {**operator.settings, "MODELSPEC_RUNTIME_REFRESH": "Rolling"}
    operator.start()
    eventually(lambda: "serving:2" in _images(kubectl), within=20, what="the first one has it")
    eventually(lambda: operator.metric("queue_depth") == 0, within=20, what="all was seen")
    time.sleep(2)  # the claim is that nobody else begins before the first one is ready
    assert _images(kubectl) == ["serving:1", "serving:1", "serving:2"]

    for number in (2, 3):
        _make_ready(kubectl)
        expected = ["serving:1"] * (3 - number) + ["serving:2"] * number
        eventually(
            lambda wanted=expected: _images(kubectl) == wanted,  # type: ignore[misc]
            within=40,
            what=f"{number} models have it",
        )
    eventually(lambda: _all_promoted(kubectl), within=20, what="all serve")
