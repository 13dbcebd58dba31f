"""The image that the project's own images start from, where none can be pulled."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devcluster import progress
from devcluster.commands import answers, run, tether
from devcluster.locks import exclusive
from devcluster.node import mounts, packages

__all__ = ["buildah", "ensure", "storage"]

SUITE = "bookworm"
CONTENTS = ("python3", "python3-venv", "python-is-python3", "ca-certificates", "libstdc++6")
VERSION = hashlib.sha256(repr((SUITE, CONTENTS)).encode()).hexdigest()[:12]
REFERENCE = f"localhost/modelspec-devcluster/python:{VERSION}"
RECIPE = "FROM scratch\nADD base.tar /\n"


def buildah(cache: Path) -> tuple[str, ...]:
    """Return buildah with a storage of its own, apart from the machine's."""
    storage = cache / "buildah"
    # The second is for what need not survive a restart, and must be on a local file system.
    return "buildah", f"--root={storage / 'storage'}", f"--runroot={storage / 'run'}"


@contextmanager
def storage(cache: Path) -> Iterator[None]:
    """Use buildah's storage alone, and leave none of its mounts behind."""
    lock = cache / "images" / "buildah.lock"
    with exclusive(lock, busy="another command works on images; waiting"):
        try:
            yield
        finally:
            # buildah keeps the storage mounted on itself, and nobody could delete the cache.
            mounts.unmount_below(cache / "buildah")


def ensure(cache: Path) -> str:
    """Return the name of the base image in our storage, making it where it does not exist."""
    packages.ensure(packages.IMAGES)
    program = buildah(cache)
    with storage(cache):
        if not answers([*program, "inspect", "--type", "image", REFERENCE]):
            with progress.step("making the base image", expected_s=30):
                _make(program)
    return REFERENCE


def _make(program: tuple[str, ...]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "Dockerfile").write_text(RECIPE)
        include = f"--include={','.join(CONTENTS)}"
        archive = f"{directory}/base.tar"
        run(tether(["mmdebstrap", "--variant=essential", include, SUITE, archive]))
        run([*program, "build", "--isolation=chroot", "--tag", REFERENCE, directory])
