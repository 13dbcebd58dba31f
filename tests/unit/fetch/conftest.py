"""Real servers on loopback, and a place to fetch to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.fetching import Pod
from support.object_store import ObjectStore, object_store
from support.web import Certificates, Web, certificates, web_server


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"), "127.0.0.1", "localhost")


@pytest.fixture
def web(identity: Certificates) -> Iterator[Web]:
    with web_server(identity) as server:
        yield server


@pytest.fixture(scope="session")
def store(
    identity: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ObjectStore]:
    directory = tmp_path_factory.mktemp("store")
    with object_store(directory, identity.certificate, identity.key) as running:
        yield running


@pytest.fixture
def pod(tmp_path: Path, identity: Certificates) -> Pod:
    directory = tmp_path / "artifacts"
    directory.mkdir()
    return Pod(directory, identity.authority)
