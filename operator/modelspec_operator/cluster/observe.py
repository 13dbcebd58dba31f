"""What a pass sees: the caches, and the two things that are asked for only when needed."""

import asyncio
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from modelspec import names
from modelspec.artifacts import verify
from modelspec.errors import Code, Finding, ModelSpecError
from modelspec.schema.artifacts import Artifact
from modelspec_operator.children.metadata import Manifest, Owner, pod_selector
from modelspec_operator.cluster.cache import Cache
from modelspec_operator.cluster.client import Client
from modelspec_operator.core.desired import Content, Desired
from modelspec_operator.core.observed import Observed, PodProblem, is_ready
from modelspec_operator.core.pods import first_problem


@dataclass(frozen=True)
class Caches:
    """Everything that is watched."""

    models: Cache
    config_maps: Cache
    deployments: Cache
    services: Cache
    budgets: Cache


LOOK_AFTER = timedelta(seconds=2)
"""Pods of a Deployment that is newer than that are on their way; there is nothing to see yet."""


async def observe(client: Client, caches: Caches, desired: Desired, now: datetime) -> Observed:
    """Return what the cluster says around one ModelSpec."""
    owner = desired.owner
    key = (owner.namespace, owner.name)
    config_maps = _owned(caches.config_maps.of(key), owner)
    deployments = _owned(caches.deployments.of(key), owner)
    return Observed(
        config_maps=config_maps,
        deployments=deployments,
        services=_owned(caches.services.of(key), owner),
        budgets=_owned(caches.budgets.of(key), owner),
        artifacts=await _artifacts(client, owner, desired.content, config_maps),
        pod_problem=await _pod_problem(client, owner, desired.content, deployments, now),
    )


def _owned(objects: Mapping[str, Manifest], owner: Owner) -> dict[str, Manifest]:
    """Return the objects that this very ModelSpec controls, and that are not being deleted."""
    return {
        name: manifest
        for name, manifest in objects.items()
        if is_controlled_by(manifest, owner.uid)
        and "deletionTimestamp" not in manifest["metadata"]
    }


def is_controlled_by(manifest: Manifest, uid: str) -> bool:
    """Tell whether the object's controller is the object with *uid*."""
    return controller_of(manifest).get("uid") == uid


def controller_of(manifest: Manifest) -> Manifest:
    """Return the owner reference of an object's controller, or an empty one."""
    references = manifest["metadata"].get("ownerReferences", [])
    return next((reference for reference in references if reference.get("controller")), {})


async def _artifacts(
    client: Client, owner: Owner, content: Content | None, ours: Mapping[str, Manifest]
) -> dict[str, bytes | Finding]:
    """Return the user's bytes, or what is wrong with them, where we have no copy of our own."""
    if content is None:
        return {}
    return {
        artifact.sha256: await _fetch(client, owner.namespace, artifact, path)
        for artifact, path in zip(content.artifacts, content.artifact_paths, strict=True)
        if artifact.config_map
        and names.artifact_config_map_name(owner.name, artifact.sha256) not in ours
    }


async def _fetch(client: Client, namespace: str, artifact: Artifact, path: str) -> bytes | Finding:
    source = artifact.config_map
    assert source is not None, "the schema demands the member that `type` names"  # noqa: S101
    config_map = await client.get("ConfigMap", namespace, source.name)
    if config_map is None:
        message = f"ConfigMap '{source.name}' not found in namespace '{namespace}'"
        return Finding(Code.MS407, f"{path}.configMap.name", message)
    content = read_key(config_map, source.key)
    if content is None:
        keys = sorted({**config_map.get("binaryData", {}), **config_map.get("data", {})})
        listed = ", ".join(f"'{key}'" for key in keys[:10]) or "none"
        message = f"key '{source.key}' not found in ConfigMap '{source.name}'; keys: {listed}"
        return Finding(Code.MS407, f"{path}.configMap.key", message)
    try:
        # Unpacking up to 64 MiB takes a while, and others wait for the event loop.
        await asyncio.to_thread(verify, path, content, artifact.sha256, size=artifact.size_bytes)
    except ModelSpecError as error:
        return error.finding
    return content


def read_key(config_map: Manifest, key: str) -> bytes | None:
    """Return the bytes under one key of a ConfigMap, binary or text."""
    if key in config_map.get("binaryData", {}):
        return b64decode(config_map["binaryData"][key])
    text: str | None = config_map.get("data", {}).get(key)
    return None if text is None else text.encode()


async def _pod_problem(
    client: Client,
    owner: Owner,
    content: Content | None,
    deployments: Mapping[str, Manifest],
    now: datetime,
) -> PodProblem | None:
    """Look at the pods of the wanted version, only while they are not all ready."""
    if content is None:
        return None
    digits = content.snapshot.hash
    deployment = deployments.get(names.child_name(owner.name, digits))
    if deployment is None or is_ready(deployment) or now - _created(deployment) < LOOK_AFTER:
        return None
    selector = ",".join(f"{k}={v}" for k, v in pod_selector(owner, digits).items())
    pods = await client.list("Pod", owner.namespace, selector)
    problem = first_problem(pods["items"])
    if problem is None:
        return None
    return replace(problem, findings=tuple(map(content.located, problem.findings)))


def _created(manifest: Manifest) -> datetime:
    return datetime.fromisoformat(manifest["metadata"]["creationTimestamp"])
