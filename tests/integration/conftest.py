"""A real API server without nodes, and the operator as a process beside it.

No pod ever runs here: tests that need a ready Deployment write its status as a controller would.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from support.cluster import ROOT, local_cluster
from support.kube import Kubectl, eventually

CLUSTER = "modelspec-it"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def api_server() -> Iterator[Kubectl]:
    """An API server with the CRD installed."""
    with local_cluster(CLUSTER, "--control-plane") as kubectl:
        kubectl.run("apply", "--server-side", "-k", str(ROOT / "crds"))
        kubectl.run("wait", "--for=condition=Established", "crd/modelspecs.modelspec.dev")
        yield kubectl


@pytest.fixture
def kubectl(api_server: Kubectl) -> Kubectl:
    """Kubectl in a fresh namespace."""
    return api_server.fresh_namespace("it")


@dataclass
class OperatorProcess:
    """The operator, outside the cluster, with the administrator's kubeconfig."""

    kubeconfig: Path
    log: IO[str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it says so."""
        before = self._starts()
        environment = {
            **os.environ,
            "KUBECONFIG": str(self.kubeconfig),
            "MODELSPEC_SERVING_IMAGE": "modelspec-serving:test",
            "MODELSPEC_HEALTH_PORT": "18099",
        }
        command = [sys.executable, "-m", "modelspec_operator"]
        self.process = subprocess.Popen(command, env=environment, stdout=self.log)
        eventually(lambda: self._starts() > before, within=20, what="the operator has started")

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def text(self) -> str:
        """Return everything it logged."""
        return Path(self.log.name).read_text()

    def _starts(self) -> int:
        return self.text().count('"event": "started"')


@pytest.fixture(scope="session")
def operator(
    api_server: Kubectl, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OperatorProcess]:
    """A running operator, shared by all tests."""
    with (tmp_path_factory.mktemp("operator") / "log").open("w") as log:
        process = OperatorProcess(api_server.kubeconfig, log)
        process.start()
        yield process
        process.stop()
