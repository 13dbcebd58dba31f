"""The Deployment of one version: pods that serve its mounted snapshot, and nothing else."""

import json
from collections.abc import Sequence
from copy import deepcopy
from typing import cast

from modelspec import names
from modelspec.schema.operations import Serving
from modelspec.schema.sources import Source
from modelspec_operator.children.artifacts import (
    ARTIFACT_DIRECTORY,
    build_artifact_volumes,
    build_fetching,
    needs_other_sources,
)
from modelspec_operator.children.metadata import (
    Manifest,
    Owner,
    Version,
    metadata,
    pod_selector,
    version_labels,
)

SNAPSHOT_DIRECTORY = "/etc/modelspec/snapshot"

DRAIN_SECONDS = 25
PRE_STOP_SECONDS = 5
"""Long enough for every node to take the pod out of its Service before it stops listening."""

PROGRESS_DEADLINE_SECONDS = 600

_SECURITY: Manifest = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}


def build_deployment(
    owner: Owner,
    version: Version,
    *,
    digest: str,
    documents: str | None,
    sources: Sequence[Source],
    serving: Serving,
    image: str,
) -> Manifest:
    """Return the Deployment of *version*, rendered afresh.

    Args:
        owner: The ModelSpec.
        version: The version that the pods serve.
        digest: Root digest that the pods must find in the mounted snapshot.
        documents: The packed snapshot, which travels with the Deployment as a spare copy.
        sources: Every artifact that the snapshot names, and where it is.
        serving: Replicas and resources.
        image: Image of the serving runtime.
    """
    labels = version_labels(owner, version)
    container = _container(owner, version, digest, serving, image)
    fetching = build_fetching(sources, image, serving.container_resources, _SECURITY)
    volumes = [
        _snapshot_volume(names.child_name(owner.name, version.hash)),
        *build_artifact_volumes(sources),
    ]
    spec: Manifest = {
        "replicas": serving.pod_count,
        "strategy": _strategy(),
        "progressDeadlineSeconds": PROGRESS_DEADLINE_SECONDS,
        "revisionHistoryLimit": 2,
        "template": {"metadata": {"labels": labels}, "spec": _pod(fetching, container, volumes)},
    }
    _settle(spec["template"], serving)
    return remembering(_deployment(owner, version, spec, documents))


