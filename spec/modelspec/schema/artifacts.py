"""Artifacts: bytes outside the specification, pinned by their digest."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from modelspec.artifacts import MAX_BYTES
from modelspec.errors import Code
from modelspec.schema.structural import Constraint, KubernetesModel, union

ObjectName = Annotated[
    str, Field(pattern=r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$", min_length=1, max_length=253)
]
Sha256 = Annotated[str, Field(pattern=r"^[a-f0-9]{64}$", max_length=64)]


class ArtifactType(StrEnum):
    """Where an artifact is stored."""

    CONFIG_MAP = "ConfigMap"


class Compression(StrEnum):
    """How the bytes of an artifact are stored."""

    NONE = "None"
    GZIP = "Gzip"


class ConfigMapKey(KubernetesModel):
    """One key of a ConfigMap in the namespace of the ModelSpec."""

    name: ObjectName
    """Name of the ConfigMap."""

    key: Annotated[str, Field(pattern=r"^[-._a-zA-Z0-9]+$", min_length=1, max_length=253)]
    """Key under `binaryData` (or `data`) that holds the bytes."""


class Artifact(KubernetesModel):
    """Bytes outside the specification, pinned by their digest."""

    constraints = (
        union(Code.MS403, config_map="ConfigMap"),
        Constraint(
            Code.MS403,
            "!has(self.compression) || self.compression == 'None' || has(self.sizeBytes)",
            "`sizeBytes` must be specified when `compression` is 'Gzip'",
            lambda artifact: (
                artifact.compression in {None, Compression.NONE} or artifact.size_bytes is not None
            ),
        ),
    )

    type: ArtifactType
    """Kind of store; the member of the same name must be set."""

    sha256: Sha256
    """SHA-256 of the bytes, 64 lower-case hex digits. Another digest is another version."""

    size_bytes: Annotated[int, Field(ge=1, le=MAX_BYTES)] | None = None
    """Number of the bytes, before compression. Nothing larger is ever unpacked."""

    compression: Compression | None = None
    """How the bytes are stored: None or Gzip. `sha256` is of the bytes before compression, so
    storing them otherwise makes no new version. None when omitted."""

    config_map: ConfigMapKey | None = None
    """Where the bytes are when `type` is ConfigMap. The operator copies them once; changing or
    deleting this ConfigMap later harms no version."""
