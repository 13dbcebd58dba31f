"""What the node changes on the machine itself, and how the last cluster gives it back.

Some programs use fixed places and set the kernel's own settings, whatever their configuration
says. All clusters of a machine share one record of how it was before the first of them.
"""

import json
from pathlib import Path

from devcluster.node.layout import Layout

__all__ = ["LOG_LINKS", "NETWORK_RESULTS", "remember", "restore"]

# kubelet sets these on its start; only `protectKernelDefaults` stops it, by refusing to run.
SETTINGS = tuple(
    Path("/proc/sys") / name
    for name in (
        "vm/overcommit_memory",
        "vm/panic_on_oom",
        "kernel/panic",
        "kernel/panic_on_oops",
        "kernel/keys/root_maxkeys",
        "kernel/keys/root_maxbytes",
    )
)

LOG_LINKS = Path("/var/log/containers")
NETWORK_RESULTS = Path("/var/lib/cni/results")
# Children before parents.
DIRECTORIES = (
    LOG_LINKS,
    NETWORK_RESULTS,
    NETWORK_RESULTS.parent,
    Path("/var/lib/kubelet/device-plugins"),
    Path("/var/lib/kubelet"),
    Path("/run/containerd/s"),
    Path("/run/containerd"),
)


def remember(layout: Layout) -> None:
    """Record how the machine is, unless an earlier cluster did."""
    record = _record(layout)
    if record.exists():
        return
    settings = {str(path): path.read_text().strip() for path in SETTINGS if path.exists()}
    absent = [str(path) for path in DIRECTORIES if not path.exists()]
    record.write_text(json.dumps({"settings": settings, "absent": absent}))


def restore(layout: Layout) -> None:
    """Give back what was recorded, unless another cluster still uses it."""
    record = _record(layout)
    others = [path for path in layout.state.parent.glob("*") if path.is_dir()]
    if others or not record.exists():
        return
    recorded = json.loads(record.read_text())
    for path in SETTINGS:
        if str(path) in recorded["settings"]:
            path.write_text(recorded["settings"][str(path)])
    for path in DIRECTORIES:
        if str(path) in recorded["absent"]:
            _remove_empty(path)
    record.unlink()


def _record(layout: Layout) -> Path:
    return layout.state.with_name(".machine.json")


def _remove_empty(directory: Path) -> None:
    try:
        directory.rmdir()
    except OSError:
        return  # somebody else uses it now, or it never came to be
