"""Running other programs to completion, with errors that show what they said."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from devcluster.errors import CommandFailedError, MissingPrerequisiteError

__all__ = ["answers", "build_environment", "find", "find_kubectl", "last_lines", "run", "tether"]

SHOWN_LINES = 20  # of a failed program's output; the cause is nearly always at the end


def run(
    command: Sequence[str],
    *,
    stdin: str | None = None,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> str:
    """Return what *command* wrote to its standard output.

    Args:
        command: The program and its arguments.
        stdin: Text for its standard input; nothing by default.
        environment: Variables on top of our own.
        directory: Where it runs.

    Raises:
        CommandFailedError: It ended with an error, or does not exist.
    """
    try:
        done = subprocess.run(
            command,
            input=stdin if stdin is not None else "",
            env=build_environment(environment or {}),
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise CommandFailedError(f"{command[0]}: no such program") from error
    if done.returncode != 0:
        said = last_lines(done.stderr or done.stdout)
        raise CommandFailedError(f"{' '.join(command)}: exit status {done.returncode}\n{said}")
    return done.stdout


def answers(command: Sequence[str], *, timeout_s: float = 10.0) -> bool:
    """Return whether *command* exists and ends well within *timeout_s*."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout_s, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def find(program: str) -> str | None:
    """Return where *program* is, also in the administrator's directories."""
    return shutil.which(program, path=build_environment({})["PATH"])


def build_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return our environment with *variables*, and a PATH on which iptables and its like are."""
    # A plain user's PATH, and that of some services, has no sbin.
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    return {**os.environ, "PATH": path, **variables}


def find_kubectl() -> str:
    """Return where the machine's own kubectl is.

    Raises:
        MissingPrerequisiteError: It has none.
    """
    if kubectl := find("kubectl"):
        return kubectl
    raise MissingPrerequisiteError(
        "kubectl: not found (install it: https://kubernetes.io/docs/tasks/tools/)"
    )


def tether(command: Sequence[str]) -> list[str]:
    """Return *command* such that it ends when we are killed, where the machine can do that."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--", *command] if setpriv else list(command)


def last_lines(text: str, count: int = SHOWN_LINES) -> str:
    """Return the last *count* lines of *text*, indented for an error message."""
    return "\n".join(f"  {line}" for line in text.rstrip().splitlines()[-count:])
