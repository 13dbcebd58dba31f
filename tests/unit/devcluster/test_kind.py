"""kind cannot run everywhere; what we would tell it can be looked at everywhere."""

from pathlib import Path

import yaml

from devcluster import kind

STATE = Path("/state/demo")


def test_create_reads_the_configuration_and_writes_only_our_kubeconfig() -> None:
    command = kind.create_command("demo", STATE / "kubeconfig")

    assert command == [
        "kind",
        "create",
        "cluster",
        "--name=devcluster-demo",
        "--kubeconfig=/state/demo/kubeconfig",
        "--config=-",
        "--wait=180s",
    ]


def test_delete_names_our_kubeconfig_so_that_the_users_stays_as_it_is() -> None:
    command = kind.delete_command("demo", STATE / "kubeconfig")

    assert command == [
        "kind",
        "delete",
        "cluster",
        "--name=devcluster-demo",
        "--kubeconfig=/state/demo/kubeconfig",
    ]


def test_load_takes_a_name_from_the_engine_and_a_file_as_an_archive(tmp_path: Path) -> None:
    archive = tmp_path / "envoy.tar"
    archive.touch()

    by_name = kind.load_command("demo", "modelspec-operator:dev-0")
    by_file = kind.load_command("demo", str(archive))

    assert by_name[2:4] == ["docker-image", "modelspec-operator:dev-0"]
    assert by_file[2:4] == ["image-archive", str(archive)]


def test_the_node_writes_its_audit_log_where_we_read_it() -> None:
    (node,) = kind.build_config(STATE)["nodes"]
    patch = yaml.safe_load(node["kubeadmConfigPatches"][0])

    (mount,) = node["extraMounts"]
    assert mount["hostPath"] == "/state/demo"
    log = patch["apiServer"]["extraArgs"]["audit-log-path"]
    assert log == f"{mount['containerPath']}/audit.log"
    assert patch["apiServer"]["extraVolumes"][0]["hostPath"] == mount["containerPath"]
