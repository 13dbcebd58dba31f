"""All that one decision looks at, and which version plays which role in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from modelspec import names
from modelspec.errors import Code, Finding
from modelspec_operator.children.metadata import Manifest, Owner, Version
from modelspec_operator.core.actions import Action, Apply, Create, Delete
from modelspec_operator.core.desired import Content, Desired
from modelspec_operator.core.difference import covers
from modelspec_operator.core.observed import Observed, front_hash, is_ready, versions
from modelspec_operator.settings import Settings

CLOCK_SKEW = timedelta(minutes=1)
"""How far the clocks of two operators may be apart."""

_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Situation:
    """What is wanted, what is there, what time it is, and the roles that follow from it."""

    desired: Desired
    observed: Observed
    settings: Settings
    now: datetime

    known: dict[str, Version]
    """Every version that exists, by hash."""

    wanted: Version | None
    """The version that the specification asks for; ``None`` when it is invalid."""

    stable: Version | None
    """The version that the front Service selects."""

    replaced: str | None
    """Hash of the version that it selected before."""

    promoted_at: datetime | None
    """When the front Service moved."""

    @property
    def owner(self) -> Owner:
        """The ModelSpec that all of this is about."""
        return self.desired.owner

    @property
    def warm_for(self) -> timedelta:
        """How much longer the replaced version keeps its pods; zero or less if no longer."""
        if self.replaced is None or self.promoted_at is None:
            return timedelta()
        age = self.now - self.promoted_at
        # A moment in the future was not written by us; it buys no time.
        is_forged = age < -CLOCK_SKEW
        return timedelta() if is_forged else timedelta(seconds=self.settings.warm_seconds) - age

    def name_of(self, version: Version) -> str:
        """Return the name that all children of a version share."""
        return names.child_name(self.owner.name, version.hash)

    def deployment(self, version: Version) -> Manifest | None:
        """Return the live Deployment of a version."""
        return self.observed.deployments.get(self.name_of(version))

    def is_ready(self, version: Version) -> bool:
        """Tell whether all pods of a version are ready."""
        return is_ready(self.deployment(version))


def assess(desired: Desired, observed: Observed, settings: Settings, now: datetime) -> Situation:
    """Return the situation, with the roles read from what stands in the cluster."""
    known = versions(observed)
    front = observed.services.get(desired.owner.name, {"metadata": {}})
    annotations = front["metadata"].get("annotations", {})
    return Situation(
        desired=desired,
        observed=observed,
        settings=settings,
        now=now,
        known=known,
        wanted=None if collision(desired, observed) else _wanted(desired.content, known),
        stable=known.get(front_hash(observed, desired.owner.name) or ""),
        replaced=annotations.get(names.ANNOTATION_REPLACED),
        promoted_at=_parse(annotations.get(names.ANNOTATION_PROMOTED_AT)),
    )


def collision(desired: Desired, observed: Observed) -> Finding | None:
    """Return the finding if another snapshot has the name that the wanted one would get.

    Names carry ten digits of a digest. Two specifications that share them are rare by chance and
    easy to make on purpose, so the full digests decide.
    """
    if desired.content is None:
        return None
    snapshot = desired.content.snapshot
    name = names.child_name(desired.owner.name, snapshot.hash)
    annotations = observed.config_maps.get(name, {"metadata": {}})["metadata"].get(
        "annotations", {}
    )
    theirs = annotations.get(names.ANNOTATION_DIGEST, snapshot.digest)
    if theirs == snapshot.digest:
        return None
    message = (
        f"digest {snapshot.digest} shares its name {name} with the version of digest {theirs}"
    )
    return Finding(Code.MS616, "spec", f"{message}; change anything that makes a version")


def _wanted(content: Content | None, known: dict[str, Version]) -> Version | None:
    """Return the wanted version: the one already known by its hash, or the next number."""
    if content is None:
        return None
    digits = content.snapshot.hash
    following = 1 + max((version.number for version in known.values()), default=0)
    return known.get(digits, Version(following, digits))


def ensure(live: Manifest | None, wanted: Manifest) -> Iterator[Action]:
    """Yield the write that makes *live* say what is wanted; none if it does already."""
    if live is None:
        yield Create(wanted)
    elif not covers(live, wanted):
        yield Apply(wanted)


def delete(live: Manifest) -> Delete:
    """Return the deletion of one of our objects, as it was seen."""
    metadata = live["metadata"]
    return Delete(live["kind"], metadata["name"], metadata["namespace"], metadata["uid"])


def timestamp(moment: datetime) -> str:
    """Return a moment as Kubernetes writes it: RFC 3339 in UTC, whole seconds."""
    return moment.astimezone(UTC).strftime(_TIME_FORMAT)


def _parse(text: str | None) -> datetime | None:
    """Return the moment that we wrote; anybody may have written anything else there."""
    try:
        return datetime.strptime(text or "", _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None
