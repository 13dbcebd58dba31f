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
from modelspec_operator.core.actions import Action
from modelspec_operator.core.desired import Desired
from modelspec_operator.core.observed import Observed
from modelspec_operator.core.retirement import delete_unused_artifacts, retire_versions
from modelspec_operator.core.situation import Situation, assess, ensure, timestamp
from modelspec_operator.core.upkeep import keep_stable, keep_wanted, restore_snapshots
from modelspec_operator.settings import Settings

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


def plan(desired: Desired, observed: Observed, settings: Settings, now: datetime) -> Plan:
    """Return what to write so that the cluster comes closer to what is wanted."""
    situation = assess(desired, observed, settings, now)
    blockers = (*desired.findings, *_missing_artifacts(situation))
    target = _target(situation)
    after = Stable(target, _since(situation, target)) if target else None
    return Plan(
        actions=(
            *keep_wanted(situation, blocked=bool(blockers)),
            *restore_snapshots(situation),
            *keep_stable(situation),
            *_front(situation, after),
            *retire_versions(situation),
            *delete_unused_artifacts(situation),
        ),
        before=_before(situation),
        after=after,
        wanted=situation.wanted,
        blockers=blockers,
        look_again=_look_again(situation),
    )


def _target(situation: Situation) -> Version | None:
    """Return the version that should serve now: the wanted one once it is ready.

    Without a front Service (nothing served yet, or it was deleted by hand) any ready version is
    better than none; the newest has the best claim.
    """
    ready = [version for version in situation.known.values() if situation.is_ready(version)]
    if situation.wanted in ready:
        return situation.wanted
    return situation.stable or max(ready, key=lambda version: version.number, default=None)


def _since(situation: Situation, target: Version) -> str:
    moves = target != situation.stable
    return timestamp(situation.now if moves else situation.promoted_at or situation.now)


def _before(situation: Situation) -> Stable | None:
    stable = situation.stable
    return Stable(stable, _since(situation, stable)) if stable else None


def _missing_artifacts(situation: Situation) -> Iterator[Finding]:
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


def _look_again(situation: Situation) -> datetime | None:
    """Return when to look without being woken; pods and users' ConfigMaps are not watched."""
    wanted = situation.wanted
    if wanted and not situation.is_ready(wanted):
        return situation.now + LOOK_WHILE_NOT_READY
    warm_for = situation.warm_for
    return situation.now + warm_for if warm_for > timedelta() else None
