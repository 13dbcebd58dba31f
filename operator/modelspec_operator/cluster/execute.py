"""Carry out a plan: write what it asks for, and touch nothing that is not ours."""

from datetime import datetime
from http import HTTPStatus
from typing import assert_never

import structlog

from modelspec import names
from modelspec_operator.children.metadata import Manifest, Owner
from modelspec_operator.cluster.cache import Cache
from modelspec_operator.cluster.client import ApiError, Client
from modelspec_operator.cluster.observe import Caches, controller_of, is_controlled_by
from modelspec_operator.core.actions import Action, Apply, Create, Delete
from modelspec_operator.core.events import Event
from modelspec_operator.core.situation import timestamp
from modelspec_operator.core.status import Conflict
from modelspec_operator.monitoring import EVENTS_LOST, WRITES

log = structlog.get_logger()


class NotYetError(Exception):
    """Something is on its way out of the cluster; the same pass will succeed a little later."""


async def execute(
    client: Client, caches: Caches, owner: Owner, actions: tuple[Action, ...]
) -> Conflict | None:
    """Carry out actions in order, up to the first name that belongs to somebody else.

    What comes after it may depend on it: a Deployment must not mount a foreign ConfigMap.

    Raises:
        ApiError: The API server refused; what was written before stays.
        NotYetError: A name is still taken by an object that is being deleted.
    """
    for action in actions:
        match action:
            case Create(manifest):
                conflict = await _create(client, caches, owner, manifest)
                if conflict:
                    return conflict
            case Apply(manifest):
                await _apply(client, caches, owner, manifest)
            case Delete(kind, name, namespace, uid):
                await client.delete(kind, namespace, name, uid)
            case _:
                assert_never(action)
        subject = _subject(action, owner)
        WRITES.labels(type(action).__name__, subject["kind"]).inc()
        log.info("wrote", verb=type(action).__name__, **subject)
    return None


async def write_status(client: Client, caches: Caches, model: Manifest, status: Manifest) -> None:
    """Write the status if it says anything new; lose against any other writer."""
    previous = model.get("status", {})
    if previous == status:
        return
    metadata = model["metadata"]
    body = {
        "metadata": {"resourceVersion": metadata["resourceVersion"]},
        "status": merge_patch(previous, status),
    }
    name = f"{metadata['name']}/status"
    content_type = "application/merge-patch+json"
    try:
        written = await client.patch(
            names.KIND, metadata["namespace"], name, body, content_type=content_type
        )
    except ApiError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        caches.models.remove(model)  # it was deleted while nobody watched
    else:
        caches.models.put(written)


def merge_patch(before: Manifest, after: Manifest) -> Manifest:
    """Return the merge patch (RFC 7386) between two flat objects: values that go become null."""
    gone: Manifest = dict.fromkeys(before.keys() - after.keys())
    changed = {
        key: {**dict.fromkeys(before[key].keys() - value.keys()), **value}
        if isinstance(value, dict) and isinstance(before.get(key), dict)
        else value
        for key, value in after.items()
        if before.get(key) != value
    }
    return {**gone, **changed}


async def post_event(client: Client, model: Manifest, event: Event, now: datetime) -> None:
    """Post an Event about a ModelSpec; losing one loses no decision."""
    metadata = model["metadata"]
    body = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": f"{metadata['name']}.", "namespace": metadata["namespace"]},
        "involvedObject": {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND,
            **{key: metadata[key] for key in ("name", "namespace", "uid", "resourceVersion")},
        },
        "type": event.type,
        "reason": event.reason,
        "message": event.message[:1024],  # the API server's own limit
        "count": 1,
        "firstTimestamp": timestamp(now),
        "lastTimestamp": timestamp(now),
        "source": {"component": names.FIELD_MANAGER},
        "reportingComponent": names.FIELD_MANAGER,
    }
    try:
        await client.create(body)
    except ApiError as error:
        EVENTS_LOST.inc()
        log.warning("event.lost", reason=event.reason, error=str(error))


