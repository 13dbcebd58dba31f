"""What brings versions up and keeps them as they should be."""

from collections.abc import Iterator

from modelspec import names
from modelspec.schema.operations import Serving
from modelspec.schema.sources import Source
from modelspec_operator.children.artifacts import copied_sources, parse_sources, sources_text
from modelspec_operator.children.deployment import (
    build_deployment,
    remembered,
    with_replicas,
    with_serving,
    with_sources,
)
from modelspec_operator.children.metadata import Manifest, Version
from modelspec_operator.children.scaling import LEAST_PODS, build_disruption_budget
from modelspec_operator.children.services import build_version_service
from modelspec_operator.children.snapshot import build_artifact, build_snapshot, pack, unpack
from modelspec_operator.core.actions import Action, Create
from modelspec_operator.core.desired import Content
from modelspec_operator.core.situation import Situation, delete, ensure


def keep_wanted(situation: Situation, *, blocked: bool) -> Iterator[Action]:
    """Yield what brings the wanted version up: artifacts, snapshot, Service, Deployment.

    What blocks a version keeps its Deployment from being made, and one that is there from nothing.
    """
    content, wanted = situation.desired.content, situation.wanted
    if content is None or wanted is None or (blocked and not situation.deployment(wanted)):
        return
    owner, name = situation.owner, situation.name_of(wanted)
    yield from _artifact_copies(situation, content)
    if name not in situation.observed.config_maps:
        digests, sources = content.artifact_digests, content.sources(owner)
        yield Create(build_snapshot(owner, wanted, content.snapshot, digests, sources))
    service = build_version_service(owner, wanted)
    yield from ensure(situation.observed.services.get(name), service)
    live = situation.deployment(wanted)
    kept = live and remembered(live, owner, wanted)
    if kept and not (situation.observed.has_turn and is_outdated(situation)):
        served = with_serving(kept, content.serving)
        image = situation.settings.serving_image
        yield from ensure(live, with_sources(served, content.sources(owner), image))
    else:
        yield from ensure(live, _fresh_deployment(situation, content, wanted))
    yield from _keep_budget(situation, wanted, content.serving.pod_count)


def is_outdated(situation: Situation) -> bool:
    """Tell whether the version that is wanted and serves runs as an earlier rendering has it."""
    content, wanted = situation.desired.content, situation.wanted
    if content is None or wanted is None or wanted != situation.stable:
        return False
    live = situation.deployment(wanted)
    kept = live and remembered(live, situation.owner, wanted)
    if not kept:
        return False
    runs = with_serving(kept, content.serving)["spec"]["template"]
    rendered = _fresh_deployment(situation, content, wanted)["spec"]["template"]
    return bool(runs != rendered)


def keep_stable(situation: Situation) -> Iterator[Action]:
    """Yield repairs of the version that serves while another one is wanted."""
    stable = situation.stable
    if stable is None or stable == situation.wanted:
        return
    name = situation.name_of(stable)
    service = build_version_service(situation.owner, stable)
    yield from ensure(situation.observed.services.get(name), service)
    live, content = situation.deployment(stable), situation.desired.content
    kept = live and remembered(live, situation.owner, stable)
    if kept:
        count = content.serving.pod_count if content else kept["spec"]["replicas"]
        yield from ensure(live, with_replicas(kept, count))
        yield from _keep_budget(situation, stable, count)
    elif name in situation.observed.config_maps:
        snapshot = situation.observed.config_maps[name]
        yield from ensure(live, _deployment_from_snapshot(situation, stable, snapshot))


def _keep_budget(situation: Situation, version: Version, pods: int) -> Iterator[Action]:
    """Yield what gives a version its disruption budget, or takes it where one pod is all."""
    live = situation.observed.budgets.get(situation.name_of(version))
    if pods >= LEAST_PODS:
        yield from ensure(live, build_disruption_budget(situation.owner, version))
    elif live is not None:
        yield delete(live)


def restore_snapshots(situation: Situation) -> Iterator[Action]:
    """Yield the snapshots that were deleted by hand, from the copies that their Deployments hold.

    The wanted version's is taken anew from the specification itself.
    """
    for version in situation.known.values():
        live = situation.deployment(version)
        is_there = situation.name_of(version) in situation.observed.config_maps
        if version == situation.wanted or live is None or is_there:
            continue
        packed = live["metadata"].get("annotations", {}).get(names.ANNOTATION_DOCUMENTS, "")
        spare = unpack(packed, version.hash)
        if spare:
            snapshot, digests = spare
            told = parse_sources(sources_text(live["spec"]["template"]))
            sources = copied_sources(situation.owner, digests) if told is None else told
            yield Create(build_snapshot(situation.owner, version, snapshot, digests, sources))


def _artifact_copies(situation: Situation, content: Content) -> Iterator[Action]:
    for artifact in content.artifacts:
        found = situation.observed.artifacts.get(artifact.sha256)
        if isinstance(found, bytes):
            yield Create(build_artifact(situation.owner, artifact.sha256, found))


def _fresh_deployment(situation: Situation, content: Content, version: Version) -> Manifest:
    return build_deployment(
        situation.owner,
        version,
        digest=content.snapshot.digest,
        documents=pack(content.snapshot),
        sources=content.sources(situation.owner),
        serving=content.serving,
        image=situation.settings.serving_image,
    )


def _deployment_from_snapshot(
    situation: Situation, version: Version, snapshot: Manifest
) -> Manifest:
    """Return a Deployment made from nothing but the metadata of its snapshot."""
    annotations = snapshot["metadata"].get("annotations", {})
    content = situation.desired.content
    return build_deployment(
        situation.owner,
        version,
        digest=annotations.get(names.ANNOTATION_DIGEST, version.hash),
        documents=None,
        sources=_listed_sources(situation, snapshot),
        serving=content.serving if content else Serving(),
        image=situation.settings.serving_image,
    )


def _listed_sources(situation: Situation, snapshot: Manifest) -> tuple[Source, ...]:
    """Return where the artifacts of a snapshot are; those of earlier releases are our copies."""
    annotations = snapshot["metadata"].get("annotations", {})
    told = parse_sources(annotations.get(names.ANNOTATION_SOURCES))
    if told is None:
        return copied_sources(situation.owner, listed_artifacts(snapshot))
    return told


def listed_artifacts(snapshot: Manifest) -> tuple[str, ...]:
    """Return the SHA-256 of every artifact that a snapshot ConfigMap names."""
    annotations = snapshot["metadata"].get("annotations", {})
    return tuple(filter(None, annotations.get(names.ANNOTATION_ARTIFACTS, "").split(",")))
