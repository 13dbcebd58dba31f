"""Nothing is left behind: not by a cluster that was removed, not by a test run that was killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.cluster import ROOT, devcluster
from support.kube import Kubectl, eventually

NAME = "modelspec-killed"
MARK = f"/{NAME}"

A_RUN_THAT_HANGS = f"""
import sys, time
sys.path[:0] = ["tests", "."]
from support.cluster import local_cluster
with local_cluster({NAME!r}) as kubectl:
    print(kubectl.kubeconfig, flush=True)
    time.sleep(600)
"""


def _traces() -> Iterator[str]:
    """Yield every trace of the cluster on this machine, whatever kind it is of."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if NAME in command and process.parent.name != str(os.getpid()):
            yield f"process {command}"
    yield from (f"mount {line}" for line in _lines("/proc/self/mounts") if NAME in line)
    yield from (f"{path}" for path in Path("/run/netns").glob(f"*{NAME}*"))
    # Unlike `rglob`, it does not mind a directory that disappears while it looks.
    yield from (path for path, _, _ in os.walk("/sys/fs/cgroup") if NAME in Path(path).name)
    yield from (f"{path}" for path in Path("/var/lib/modelspec-devcluster").glob(f"*{NAME}*"))


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def _listening() -> set[str]:
    """Return the local addresses on which somebody on this machine listens."""
    listening = "0A"
    rows = (line.split() for line in _lines("/proc/net/tcp")[1:])
    return {row[1] for row in rows if row[3] == listening}


def _interfaces() -> set[str]:
    return {path.name for path in Path("/sys/class/net").iterdir()}


@pytest.mark.skipif(
    os.geteuid() != 0 or os.environ.get("MODELSPEC_PROVIDER", "node") != "node",
    reason="only the node provider leaves traces on the machine itself; it needs root",
)
def test_a_killed_test_run_leaves_nothing_behind() -> None:
    before = _interfaces(), _listening()
    run = subprocess.Popen(
        [sys.executable, "-c", A_RUN_THAT_HANGS], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    kubectl = Kubectl(Path(run.stdout.readline().strip()))
    assert kubectl.list("nodes")
    assert list(_traces())

    run.send_signal(signal.SIGKILL)
    run.wait(10)

    eventually(lambda: not list(_traces()), within=30, what="no trace is left")
    assert (_interfaces(), _listening() - before[1]) == (before[0], set())


def test_removing_what_is_not_there_does_nothing() -> None:
    started = time.monotonic()

    devcluster("down", "--name", "modelspec-never")

    assert time.monotonic() - started < 10
    assert not Path("/var/lib/modelspec-devcluster/modelspec-never").exists()
