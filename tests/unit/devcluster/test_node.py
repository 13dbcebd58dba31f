"""The condition of a cluster, its traces on the machine, and what is missing."""

import json
import os
import sys
from pathlib import Path

import pytest

from devcluster.errors import DevclusterError, MissingPrerequisiteError
from devcluster.node import cluster, machine, mounts, packages, preparation
from devcluster.node.cluster import Condition, assess
from devcluster.node.control_plane import CORE
from devcluster.node.layout import Layout, open_layout
from devcluster.node.packages import Package

ALL = cluster.EVERYTHING


@pytest.mark.parametrize(
    ("recorded", "running", "remains_exist", "condition"),
    [
        pytest.param(set(), set(), False, Condition.ABSENT, id="nothing"),
        pytest.param(set(), set(), True, Condition.BROKEN, id="only files"),
        pytest.param(set(CORE), set(CORE), True, Condition.CONTROL_PLANE, id="control plane"),
        pytest.param(ALL, ALL, True, Condition.COMPLETE, id="everything"),
        pytest.param(ALL, ALL - {"kubelet"}, True, Condition.BROKEN, id="kubelet died"),
        pytest.param({*CORE, "kubelet"}, {*CORE, "kubelet"}, True, Condition.BROKEN, id="half"),
    ],
)
def test_a_cluster_is_kept_only_if_everything_that_was_started_runs(
    recorded: set[str],
    running: set[str],
    remains_exist: bool,  # noqa: FBT001 - a table's column
    condition: Condition,
) -> None:
    assert assess(recorded, running, remains_exist=remains_exist) is condition


def test_down_on_nothing_does_nothing(tmp_path: Path) -> None:
    layout = Layout("demo-unit-test", tmp_path / "state" / "demo", tmp_path / "cache")

    cluster.NodeCluster(layout).down()

    assert list(tmp_path.iterdir()) == []


def test_a_state_directory_too_long_for_sockets_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / ("x" * 100)))

    with pytest.raises(DevclusterError, match="XDG_STATE_HOME"):
        open_layout("demo")


def test_mounts_are_read_with_their_escapes() -> None:
    text = "tmpfs /a\\040b tmpfs rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n"

    found = mounts.parse_mounts(text)

    assert [(str(each.path), each.kind) for each in found] == [
        ("/a b", "tmpfs"),
        ("/sys/fs/cgroup", "cgroup2"),
    ]


def test_the_last_cluster_gives_the_machine_back_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting, directory = tmp_path / "panic", tmp_path / "containers"
    setting.write_text("1\n")
    monkeypatch.setattr(machine, "SETTINGS", (setting,))
    monkeypatch.setattr(machine, "DIRECTORIES", (directory,))
    first = Layout("first", tmp_path / "state" / "first", tmp_path)
    second = Layout("second", tmp_path / "state" / "second", tmp_path)
    for layout in (first, second):
        layout.state.mkdir(parents=True)
        machine.remember(layout)
        setting.write_text("10\n")
        directory.mkdir(exist_ok=True)

    first.state.rmdir()
    machine.restore(first)

    assert setting.read_text() == "10\n"
    second.state.rmdir()
    machine.restore(second)
    assert setting.read_text() == "1"
    assert not directory.exists()
    assert list((tmp_path / "state").iterdir()) == []


def test_a_missing_package_is_named_where_there_is_no_apt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find", lambda _: None)
    wanted = [Package("socat", lambda: False), Package("iptables", lambda: True)]

    with pytest.raises(MissingPrerequisiteError, match=r"missing: socat \(.*no apt-get"):
        packages.ensure(wanted)


@pytest.mark.parametrize(
    ("platform", "user", "message"),
    [
        pytest.param("darwin", 0, "needs Linux", id="not Linux"),
        pytest.param("linux", 1000, "needs root", id="not root"),
    ],
)
def test_a_machine_that_cannot_be_a_node_is_told_what_can(
    monkeypatch: pytest.MonkeyPatch, platform: str, user: int, message: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(os, "geteuid", lambda: user)

    with pytest.raises(MissingPrerequisiteError, match=f"{message}.*--provider current"):
        preparation.check_machine()


def test_the_machine_record_names_only_what_exists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "SETTINGS", (tmp_path / "absent",))
    layout = Layout("demo", tmp_path / "demo", tmp_path)

    machine.remember(layout)

    assert json.loads((tmp_path / ".machine.json").read_text())["settings"] == {}
