"""Building the project's images with whatever can build images here."""

import os
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from devcluster import progress
from devcluster.commands import answers, run
from devcluster.directories import REPOSITORY, cache_directory
from devcluster.errors import DevclusterError
from devcluster.node import base_image
from devcluster.provider import container_engine

__all__ = [
    "Engine",
    "build_all",
    "build_command",
    "find_engine",
    "full_reference",
    "parse_tag",
    "save",
    "save_command",
]

IMAGES = {"operator": "modelspec-operator", "serving": "modelspec-serving"}  # by Dockerfile target
TAG_DIGITS = 12  # hexadecimal, of the image's id
AUTHORITIES = Path("/etc/ssl/certs")


@dataclass(frozen=True)
class Engine:
    """A program that builds images."""

    program: tuple[str, ...]
    """Its name and the options that come before every command."""

    @property
    def is_buildah(self) -> bool:
        """Whether it is buildah, which has no daemon and other words."""
        return self.program[0] == "buildah"


def find_engine() -> Engine:
    """Return Docker or Podman where one answers, else buildah with a storage of its own."""
    name = container_engine()
    return Engine((name,) if name else base_image.buildah(cache_directory()))


def build_all(engine: Engine) -> list[str]:
    """Build the project's images; return their names with tags that follow the content."""
    options = _buildah_options() if engine.is_buildah else []
    return [_build(engine, target, name, options) for target, name in IMAGES.items()]


def save(engine: Engine, image: str, archive: Path) -> None:
    """Write *image*, as named by `build_all`, to *archive*.

    Raises:
        DevclusterError: The engine does not have it.
    """
    with _use(engine):
        if not answers(_inspect_command(engine, image)):
            raise DevclusterError(f"no image {image} (run: python -m devcluster build)")
        run(save_command(engine, image, archive))


def full_reference(image: str) -> str:
    """Return what a pod that asks for *image* gets."""
    first, _, rest = image.partition("/")
    if not rest:
        return f"docker.io/library/{image}"
    is_registry = "." in first or ":" in first or first == "localhost"
    return image if is_registry else f"docker.io/{image}"


def parse_tag(image_id: str) -> str:
    """Return the tag of the image with the given id."""
    return f"dev-{image_id.strip().removeprefix('sha256:')[:TAG_DIGITS]}"


def build_command(engine: Engine, target: str, id_file: Path, options: Sequence[str]) -> list[str]:
    """Return the command that builds a target of the Dockerfile."""
    where = ["--file", str(REPOSITORY / "Dockerfile"), str(REPOSITORY)]
    what = ["--target", target, "--iidfile", str(id_file)]
    return [*engine.program, "build", *options, *what, *where]


def save_command(engine: Engine, image: str, archive: Path) -> list[str]:
    """Return the command that writes *image* to an archive under its full name."""
    reference = full_reference(image)
    if engine.is_buildah:
        # Not an OCI archive: buildah compresses those, which takes longer than everything else.
        return [*engine.program, "push", reference, f"docker-archive:{archive}:{reference}"]
    return [*engine.program, "save", "--output", str(archive), reference]


def _build(engine: Engine, target: str, name: str, options: Sequence[str]) -> str:
    with tempfile.TemporaryDirectory() as directory, _use(engine):
        id_file = Path(directory) / "id"
        with progress.step(f"building the image {name}", expected_s=30):
            run(build_command(engine, target, id_file, options))
        image_id = id_file.read_text().strip()
        image = f"{name}:{parse_tag(image_id)}"
        run([*engine.program, "tag", image_id, full_reference(image)])
    return image


def _inspect_command(engine: Engine, image: str) -> list[str]:
    reference = full_reference(image)
    if engine.is_buildah:
        return [*engine.program, "inspect", "--type", "image", reference]
    return [*engine.program, "image", "inspect", reference]


def _buildah_options() -> list[str]:
    """Return what buildah needs to build on a machine that reaches no image registry."""
    arguments = [f"PYTHON_IMAGE={base_image.ensure(cache_directory())}"]
    mounts: list[str] = []
    if bundle := os.environ.get("SSL_CERT_FILE"):
        # Where this machine trusts authorities of its own, the installers in the build must too.
        arguments.append(f"SSL_CERT_FILE={bundle}")
        mounts = [f"--volume={AUTHORITIES}:{AUTHORITIES}:ro"]
    return [
        "--layers",
        "--force-rm",
        # Its other isolations fail on machines with both versions of control groups.
        "--isolation=chroot",
        "--network=host",
        *mounts,
        *(f"--build-arg={argument}" for argument in arguments),
    ]


def _use(engine: Engine) -> AbstractContextManager[None]:
    return base_image.storage(cache_directory()) if engine.is_buildah else nullcontext()
