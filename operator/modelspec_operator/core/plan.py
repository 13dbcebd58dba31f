"""The one decision of a pass: from what is wanted and what is there to what must be written.

The order of the actions is the order of safety: artifacts, snapshot, workload, and only when its
pods are ready the front Service. A later pass sees the result and goes on from there; nothing is
remembered between passes but what stands in the cluster.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelspec.errors import Finding
from modelspec_operator.children.metadata import Version
from modelspec_operator.children.services import build_front_service
from modelspec_operator.core.actions import Action, writes_deployment
from modelspec_operator.core.desired import Desired
from modelspec_operator.core.observed import Observed, ready_replicas
from modelspec_operator.core.retirement import delete_unused_artifacts, retire_versions
from modelspec_operator.core.situation import Situation, assess, collision, ensure, timestamp
from modelspec_operator.core.upkeep import (
    is_outdated,
    keep_stable,
    keep_wanted,
    restore_snapshots,
)
from modelspec_operator.settings import RuntimeRefresh, Settings

LOOK_WHILE_NOT_READY = timedelta(seconds=3)
"""How often pods are looked at while the wanted version is not ready."""


LOOK_WHILE_BLOCKED = timedelta(seconds=10)
"""How often a missing artifact is looked for."""


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

    is_outdated: bool = False
    """Whether the pods wait for their turn to be replaced by those of the present runtime."""


def plan(desired: Desired, observed: Observed, settings: Settings, now: datetime) -> Plan:
    """Return what to write so that the cluster comes closer to what is wanted."""
    situation = assess(desired, observed, settings, now)
    blockers = tuple(_blockers(situation))
    upkeep = tuple(keep_wanted(situation, blocked=bool(blockers)))
    target = _target(situation, is_changing=any(map(writes_deployment, upkeep)))
    after = Stable(target, _since(situation, target)) if target else None
    moves = situation.stable is not None and target != situation.stable
    return Plan(
        actions=(
            # What serves comes first: what goes wrong further down must not keep it from repair.
            *restore_snapshots(situation),
            *keep_stable(situation),
            *(() if moves else _front(situation, after)),
            *upkeep,
            *(_front(situation, after) if moves else ()),
            *retire_versions(situation, target),
            *delete_unused_artifacts(situation),
        ),
        before=_before(situation),
        after=after,
        wanted=situation.wanted,
        blockers=blockers,
        look_again=_look_again(situation, blocked=bool(blockers)),
        is_outdated=settings.runtime_refresh is RuntimeRefresh.ROLLING and is_outdated(situation),
    )


def _target(situation: Situation, *, is_changing: bool) -> Version | None:
    """Return the version that should serve now: the wanted one once it is ready as it is wanted.

    Without a front Service (nothing served yet, or it was deleted by hand) any version with a
    ready pod is better than none; the newest has the best claim.
    """
    wanted, stable = situation.wanted, situation.stable
    if wanted and not is_changing and situation.is_ready(wanted):
        return wanted
    answering = [v for v in situation.known.values() if ready_replicas(situation.deployment(v))]
    proven = [v for v in answering if v != wanted or situation.is_ready(v)]
    return stable or max(proven, key=lambda version: version.number, default=None)


def _since(situation: Situation, target: Version) -> str:
    moves = target != situation.stable
    return timestamp(situation.now if moves else situation.promoted_at or situation.now)


def _before(situation: Situation) -> Stable | None:
    stable = situation.stable
    return Stable(stable, _since(situation, stable)) if stable else None


def _blockers(situation: Situation) -> Iterator[Finding]:
    """Yield what keeps the wanted version from being brought up."""
    yield from situation.desired.findings
    collides = collision(situation.desired, situation.observed)
    if collides:
        yield collides
    content = situation.desired.content
    for artifact in content.artifacts if content else ():
        seen = situation.observed.artifacts.get(artifact.sha256)
        if isinstance(seen, Finding):
            yield seen


def _front(situation: Situation, after: Stable | None) -> Iterator[Action]:
    """Yield the one write that moves all requests by the front Service, or repairs it."""
    if after is None:
        return
    owner, stable = situation.owner, situation.stable
    moved_from = stable.hash if stable and stable != after.version else None
    front = build_front_service(
        owner,
        after.version.hash,
        promoted_at=after.since,
        replaced=moved_from or situation.replaced,
    )
    yield from ensure(situation.observed.services.get(owner.name), front)


def _look_again(situation: Situation, *, blocked: bool) -> datetime | None:
    """Return when to look without being woken; pods and users' ConfigMaps are not watched."""
    wanted = situation.wanted
    if blocked and situation.desired.content:
        return situation.now + LOOK_WHILE_BLOCKED
    if wanted and not situation.is_ready(wanted):
        return situation.now + LOOK_WHILE_NOT_READY
    warm_for = situation.warm_for
    return situation.now + warm_for if warm_for > timedelta() else None
