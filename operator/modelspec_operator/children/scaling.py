"""What keeps enough pods of a version: its disruption budget."""

from modelspec import names
from modelspec_operator.children.metadata import (
    Manifest,
    Owner,
    Version,
    metadata,
    pod_selector,
    version_labels,
)

LEAST_PODS = 2
"""A budget over one pod would let no node be drained."""


def build_disruption_budget(owner: Owner, version: Version) -> Manifest:
    """Return the budget that lets nodes be drained one pod of the version at a time."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(
            owner,
            names.child_name(owner.name, version.hash),
            labels=version_labels(owner, version),
        ),
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": pod_selector(owner, version.hash)},
            # A pod that is not ready anyway must not keep its node from being drained.
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }
