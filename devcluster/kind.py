"""A cluster in containers, by kind; for machines where Docker or Podman works."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from devcluster import audit, progress
from devcluster.commands import answers, find, find_kubectl, run
from devcluster.directories import remove_root, write_provider
from devcluster.errors import MissingPrerequisiteError
from devcluster.kubeconfig import Facts, annotate, write_private
from devcluster.provider import container_engine

__all__ = [
    "KindCluster",
    "build_config",
    "create_command",
    "delete_command",
    "list_command",
    "load_command",
]

INSIDE = Path("/etc/modelspec-devcluster")  # where the node sees our state directory


@dataclass(frozen=True)
class KindCluster:
    """A cluster made by kind; see `devcluster.provider`."""

    name: str
    """The name that the user gave."""
    state: Path
    """Where its kubeconfig and audit log are."""

    def up(self, *, control_plane: bool) -> Path:
        """Create the cluster; kind has none without a node, so that is what one gets."""
        del control_plane
        environment = _environment()
        if self._exists(environment) and answers([*self._kubectl(), "get", "--raw", "/readyz"]):
            return self.kubeconfig()
        write_provider(self.state, "kind")
        run(delete_command(self.name, self.kubeconfig()), environment=environment)
        audit.write_policy(self.state / audit.POLICY)
        with progress.step("creating the cluster", expected_s=60):
            run(
                create_command(self.name, self.kubeconfig()),
                stdin=yaml.safe_dump(build_config(self.state)),
                environment=environment,
            )
        self._annotate()
        return self.kubeconfig()

    def down(self) -> None:
        """Delete the cluster and our files about it."""
        if not self.state.exists():
            return
        run(delete_command(self.name, self.kubeconfig()), environment=_environment())
        shutil.rmtree(self.state)
        remove_root(self.state)

    def status(self) -> Mapping[str, str]:
        """Return what there is to know about the cluster, in the order to print it."""
        exists = self._exists(_environment())
        return {
            "name": self.name,
            "provider": "kind",
            "condition": "complete" if exists else "absent",
            "kubectl": find_kubectl(),
            "kubeconfig": str(self.kubeconfig()),
        }

    def kubeconfig(self) -> Path:
        """Return the path of the kubeconfig, whether or not the cluster runs."""
        return self.state / "kubeconfig"

    def load(self, images: Sequence[str]) -> None:
        """Copy images from Docker or Podman to the node."""
        for image in images:
            with progress.step(f"loading {image}"):
                run(load_command(self.name, image), environment=_environment())

    def _exists(self, environment: Mapping[str, str]) -> bool:
        return kind_name(self.name) in run(list_command(), environment=environment).split()

    def _kubectl(self) -> list[str]:
        return [find_kubectl(), f"--kubeconfig={self.kubeconfig()}"]

    def _annotate(self) -> None:
        config = yaml.safe_load(self.kubeconfig().read_text())
        facts = Facts(str(self.state / audit.LOG), find_kubectl(), "kind")
        write_private(self.kubeconfig(), annotate(config, facts))


def kind_name(name: str) -> str:
    """Return what kind calls the cluster, so that it is not taken for one of the user's."""
    return f"devcluster-{name}"


def create_command(name: str, kubeconfig: Path) -> list[str]:
    """Return the command that creates a cluster from a configuration on its standard input."""
    where = [f"--name={kind_name(name)}", f"--kubeconfig={kubeconfig}"]
    return ["kind", "create", "cluster", *where, "--config=-", "--wait=180s"]


def delete_command(name: str, kubeconfig: Path) -> list[str]:
    """Return the command that deletes a cluster, and succeeds where there is none."""
    # Without the kubeconfig kind would edit the user's own.
    where = [f"--name={kind_name(name)}", f"--kubeconfig={kubeconfig}"]
    return ["kind", "delete", "cluster", *where]


def list_command() -> list[str]:
    """Return the command that prints the names of all clusters."""
    return ["kind", "get", "clusters"]


def load_command(name: str, image: str) -> list[str]:
    """Return the command that loads an image by its name, or from an archive."""
    what = "image-archive" if Path(image).is_file() else "docker-image"
    return ["kind", "load", what, image, f"--name={kind_name(name)}"]


def build_config(state: Path) -> dict[str, Any]:
    """Return kind's configuration: one node, with the audit log in our state directory."""
    return {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "nodes": [
            {
                "role": "control-plane",
                "extraMounts": [{"hostPath": str(state), "containerPath": str(INSIDE)}],
                "kubeadmConfigPatches": [yaml.safe_dump(_build_patch())],
            }
        ],
    }


def _build_patch() -> dict[str, Any]:
    flags = dict(
        flag.removeprefix("--").split("=")
        for flag in audit.flags(INSIDE / audit.POLICY, INSIDE / audit.LOG)
    )
    volume = {"name": "audit", "hostPath": str(INSIDE), "mountPath": str(INSIDE)}
    # Flags as a map, and no apiVersion: kind translates this for the kubeadm of Kubernetes 1.36,
    # which wants a list, and older ones take it as it is (kubernetes-sigs/kind#4173).
    return {
        "kind": "ClusterConfiguration",
        "apiServer": {"extraArgs": flags, "extraVolumes": [volume]},
    }


def _environment() -> dict[str, str]:
    engine = container_engine()
    if engine is None or find("kind") is None:
        raise MissingPrerequisiteError(
            "the kind provider needs kind and a running Docker or Podman (install them, start the "
            "daemon, or use --provider node)"
        )
    return {"KIND_EXPERIMENTAL_PROVIDER": engine}
