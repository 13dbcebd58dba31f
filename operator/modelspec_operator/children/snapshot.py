"""The immutable ConfigMaps: a version's snapshot, and our copies of its artifacts."""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence

from modelspec import __version__, names
from modelspec.errors import ModelSpecError
from modelspec.schema.sources import Source, write_sources
from modelspec.snapshot.identity import Snapshot
from modelspec.snapshot.reader import read_snapshot
from modelspec_operator.children.metadata import Manifest, Owner, Version, metadata, version_labels


def build_snapshot(
    owner: Owner,
    version: Version,
    snapshot: Snapshot,
    artifacts: tuple[str, ...],
    sources: Sequence[Source],
) -> Manifest:
    """Return the ConfigMap whose keys hold exactly the bytes that were hashed.

    Args:
        owner: The ModelSpec.
        version: The version that the snapshot defines.
        snapshot: What is stored.
        artifacts: SHA-256 of every artifact that it names.
        sources: Where they are, in case the Deployment is lost that says it.
    """
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(
            owner,
            names.child_name(owner.name, version.hash),
            labels=version_labels(owner, version),
            annotations={
                names.ANNOTATION_DIGEST: snapshot.digest,
                names.ANNOTATION_ARTIFACTS: ",".join(artifacts),
                names.ANNOTATION_SOURCES: write_sources(sources),
                f"{names.GROUP}/library-version": __version__,
            },
        ),
        "immutable": True,
        "data": dict(snapshot.documents),
    }


UNPACKED_BYTES = 4 * 1024 * 1024
"""More than any snapshot has; what unpacks to more is not ours."""


PACKED_LENGTH = 200_000
"""All annotations of an object together may have 256 KiB."""


def pack(snapshot: Snapshot) -> str | None:
    """Return a snapshot's documents as text for an annotation; equal documents, equal text.

    A snapshot with large tables may be too large for one; then there is no spare copy.
    """
    text = json.dumps(dict(snapshot.documents), sort_keys=True)
    packed = b64encode(zlib.compress(text.encode(), 9)).decode()
    return packed if len(packed) <= PACKED_LENGTH else None


def unpack(packed: str, expected_hash: str) -> tuple[Snapshot, tuple[str, ...]] | None:
    """Return a packed snapshot and its artifacts' digests, if it is the one with that hash."""
    try:
        stream = zlib.decompressobj()
        text = stream.decompress(b64decode(packed, validate=True), UNPACKED_BYTES)
        documents: Mapping[str, str] = json.loads(text)
        encoded = {key: document.encode() for key, document in documents.items()}
        contents = read_snapshot(encoded, expected_digest=expected_hash)
    except (ValueError, AttributeError, zlib.error, ModelSpecError):
        return None  # anybody may have written anything there
    return Snapshot(contents.digest, documents), contents.artifacts


def build_artifact(owner: Owner, sha256: str, content: bytes) -> Manifest:
    """Return our own copy of an artifact, stored under its digest and shared by all versions."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(owner, names.artifact_config_map_name(owner.name, sha256)),
        "immutable": True,
        "binaryData": {sha256: b64encode(content).decode()},
    }
