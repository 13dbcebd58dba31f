"""The one decision of a pass: from what is wanted and what is there to what must be written.

The order of the actions is the order of safety: artifacts, snapshot, workload, and only when its
pods are ready the front Service. A later pass sees the result and goes on from there; nothing is
remembered between passes but what stands in the cluster.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from modelspec import names
from modelspec.errors import Finding
from modelspec.schema.operations import Serving
from modelspec_operator.children.deployment import (
    build_deployment,
    mounted_config_maps,
    remembered,
    with_replicas,
    with_serving,
)
from modelspec_operator.children.metadata import Manifest, Version
from modelspec_operator.children.services import build_front_service, build_version_service
from modelspec_operator.children.snapshot import build_artifact, build_snapshot, pack, unpack
from modelspec_operator.core.actions import Action, Apply, Create, Delete
from modelspec_operator.core.desired import Content, Desired
from modelspec_operator.core.difference import covers
from modelspec_operator.core.observed import Observed, front_hash, is_ready, versions
from modelspec_operator.settings import Settings

_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"

LOOK_WHILE_NOT_READY = timedelta(seconds=3)
"""How often pods are looked at while the wanted version is not ready."""


@dataclass(frozen=True)
class Stable:
    """The version that the front Service selects, and since when (RFC 3339)."""

    version: Version
    since: str


@dataclass(frozen=True)
class Plan:
    """What one pass does, and which version plays which role once it is done."""

    actions: tuple[Action, ...]
    before: Stable | None
    """What serves before the actions."""

    after: Stable | None
    """What serves once all of them are carried out."""

    wanted: Version | None
    """The version that the specification asks for; ``None`` when it is invalid."""

    blockers: tuple[Finding, ...] = ()
    """What keeps the wanted version from being brought up."""

    look_again: datetime | None = None
    """When to look again without any change in the cluster."""


@dataclass(frozen=True)
class _Roles:
    """Which version plays which role."""

    known: dict[str, Version]
    wanted: Version | None
    stable: Version | None
    replaced: str | None
    promoted_at: datetime | None


def plan(desired: Desired, observed: Observed, settings: Settings, now: datetime) -> Plan:
    """Return what to write so that the cluster comes closer to what is wanted."""
    roles = _roles(desired, observed)
    blockers = (*desired.findings, *_missing_artifacts(desired, observed))
    target = _target(observed, desired, roles)
    since = now if target != roles.stable else roles.promoted_at or now
    return Plan(
        actions=(
            *_wanted_version(desired, observed, roles, settings, blocked=bool(blockers)),
            *_lost_snapshots(desired, observed, roles),
            *_stable_version(desired, observed, roles, settings),
            *_front(desired, observed, roles, target, since),
            *_retired_versions(desired, observed, roles, settings, now),
            *_unused_artifacts(desired, observed),
        ),
        before=Stable(roles.stable, timestamp(roles.promoted_at or now)) if roles.stable else None,
        after=Stable(target, timestamp(since)) if target else None,
        wanted=roles.wanted,
        blockers=blockers,
        look_again=_look_again(desired, observed, roles, settings, now),
    )


def _roles(desired: Desired, observed: Observed) -> _Roles:
    known = versions(observed)
    front = observed.services.get(desired.owner.name, {"metadata": {}})
    annotations = front["metadata"].get("annotations", {})
    return _Roles(
        known=known,
        wanted=_wanted(desired.content, known),
        stable=known.get(front_hash(observed, desired.owner.name) or ""),
        replaced=annotations.get(names.ANNOTATION_REPLACED),
        promoted_at=_parse(annotations.get(names.ANNOTATION_PROMOTED_AT)),
    )


def _wanted(content: Content | None, known: dict[str, Version]) -> Version | None:
    """Return the wanted version: the one already known by its hash, or the next number."""
    if content is None:
        return None
    digits = content.snapshot.hash
    following = 1 + max((version.number for version in known.values()), default=0)
    return known.get(digits, Version(following, digits))


def _target(observed: Observed, desired: Desired, roles: _Roles) -> Version | None:
    """Return the version that should serve now: the wanted one once it is ready.

    Without a front Service (nothing served yet, or it was deleted by hand) any ready version is
    better than none; the newest has the best claim.
    """
    ready = [v for v in roles.known.values() if is_ready(_deployment(observed, desired, v))]
    if roles.wanted in ready:
        return roles.wanted
    return roles.stable or max(ready, key=lambda version: version.number, default=None)


def _missing_artifacts(desired: Desired, observed: Observed) -> Iterator[Finding]:
    for artifact in desired.content.artifacts if desired.content else ():
        seen = observed.artifacts.get(artifact.sha256)
        if isinstance(seen, Finding):
            yield seen


def _wanted_version(
    desired: Desired, observed: Observed, roles: _Roles, settings: Settings, *, blocked: bool
) -> Iterator[Action]:
    """Yield what brings the wanted version up and keeps it as it should be."""
    content, wanted, owner = desired.content, roles.wanted, desired.owner
    if content is None or wanted is None:
        return
    name = names.child_name(owner.name, wanted.hash)
    live = observed.deployments.get(name)
    if blocked and live is None:
        return
    for artifact in content.artifacts:
        copy = observed.artifacts.get(artifact.sha256)
        if isinstance(copy, bytes):
            yield Create(build_artifact(owner, artifact.sha256, copy))
    if name not in observed.config_maps:
        yield Create(build_snapshot(owner, wanted, content.snapshot, content.artifact_digests))
    yield from _ensure(observed.services.get(name), build_version_service(owner, wanted))
    kept = live and remembered(live)
    if kept:
        yield from _ensure(live, with_serving(kept, content.serving))
        return
    fresh = build_deployment(
        owner,
        wanted,
        digest=content.snapshot.digest,
        documents=pack(content.snapshot),
        artifacts=content.artifact_digests,
        serving=content.serving,
        image=settings.serving_image,
    )
    yield from _ensure(live, fresh)


def _lost_snapshots(desired: Desired, observed: Observed, roles: _Roles) -> Iterator[Action]:
    """Yield the snapshots that were deleted by hand, from the copies that their Deployments hold.

    The wanted version's is taken anew from the specification itself.
    """
    for version in roles.known.values():
        name = names.child_name(desired.owner.name, version.hash)
        live = observed.deployments.get(name)
        if version == roles.wanted or live is None or name in observed.config_maps:
            continue
        packed = live["metadata"].get("annotations", {}).get(names.ANNOTATION_DOCUMENTS, "")
        spare = unpack(packed, version.hash)
        if spare:
            yield Create(build_snapshot(desired.owner, version, *spare))


def _stable_version(
    desired: Desired, observed: Observed, roles: _Roles, settings: Settings
) -> Iterator[Action]:
    """Yield repairs of the version that serves while another one is wanted."""
    stable = roles.stable
    if stable is None or stable == roles.wanted:
        return
    name = names.child_name(desired.owner.name, stable.hash)
    yield from _ensure(observed.services.get(name), build_version_service(desired.owner, stable))
    live = observed.deployments.get(name)
    kept = live and remembered(live)
    serving = desired.content.serving if desired.content else None
    if kept:
        count = serving.pod_count if serving else kept["spec"]["replicas"]
        yield from _ensure(live, with_replicas(kept, count))
    elif name in observed.config_maps:
        annotations = observed.config_maps[name]["metadata"].get("annotations", {})
        fresh = build_deployment(
            desired.owner,
            stable,
            digest=annotations.get(names.ANNOTATION_DIGEST, stable.hash),
            documents=None,
            artifacts=_listed(annotations.get(names.ANNOTATION_ARTIFACTS)),
            serving=serving or Serving(),
            image=settings.serving_image,
        )
        yield from _ensure(live, fresh)


def _front(
    desired: Desired,
    observed: Observed,
    roles: _Roles,
    target: Version | None,
    since: datetime,
) -> Iterator[Action]:
    """Yield the one write that moves all requests by the front Service, or repairs it."""
    if target is None:
        return
    moved_from = roles.stable.hash if roles.stable and roles.stable != target else None
    front = build_front_service(
        desired.owner,
        target.hash,
        promoted_at=timestamp(since),
        replaced=moved_from or roles.replaced,
    )
    yield from _ensure(observed.services.get(desired.owner.name), front)


def _retired_versions(
    desired: Desired, observed: Observed, roles: _Roles, settings: Settings, now: datetime
) -> Iterator[Action]:
    """Yield what parks versions out of service, and deletes those beyond the history.

    The version that was replaced last keeps its pods while it is warm: going back to it then takes
    one write.
    """
    busy = {version.hash for version in (roles.wanted, roles.stable) if version}
    if roles.replaced and _warm_for(roles, settings, now) > timedelta():
        busy.add(roles.replaced)
    idle = sorted(
        (version for version in roles.known.values() if version.hash not in busy),
        key=lambda version: version.number,
    )
    kept = max(settings.version_history - len(busy), 0)
    for version in idle[: max(len(idle) - kept, 0)]:
        yield from _deletions(desired, observed, version)
    for version in idle[max(len(idle) - kept, 0) :]:
        live = _deployment(observed, desired, version)
        manifest = live and remembered(live)
        if manifest:
            yield from _ensure(live, with_replicas(manifest, 0))


def _unused_artifacts(desired: Desired, observed: Observed) -> Iterator[Action]:
    """Yield the deletion of artifact copies that no version needs any more."""
    content = desired.content
    used = set(content.artifact_digests if content else ())
    for manifest in observed.config_maps.values():
        annotations = manifest["metadata"].get("annotations", {})
        used.update(_listed(annotations.get(names.ANNOTATION_ARTIFACTS)))
    copies = {names.artifact_config_map_name(desired.owner.name, sha256) for sha256 in used}
    # A snapshot may have been deleted by hand; what pods mount is needed all the same.
    copies.update(*map(mounted_config_maps, observed.deployments.values()))
    for name, manifest in observed.config_maps.items():
        metadata = manifest["metadata"]
        if names.LABEL_SNAPSHOT not in metadata.get("labels", {}) and name not in copies:
            yield Delete("ConfigMap", name, desired.owner.namespace, metadata["uid"])


def _deletions(desired: Desired, observed: Observed, version: Version) -> Iterator[Action]:
    """Yield the deletion of everything that belongs to one version, workload first."""
    name = names.child_name(desired.owner.name, version.hash)
    kinds = {
        "Deployment": observed.deployments,
        "Service": observed.services,
        "ConfigMap": observed.config_maps,
    }
    for kind, objects in kinds.items():
        if name in objects:
            uid = objects[name]["metadata"]["uid"]
            yield Delete(kind, name, desired.owner.namespace, uid)


def _ensure(live: Manifest | None, wanted: Manifest) -> Iterator[Action]:
    """Yield the write that makes *live* say what is wanted; none if it does already."""
    if live is None:
        yield Create(wanted)
    elif not covers(live, wanted):
        yield Apply(wanted)


def _deployment(observed: Observed, desired: Desired, version: Version) -> Manifest | None:
    return observed.deployments.get(names.child_name(desired.owner.name, version.hash))


def _warm_for(roles: _Roles, settings: Settings, now: datetime) -> timedelta:
    """Return how much longer the replaced version keeps its pods; zero or less if no longer."""
    if roles.replaced is None or roles.promoted_at is None:
        return timedelta()
    # A moment in the future was not written by us, or by another clock; it buys no extra time.
    age = max(now - roles.promoted_at, timedelta())
    return timedelta(seconds=settings.warm_seconds) - age


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(filter(None, (text or "").split(",")))


def _look_again(
    desired: Desired, observed: Observed, roles: _Roles, settings: Settings, now: datetime
) -> datetime | None:
    """Return when to look without being woken; pods and users' ConfigMaps are not watched."""
    wanted = roles.wanted
    if desired.content is None or wanted is None:
        return None
    if not is_ready(_deployment(observed, desired, wanted)):
        return now + LOOK_WHILE_NOT_READY
    warm_for = _warm_for(roles, settings, now)
    return now + warm_for if warm_for > timedelta() else None


def timestamp(moment: datetime) -> str:
    """Return a moment as Kubernetes writes it: RFC 3339 in UTC, whole seconds."""
    return moment.astimezone(UTC).strftime(_TIME_FORMAT)


def _parse(text: str | None) -> datetime | None:
    """Return the moment that we wrote; anybody may have written anything else there."""
    try:
        return datetime.strptime(text or "", _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None
