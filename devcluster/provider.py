"""What every kind of local cluster can do, and which kind to use."""

import os
import shutil
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from devcluster.commands import answers
from devcluster.errors import DevclusterError

__all__ = ["Kind", "Provider", "choose", "container_engine"]

VARIABLE = "MODELSPEC_PROVIDER"


class Kind(StrEnum):
    """The providers, by the name that the command line uses."""

    CURRENT = "current"
    KIND = "kind"
    NODE = "node"


class Provider(Protocol):
    """A cluster that can be started, used and removed."""

    def up(self, *, control_plane: bool) -> Path:
        """Start the cluster unless it runs; return its kubeconfig.

        Args:
            control_plane: Whether an API server without nodes is enough.
        """

    def down(self) -> None:
        """Remove the cluster and everything that it left."""

    def status(self) -> Mapping[str, str]:
        """Return what there is to know about the cluster, in the order to print it."""

    def kubeconfig(self) -> Path:
        """Return the path of the kubeconfig, whether or not the cluster runs."""

    def load(self, images: Sequence[str]) -> None:
        """Make images, as named by ``build``, available to the cluster's pods."""


def choose(
    said: str | None, *, recorded: str | None, environment: Mapping[str, str] = os.environ
) -> Kind:
    """Return the provider to use.

    Args:
        said: What the command line says.
        recorded: What made the cluster that exists already.
        environment: Our environment.

    Raises:
        DevclusterError: The word is not a provider's name.
    """
    word = said or recorded or environment.get(VARIABLE)
    if word:
        return _parse(word)
    can_kind = shutil.which("kind") is not None and container_engine() is not None
    return Kind.KIND if can_kind else Kind.NODE


def container_engine() -> str | None:
    """Return ``docker`` or ``podman``, whichever answers."""
    return next((name for name in ("docker", "podman") if answers([name, "info"])), None)


def _parse(word: str) -> Kind:
    try:
        return Kind(word)
    except ValueError as error:
        known = ", ".join(Kind)
        raise DevclusterError(f"unknown provider {word!r} (known: {known})") from error
