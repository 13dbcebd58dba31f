"""Two replicas on a real API server: one writes, the other takes over, and nobody writes twice."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.cluster import ROOT, local_cluster
from support.kube import Json, Kubectl, eventually
from support.processes import OperatorProcess
from support.specs import model_body, spec_body

CLUSTER = "modelspec-ha"
TAKE_OVER_SECONDS = 20.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Kubectl]:
    """An API server of its own: here no other operator may write."""
    with local_cluster(CLUSTER, "--control-plane") as kubectl:
        kubectl.run("apply", "--server-side", "-k", str(ROOT / "crds"))
        kubectl.run("wait", "--for=condition=Established", "crd/modelspecs.modelspec.dev")
        yield kubectl


@pytest.fixture
def replicas(cluster: Kubectl, tmp_path: Path) -> Iterator[list[OperatorProcess]]:
    """Two replicas; the first one leads."""
    started = []
    with ExitStack() as stack:
        for number in range(2):
            log = stack.enter_context((tmp_path / f"log-{number}").open("w"))
            replica = OperatorProcess(cluster.kubeconfig, log, health_port=18101 + number)
            replica.start()
            started.append(replica)
            if number == 0:
                eventually(lambda: leads(started[0]), within=20, what="the first replica leads")
        yield started
        for replica in started:
            process = replica.process
            assert process is not None
            process.send_signal(signal.SIGCONT)
            if process.poll() is None:
                replica.stop()


def leads(replica: OperatorProcess) -> bool:
    """Tell whether a replica says that it leads."""
    return replica.metric("leader") == 1.0


def _model(name: str) -> Json:
    body = model_body(spec_body())
    return {**body, "metadata": {"name": name}}


def _has_status(kubectl: Kubectl, name: str) -> bool:
    model = kubectl.get("modelspec", name)
    return model is not None and bool(model.get("status"))


def test_a_replica_that_is_killed_is_replaced_within_twenty_seconds(
    cluster: Kubectl, replicas: list[OperatorProcess]
) -> None:
    kubectl = cluster.fresh_namespace("ha")
    first, second = replicas
    assert (first.metric("leader"), second.metric("leader")) == (1.0, 0.0)

    first.send(signal.SIGKILL)
    killed = time.monotonic()
    kubectl.apply(_model("after"))

    eventually(lambda: _has_status(kubectl, "after"), within=30, what="the other one has written")
    assert time.monotonic() - killed <= TAKE_OVER_SECONDS
    assert second.count("leading") == 1


def test_a_replica_that_is_told_to_stop_hands_over_at_once(
    cluster: Kubectl, replicas: list[OperatorProcess]
) -> None:
    kubectl = cluster.fresh_namespace("ha")
    first, second = replicas

    assert first.stop() == 0
    stopped = time.monotonic()
    kubectl.apply(_model("handed-over"))

    eventually(lambda: _has_status(kubectl, "handed-over"), within=10, what="the other one writes")
    assert time.monotonic() - stopped <= 5.0
    lease = kubectl.in_namespace("default").get("lease", "modelspec-operator")
    assert lease is not None
    assert leads(second)


def test_a_replica_that_was_frozen_writes_nothing_when_it_wakes(
    cluster: Kubectl, replicas: list[OperatorProcess]
) -> None:
    kubectl = cluster.fresh_namespace("ha")
    first, second = replicas
    kubectl.apply(_model("frozen"))
    eventually(lambda: _has_status(kubectl, "frozen"), within=20, what="the first one has written")
    before = _writes(first)
    first.send(signal.SIGSTOP)
    eventually(lambda: leads(second), within=25, what="the second replica leads")
    kubectl.run("delete", "modelspec", "frozen")
    kubectl.apply(_model("meanwhile"))
    eventually(lambda: _has_status(kubectl, "meanwhile"), within=20, what="the second one writes")

    first.send(signal.SIGCONT)

    eventually(lambda: first.count("lease.lost") == 1, within=20, what="the first one has noticed")
    kubectl.apply(_model("later"))
    eventually(lambda: _has_status(kubectl, "later"), within=20, what="somebody writes")
    assert (leads(first), leads(second)) == (False, True)
    assert _writes(first) == before


def _writes(replica: OperatorProcess) -> float:
    """Return how many writes a replica has sent, of anything but the Lease."""
    return replica.metric("api_requests_total", "POST", "PATCH", "DELETE")
