"""Names, labels and owners of children; the only place that puts them together."""

from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from modelspec import names

Manifest = dict[str, Any]
"""One Kubernetes object as JSON."""


@dataclass(frozen=True)
class Owner:
    """The ModelSpec that a child belongs to."""

    name: str
    namespace: str
    uid: str


@dataclass(frozen=True)
class Version:
    """One version of a model: its number and the first digits of its snapshot's digest."""

    number: int
    hash: str

    @override
    def __str__(self) -> str:
        """Return the version as people write it: ``v3``."""
        return names.version_name(self.number)


def version_labels(owner: Owner, version: Version) -> dict[str, str]:
    """Return the labels of everything that belongs to one version."""
    return {**pod_selector(owner, version.hash), names.LABEL_VERSION: str(version.number)}


def pod_selector(owner: Owner, snapshot_hash: str) -> dict[str, str]:
    """Return the two labels that select the pods of one version and never change."""
    return {names.LABEL_MODEL: owner.name, names.LABEL_SNAPSHOT: snapshot_hash}


def metadata(
    owner: Owner,
    name: str,
    *,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
) -> Manifest:
    """Return the metadata of a child: found by label, deleted together with its owner."""
    return {
        "name": name,
        "namespace": owner.namespace,
        "labels": {names.LABEL_MODEL: owner.name, **(labels or {})},
        **({"annotations": annotations} if annotations else {}),
        "ownerReferences": [owner_reference(owner)],
    }


def owner_reference(owner: Owner) -> Manifest:
    """Return the reference that makes the ModelSpec the controller of a child."""
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "name": owner.name,
        "uid": owner.uid,
        "controller": True,
        # False: true would let a child's foreground deletion wait for rights on finalizers
        # that the operator does not have.
        "blockOwnerDeletion": False,
    }
