"""From what is stored somewhere to verified files: every artifact, or why it is not there."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import structlog

from modelspec.artifacts import streamed
from modelspec.errors import Code, Finding, ModelSpecError
from modelspec.schema.artifacts import ArtifactType, Compression
from modelspec.schema.sources import Source
from modelspec_fetch.patience import PATIENCE, Clock, Patience, persistently
from modelspec_fetch.stores.credentials import Credentials
from modelspec_fetch.stores.https import open_url
from modelspec_fetch.stores.objects import open_object
from modelspec_fetch.stores.store import Open
from modelspec_fetch.stores.volumes import open_copy, open_file

STORES: Mapping[ArtifactType, Open] = {
    ArtifactType.CONFIG_MAP: open_copy,
    ArtifactType.PERSISTENT_VOLUME_CLAIM: open_file,
    ArtifactType.HTTP: open_url,
    ArtifactType.S3: open_object,
}

log = structlog.get_logger()


def fetch_all(
    sources: Sequence[Source],
    directory: Path,
    environment: Mapping[str, str],
    *,
    patience: Patience = PATIENCE,
    clock: Clock | None = None,
) -> Iterator[Finding]:
    """Put every artifact into *directory*, named by its digest, and yield what is wrong.

    Args:
        sources: The artifacts and where they are.
        directory: Where they are put; what is there already was verified when it was put there.
        environment: Holds the keys of Secrets.
        patience: How long and how often each is tried.
        clock: Passes the time between tries.
    """
    for source in sources:
        target = directory / source.artifact.sha256
        try:
            if not target.exists():
                credentials = Credentials.of(environment, source.variables)
                _fetch(source, target, credentials, patience, clock or Clock())
            yield from _model_findings(source, target)
        except ModelSpecError as error:
            yield error.finding
        except OSError as error:
            message = f"cannot be written: {error.strerror or error}"
            yield Finding(Code.MS410, source.path, message)


def _fetch(
    source: Source, target: Path, credentials: Credentials, patience: Patience, clock: Clock
) -> None:
    """Stream the bytes of one artifact to its file; it has its name only once all are proven."""
    artifact = source.artifact
    part = target.with_suffix(".part")

    def attempt(seconds: float) -> None:
        with STORES[artifact.type](source, credentials, seconds) as chunks:
            proven = streamed(
                source.path,
                chunks,
                artifact.sha256,
                size=artifact.size_bytes,
                packed=artifact.compression is Compression.GZIP,
            )
            with part.open("wb") as file:
                file.writelines(proven)

    try:
        persistently(attempt, source.path, patience, clock)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    log.info("fetched", path=source.path, sha256=artifact.sha256, type=artifact.type)


def _model_findings(source: Source, target: Path) -> Iterator[Finding]:
    """Yield why the bytes are no model that can be served."""
    if not source.is_model:
        return
    # Reading ONNX takes half a second to import, and rules need none of it.
    from modelspec.notebook.onnx_files import opset_findings, read_model  # noqa: PLC0415

    yield from opset_findings(source.holder, read_model(source.holder, target.read_bytes()))