async def _create(
    client: Client, caches: Caches, owner: Owner, manifest: Manifest
) -> Conflict | None:
    try:
        created = await client.create(manifest)
    except ApiError as error:
        if error.reason != "AlreadyExists":
            raise
        return await _adopt(client, caches, owner, manifest)
    _cache(caches, manifest["kind"]).put(created)
    return None


async def _adopt(
    client: Client, caches: Caches, owner: Owner, manifest: Manifest
) -> Conflict | None:
    """Decide about an object that has the name of one of our children already."""
    kind, name = manifest["kind"], manifest["metadata"]["name"]
    existing = await client.get(kind, owner.namespace, name)
    if existing is None:
        raise NotYetError(f"{kind} {name} disappeared while it was looked at")
    controller = controller_of(existing)
    ours = existing["metadata"].get("labels", {}).get(names.LABEL_MODEL) == owner.name
    if "deletionTimestamp" in existing["metadata"]:
        raise NotYetError(f"{kind} {name} is being removed")
    if is_controlled_by(existing, owner.uid) or (ours and not controller):
        return await _take_over(client, caches, owner, manifest)
    if ours and controller.get("kind") == names.KIND:
        raise NotYetError(f"{kind} {name} belongs to a deleted ModelSpec and is being removed")
    return Conflict(kind, name)


async def _take_over(
    client: Client, caches: Caches, owner: Owner, manifest: Manifest
) -> Conflict | None:
    """Make an existing object what it should be, unless it can never become that."""
    try:
        await _apply(client, caches, owner, manifest)
    except ApiError as error:
        if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
        # Immutable, and something else than the name promises: whoever made it, it is not ours.
        return Conflict(manifest["kind"], manifest["metadata"]["name"])
    return None


async def _apply(client: Client, caches: Caches, owner: Owner, manifest: Manifest) -> None:
    cache, name = _cache(caches, manifest["kind"]), manifest["metadata"]["name"]
    known = cache.of((owner.namespace, owner.name)).get(name)
    if known is None or _is_owned_by_our_create(known):
        await _claim_created_fields(client, manifest)
    cache.put(await client.apply(manifest))


async def _claim_created_fields(client: Client, manifest: Manifest) -> None:
    """Hand the fields that our create wrote over to server-side apply; needed once per object.

    A create and an apply are two owners to the API server even under one name; without this, a
    field that we stop applying would stay, owned by the create.

    Source: ``k8s.io/client-go/util/csaupgrade``, which does the same for ``kubectl``.
    """
    kind, metadata = manifest["kind"], manifest["metadata"]
    live = await client.get(kind, metadata["namespace"], metadata["name"])
    if live is None or not _is_owned_by_our_create(live):
        return
    entries = live["metadata"]["managedFields"]
    claimed = [{**e, "operation": "Apply"} if _is_our_create(e) else e for e in entries]
    version = live["metadata"]["resourceVersion"]
    patch = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": version},
        {"op": "replace", "path": "/metadata/managedFields", "value": claimed},
    ]
    await client.patch(
        kind,
        metadata["namespace"],
        metadata["name"],
        patch,
        content_type="application/json-patch+json",
    )


def _is_owned_by_our_create(live: Manifest) -> bool:
    return any(map(_is_our_create, live["metadata"].get("managedFields", [])))


def _is_our_create(entry: Manifest) -> bool:
    ours = entry.get("manager") == names.FIELD_MANAGER and "subresource" not in entry
    return ours and entry.get("operation") == "Update"


def _cache(caches: Caches, kind: str) -> Cache:
    return {
        "ConfigMap": caches.config_maps,
        "Deployment": caches.deployments,
        "Service": caches.services,
        "PodDisruptionBudget": caches.budgets,
    }[kind]


def _subject(action: Action, owner: Owner) -> dict[str, str]:
    if isinstance(action, Delete):
        kind, name = action.kind, action.name
    else:
        kind, name = action.manifest["kind"], action.manifest["metadata"]["name"]
    return {"kind": kind, "name": name, "namespace": owner.namespace, "model": owner.name}
