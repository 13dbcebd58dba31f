"""A bundle laid out as a pod finds it: the documents of its snapshot, artifacts by digest."""

from dataclasses import dataclass
from pathlib import Path

from modelspec.artifacts import sha256_of
from modelspec.notebook.spec import Spec
from modelspec.snapshot.identity import take_snapshot


@dataclass(frozen=True)
class Mounted:
    """Where everything was laid out."""

    name: str
    """Name of the ModelSpec."""

    digest: str
    """Of the snapshot."""

    snapshot: Path
    artifacts: Path


def mount(spec: Spec, directory: Path) -> Mounted:
    """Lay a specification out in an empty folder.

    Raises:
        SpecError: It is not valid.
        OSError: The folder cannot be written.
    """
    snapshot = take_snapshot(spec.read())
    mounted = Mounted(
        name=spec.name,
        digest=snapshot.digest,
        snapshot=directory / "snapshot",
        artifacts=directory / "artifacts",
    )
    mounted.snapshot.mkdir()
    mounted.artifacts.mkdir()
    for key, text in snapshot.documents.items():
        (mounted.snapshot / key).write_text(text, encoding="utf-8")
    for content in spec.contents:
        (mounted.artifacts / sha256_of(content)).write_bytes(content)
    return mounted
