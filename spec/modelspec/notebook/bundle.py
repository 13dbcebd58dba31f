"""A bundle: a folder with a specification, its artifacts, and what carries them into a cluster.

``modelspec.yaml`` is the specification, ``artifacts/`` holds the bytes, ``configmaps.yaml`` the
same bytes packed, and ``kustomization.yaml`` lets ``kubectl apply -k`` take all of it.
The same content always gives the same files, byte for byte.
"""

import gzip
import hashlib
import os
import tempfile
import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from modelspec.artifacts import MAX_BYTES, sha256_of, verified
from modelspec.documents.writer import write_document
from modelspec.errors import Code, fail
from modelspec.names import short_hash
from modelspec.schema.artifacts import ArtifactType, Compression
from modelspec.validation.artifacts import MAX_STORED_BYTES

SPECIFICATION = "modelspec.yaml"
ARTIFACTS = "artifacts"
CONFIG_MAPS = "configmaps.yaml"
KUSTOMIZATION = "kustomization.yaml"

GOLDEN_ROWS = "verification.cases"
"""What golden rows are called among artifacts; no model object can have that name."""

MAX_FILES = 1_000
"""Files of a folder of artifacts that are looked at."""

_MOST_PACKED = MAX_STORED_BYTES - 4096
"""A ConfigMap also holds its keys and labels."""

_PACKED_SUFFIX = ".gz"

_CHUNK = 1_048_576

Document = dict[str, Any]


@dataclass(frozen=True)
class Packed:
    """One artifact as a ConfigMap carries it."""

    content: bytes
    """The bytes themselves."""

    stored: bytes
    """The same with gzip."""

    config_map: str
    """Name of its ConfigMap; it ends in the digest, so that no version loses its bytes."""

    namespace: str | None
    """The ModelSpec's, if it names one: a ConfigMap elsewhere would not be found."""

    key: str

    file_name: str
    """Name of the file that holds the bytes."""

    def reference(self) -> Document:
        """Return the artifact as a specification names it."""
        return {
            "type": str(ArtifactType.CONFIG_MAP),
            "sha256": sha256_of(self.content),
            "sizeBytes": len(self.content),
            "compression": str(Compression.GZIP),
            "configMap": {"name": self.config_map, "key": self.key},
        }

    def manifest(self) -> Document:
        """Return the ConfigMap."""
        namespace = {"namespace": self.namespace} if self.namespace else {}
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": self.config_map, **namespace},
            "immutable": True,
            "binaryData": {self.key: b64encode(self.stored).decode()},
        }


def write_bundle(directory: Path, model: Document, artifacts: Mapping[str, bytes]) -> Document:
    """Write a bundle, and return the specification with its artifacts filled in.

    Files of the same names are replaced one by one; others are left alone.

    Args:
        directory: The folder; it is made if it is not there.
        model: A ModelSpec as plain values; what it says of artifacts is replaced.
        artifacts: The bytes of each model object by its name, and golden rows by ``GOLDEN_ROWS``.

    Raises:
        ModelSpecError: ``MS406``, an artifact does not fit into a ConfigMap; ``MS407``, one is
            missing.
    """
    filled, packed = fill_artifacts(model, artifacts)
    for item in packed:
        _write(directory / ARTIFACTS / item.file_name, item.content)
    manifests = [write_document(item.manifest()) for item in packed]
    _write(directory / CONFIG_MAPS, "---\n".join(manifests).encode())
    _write(directory / SPECIFICATION, write_document(filled).encode())
    _write(directory / KUSTOMIZATION, write_document(_kustomization(manifests)).encode())
    return filled


