"""The node: kubelet and kube-proxy, next to containerd."""

from typing import Any

import yaml

from devcluster.commands import run
from devcluster.node import cgroups, containerd, dns, namespace
from devcluster.node.launch import start_program
from devcluster.node.layout import CLUSTER_DOMAIN, DNS_ADDRESS, NODE_ADDRESS, POD_RANGE, Layout
from devcluster.node.programs import program_path
from devcluster.node.readiness import is_complete, wait
from devcluster.node.system_images import system_archives

__all__ = ["PROGRAMS", "apply_dns", "build_kubelet_config", "start_agents", "start_containerd"]

PROGRAMS = ("containerd", "kubelet", "kube-proxy")
READY_DEADLINE = 120.0  # seconds; usual are 5 to 10


def start_containerd(layout: Layout) -> None:
    """Start containerd, and give it the images that the node itself needs."""
    containerd.launch(layout)
    for archive in system_archives(layout.cache):
        containerd.import_archive(layout, archive)


def start_agents(layout: Layout) -> None:
    """Start kubelet and kube-proxy."""
    cgroups.create(layout.label)
    layout.kubelet.mkdir(mode=0o700, exist_ok=True)
    configuration = layout.kubelet / "config.yaml"
    configuration.write_text(yaml.safe_dump(build_kubelet_config(layout)))
    start_program(
        layout,
        "kubelet",
        [
            f"--config={configuration}",
            f"--kubeconfig={layout.certificates / 'kubelet.kubeconfig'}",
            f"--root-dir={layout.kubelet}",
            f"--hostname-override={layout.name}",
            f"--node-ip={NODE_ADDRESS}",
        ],
    )
    start_program(layout, "kube-proxy", _proxy_flags(layout))


def apply_dns(layout: Layout) -> None:
    """Apply CoreDNS, and return when it and the node are ready."""
    manifests = yaml.safe_dump_all(dns.build_manifests())
    kubectl = [str(program_path(layout.cache, "kubectl")), f"--kubeconfig={layout.kubeconfig}"]
    run([*kubectl, "apply", "--server-side", "--force-conflicts", "-f", "-"], stdin=manifests)
    wait(layout, "the node and CoreDNS", lambda: is_complete(layout), timeout_s=READY_DEADLINE)


def build_kubelet_config(layout: Layout) -> dict[str, Any]:
    """Return kubelet's configuration: quick reactions, no eviction, nothing outside our own."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "x509": {"clientCAFile": str(layout.certificates / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{layout.label}",
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": CLUSTER_DOMAIN,
        "containerRuntimeEndpoint": f"unix://{layout.containerd_socket}",
        "enforceNodeAllocatable": [],
        # The machine's disk is not the cluster's to judge.
        "evictionHard": {"imagefs.available": "0%", "nodefs.available": "0%"},
        "failCgroupV1": False,
        "failSwapOn": False,
        "imageGCHighThresholdPercent": 100,
        # Look often, but write only changes: every write is a line in the audit log.
        "nodeStatusReportFrequency": "5m",
        "nodeStatusUpdateFrequency": "2s",
        "podLogsDir": str(layout.logs / "pods"),
        # The host's resolvers cannot be reached from inside the namespace.
        "resolvConf": "",
        "serializeImagePulls": False,
        "syncFrequency": "5s",
        "tlsCertFile": str(layout.certificates / "kubelet.crt"),
        "tlsPrivateKeyFile": str(layout.certificates / "kubelet.key"),
        "volumePluginDir": str(layout.kubelet / "plugins"),
    }


def _proxy_flags(layout: Layout) -> list[str]:
    flags = [
        f"--kubeconfig={layout.certificates / 'kube-proxy.kubeconfig'}",
        f"--hostname-override={layout.name}",
        f"--cluster-cidr={POD_RANGE}",
        "--proxy-mode=iptables",  # its nftables mode fails with the nft 1.0.6 of Debian 12
        "--conntrack-max-per-core=0",  # a limit of the whole machine: not ours to set
    ]
    # Without the filter an answer within the bridge bypasses the rule that undoes its NAT.
    return flags if namespace.enable_bridge_filter(layout) else [*flags, "--masquerade-all"]
