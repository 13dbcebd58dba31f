"""Where things are kept: the cache, which is worth keeping, and the state of running clusters."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from devcluster.errors import DevclusterError

__all__ = [
    "REPOSITORY",
    "cache_directory",
    "guard_order",
    "parse_name",
    "read_provider",
    "remove_root",
    "state_directory",
    "write_provider",
]

REPOSITORY = Path(__file__).resolve().parent.parent
APPLICATION = "modelspec-devcluster"
NAME = re.compile(r"[a-z]([-a-z0-9]{0,18}[a-z0-9])?")


def parse_name(name: str) -> str:
    """Return *name* if a cluster can have it.

    Raises:
        DevclusterError: It cannot.
    """
    if not NAME.fullmatch(name):
        raise DevclusterError(
            f"--name {name!r}: must be 1 to 20 lower-case letters, digits and hyphens, "
            "and begin with a letter"
        )
    return name


def cache_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the directory of built programs and base images."""
    base = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / APPLICATION


def state_directory(
    name: str, environment: Mapping[str, str] = os.environ, *, is_root: bool | None = None
) -> Path:
    """Return the directory of everything that the running cluster *name* keeps on disk."""
    root = os.geteuid() == 0 if is_root is None else is_root
    usual = Path("/var/lib") if root else Path.home() / ".local" / "state"
    return Path(environment.get("XDG_STATE_HOME") or usual) / APPLICATION / name


def guard_order(name: str) -> Path:
    """Return the file that the guard of the cluster *name* obeys; see `devcluster.guard`."""
    # Beside the state, which a start clears.
    return state_directory(name).with_suffix(".guard")


def write_provider(state: Path, provider: str) -> None:
    """Record in *state* which provider made the cluster, before it makes anything."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    (state / "provider").write_text(provider)


def read_provider(state: Path) -> str | None:
    """Return which provider made the cluster of *state*; nothing if there is none."""
    record = state / "provider"
    return record.read_text() if record.exists() else None


def remove_root(state: Path) -> None:
    """Remove the directory that holds all clusters' states if *state* was the last."""
    try:
        state.parent.rmdir()
    except OSError:
        return  # others are in it
