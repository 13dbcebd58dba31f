"""Locks between commands that run at the same time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devcluster import progress

__all__ = ["exclusive"]


@contextmanager
def exclusive(path: Path, *, busy: str, discard: bool = False) -> Iterator[None]:
    """Hold the lock file *path*; it is let go when we end, however we end.

    Args:
        path: The lock file; made where it does not exist.
        busy: What to print when another command holds it.
        discard: Whether to delete the file afterwards.
    """
    handle = _acquire(path, busy)
    try:
        yield
    finally:
        if discard:
            path.unlink(missing_ok=True)
        os.close(handle)


def _acquire(path: Path, busy: str) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        _wait(handle, busy)
        if _is_current(handle, path):
            return handle
        # The one before us deleted the file that we waited for.
        os.close(handle)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def _wait(handle: int, busy: str) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        progress.note(busy)
        fcntl.flock(handle, fcntl.LOCK_EX)


def _is_current(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
