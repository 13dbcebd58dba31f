"""The API server fails in all the ways it has; the operator writes nothing wrong, and arrives."""

import json
from base64 import b64encode
from collections.abc import Iterator

import pytest

from modelspec import names
from support import faults as ways
from support.cluster import ROOT, local_cluster
from support.faults import Faults, Spoil, faulty
from support.kube import Json, Kubectl, eventually, make_ready
from support.processes import OperatorProcess
from support.specs import MODEL_BYTES, model_body, spec_body

CLUSTER = "modelspec-faults"

ARTIFACT: Json = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "scorer-bytes"},
    "binaryData": {"model.onnx": b64encode(MODEL_BYTES).decode()},
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Kubectl]:
    """An API server that only the operator behind the proxy writes to, and the test."""
    with local_cluster(CLUSTER, "--control-plane") as kubectl:
        kubectl.run("apply", "--server-side", "-k", str(ROOT / "crds"))
        kubectl.run("wait", "--for=condition=Established", "crd/modelspecs.modelspec.dev")
        yield kubectl


@pytest.fixture(scope="module")
def faults(cluster: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faults]:
    """The proxy."""
    with faulty(cluster, tmp_path_factory.mktemp("faults")) as found:
        yield found


@pytest.fixture(scope="module")
def operator(
    faults: Faults, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OperatorProcess]:
    """The operator behind the proxy."""
    with (tmp_path_factory.mktemp("operator") / "log").open("w") as log:
        process = OperatorProcess(faults.kubeconfig, log, health_port=18105)
        process.start()
        yield process
        faults.end()
        process.stop()


def _model(index: int) -> Json:
    spec = spec_body()
    spec["models"][0]["outputs"][0]["index"] = index
    return {**model_body(spec), "metadata": {"name": "fraud"}}


def _step(kubectl: Kubectl, version: str) -> bool:
    """Do what the Deployment controller would; return whether the version serves."""
    for deployment in kubectl.list("deployment", names.LABEL_MODEL):
        if (
            deployment.get("status", {}).get("observedGeneration", 0)
            < (deployment["metadata"]["generation"])
        ):
            make_ready(kubectl, deployment)
    model = kubectl.get("modelspec", "fraud") or {}
    stable = model.get("status", {}).get("stable", {})
    return bool(kubectl.is_promoted("fraud") and stable.get("version") == version)


def _arrives(kubectl: Kubectl, version: str, within: float) -> Json:
    eventually(lambda: _step(kubectl, version), within=within, what=f"{version} serves")
    model = kubectl.get("modelspec", "fraud")
    assert model is not None
    return model


def _is_right(kubectl: Kubectl, model: Json, versions: int) -> None:
    """Check that all that there is belongs to the versions that there were, and nothing else."""
    deployments = kubectl.list("deployment", names.LABEL_MODEL)
    services = kubectl.list("service", names.LABEL_MODEL)
    snapshots = kubectl.list("configmap", names.LABEL_SNAPSHOT)
    assert (len(deployments), len(snapshots)) == (versions, versions)
    assert len(services) == versions + 1
    front = kubectl.get("service", "fraud")
    assert front is not None
    assert front["spec"]["selector"][names.LABEL_SNAPSHOT] == model["status"]["stable"]["hash"]
    numbers = {item["metadata"]["labels"][names.LABEL_VERSION] for item in deployments}
    assert numbers == {str(number + 1) for number in range(versions)}


WRITES = ("POST", "PATCH", "DELETE")


