"""The words that this project writes into a cluster, each defined once.

Everything that another program may depend on stands here: the API group, labels, annotations, keys
of a snapshot, condition types. Renaming the product's API group means changing ``GROUP`` alone.
"""

from enum import StrEnum

GROUP = "modelspec.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "ModelSpec"
PLURAL = "modelspecs"
SINGULAR = "modelspec"
SHORT_NAME = "mspec"
CATEGORY = "ml"

FIELD_MANAGER = "modelspec-operator"
"""Owner of every field that the operator writes, as server-side apply records it."""

LABEL_MODEL = f"{GROUP}/model"
"""On every child and pod: the ModelSpec's name. The operator watches objects that carry it."""

LABEL_SNAPSHOT = f"{GROUP}/snapshot"
"""On the children and pods of one version: the first ten hex digits of its snapshot's digest."""

LABEL_VERSION = f"{GROUP}/version"
"""On the children of one version: its number, counted by first appearance and never reused."""

ANNOTATION_APPLIED = f"{GROUP}/applied"
"""On a Deployment: the manifest as last written, so that an upgrade restarts nothing."""

ANNOTATION_DOCUMENTS = f"{GROUP}/documents"
"""On a Deployment: a packed copy of its snapshot, in case somebody deletes the original."""

ANNOTATION_PROMOTED_AT = f"{GROUP}/promoted-at"
"""On the front Service: when its selector last moved, RFC 3339 in UTC."""

ANNOTATION_REPLACED = f"{GROUP}/replaced"
"""On the front Service: the snapshot that served before; it stays warm for a while."""

ANNOTATION_DIGEST = f"{GROUP}/digest"
"""On a snapshot ConfigMap: the full root digest, 64 hex digits."""

ANNOTATION_ARTIFACTS = f"{GROUP}/artifacts"
"""On a snapshot ConfigMap: the SHA-256 of every artifact it names, separated by commas."""

ANNOTATION_SOURCES = f"{GROUP}/sources"
"""On a snapshot ConfigMap: where its artifacts are fetched from, as its Deployment says it."""

NAME_PATTERN = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"
NAME_MAX_LENGTH = 40
"""A ModelSpec's name becomes a Service's, and children append up to 23 characters."""

HASH_LENGTH = 10
"""Hex digits of a digest that names carry; what decides compares the full digest."""

SNAPSHOT_HEADER = "modelspec-snapshot"
"""Header of every answer: the digest of the snapshot that decided it."""

MODEL_HEADER = "modelspec-model"
"""Header of every answer: the name of the ModelSpec."""

VERSION_HEADER = "modelspec-version"
"""Header of every answer: the number of the version."""

PORT_INFERENCE = 8080
PORT_ADMIN = 8081

MANIFEST_KEY = "manifest.json"
"""The key of a snapshot that lists the digests of all others."""

FEATURE_FETCHING_KEY = "feature-fetching.json"
PREPROCESSING_KEY = "preprocessing.json"
MODELS_KEY = "models.json"
PIPELINE_KEY = "pipeline.json"
POSTPROCESSING_KEY = "postprocessing.json"
VERIFICATION_KEY = "verification.json"
"""The parts of a snapshot; a part that a specification does not have has no key."""


class ConditionType(StrEnum):
    """The condition types of a ModelSpec, as kstatus and ``kubectl wait`` know them."""

    STALLED = "Stalled"
    RECONCILING = "Reconciling"
    READY = "Ready"
    PROMOTED = "Promoted"


def short_hash(digest: str) -> str:
    """Return the part of a hex digest that stands in names and labels."""
    return digest[:HASH_LENGTH]


def version_name(number: int) -> str:
    """Return how version *number* is written for people: ``v3``."""
    return f"v{number}"


def child_name(model: str, snapshot_hash: str) -> str:
    """Return the name shared by the snapshot, Deployment and Service of one version."""
    return f"{model}-{snapshot_hash}"


def artifact_config_map_name(model: str, sha256: str) -> str:
    """Return the name of the ConfigMap that holds our copy of an artifact."""
    return f"{model}-a-{short_hash(sha256)}"
