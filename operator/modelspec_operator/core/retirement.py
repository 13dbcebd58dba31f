"""What becomes of versions that no longer serve: warm, parked, deleted."""

from collections.abc import Iterator
from datetime import timedelta

from modelspec import names
from modelspec_operator.children.deployment import mounted_config_maps, remembered, with_replicas
from modelspec_operator.children.metadata import Version
from modelspec_operator.core.actions import Action
from modelspec_operator.core.situation import Situation, delete, ensure
from modelspec_operator.core.upkeep import listed_artifacts


def retire_versions(situation: Situation, target: Version | None) -> Iterator[Action]:
    """Yield what parks versions out of service, and deletes those beyond the history.

    The version that was replaced last keeps its pods while it is warm: going back to it then takes
    one write. While it is unknown what serves, nothing is retired.
    """
    if situation.stable is None:
        return
    busy = {v.hash for v in (situation.wanted, situation.stable, target) if v}
    if situation.replaced and situation.warm_for > timedelta():
        busy.add(situation.replaced)
    idle = sorted(
        (version for version in situation.known.values() if version.hash not in busy),
        key=lambda version: version.number,
    )
    kept = max(situation.settings.version_history - len(busy), 0)
    surplus = max(len(idle) - kept, 0)
    for version in idle[:surplus]:
        yield from _deletions(situation, version)
    for version in idle[surplus:]:
        yield from _parking(situation, version)


def delete_unused_artifacts(situation: Situation) -> Iterator[Action]:
    """Yield the deletion of artifact copies that no version needs any more."""
    observed, content = situation.observed, situation.desired.content
    used = set(content.artifact_digests if content else ())
    used.update(*map(listed_artifacts, observed.config_maps.values()))
    copies = {names.artifact_config_map_name(situation.owner.name, sha256) for sha256 in used}
    # A snapshot may have been deleted by hand; what pods mount is needed all the same.
    copies.update(*map(mounted_config_maps, observed.deployments.values()))
    for name, manifest in observed.config_maps.items():
        # By its name, which nobody can change; labels anybody can.
        is_copy = name.startswith(f"{situation.owner.name}-a-")
        if is_copy and name not in copies:
            yield delete(manifest)


def _parking(situation: Situation, version: Version) -> Iterator[Action]:
    live = situation.deployment(version)
    manifest = live and remembered(live, situation.owner, version)
    if manifest:
        yield from ensure(live, with_replicas(manifest, 0))
    budget = situation.observed.budgets.get(situation.name_of(version))
    if budget is not None:
        yield delete(budget)


def _deletions(situation: Situation, version: Version) -> Iterator[Action]:
    """Yield the deletion of everything that belongs to one version, workload first."""
    observed, name = situation.observed, situation.name_of(version)
    kinds = (observed.deployments, observed.budgets, observed.services, observed.config_maps)
    for objects in kinds:
        if name in objects:
            yield delete(objects[name])
