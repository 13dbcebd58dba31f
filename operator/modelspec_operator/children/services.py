"""The Services: one per version to reach it by itself, and the front that callers use."""

from modelspec import names
from modelspec_operator.children.metadata import (
    Manifest,
    Owner,
    Version,
    metadata,
    pod_selector,
    version_labels,
)


def build_version_service(owner: Owner, version: Version) -> Manifest:
    """Return the Service of one version, also its preview address.

    Headless: allocating cluster IPs is serial in the API server and would dominate mass creation.
    """
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(
            owner,
            names.child_name(owner.name, version.hash),
            labels=version_labels(owner, version),
        ),
        "spec": {
            "clusterIP": "None",
            "selector": pod_selector(owner, version.hash),
            "ports": [_port(names.PORT_INFERENCE)],
        },
    }


def build_front_service(
    owner: Owner, stable: str, *, promoted_at: str, replaced: str | None
) -> Manifest:
    """Return the Service that callers use; its selector is the truth about what serves.

    Args:
        owner: The ModelSpec.
        stable: Hash of the version that receives the requests.
        promoted_at: When the selector moved there, RFC 3339.
        replaced: Hash of the version that served before, which stays warm.
    """
    annotations = {names.ANNOTATION_PROMOTED_AT: promoted_at}
    if replaced:
        annotations[names.ANNOTATION_REPLACED] = replaced
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(owner, owner.name, annotations=annotations),
        "spec": {
            "type": "ClusterIP",
            "selector": pod_selector(owner, stable),
            "ports": [_port(80)],
        },
    }


def _port(number: int) -> Manifest:
    return {"name": "http", "port": number, "protocol": "TCP", "targetPort": "http"}