def _deployment(owner: Owner, version: Version, spec: Manifest, documents: str | None) -> Manifest:
    """Return the Deployment of *version* that runs pods as *spec* says."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(
            owner,
            names.child_name(owner.name, version.hash),
            labels=version_labels(owner, version),
            annotations={names.ANNOTATION_DOCUMENTS: documents} if documents else None,
        ),
        "spec": {**spec, "selector": {"matchLabels": pod_selector(owner, version.hash)}},
    }


def remembering(manifest: Manifest) -> Manifest:
    """Return the Deployment with itself written into its annotation, for later repairs.

    Repairing from the annotation, not from a new rendering, is what lets an upgraded operator find
    a converged cluster and change nothing.
    """
    written = deepcopy(manifest)
    annotations = written["metadata"].pop("annotations", {})
    applied = {names.ANNOTATION_APPLIED: _compact(written)}
    written["metadata"]["annotations"] = {**annotations, **applied}
    return written


def remembered(live: Manifest, owner: Owner, version: Version) -> Manifest | None:
    """Return the Deployment that was last applied, if its annotation still says so.

    Anybody who may patch the Deployment may have written anything there. So only the way the pods
    run is taken from it; what the object is, where, and whose, follows from the arguments.
    """
    annotations = live["metadata"].get("annotations", {})
    spec = _remembered_spec(annotations.get(names.ANNOTATION_APPLIED, ""))
    if spec is None:
        return None
    return _deployment(owner, version, spec, annotations.get(names.ANNOTATION_DOCUMENTS))


def _remembered_spec(text: str) -> Manifest | None:
    """Return the ``spec`` of an annotation, if it has the shape that we give it."""
    try:
        spec = json.loads(text)["spec"]
        template = spec["template"]
        container, metadata = template["spec"]["containers"][0], template["metadata"]
        is_ours = (
            isinstance(container["image"], str)
            and isinstance(spec["replicas"], int)
            and isinstance(metadata, dict)
        )
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None
    return cast("Manifest", spec) if is_ours else None


def mounted_config_maps(live: Manifest) -> set[str]:
    """Return the names of the ConfigMaps that a live Deployment mounts as artifacts."""
    volumes = live["spec"]["template"]["spec"].get("volumes") or []
    projected = [volume["projected"] for volume in volumes if "projected" in volume]
    sources = [source for each in projected for source in each.get("sources") or []]
    return {source["configMap"]["name"] for source in sources if "configMap" in source}


def with_replicas(manifest: Manifest, replicas: int) -> Manifest:
    """Return a remembered Deployment with another number of pods, otherwise as it was."""
    changed = deepcopy(manifest)
    changed["spec"]["replicas"] = replicas
    return remembering(changed)


def with_serving(manifest: Manifest, serving: Serving) -> Manifest:
    """Return a remembered Deployment as `spec.serving` has it, otherwise as it was."""
    changed = deepcopy(manifest)
    changed["spec"]["replicas"] = serving.pod_count
    _settle(changed["spec"]["template"], serving)
    pod = changed["spec"]["template"]["spec"]
    for container in (pod["containers"][0], *(pod.get("initContainers") or [])):
        container["resources"] = serving.container_resources
    return remembering(changed)


_POD_SETTINGS = ("imagePullSecrets", "nodeSelector", "tolerations", "priorityClassName")
"""Members of `spec.serving` that a pod has under the same names."""


def _settle(template: Manifest, serving: Serving) -> None:
    """Write into a pod template what `spec.serving` says of pods; what it does not say goes."""
    said = serving.model_dump(mode="json", by_alias=True, exclude_none=True)
    pod, metadata = template["spec"], template["metadata"]
    for name in _POD_SETTINGS:
        pod.pop(name, None)
        if said.get(name):
            pod[name] = said[name]
    metadata.pop("annotations", None)
    if said.get("podAnnotations"):
        metadata["annotations"] = said["podAnnotations"]


def with_sources(manifest: Manifest, sources: Sequence[Source], image: str) -> Manifest:
    """Return a remembered Deployment whose pods fetch their artifacts from *sources*.

    Where they do already it stays as it is, to the letter.

    Args:
        manifest: The Deployment.
        sources: Every artifact that the snapshot names, and where it is.
        image: Image of the program that fetches, if it is to fetch otherwise than before.
    """
    if not needs_other_sources(manifest["spec"]["template"], sources):
        return manifest
    changed = deepcopy(manifest)
    pod = changed["spec"]["template"]["spec"]
    resources = pod["containers"][0].get("resources", {})
    snapshot = [volume for volume in pod["volumes"] if volume["name"] == "snapshot"]
    pod["initContainers"] = build_fetching(sources, image, resources, _SECURITY)
    pod["volumes"] = [*snapshot, *build_artifact_volumes(sources)]
    return remembering(changed)


def _strategy() -> Manifest:
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


def _pod(fetching: list[Manifest], container: Manifest, volumes: list[Manifest]) -> Manifest:
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": PRE_STOP_SECONDS + DRAIN_SECONDS + 5,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "runAsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        # The API server drops an empty list, and would differ for ever.
        **({"initContainers": fetching} if fetching else {}),
        "containers": [container],
        "volumes": volumes,
    }


def _container(
    owner: Owner, version: Version, digest: str, serving: Serving, image: str
) -> Manifest:
    return {
        "name": "serving",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "env": [
            {"name": "MODELSPEC_NAME", "value": owner.name},
            {"name": "MODELSPEC_MODEL_VERSION", "value": str(version.number)},
            {"name": "MODELSPEC_SNAPSHOT", "value": digest},
            {"name": "MODELSPEC_DRAIN_SECONDS", "value": str(DRAIN_SECONDS)},
        ],
        "ports": [
            {"name": "http", "containerPort": names.PORT_INFERENCE, "protocol": "TCP"},
            {"name": "admin", "containerPort": names.PORT_ADMIN, "protocol": "TCP"},
        ],
        "resources": serving.container_resources,
        "startupProbe": _probe("/healthz", period_seconds=1, failure_threshold=120),
        "readinessProbe": _probe("/readyz", period_seconds=2, failure_threshold=2),
        "livenessProbe": _probe("/healthz", period_seconds=10, failure_threshold=3),
        "lifecycle": {"preStop": {"sleep": {"seconds": PRE_STOP_SECONDS}}},
        "securityContext": _SECURITY,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [
            {"name": "snapshot", "mountPath": SNAPSHOT_DIRECTORY, "readOnly": True},
            {"name": "artifacts", "mountPath": ARTIFACT_DIRECTORY, "readOnly": True},
        ],
    }


def _probe(path: str, *, period_seconds: int, failure_threshold: int) -> Manifest:
    return {
        "httpGet": {"path": path, "port": "admin"},
        "periodSeconds": period_seconds,
        "timeoutSeconds": 2,
        "failureThreshold": failure_threshold,
    }


def _snapshot_volume(name: str) -> Manifest:
    """Return the volume of a snapshot; optional, so that what is missing is our message."""
    return {"name": "snapshot", "configMap": {"name": name, "optional": True}}


def _compact(manifest: Manifest) -> str:
    return json.dumps(manifest, sort_keys=True, separators=(",", ":"))
