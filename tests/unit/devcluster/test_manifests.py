"""What the node is told: CoreDNS, kubelet, containerd, the pod network, the audit policy."""

import tomllib
from pathlib import Path

import pytest

from devcluster import audit
from devcluster.node import containerd, dns, worker
from devcluster.node.layout import Layout

LAYOUT = Layout("demo", Path("/var/lib/dc/demo"), Path("/cache"))


def test_the_audit_policy_logs_writes_once_and_reads_never() -> None:
    policy = audit.build_policy()

    assert policy["omitStages"] == ["RequestReceived"]
    logged, rest = policy["rules"]
    assert logged["level"] == "Metadata"
    assert set(logged["verbs"]).isdisjoint({"get", "list", "watch"})
    assert rest == {"level": "None"}


def test_names_resolve_at_the_address_that_kubelet_gives_to_pods() -> None:
    service = next(each for each in dns.build_manifests() if each["kind"] == "Service")

    (address,) = worker.build_kubelet_config(LAYOUT)["clusterDNS"]
    assert service["spec"]["clusterIP"] == address


def test_the_dns_service_selects_its_pods_and_names_their_ports() -> None:
    by_kind = {each["kind"]: each for each in dns.build_manifests()}

    template = by_kind["Deployment"]["spec"]["template"]
    selector = by_kind["Service"]["spec"]["selector"]
    assert selector.items() <= template["metadata"]["labels"].items()
    offered = {port["name"] for port in template["spec"]["containers"][0]["ports"]}
    assert {port["targetPort"] for port in by_kind["Service"]["spec"]["ports"]} <= offered


def test_no_image_of_the_node_could_be_pulled_or_change_under_its_name() -> None:
    for image in (dns.IMAGE, containerd.PAUSE_IMAGE):
        assert image.startswith("localhost/")
        assert not image.endswith(":latest")


def test_containerd_keeps_everything_below_the_directory_of_the_cluster() -> None:
    config = tomllib.loads(containerd.build_config(LAYOUT))

    runtime = config["plugins"]["io.containerd.cri.v1.runtime"]
    places = [
        config["root"],
        config["state"],
        config["grpc"]["address"],
        config["plugins"]["io.containerd.internal.v1.opt"]["path"],
        runtime["cni"]["conf_dir"],
        runtime["containerd"]["runtimes"]["runc"]["options"]["Root"],
    ]
    assert all(place.startswith("/var/lib/dc/demo/") for place in places)
    assert runtime["restrict_oom_score_adj"] is True
    assert runtime["netns_mounts_under_state_dir"] is True


@pytest.mark.parametrize("setting", ["podLogsDir", "volumePluginDir"])
def test_kubelet_keeps_its_files_below_the_directory_of_the_cluster(setting: str) -> None:
    assert worker.build_kubelet_config(LAYOUT)[setting].startswith("/var/lib/dc/demo/")


def test_kubelet_speaks_to_the_containerd_of_its_cluster() -> None:
    kubelet = worker.build_kubelet_config(LAYOUT)

    socket = tomllib.loads(containerd.build_config(LAYOUT))["grpc"]["address"]
    assert kubelet["containerRuntimeEndpoint"] == f"unix://{socket}"
    assert kubelet["cgroupRoot"] == f"/{LAYOUT.label}"


def test_the_pod_network_is_named_after_the_cluster_so_that_its_traces_are_found() -> None:
    network = containerd.build_network(LAYOUT)

    assert network["name"] == LAYOUT.label
    assert network["plugins"][0]["ipam"]["dataDir"].startswith("/var/lib/dc/demo/")
