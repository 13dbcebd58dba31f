"""Debian packages that the node needs; installed where something of theirs is missing."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from devcluster import progress
from devcluster.commands import answers, find, run
from devcluster.errors import MissingPrerequisiteError

__all__ = ["BUILD", "IMAGES", "NETWORK", "NODE", "Package", "ensure", "find_missing"]

PLUGINS = Path("/usr/lib/cni")


@dataclass(frozen=True)
class Package:
    """A Debian package and how to see, on any distribution, that it is not needed."""

    name: str
    """What apt calls it."""
    is_there: Callable[[], bool]
    """Whether the thing that we need of it exists."""


def _program(package: str, program: str | None = None) -> Package:
    return Package(package, lambda: find(program or package) is not None)


NETWORK = (_program("iproute2", "ip"), _program("util-linux", "nsenter"))
NODE = (
    _program("iptables"),
    _program("conntrack"),
    _program("socat"),
    Package("containernetworking-plugins", (PLUGINS / "bridge").exists),
)
BUILD = (
    _program("gcc"),
    Package("libc6-dev", Path("/usr/include/stdlib.h").exists),
    _program("pkg-config"),
    Package("libseccomp-dev", lambda: answers(["pkg-config", "--exists", "libseccomp"])),
)
IMAGES = (_program("buildah"), _program("mmdebstrap"))


def find_missing(packages: Iterable[Package]) -> list[str]:
    """Return the names of those of *packages* that this machine lacks."""
    return [package.name for package in packages if not package.is_there()]


def ensure(packages: Iterable[Package]) -> None:
    """Install those of *packages* that are missing.

    Raises:
        MissingPrerequisiteError: They cannot be installed here.
    """
    missing = find_missing(packages)
    if not missing:
        return
    wanted = " ".join(missing)
    if find("apt-get") is None:
        raise MissingPrerequisiteError(
            f"missing: {wanted} (names of Debian 12; there is no apt-get here: install the "
            "equivalents with this distribution's own package manager)"
        )
    if os.geteuid() != 0:
        raise MissingPrerequisiteError(f"missing: {wanted} (run: sudo apt-get install {wanted})")
    with progress.step(f"installing {wanted}", expected_s=40):
        run(["apt-get", "update", "-q"])
        install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *missing]
        run(install, environment={"DEBIAN_FRONTEND": "noninteractive"})
