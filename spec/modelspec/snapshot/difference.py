"""What a change of a specification means: what differs, in which part, and who would notice."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import msgspec

from modelspec import parts
from modelspec.names import FEATURE_FETCHING_KEY, MANIFEST_KEY
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.difference_answers import answer_breaks
from modelspec.snapshot.difference_changes import Break, Change, Effect, Kind, worst
from modelspec.snapshot.difference_fields import field_changes
from modelspec.snapshot.difference_parts import PART_PATHS, part_changes
from modelspec.snapshot.difference_requests import request_breaks
from modelspec.snapshot.difference_summary import summarize
from modelspec.snapshot.identity import Snapshot, spec_parts, take_snapshot


@dataclass(frozen=True)
class PartChange:
    """A part that gets another digest; ``None`` where there is no such part."""

    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Difference:
    """Everything that differs between two specifications."""

    before: Snapshot
    after: Snapshot
    changes: tuple[Change, ...]
    """In the order of the parts; what makes no version comes last."""

    changed_parts: tuple[PartChange, ...]
    summary: str
    """One sentence: ``12 of 300 entries of mcc_risk changed; logic unchanged``."""

    @property
    def effect(self) -> Effect:
        """What it means to callers: the worst that any change means."""
        return worst(change.effect for change in self.changes)

    @property
    def breaking(self) -> tuple[Change, ...]:
        """The changes that would break callers."""
        return tuple(item for item in self.changes if item.effect is Effect.BREAKING)

    def of_part(self, key: str | None) -> tuple[Change, ...]:
        """Return the changes of one part, or those that make no version."""
        return tuple(item for item in self.changes if item.part == key)


def difference(old: ModelSpecSpec, new: ModelSpecSpec) -> Difference:
    """Return what a change from one valid specification to another means."""
    before, after = spec_parts(old), spec_parts(new)
    found = list(part_changes(before, after))
    whole = [change.path for change in found if change.kind is not Kind.CHANGED]
    found += field_changes(old, new, whole)
    broken = [*_breaks(before, after), *_refusals(old, new)]
    changes = sorted(_judged(found, broken), key=lambda change: _PLACES[change.part])
    snapshots = take_snapshot(old), take_snapshot(new)
    return Difference(
        *snapshots, tuple(changes), tuple(_changed_parts(*snapshots)), summarize(changes)
    )


def part_digests(snapshot: Snapshot) -> dict[str, str]:
    """Return the digest of each part, in their order."""
    manifest = msgspec.json.decode(snapshot.documents[MANIFEST_KEY], type=parts.Manifest)
    return {key: manifest.parts[key] for key in PART_PATHS if key in manifest.parts}


_PLACES: Mapping[str | None, int] = {key: place for place, key in enumerate((*PART_PATHS, None))}
"""Where the changes of a part stand among all."""


def _breaks(before: Mapping[str, parts.Part], after: Mapping[str, parts.Part]) -> Iterator[Break]:
    sent, taken = before[FEATURE_FETCHING_KEY], after[FEATURE_FETCHING_KEY]
    if isinstance(sent, parts.FeatureFetching) and isinstance(taken, parts.FeatureFetching):
        yield from request_breaks(sent, taken)
    yield from answer_breaks(before, after)


def _refusals(old: ModelSpecSpec, new: ModelSpecSpec) -> Iterator[Break]:
    """Yield the changes that the API server refuses."""
    for transition in new.transitions:
        if not transition.holds(old, new):
            yield Break(f"spec{transition.field_path}", None, transition.message)


def _judged(found: Iterable[Change], broken: Iterable[Break]) -> Iterator[Change]:
    """Yield what was found, with what it breaks; then what breaks without a field of its own."""
    left = {item.path: item for item in broken}
    for change in found:
        item = left.pop(change.path, None)
        yield replace(change, effect=Effect.BREAKING, reason=item.reason) if item else change
    for item in left.values():
        kind, effect = Kind.CHANGED, Effect.BREAKING
        yield Change(item.path, kind, None, None, item.summary, item.part, effect, item.reason)


def _changed_parts(before: Snapshot, after: Snapshot) -> Iterator[PartChange]:
    old, new = part_digests(before), part_digests(after)
    for key in PART_PATHS:
        if old.get(key) != new.get(key):
            yield PartChange(key, old.get(key), new.get(key))
