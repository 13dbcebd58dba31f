"""Files that the pod mounts: our copies of ConfigMaps, and volume claims."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modelspec.artifacts import verified
from modelspec.errors import Code, fail
from modelspec.schema.sources import Source
from modelspec_fetch.stores.credentials import Credentials
from modelspec_fetch.stores.store import CHUNK


@contextmanager
def open_copy(
    source: Source, credentials: Credentials, seconds: float
) -> Iterator[Iterator[bytes]]:
    """Open our copy of a ConfigMap's key; what is packed was found to be so by the operator.

    Raises:
        ModelSpecError: ``MS407``, it is not there; ``MS408`` or ``MS411``, it holds other bytes or
            more than may be unpacked.
    """
    del credentials, seconds
    directory, sha256 = Path(source.directory or ""), source.artifact.sha256
    path = directory / sha256
    if not path.is_file():
        listed = directory.iterdir() if directory.is_dir() else ()
        names = sorted(item.name for item in listed if not item.name.startswith(".."))
        mounted = ", ".join(f"'{name}'" for name in names) or "none"
        message = f"artifact '{sha256}' is not mounted; artifacts: {mounted}"
        raise fail(Code.MS407, source.path, message)
    yield iter([verified(source.path, path.read_bytes(), sha256)])


@contextmanager
def open_file(
    source: Source, credentials: Credentials, seconds: float
) -> Iterator[Iterator[bytes]]:
    """Open a file of a volume claim.

    Raises:
        ModelSpecError: ``MS407``, there is no such file in the volume.
    """
    del credentials, seconds
    file = source.artifact.persistent_volume_claim
    assert file is not None, "the schema demands the member that `type` names"  # noqa: S101
    root = Path(source.directory or "").resolve()
    path = (root / file.path).resolve()
    # A link could lead out of the volume, and reading a pipe would wait for ever.
    if not path.is_relative_to(root) or not path.is_file():
        message = f"no file '{file.path}' in PersistentVolumeClaim '{file.claim_name}'"
        raise fail(Code.MS407, f"{source.path}.persistentVolumeClaim.path", message)
    with path.open("rb") as opened:
        yield iter(lambda: opened.read(CHUNK), b"")
