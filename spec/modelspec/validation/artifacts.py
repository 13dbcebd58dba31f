"""Rules about artifacts, as far as the specification alone shows them."""

from collections.abc import Iterator

from modelspec.errors import Code, Finding
from modelspec.schema.artifacts import ArtifactType, Compression
from modelspec.validation.subject import Subject

MAX_STORED_BYTES = 1_048_576
"""What a ConfigMap holds."""


def artifacts_fit_where_they_are_stored(subject: Subject) -> Iterator[Finding]:
    """MS406: bytes that are stored as they are fit into a ConfigMap."""
    for path, artifact in subject.spec.located_artifacts():
        size = artifact.size_bytes
        is_plain = artifact.type is ArtifactType.CONFIG_MAP and (
            artifact.compression is not Compression.GZIP
        )
        if size is not None and size > MAX_STORED_BYTES and is_plain:
            message = f"{size} is over the ConfigMap limit of {MAX_STORED_BYTES}"
            hint = "store the bytes with `compression: Gzip`"
            yield Finding(Code.MS406, f"{path}.sizeBytes", f"{message}; {hint}")
