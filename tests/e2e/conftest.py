"""One real cluster with the operator in it; each test works in a namespace of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.cluster import KUBECONFIG_VARIABLE, ROOT, install_operator, local_cluster
from support.kube import Kubectl, proxy

CLUSTER = "modelspec-test"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Kubectl]:
    """A cluster with the operator installed."""
    given = os.environ.get(KUBECONFIG_VARIABLE)
    if given:
        yield Kubectl(Path(given))
        return
    with local_cluster(CLUSTER) as kubectl:
        install_operator(kubectl, CLUSTER)
        yield kubectl


@pytest.fixture
def kubectl(cluster: Kubectl, request: pytest.FixtureRequest) -> Iterator[Kubectl]:
    """Kubectl in a fresh namespace that demands restricted pods; tells all if the test fails."""
    restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
    here = cluster.fresh_namespace("e2e", restricted)
    failed_before = request.session.testsfailed
    yield here
    if request.session.testsfailed > failed_before:
        print(here.diagnosis())  # noqa: T201 - pytest shows it
    cluster.run("delete", "namespace", here.namespace, "--wait=false")


@pytest.fixture(scope="session")
def http(cluster: Kubectl) -> Iterator[httpx.Client]:
    """An HTTP client whose base is the API server, behind ``kubectl proxy``."""
    with proxy(cluster) as address, httpx.Client(base_url=address, timeout=10) as client:
        yield client


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two bundles of the iris example, trained with different regularization."""
    made = {}
    for name, strength in {"first": "1.0", "second": "0.1"}.items():
        made[name] = tmp_path_factory.mktemp(name)
        train = ROOT / "examples" / "01-iris" / "train.py"
        command = [sys.executable, str(train), str(made[name]), "--regularization", strength]
        subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return made
