"""The provider: one cluster on this machine itself, started, looked at and removed."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from devcluster import progress
from devcluster.directories import remove_root
from devcluster.errors import DevclusterError
from devcluster.locks import exclusive
from devcluster.node import api, remains, startup
from devcluster.node.control_plane import CONTROLLERS, CORE, wait_ready
from devcluster.node.images import load_image
from devcluster.node.layout import Layout
from devcluster.node.preparation import check_machine
from devcluster.node.processes import is_running, read_records
from devcluster.node.programs import program_path
from devcluster.node.readiness import is_complete, wait
from devcluster.node.worker import PROGRAMS

__all__ = ["Condition", "NodeCluster", "assess"]

PATIENCE = 15.0  # seconds for a cluster whose processes all run to say that it is ready
EVERYTHING = {*CORE, *CONTROLLERS, *PROGRAMS}


class Condition(StrEnum):
    """What there is of a cluster, judged by its processes."""

    ABSENT = "absent"
    BROKEN = "broken"
    CONTROL_PLANE = "control plane"
    COMPLETE = "complete"


def assess(recorded: set[str], running: set[str], *, remains_exist: bool) -> Condition:
    """Return the condition of a cluster.

    Args:
        recorded: The names of the processes that were started.
        running: The names of those that run.
        remains_exist: Whether there is anything of the cluster at all.
    """
    if recorded == running == EVERYTHING:
        return Condition.COMPLETE
    if recorded == running == set(CORE):
        return Condition.CONTROL_PLANE
    return Condition.BROKEN if remains_exist else Condition.ABSENT


@dataclass(frozen=True)
class NodeCluster:
    """A cluster of one node, without containers around it; see `devcluster.provider`."""

    layout: Layout
    """Its names and paths."""

    def up(self, *, control_plane: bool) -> Path:
        """Start the cluster unless it runs; clear the remains of a crash first."""
        check_machine()
        with self._lock():
            found = self._usable()
            if found is Condition.ABSENT:
                self._clear()
                startup.start_control_plane(self.layout)
            if control_plane:
                wait_ready(self.layout)
            elif found is not Condition.COMPLETE:
                startup.add_node(self.layout)
        return self.layout.kubeconfig

    def down(self) -> None:
        """Remove every process, mount, interface, group and file of the cluster."""
        if not remains.exist(self.layout) and not self.layout.lock.exists():
            return
        check_machine()
        with self._lock(discard=True):
            remains.clear(self.layout)
        remove_root(self.layout.state)

    def status(self) -> Mapping[str, str]:
        """Return what there is to know about the cluster, in the order to print it."""
        layout = self.layout
        condition = self._condition()
        lines = {
            "name": layout.name,
            "provider": "node",
            "condition": str(condition),
            "kubectl": str(program_path(layout.cache, "kubectl")),
        }
        if condition is Condition.ABSENT:
            return lines
        return {
            **lines,
            "ready": "yes" if self._is_ready(condition) else "no",
            "kubeconfig": str(layout.kubeconfig),
            "logs": str(layout.logs),
            "namespace": str(layout.namespace),
        }

    def kubeconfig(self) -> Path:
        """Return the path of the kubeconfig, whether or not the cluster runs."""
        return self.layout.kubeconfig

    def load(self, images: Sequence[str]) -> None:
        """Import images into containerd."""
        check_machine()
        if self._condition() is not Condition.COMPLETE:
            raise DevclusterError(
                f"the cluster {self.layout.name} has no running node "
                f"(run: python -m devcluster up --name {self.layout.name})"
            )
        for image in images:
            load_image(self.layout, image)

    def _lock(self, *, discard: bool = False) -> AbstractContextManager[None]:
        busy = f"another command works on the cluster {self.layout.name}; waiting"
        return exclusive(self.layout.lock, busy=busy, discard=discard)

    def _clear(self) -> None:
        if remains.exist(self.layout):
            with progress.step(f"clearing the remains of {self.layout.name}"):
                remains.clear(self.layout)

    def _condition(self) -> Condition:
        records = read_records(self.layout.records)
        running = {name for name, record in records.items() if is_running(record)}
        return assess(set(records), running, remains_exist=remains.exist(self.layout))

    def _usable(self) -> Condition:
        """Return what of the cluster can be kept: all of it, its control plane, or nothing."""
        condition = self._condition()
        if condition in {Condition.ABSENT, Condition.BROKEN}:
            return Condition.ABSENT
        try:
            wait(self.layout, "readiness", lambda: self._is_ready(condition), timeout_s=PATIENCE)
        except DevclusterError as error:
            progress.note(f"the cluster runs but is not ready; starting it anew\n{error}")
            return Condition.ABSENT
        return condition

    def _is_ready(self, condition: Condition) -> bool:
        if condition is Condition.COMPLETE:
            return is_complete(self.layout)
        return condition is Condition.CONTROL_PLANE and api.is_ready(self.layout)
