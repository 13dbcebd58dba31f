"""Getting everything into the cache, in the order in which a start needs it."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from devcluster.errors import MissingPrerequisiteError
from devcluster.node import base_image, packages, programs, system_images

__all__ = ["PARTS", "check_machine", "prepare", "prepare_control_plane", "prepare_node"]

CONTROL_PLANE = ("etcd", "apiserver")


def check_machine() -> None:
    """Raise unless this is a machine that can be a node.

    Raises:
        MissingPrerequisiteError: It is not.
    """
    if sys.platform != "linux":
        raise MissingPrerequisiteError(
            "the node provider needs Linux (install Docker and kind, or use a cluster that you "
            "have with --provider current)"
        )
    if os.geteuid() != 0:
        raise MissingPrerequisiteError(
            "the node provider needs root for namespaces and mounts (run it with sudo, or install "
            "Docker and kind, or use a cluster that you have with --provider current)"
        )


def prepare_control_plane(cache: Path) -> None:
    """Have everything that answers API requests."""
    packages.ensure(packages.NETWORK)
    _build(cache, CONTROL_PLANE)


def prepare_node(cache: Path) -> None:
    """Have everything that runs pods."""
    packages.ensure([*packages.BUILD, *packages.NODE])
    _build(cache, [group.name for group in programs.GROUPS if group.name not in CONTROL_PLANE])
    system_images.ensure(cache)


def _build(cache: Path, names: Sequence[str]) -> None:
    for group in programs.GROUPS:
        if group.name in names:
            programs.ensure(cache, group)


PARTS: Mapping[str, Callable[[Path], object]] = {
    "control-plane": prepare_control_plane,
    "node": prepare_node,
    "base-image": base_image.ensure,
}


def prepare(cache: Path, parts: Iterable[str]) -> None:
    """Have *parts*, in the order in which a start needs them."""
    check_machine()
    for name, have in PARTS.items():
        if name in parts:
            have(cache)