def fill_artifacts(
    model: Document, artifacts: Mapping[str, bytes]
) -> tuple[Document, tuple[Packed, ...]]:
    """Return a specification that names its artifacts as a bundle packs them, and these.

    Raises:
        ModelSpecError: ``MS406``, an artifact does not fit into a ConfigMap; ``MS407``, one is
            missing.
    """
    filled = deepcopy(model)
    packed: list[Packed] = []
    for path, name, holder in _artifact_holders(filled):
        if name not in artifacts:
            raise fail(Code.MS407, path, f"no bytes were given for '{name}'")
        packed.append(_pack(path, model["metadata"], name, artifacts[name]))
        _put_after_name(holder, packed[-1].reference())
    return filled, tuple(packed)


def _put_after_name(holder: Document, artifact: Document) -> None:
    """Set the artifact of a model object, where a person would look for it."""
    rest = {key: value for key, value in holder.items() if key not in {"name", "artifact"}}
    first = {"name": holder["name"]} if "name" in holder else {}
    holder.clear()
    holder.update({**first, "artifact": artifact, **rest})


def _artifact_holders(model: Document) -> Iterator[tuple[str, str, Document]]:
    """Yield path, name and holder of every artifact."""
    for index, item in enumerate(model["spec"].get("models", ())):
        yield f"spec.models[{index}].artifact", item["name"], item
    if "verification" in model["spec"]:
        cases = model["spec"]["verification"].setdefault("cases", {})
        yield "spec.verification.cases.artifact", GOLDEN_ROWS, cases


def _pack(path: str, metadata: Document, name: str, content: bytes) -> Packed:
    # Without a time in it, equal bytes are packed into equal bytes.
    stored = gzip.compress(content, mtime=0)
    if len(content) > MAX_BYTES or len(stored) > _MOST_PACKED:
        message = (
            f"{len(content)} bytes, {len(stored)} with gzip, do not fit into a ConfigMap of"
            f" {MAX_STORED_BYTES}"
        )
        raise fail(Code.MS406, path, message)
    stem, suffix = ("golden", "jsonl") if name == GOLDEN_ROWS else (name, "onnx")
    file_name = f"{stem}.{suffix}"
    return Packed(
        content=content,
        stored=stored,
        config_map=f"{metadata['name']}-{stem}-{short_hash(sha256_of(content))}",
        namespace=metadata.get("namespace"),
        key=f"{file_name}{_PACKED_SUFFIX}",
        file_name=file_name,
    )


def _kustomization(config_maps: list[str]) -> Document:
    resources = [SPECIFICATION, *([CONFIG_MAPS] if config_maps else ())]
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": sorted(resources),
    }


def _write(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class ArtifactFolder:
    """The artifacts in a folder, found by the digest of their bytes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._found: dict[str, Path] | None = None

    def __bool__(self) -> bool:
        """Return whether there is such a folder."""
        return self._directory.is_dir()

    def find(self, sha256: str) -> bytes | None:
        """Return the bytes with that digest, if a file has them, packed with gzip or not."""
        if self._found is None:
            self._found = dict(self._index())
        path = self._found.get(sha256)
        return None if path is None else verified("", path.read_bytes(), sha256)

    def find_named(self, key: str) -> bytes | None:
        """Return the bytes of the file that is called as a key of a ConfigMap, packed or not."""
        for name in (key, key.removesuffix(_PACKED_SUFFIX)):
            path = self._directory / name
            if path.is_file() and path.stat().st_size <= MAX_BYTES:
                return path.read_bytes()
        return None

    def _index(self) -> Iterator[tuple[str, Path]]:
        files = (path for path in self._directory.rglob("*") if path.is_file())
        for path in sorted(islice(files, MAX_FILES)):
            if path.stat().st_size <= MAX_BYTES:
                with path.open("rb") as file:
                    yield hashlib.file_digest(file, "sha256").hexdigest(), path
                if path.suffix == _PACKED_SUFFIX:
                    yield from _unpacked_digest(path)


def _unpacked_digest(path: Path) -> Iterator[tuple[str, Path]]:
    digest, size = hashlib.sha256(), 0
    try:
        with gzip.open(path) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                if size > MAX_BYTES:
                    return
    except (OSError, EOFError, zlib.error):
        return
    yield digest.hexdigest(), path
