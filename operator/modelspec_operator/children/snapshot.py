"""The immutable ConfigMaps: a version's snapshot, and our copies of its artifacts."""

from base64 import b64encode

from modelspec import __version__, names
from modelspec.snapshot.identity import Snapshot
from modelspec_operator.children.metadata import Manifest, Owner, Version, metadata, version_labels


def build_snapshot(
    owner: Owner, version: Version, snapshot: Snapshot, artifacts: tuple[str, ...]
) -> Manifest:
    """Return the ConfigMap whose keys hold exactly the bytes that were hashed.

    Args:
        owner: The ModelSpec.
        version: The version that the snapshot defines.
        snapshot: What is stored.
        artifacts: SHA-256 of every artifact that it names.
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
                f"{names.GROUP}/library-version": __version__,
            },
        ),
        "immutable": True,
        "data": dict(snapshot.documents),
    }


def build_artifact(owner: Owner, sha256: str, content: bytes) -> Manifest:
    """Return our own copy of an artifact, stored under its digest and shared by all versions."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(owner, names.artifact_config_map_name(owner.name, sha256)),
        "immutable": True,
        "binaryData": {sha256: b64encode(content).decode()},
    }
