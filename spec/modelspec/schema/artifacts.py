"""Artifacts: bytes outside the specification, pinned by their digest."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from modelspec.artifacts import MAX_BYTES, MAX_FETCHED_BYTES
from modelspec.errors import Code
from modelspec.schema.structural import Constraint, KubernetesModel, union

ObjectName = Annotated[
    str, Field(pattern=r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$", min_length=1, max_length=253)
]
SecretName = Annotated[
    str, Field(pattern=r"^modelspec-[a-z0-9]([-.a-z0-9]*[a-z0-9])?$", max_length=253)
]
Sha256 = Annotated[str, Field(pattern=r"^[a-f0-9]{64}$", max_length=64)]
Url = Annotated[str, Field(pattern=r"^https?://[!-~]+$", max_length=2048)]


class ArtifactType(StrEnum):
    """Where an artifact is stored."""

    CONFIG_MAP = "ConfigMap"
    PERSISTENT_VOLUME_CLAIM = "PersistentVolumeClaim"
    HTTP = "HTTP"
    S3 = "S3"


class Compression(StrEnum):
    """How the bytes of an artifact are stored."""

    NONE = "None"
    GZIP = "Gzip"


def _https(name: str) -> tuple[Constraint, Constraint]:
    """Return the rules of a URL: nobody on the way reads it, and it carries no password."""

    def url(item: Any) -> str:
        given: str | None = getattr(item, name)
        return given or "https://"

    return (
        Constraint(
            Code.MS405,
            f"!has(self.{name}) || self.{name}.startsWith('https://')",
            "must use 'https'",
            lambda item: url(item).startswith("https://"),
            field_path=f".{name}",
        ),
        Constraint(
            Code.MS403,
            f"!has(self.{name}) || !self.{name}.split('/', 4)[2].contains('@')",
            "must not contain a user or password; put them into the Secret of `secretName`",
            lambda item: "@" not in url(item).split("/", 3)[2],
            field_path=f".{name}",
        ),
    )


class ConfigMapKey(KubernetesModel):
    """One key of a ConfigMap in the namespace of the ModelSpec."""

    name: ObjectName
    """Name of the ConfigMap."""

    key: Annotated[str, Field(pattern=r"^[-._a-zA-Z0-9]+$", min_length=1, max_length=253)]
    """Key under `binaryData` (or `data`) that holds the bytes."""


class VolumeFile(KubernetesModel):
    """One file of a PersistentVolumeClaim in the namespace of the ModelSpec."""

    claim_name: ObjectName
    """Name of the PersistentVolumeClaim. Every pod mounts it read-only while it starts, so more
    than one node must be able to."""

    path: Annotated[
        str,
        Field(
            pattern=r"^[-_=+@,a-zA-Z0-9][-._=+@,a-zA-Z0-9]*(/[-_=+@,a-zA-Z0-9][-._=+@,a-zA-Z0-9]*)*$",
            max_length=1024,
        ),
    ]
    """Path of the file from the root of the volume; no part of it begins with a dot."""


class HttpFile(KubernetesModel):
    """One file of a web server."""

    constraints = _https("url")

    url: Url
    """Where the file is; `https` only. Redirects are followed to `https` only, and proxies of the
    environment are not used."""

    secret_name: SecretName | None = None
    """Name of a Secret, beginning with `modelspec-`, whose keys only the init container reads:
    `TOKEN` (sent as a bearer token), or `USERNAME` and `PASSWORD`, and `CA_CERTIFICATE` (PEM) for
    a server with an authority of its own. Without it the request carries no credentials."""


class S3Object(KubernetesModel):
    """One object of a store that speaks S3."""

    constraints = _https("endpoint")

    bucket: Annotated[
        str, Field(pattern=r"^[a-z0-9][-.a-z0-9]*[a-z0-9]$", min_length=3, max_length=63)
    ]
    """Name of the bucket."""

    key: Annotated[str, Field(pattern=r"^[^/\s\\]+(/[^/\s\\]+)*$", max_length=1024)]
    """Key of the object."""

    region: Annotated[str, Field(pattern=r"^[-a-z0-9]+$", max_length=63)] | None = None
    """Region of the bucket. us-east-1 when omitted."""

    endpoint: Url | None = None
    """URL of the store, `https` only, where it is not Amazon's."""

    secret_name: SecretName | None = None
    """Name of a Secret, beginning with `modelspec-`, whose keys only the init container reads:
    `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, perhaps `AWS_SESSION_TOKEN`, and
    `CA_CERTIFICATE` (PEM) for a store with an authority of its own. Without it the object is
    read anonymously."""


class Artifact(KubernetesModel):
    """Bytes outside the specification, pinned by their digest."""

    constraints = (
        union(
            Code.MS403,
            config_map="ConfigMap",
            persistent_volume_claim="PersistentVolumeClaim",
            http="HTTP",
            s3="S3",
        ),
        Constraint(
            Code.MS403,
            "!has(self.compression) || self.compression == 'None' || has(self.sizeBytes)",
            "`sizeBytes` must be specified when `compression` is 'Gzip'",
            lambda artifact: (
                artifact.compression in {None, Compression.NONE} or artifact.size_bytes is not None
            ),
        ),
        Constraint(
            Code.MS403,
            "self.type == 'ConfigMap' || has(self.sizeBytes)",
            "`sizeBytes` must be specified unless `type` is 'ConfigMap'",
            lambda artifact: (
                artifact.type is ArtifactType.CONFIG_MAP or artifact.size_bytes is not None
            ),
        ),
        Constraint(
            Code.MS123,
            f"self.type != 'ConfigMap' || !has(self.sizeBytes) || self.sizeBytes <= {MAX_BYTES}",
            f"must be less than or equal to {MAX_BYTES} in a ConfigMap",
            lambda artifact: (
                artifact.type is not ArtifactType.CONFIG_MAP
                or artifact.size_bytes is None
                or artifact.size_bytes <= MAX_BYTES
            ),
            field_path=".sizeBytes",
        ),
    )

    type: ArtifactType
    """Kind of store; the member of the same name must be set."""

    sha256: Sha256
    """SHA-256 of the bytes, 64 lower-case hex digits. Another digest is another version."""

    size_bytes: Annotated[int, Field(ge=1, le=MAX_FETCHED_BYTES)] | None = None
    """Number of the bytes, before compression. Nothing larger is ever fetched or unpacked; it may
    be omitted only for what a ConfigMap holds."""

    compression: Compression | None = None
    """How the bytes are stored: None or Gzip. `sha256` is of the bytes before compression, so
    storing them otherwise makes no new version. None when omitted."""

    config_map: ConfigMapKey | None = None
    """Where the bytes are when `type` is ConfigMap. The operator copies them once; changing or
    deleting this ConfigMap later harms no version."""

    persistent_volume_claim: VolumeFile | None = None
    """Where the bytes are when `type` is PersistentVolumeClaim. Every pod that starts reads them
    from there."""

    http: HttpFile | None = None
    """Where the bytes are when `type` is HTTP. Every pod that starts fetches them from there."""

    s3: S3Object | None = None
    """Where the bytes are when `type` is S3. Every pod that starts fetches them from there."""

    @property
    def secret_name(self) -> str | None:
        """The Secret that is needed to fetch it."""
        store = self.http or self.s3
        return store.secret_name if store else None
