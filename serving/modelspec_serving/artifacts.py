"""The files that a pod finds mounted, and the proof that artifacts hold the right bytes."""

from collections.abc import Mapping
from pathlib import Path

from modelspec.artifacts import verified
from modelspec.errors import Code, fail


def read_files(directory: Path) -> dict[str, bytes]:
    """Return the content of every file that is mounted in *directory*, by name.

    A ConfigMap's volume also holds what the kubelet needs to swap its content; those names start
    with ``..``. A directory that does not exist holds nothing.
    """
    if not directory.is_dir():
        return {}
    paths = sorted(path for path in directory.iterdir() if not path.name.startswith(".."))
    return {path.name: path.read_bytes() for path in paths if path.is_file()}


def verified_artifact(path: str, sha256: str, artifacts: Mapping[str, bytes]) -> bytes:
    """Return the bytes of an artifact.

    Args:
        path: Path of the artifact in the specification, for messages.
        sha256: The digest that names it.
        artifacts: The mounted files, each named by its digest.

    Raises:
        ModelSpecError: ``MS407``, the file is missing; ``MS408`` or ``MS411``, it holds other
            bytes or more than may be unpacked.
    """
    if sha256 not in artifacts:
        mounted = ", ".join(f"'{name}'" for name in sorted(artifacts)) or "none"
        message = f"artifact '{sha256}' is not mounted; artifacts: {mounted}"
        raise fail(Code.MS407, path, message)
    return verified(path, artifacts[sha256], sha256)
