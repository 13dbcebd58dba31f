"""The control groups of the cluster's pods, in every hierarchy of the kernel."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from devcluster.node.mounts import read_mounts

__all__ = ["create", "hierarchies", "kill", "remove"]

INHERITED = ("cpuset.cpus", "cpuset.mems")  # a v1 cpuset starts empty, and then runs nothing
CONTROLLERS = ("cpu", "cpuset", "io", "memory", "pids")
TIMEOUT = 5.0  # seconds; a killed process leaves its group as soon as the kernel reaps it
POLL = 0.02  # seconds


def hierarchies() -> list[Path]:
    """Return where the hierarchies of either version are mounted."""
    return [mount.path for mount in read_mounts() if mount.kind in {"cgroup", "cgroup2"}]


def create(label: str) -> None:
    """Create the group *label*, below which kubelet puts those of pods, everywhere."""
    for hierarchy in hierarchies():
        group = hierarchy / label
        group.mkdir(exist_ok=True)
        for name in INHERITED:
            # In a v2 hierarchy an empty file means: as the parent. It cannot be copied there.
            if (hierarchy / name).exists() and not (hierarchy / "cgroup.controllers").exists():
                (group / name).write_text((hierarchy / name).read_text())
        _delegate(hierarchy, group)


def kill(label: str) -> None:
    """End every process in the groups below *label*: they are the cluster's containers."""
    deadline = time.monotonic() + TIMEOUT
    while found := {pid for group in _groups(label) for pid in _processes(group)}:
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if time.monotonic() > deadline:
            return
        time.sleep(POLL)


def remove(label: str) -> None:
    """Remove the group *label* and all below it, as far as they are empty."""
    deadline = time.monotonic() + TIMEOUT
    while groups := list(_groups(label)):
        for group in groups:
            try:
                group.rmdir()
            except OSError:
                # Still busy: the kernel empties a group a moment after its last process.
                continue
        if time.monotonic() > deadline:
            return
        time.sleep(POLL)


def _delegate(hierarchy: Path, group: Path) -> None:
    """Let kubelet limit what runs below *group*; a v1 hierarchy needs nothing for that."""
    for parent in (hierarchy, group):
        switch = parent / "cgroup.subtree_control"
        if not switch.exists():
            return
        offered = (parent / "cgroup.controllers").read_text().split()
        wanted = [f"+{name}" for name in CONTROLLERS if name in offered]
        if wanted:
            switch.write_text(" ".join(wanted))


def _groups(label: str) -> Iterator[Path]:
    """Return the groups of the cluster, children before parents."""
    for hierarchy in hierarchies():
        for directory, _, _ in os.walk(hierarchy / label, topdown=False):
            yield Path(directory)


def _processes(group: Path) -> list[int]:
    try:
        text = (group / "cgroup.procs").read_text()
    except OSError:
        return []  # removed while we looked
    return [int(line) for line in text.split() if line != "0"]
