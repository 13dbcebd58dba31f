"""The files that a pod finds mounted, and the proof that artifacts hold the right bytes."""

from collections.abc import Mapping
from pathlib import Path

from modelspec.artifacts import verified
from modelspec.errors import Code, Finding, ModelSpecError
from modelspec.parts import Model


def read_files(directory: Path) -> dict[str, bytes]:
    """Return the content of every file that is mounted in *directory*, by name.

    A ConfigMap's volume also holds what the kubelet needs to swap its content; those names start
    with ``..``. A directory that does not exist holds nothing.
    """
    if not directory.is_dir():
        return {}
    paths = sorted(path for path in directory.iterdir() if not path.name.startswith(".."))
    return {path.name: path.read_bytes() for path in paths if path.is_file()}


def verified_artifact(path: str, model: Model, artifacts: Mapping[str, bytes]) -> bytes:
    """Return the bytes of a model's artifact.

    Args:
        path: Path of the model in the specification, for messages.
        model: The model that names the artifact by its digest.
        artifacts: The mounted files, each named by its digest.

    Raises:
        ModelSpecError: ``MS407``, the file is missing; ``MS408`` or ``MS411``, it holds other
            bytes or more than may be unpacked.
    """
    if model.sha256 not in artifacts:
        raise ModelSpecError(_missing(path, model, artifacts))
    return verified(f"{path}.artifact", artifacts[model.sha256], model.sha256)


def _missing(path: str, model: Model, artifacts: Mapping[str, bytes]) -> Finding:
    mounted = ", ".join(f"'{name}'" for name in sorted(artifacts)) or "none"
    message = f"artifact '{model.sha256}' is not mounted; artifacts: {mounted}"
    return Finding(Code.MS407, f"{path}.artifact", message)
