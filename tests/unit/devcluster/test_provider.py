"""Which provider is used, and what the command line makes of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from devcluster import __main__ as program, directories, provider
from devcluster.errors import DevclusterError
from devcluster.kind import KindCluster
from devcluster.provider import Kind, choose


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A machine with the programs that a test says."""

    def has(*, kind: bool, engine: str | None) -> None:
        monkeypatch.setattr(shutil, "which", lambda _: "/bin/kind" if kind else None)
        monkeypatch.setattr(provider, "container_engine", lambda: engine)

    return has


@pytest.mark.parametrize(
    ("kind", "engine", "expected"),
    [
        pytest.param(True, "docker", Kind.KIND, id="kind and docker"),
        pytest.param(True, "podman", Kind.KIND, id="kind and podman"),
        pytest.param(True, None, Kind.NODE, id="kind without an engine"),
        pytest.param(False, "docker", Kind.NODE, id="docker without kind"),
    ],
)
def test_kind_is_taken_only_where_it_can_work(
    machine: Callable[..., None],
    kind: bool,  # noqa: FBT001 - a table's column
    engine: str | None,
    expected: Kind,
) -> None:
    machine(kind=kind, engine=engine)

    assert choose(None, recorded=None, environment={}) is expected


def test_the_command_line_wins_over_the_existing_cluster_and_that_over_the_environment() -> None:
    environment = {"MODELSPEC_PROVIDER": "current"}

    assert choose("node", recorded="kind", environment=environment) is Kind.NODE
    assert choose(None, recorded="kind", environment=environment) is Kind.KIND
    assert choose(None, recorded=None, environment=environment) is Kind.CURRENT


def test_an_unknown_provider_is_refused_with_the_known_ones() -> None:
    with pytest.raises(DevclusterError, match=r"'minikube' \(known: current, kind, node\)"):
        choose(None, recorded=None, environment={"MODELSPEC_PROVIDER": "minikube"})


def test_down_goes_to_the_provider_that_made_the_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: Callable[..., None]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    machine(kind=False, engine=None)
    directories.write_provider(directories.state_directory("a"), "kind")

    opened = program.open_provider(program.build_parser().parse_args(["down", "--name=a"]))

    assert isinstance(opened, KindCluster)


def test_up_does_not_put_a_second_cluster_over_that_of_another_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    directories.write_provider(directories.state_directory("a"), "kind")
    options = program.build_parser().parse_args(["up", "--name=a", "--provider=node"])

    with pytest.raises(DevclusterError, match="down --name a"):
        program.open_provider(options)


@pytest.mark.parametrize("name", ["", "-a", "A", "a b", "../a", "a" * 21, "a-"])
def test_a_name_that_is_no_file_name_and_no_host_name_is_refused(name: str) -> None:
    with pytest.raises(DevclusterError, match="--name"):
        directories.parse_name(name)
