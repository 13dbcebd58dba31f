"""The network namespace that the whole cluster lives in.

Nothing of it touches the host's interfaces, routes or firewall, two clusters can use the same
addresses, and deleting it removes every rule that kube-proxy ever made.
"""

from collections.abc import Sequence
from pathlib import Path

from devcluster.commands import run
from devcluster.node.layout import NODE_ADDRESS, Layout

__all__ = ["create", "delete", "enable_bridge_filter", "enter", "find_processes"]

BRIDGE_FILTER = "/proc/sys/net/bridge/bridge-nf-call-iptables"


def create(layout: Layout) -> None:
    """Create the namespace, with an interface that has the node's address."""
    run(["ip", "netns", "add", layout.label])
    for command in (
        ["ip", "link", "set", "lo", "up"],
        # Both ends stay inside: one in the host's namespace could collide with its networks.
        ["ip", "link", "add", "node0", "type", "veth", "peer", "name", "node1"],
        ["ip", "address", "add", f"{NODE_ADDRESS}/24", "dev", "node0"],
        ["ip", "link", "set", "node0", "up"],
        ["ip", "link", "set", "node1", "up"],
        # The API server and kubelet look for the default route to learn their own address.
        ["ip", "route", "add", "default", "dev", "node0"],
        ["sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"],
    ):
        run(enter(layout, command))


def enable_bridge_filter(layout: Layout) -> bool:
    """Let the firewall see traffic between pods; return whether this kernel can do that."""
    switch = f"test -e {BRIDGE_FILTER} || exit 0; echo 1 > {BRIDGE_FILTER}; cat {BRIDGE_FILTER}"
    return run(enter(layout, ["sh", "-c", switch])).strip() == "1"


def enter(layout: Layout, command: Sequence[str]) -> list[str]:
    """Return *command* such that it runs in the namespace."""
    # Not `ip netns exec`: that also makes a mount namespace without the cgroup mounts.
    return ["nsenter", f"--net={layout.namespace}", "--", *command]


def find_processes(layout: Layout) -> list[int]:
    """Return the ids of all processes in the namespace."""
    if not layout.namespace.exists():
        return []
    namespace = layout.namespace.stat()
    return [
        int(process.name)
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and _network_of(process) == (namespace.st_dev, namespace.st_ino)
    ]


def delete(layout: Layout) -> None:
    """Delete the namespace if it exists."""
    if layout.namespace.exists():
        run(["ip", "netns", "delete", layout.label])


def _network_of(process: Path) -> tuple[int, int] | None:
    try:
        network = (process / "ns" / "net").stat()
    except OSError:
        return None  # it ended while we looked
    return network.st_dev, network.st_ino
