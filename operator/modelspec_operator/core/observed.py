"""What the cluster says, as far as decisions read it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from modelspec import names
from modelspec.errors import Finding
from modelspec_operator.children.metadata import Manifest, Version

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
"""What we write; a label with more digits was written by somebody else."""


@dataclass(frozen=True)
class PodProblem:
    """Why a pod of the wanted version is not ready, in the container's or the kubelet's words."""

    reason: str
    message: str
    findings: tuple[Finding, ...] = ()
    """What the serving runtime itself found wrong with its snapshot or model; final."""


@dataclass(frozen=True)
class Observed:
    """Our own objects around one ModelSpec, by name, as they were last seen."""

    config_maps: Mapping[str, Manifest] = field(default_factory=dict)
    """Metadata only; their contents are immutable and named by digest."""

    deployments: Mapping[str, Manifest] = field(default_factory=dict)
    services: Mapping[str, Manifest] = field(default_factory=dict)
    budgets: Mapping[str, Manifest] = field(default_factory=dict)

    artifacts: Mapping[str, bytes | Finding] = field(default_factory=dict)
    """By SHA-256, for those in ConfigMaps that we have no copy of: the user's bytes, or what is
    wrong."""

    has_turn: bool = False
    """Whether it is this model's turn to get pods of the present runtime."""

    pod_problem: PodProblem | None = None
    """Looked up only while the wanted version is not ready."""


def front_hash(observed: Observed, model: str) -> str | None:
    """Return the hash that the front Service selects, or ``None`` if nothing serves."""
    front = observed.services.get(model)
    if front is None:
        return None
    selected: str | None = front["spec"].get("selector", {}).get(names.LABEL_SNAPSHOT)
    return selected


def versions(observed: Observed) -> dict[str, Version]:
    """Return all known versions by hash; a snapshot or a Deployment is enough to know one."""
    known = {}
    for manifest in (*observed.config_maps.values(), *observed.deployments.values()):
        labels = manifest["metadata"].get("labels", {})
        digits, number = labels.get(names.LABEL_SNAPSHOT), labels.get(names.LABEL_VERSION, "")
        if digits and _NUMBER.fullmatch(number):
            known[digits] = Version(int(number), digits)
    return known


def is_ready(deployment: Manifest | None) -> bool:
    """Tell whether every replica that a Deployment wants is of its latest template and ready."""
    if deployment is None:
        return False
    wanted = deployment["spec"].get("replicas", 1)
    status = deployment.get("status", {})
    return bool(
        wanted > 0
        and status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 1)
        and status.get("updatedReplicas", 0) >= wanted
        # More than updated ones: pods of an earlier template still answer, and count as ready.
        and status.get("replicas", 0) == status.get("updatedReplicas", 0)
        and status.get("readyReplicas", 0) >= wanted
    )


def ready_replicas(deployment: Manifest | None) -> int:
    """Return how many pods of a Deployment are ready."""
    ready: int = (deployment or {}).get("status", {}).get("readyReplicas", 0)
    return ready


def deadline_exceeded(deployment: Manifest | None) -> bool:
    """Tell whether Kubernetes gave up waiting for a Deployment's pods."""
    conditions = (deployment or {}).get("status", {}).get("conditions", [])
    return any(condition.get("reason") == "ProgressDeadlineExceeded" for condition in conditions)
