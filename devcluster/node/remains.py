"""Removing a cluster, whatever state it is in: running, half started or crashed."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from devcluster.node import cgroups, machine, mounts, namespace
from devcluster.node.layout import Layout
from devcluster.node.processes import identify, kill, read_records, stop

__all__ = ["clear", "exist"]

# The API server before etcd: without its store it hangs, and then dies only by force.
ORDER = (
    ("kubelet", "kube-proxy"),
    ("kube-controller-manager", "kube-scheduler", "relay"),
    ("kube-apiserver",),
    ("etcd", "containerd"),
)
GRACE = 2.0  # seconds; nothing here has anything worth saving


def exist(layout: Layout) -> bool:
    """Return whether anything of the cluster is on this machine."""
    groups = (hierarchy / layout.label for hierarchy in cgroups.hierarchies())
    return any(path.exists() for path in (layout.state, layout.namespace, *groups))


def clear(layout: Layout) -> None:
    """Remove everything of the cluster; a no-op where there is nothing."""
    sockets = _shim_sockets(layout)
    _stop_processes(layout)
    mounts.unmount_below(layout.state)
    namespace.delete(layout)
    cgroups.remove(layout.label)
    _unlink(sockets)
    _unlink(machine.NETWORK_RESULTS.glob(f"{layout.label}-*"))
    _unlink(link for link in machine.LOG_LINKS.glob("*") if _points_below(link, layout.state))
    if layout.state.exists():
        shutil.rmtree(layout.state)
    machine.restore(layout)


def _stop_processes(layout: Layout) -> None:
    records = read_records(layout.records)
    for number, names in enumerate(ORDER):
        stop([records[name] for name in names if name in records], grace_s=GRACE)
        if number == 0:
            # Only now: kubelet would start its containers again.
            cgroups.kill(layout.label)
    # What containerd left behind, and what was started but not yet recorded in a crash.
    left = [identify("leftover", pid) for pid in namespace.find_processes(layout)]
    kill([record for record in left if record])


def _shim_sockets(layout: Layout) -> list[Path]:
    """Return the sockets of containers' shims, which are elsewhere, under meaningless names."""
    bundles = layout.containerd_state / "io.containerd.runtime.v2.task" / "k8s.io"
    addresses = [
        json.loads(path.read_text()).get("address", "")
        for path in bundles.glob("*/bootstrap.json")
    ]
    return [Path(each.removeprefix("unix://")) for each in addresses if each]


def _points_below(link: Path, directory: Path) -> bool:
    return link.is_symlink() and link.readlink().is_relative_to(directory)


def _unlink(paths: Iterable[Path]) -> None:
    for path in list(paths):
        path.unlink(missing_ok=True)
