"""A real API server without nodes, and the operator as a process beside it.

No pod ever runs here: tests that need a ready Deployment write its status as a controller would.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.cluster import ROOT, local_cluster
from support.kube import Kubectl
from support.processes import OperatorProcess

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
