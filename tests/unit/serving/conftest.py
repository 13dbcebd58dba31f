"""What the tests of the serving runtime share."""

import pytest

from support.pod import ECHO_SPEC, Caller, call, echo_graph, mount


@pytest.fixture(scope="session")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Caller:
    """Return a caller of a model that answers what its tensor held, with small limits."""
    root = tmp_path_factory.mktemp("echo")
    return call(mount(root, ECHO_SPEC, echo_graph(), max_body_bytes=4096, max_rows=8))
