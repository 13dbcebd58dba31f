"""A signal goes to a process that we started, or to nobody."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devcluster.errors import ProcessDiedError
from devcluster.node import processes
from devcluster.node.processes import Record

COMMAND = ("sleep", "60")


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Record]:
    """A process that runs, started and recorded as those of a cluster are."""
    record = processes.start(
        "sleeper", COMMAND, records=tmp_path / "records", log=tmp_path / "sleeper.log"
    )
    yield record
    os.kill(record.pid, signal.SIGKILL)
    os.waitpid(record.pid, 0)


def test_a_started_process_is_found_again_from_its_record(sleeper: Record, tmp_path: Path) -> None:
    assert processes.read_records(tmp_path / "records") == {"sleeper": sleeper}
    assert processes.is_running(sleeper)


@pytest.mark.parametrize(
    "stale",
    [
        pytest.param({"command": ("sleep", "61")}, id="another command line"),
        pytest.param({"start_time": 1}, id="another start time"),
    ],
)
def test_a_process_that_is_not_the_recorded_one_gets_no_signal(
    sleeper: Record, stale: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, _: sent.append(pid))
    record = Record(**{**vars(sleeper), **stale})

    processes.stop([record], grace_s=0.1)

    assert not processes.is_running(record)
    assert sent == []


def test_a_process_is_recognized_while_its_prefix_has_not_yet_replaced_itself(
    sleeper: Record,
) -> None:
    assert processes.is_running(replace(sleeper, command=COMMAND[1:]))


def test_a_process_runs_in_the_moment_in_which_it_becomes_another_program(
    tmp_path: Path,
) -> None:
    # Each of these replaces itself by the next; its command line is empty in between.
    prefix = ["env"] * 200
    record = processes.start(
        "sleeper", COMMAND, records=tmp_path / "records", log=tmp_path / "log", prefix=prefix
    )
    try:
        assert all(processes.is_running(record) for _ in range(3000))
    finally:
        os.kill(record.pid, signal.SIGKILL)
        os.waitpid(record.pid, 0)


def test_stop_ends_the_recorded_process(sleeper: Record) -> None:
    processes.stop([sleeper], grace_s=1.0)

    assert not processes.is_running(sleeper)


def test_a_process_that_died_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    (tmp_path / "etcd.log").write_text("starting\nno space left on device\n")
    dead = Record("etcd", 0, 1, ("etcd",))

    with pytest.raises(ProcessDiedError, match=r"etcd ended.*\n.*\n.*no space left on device"):
        processes.check_alive({"etcd": dead}, tmp_path)
