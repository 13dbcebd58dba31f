"""The cluster that the user has already; we look at it and change nothing about it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devcluster.commands import find_kubectl, run
from devcluster.errors import CommandFailedError, DevclusterError

__all__ = ["CurrentCluster"]


@dataclass(frozen=True)
class CurrentCluster:
    """Whatever kubectl speaks to; see `devcluster.provider`."""

    environment: Mapping[str, str]
    """Where KUBECONFIG is looked up."""

    def up(self, *, control_plane: bool) -> Path:
        """Check that the cluster answers; nodes are its owner's business."""
        del control_plane
        path = self.kubeconfig()
        try:
            run([find_kubectl(), f"--kubeconfig={path}", "--request-timeout=10s", "version"])
        except CommandFailedError as error:
            raise DevclusterError(
                f"{path}: the cluster does not answer (check `kubectl config current-context`, or "
                f"let --provider kind or --provider node make a cluster)\n{error}"
            ) from error
        return path

    def down(self) -> None:
        """Do nothing: the cluster is not ours."""

    def status(self) -> Mapping[str, str]:
        """Return what there is to know about the cluster, in the order to print it."""
        path = self.kubeconfig()
        context = run(
            [find_kubectl(), f"--kubeconfig={path}", "config", "current-context"]
        ).strip()
        return {
            "provider": "current",
            "context": context,
            "kubectl": find_kubectl(),
            "kubeconfig": str(path),
        }

    def kubeconfig(self) -> Path:
        """Return the kubeconfig that kubectl would use.

        Raises:
            DevclusterError: There is none, or more than one.
        """
        said = [word for word in self.environment.get("KUBECONFIG", "").split(os.pathsep) if word]
        if len(said) > 1:
            raise DevclusterError("KUBECONFIG: has several files (name the one to use)")
        path = Path(said[0]) if said else Path.home() / ".kube" / "config"
        if not path.exists():
            raise DevclusterError(f"{path}: no such kubeconfig (set KUBECONFIG)")
        return path

    def load(self, images: Sequence[str]) -> None:
        """Refuse: only a registry brings images to a cluster that is not ours."""
        raise DevclusterError(
            f"cannot load {', '.join(images)} into a cluster that is not ours (push to a registry "
            "that the cluster can reach, and use that name)"
        )
