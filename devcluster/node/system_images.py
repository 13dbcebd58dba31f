"""The two images that a node cannot do without: the pause container and CoreDNS."""

import hashlib
import tempfile
from pathlib import Path

from devcluster.commands import run
from devcluster.locks import exclusive
from devcluster.node import dns, oci
from devcluster.node.containerd import PAUSE_IMAGE
from devcluster.node.programs import MODULES, program_path

__all__ = ["ensure", "system_archives"]

PAUSE_SOURCE = MODULES / "pause" / "pause.c"


def system_archives(cache: Path) -> tuple[Path, Path]:
    """Return where the archives of both images are."""
    pause = hashlib.sha256(PAUSE_SOURCE.read_bytes()).hexdigest()[:12]
    coredns = program_path(cache, "coredns").parent.name
    return cache / "images" / f"pause-{pause}.tar", cache / "images" / f"{coredns}.tar"


def ensure(cache: Path) -> None:
    """Make both archives unless the cache has them; CoreDNS must be built already."""
    pause, coredns = system_archives(cache)
    with exclusive(cache / "images" / "system.lock", busy="another command makes images; waiting"):
        if not pause.exists():
            _write_pause(pause)
        if not coredns.exists():
            oci.write_image(coredns, dns.IMAGE, program_path(cache, "coredns"))


def _write_pause(archive: Path) -> None:
    with tempfile.TemporaryDirectory() as directory:
        program = Path(directory) / "pause"
        run(["gcc", "-Os", "-static", "-s", "-o", str(program), str(PAUSE_SOURCE)])
        oci.write_image(archive, PAUSE_IMAGE, program)
