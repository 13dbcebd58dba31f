"""The names, addresses and paths of one cluster, all derived from its name."""

from dataclasses import dataclass
from pathlib import Path

from devcluster import audit
from devcluster.directories import cache_directory, parse_name, state_directory
from devcluster.errors import DevclusterError

__all__ = [
    "API_PORT",
    "CLUSTER_DOMAIN",
    "DNS_ADDRESS",
    "NODE_ADDRESS",
    "NODE_POD_RANGE",
    "POD_RANGE",
    "SERVICE_RANGE",
    "Layout",
    "open_layout",
]

# Every cluster uses the same addresses: each is alone in its network namespace.
NODE_ADDRESS = "10.240.0.2"
API_PORT = 6443
SERVICE_RANGE = "10.96.0.0/16"
FIRST_SERVICE_ADDRESS = "10.96.0.1"
DNS_ADDRESS = "10.96.0.10"
POD_RANGE = "10.244.0.0/16"
NODE_POD_RANGE = "10.244.0.0/24"
CLUSTER_DOMAIN = "cluster.local"

LONGEST_SOCKET_PATH = 107  # bytes; the limit of Linux for unix sockets


@dataclass(frozen=True)
class Layout:
    """Where one cluster keeps what."""

    name: str
    """The cluster's name, which is also its node's."""
    state: Path
    """Directory of everything that goes away with the cluster."""
    cache: Path
    """Directory of what is built once."""

    @property
    def label(self) -> str:
        """What the cluster calls its own things outside its directory."""
        return f"modelspec-devcluster-{self.name}"

    @property
    def lock(self) -> Path:
        """Held by the command that changes this cluster."""
        return self.state.with_name(f".{self.name}.lock")

    @property
    def namespace(self) -> Path:
        """The network namespace that everything runs in."""
        return Path("/run/netns") / self.label

    @property
    def kubeconfig(self) -> Path:
        """The administrator's, through the relay."""
        return self.state / "kubeconfig"

    @property
    def certificates(self) -> Path:
        """Keys, certificates and the components' kubeconfigs."""
        return self.state / "pki"

    @property
    def logs(self) -> Path:
        """One log per process."""
        return self.state / "logs"

    @property
    def records(self) -> Path:
        """One file per process that we started."""
        return self.state / "processes"

    @property
    def audit_log(self) -> Path:
        """The API server's."""
        return self.state / audit.LOG

    @property
    def containerd(self) -> Path:
        """Images and containers."""
        return self.state / "containerd"

    @property
    def containerd_state(self) -> Path:
        """Sockets and mounts of running containers; the longest paths of all are below it."""
        return self.state / "run"

    @property
    def containerd_socket(self) -> Path:
        """Where containerd answers."""
        return self.containerd_state / "containerd.sock"

    @property
    def kubelet(self) -> Path:
        """Volumes of pods, and kubelet's own files."""
        return self.state / "kubelet"

    @property
    def network(self) -> Path:
        """Configuration and address leases of the pod network."""
        return self.state / "cni"


def open_layout(name: str) -> Layout:
    """Return the layout of the cluster *name*.

    Raises:
        DevclusterError: The name is not allowed, or the state directory's path is too long.
    """
    layout = Layout(parse_name(name), state_directory(name), cache_directory())
    # containerd derives this one from its address, and no other socket's path is longer.
    longest = len(f"{layout.containerd_socket}.ttrpc")
    if longest > LONGEST_SOCKET_PATH:
        raise DevclusterError(
            f"{layout.state}: too long for unix sockets (set XDG_STATE_HOME to a shorter path)"
        )
    return layout