@pytest.mark.parametrize(
    ("spoil", "methods", "times", "within"),
    [
        pytest.param(ways.busy, (), 6, 40, id="429 with Retry-After"),
        pytest.param(ways.broken, WRITES, 3, 40, id="500"),
        pytest.param(ways.lost, WRITES, 3, 40, id="500, and it was done"),
        pytest.param(ways.half, WRITES, 3, 40, id="half an answer, and it was done"),
        pytest.param(ways.half, ("GET",), 3, 40, id="half of what was asked for"),
        pytest.param(ways.conflicting, ("PATCH",), 3, 40, id="409"),
        pytest.param(ways.expired, (), 8, 60, id="an expired token"),
        pytest.param(ways.unreachable, (), 12, 60, id="no connection"),
    ],
)
def test_answers_that_fail_change_nothing_but_the_time(
    cluster: Kubectl,
    faults: Faults,
    operator: OperatorProcess,
    spoil: Spoil,
    methods: tuple[str, ...],
    times: int,
    within: float,
) -> None:
    kubectl = cluster.fresh_namespace("faults")
    faults.begin(spoil, *methods, times=times)
    kubectl.apply(ARTIFACT, _model(1))

    first = _arrives(kubectl, "v1", within)
    assert faults.spoilt == times
    _is_right(kubectl, first, 1)

    faults.begin(spoil, *methods, times=times)
    kubectl.apply(_model(0))
    second = _arrives(kubectl, "v2", within)
    _is_right(kubectl, second, 2)
    assert operator.process is not None
    assert operator.process.poll() is None


def test_a_watch_that_is_too_old_is_listed_anew(
    cluster: Kubectl, faults: Faults, operator: OperatorProcess
) -> None:
    kubectl = cluster.fresh_namespace("faults")
    kubectl.apply(ARTIFACT, _model(1))
    model = _arrives(kubectl, "v1", 20)
    faults.begin(ways.gone, "WATCH", times=8)
    faults.cut_watches()

    kubectl.apply(_model(0))

    assert model["status"]["stable"]["version"] == "v1"
    _is_right(kubectl, _arrives(kubectl, "v2", 60), 2)
    assert operator.metric("watch_breaks_total") > 0


def test_an_api_server_that_is_away_for_longer_than_the_lease_lasts(
    cluster: Kubectl, faults: Faults, operator: OperatorProcess
) -> None:
    kubectl = cluster.fresh_namespace("faults")
    kubectl.apply(ARTIFACT, _model(1))
    _arrives(kubectl, "v1", 20)
    before = operator.count("lease.lost")
    faults.begin(ways.unreachable)
    faults.cut_watches()

    kubectl.apply(_model(0))
    eventually(lambda: operator.count("lease.lost") > before, within=30, what="it does not lead")
    assert operator.metric("leader") == 0.0
    faults.end()

    _is_right(kubectl, _arrives(kubectl, "v2", 90), 2)


def test_a_model_that_was_deleted_unseen_leaves_nothing_behind(
    cluster: Kubectl, faults: Faults, operator: OperatorProcess
) -> None:
    kubectl = cluster.fresh_namespace("faults")
    kubectl.apply(ARTIFACT, _model(1))
    _arrives(kubectl, "v1", 20)
    faults.begin(ways.gone, "WATCH", times=20)
    faults.cut_watches()
    eventually(lambda: faults.spoilt > 0, within=20, what="watches are refused")

    kubectl.run("delete", "modelspec", "fraud")
    kubectl.run("delete", "deployment,service,configmap", f"-l={names.LABEL_MODEL}")
    faults.end()

    # Whatever its cache holds of the model, what it writes about it finds that it is gone.
    kubectl.run("apply", "-f", "-", stdin=_plain_model())
    eventually(lambda: bool(_status(kubectl, "other")), within=60, what="another one is looked at")
    assert kubectl.list("deployment", f"{names.LABEL_MODEL}=fraud") == []


def _plain_model() -> str:
    return json.dumps({**_model(1), "metadata": {"name": "other"}})


def _status(kubectl: Kubectl, name: str) -> Json:
    status: Json = (kubectl.get("modelspec", name) or {}).get("status", {})
    return status


def test_a_watch_that_says_nothing_any_more_is_given_up(
    cluster: Kubectl, faults: Faults, operator: OperatorProcess
) -> None:
    kubectl = cluster.fresh_namespace("faults")
    faults.begin(ways.silent, "WATCH")
    faults.cut_watches()
    watched = 5  # ModelSpecs, ConfigMaps, Deployments, Services, budgets
    eventually(lambda: faults.spoilt >= watched, within=60, what="all watches are silent")
    faults.end()

    kubectl.apply(ARTIFACT, _model(1))

    _is_right(kubectl, _arrives(kubectl, "v1", 150), 1)
    assert operator.process is not None
    assert operator.process.poll() is None
