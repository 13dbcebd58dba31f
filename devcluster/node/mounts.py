"""What is mounted on this machine, and getting rid of the cluster's share of it."""

import ctypes
import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Mount", "parse_mounts", "read_mounts", "unmount_below"]

MNT_DETACH = 2


@dataclass(frozen=True)
class Mount:
    """One line of ``/proc/mounts``."""

    path: Path
    """Where."""
    kind: str
    """Which type of file system."""


def parse_mounts(text: str) -> list[Mount]:
    """Return the mounts of a text in the format of ``/proc/mounts``."""
    fields = [line.split() for line in text.splitlines()]
    return [Mount(Path(_unescape(each[1])), each[2]) for each in fields]


def read_mounts() -> list[Mount]:
    """Return what is mounted now, in the order in which it was."""
    return parse_mounts(Path("/proc/mounts").read_text())


def unmount_below(directory: Path) -> None:
    """Unmount everything at and below *directory*, the latest first, even where it is in use."""
    libc = ctypes.CDLL(None, use_errno=True)
    for mount in reversed(read_mounts()):
        if mount.path.is_relative_to(directory):
            libc.umount2(os.fsencode(mount.path), MNT_DETACH)


def _unescape(path: str) -> str:
    """Return *path* without the octal escapes of space, tab, newline and backslash."""
    for code, character in (("040", " "), ("011", "\t"), ("012", "\n"), ("134", "\\")):
        path = path.replace(f"\\{code}", character)
    return path
