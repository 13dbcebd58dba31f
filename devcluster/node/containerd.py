"""containerd: its configuration, the pod network it attaches, and the images it holds."""

import json
from pathlib import Path
from typing import Any

from devcluster.commands import answers, run
from devcluster.node.launch import start_program
from devcluster.node.layout import NODE_POD_RANGE, Layout
from devcluster.node.packages import PLUGINS
from devcluster.node.programs import program_path
from devcluster.node.readiness import wait

__all__ = ["PAUSE_IMAGE", "build_config", "build_network", "has_image", "import_archive", "launch"]

PAUSE_IMAGE = "localhost/modelspec-devcluster/pause:1"
START_DEADLINE = 30.0  # seconds; usual is less than one


def launch(layout: Layout) -> None:
    """Start containerd, and return when it answers."""
    configuration = layout.containerd / "config.toml"
    networks = layout.network / "conf"
    for directory in (layout.containerd, networks):
        directory.mkdir(parents=True, exist_ok=True)
    configuration.write_text(build_config(layout))
    (networks / "10-bridge.conflist").write_text(json.dumps(build_network(layout)))
    start_program(layout, "containerd", [f"--config={configuration}"])
    version = _ctr(layout, "version")
    wait(layout, "containerd", lambda: answers(version), timeout_s=START_DEADLINE)


def import_archive(layout: Layout, archive: Path) -> None:
    """Load the images of an OCI or Docker archive."""
    # --local: sending the archive through containerd itself takes three times as long.
    run(_ctr(layout, "images", "import", "--local", str(archive)))


def has_image(layout: Layout, reference: str) -> bool:
    """Return whether containerd holds an image of exactly this name."""
    return run(_ctr(layout, "images", "list", "-q", f"name=={reference}")).strip() == reference


def build_config(layout: Layout) -> str:
    """Return containerd's configuration: everything of it below the cluster's directory."""
    runtime = "plugins.'io.containerd.cri.v1.runtime'"
    runc = f"{runtime}.containerd.runtimes.runc"
    shim = program_path(layout.cache, "containerd-shim-runc-v2")
    return f"""\
version = 3
root = '{layout.containerd}'
state = '{layout.containerd_state}'

[grpc]
  address = '{layout.containerd_socket}'

[plugins.'io.containerd.internal.v1.opt']
  path = '{layout.containerd / "opt"}'

# A development store: what a power failure takes, `up` makes again.
[plugins.'io.containerd.metadata.v1.bolt']
  no_sync = true

# Its socket's place is fixed, and two clusters would fight for it.
[plugins.'io.containerd.nri.v1.nri']
  disable = true

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '{PAUSE_IMAGE}'

[{runtime}]
  # Root without CAP_SYS_RESOURCE cannot lower these scores, and runc would die of it.
  restrict_oom_score_adj = true
  # Below the cluster's directory it is plain whose they are.
  netns_mounts_under_state_dir = true

[{runtime}.cni]
  bin_dirs = ['{PLUGINS}']
  conf_dir = '{layout.network / "conf"}'
  # The plugin would leave a file per pod outside the cluster's directory.
  use_internal_loopback = true

[{runc}]
  runtime_type = 'io.containerd.runc.v2'
  runtime_path = '{shim}'

[{runc}.options]
  BinaryName = '{program_path(layout.cache, "runc")}'
  Root = '{layout.containerd_state / "runc"}'
  SystemdCgroup = false
"""


def build_network(layout: Layout) -> dict[str, Any]:
    """Return the configuration of the pod network: one bridge."""
    return {
        "cniVersion": "1.0.0",
        "name": layout.label,
        "plugins": [
            {
                "type": "bridge",
                "bridge": "cni0",
                "isGateway": True,
                "ipMasq": True,
                "hairpinMode": True,
                "ipam": {
                    "type": "host-local",
                    "dataDir": str(layout.network / "leases"),
                    "ranges": [[{"subnet": NODE_POD_RANGE}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }


def _ctr(layout: Layout, *arguments: str) -> list[str]:
    ctr = str(program_path(layout.cache, "ctr"))
    # The namespace in which the kubelet's side of containerd looks for images.
    return [ctr, f"--address={layout.containerd_socket}", "--namespace=k8s.io", *arguments]
