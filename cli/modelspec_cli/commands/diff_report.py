"""How a difference is printed: in a few lines for people, in full for programs."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from modelspec.names import short_hash
from modelspec.snapshot.difference import Difference, PartChange
from modelspec.snapshot.difference_changes import Change, Effect, Kind
from modelspec.snapshot.difference_parts import PART_PATHS
from modelspec.snapshot.identity import Snapshot
from modelspec_cli import render

MAX_CHANGES = 20
"""Changes of one part that are printed, besides those that break callers."""

MAX_WIDTH = 48
"""Of the column with the paths."""

_MEANING = {
    Effect.NONE: "none, nothing changes",
    Effect.OPERATIONAL: "operational, no new version",
    Effect.BEHAVIORAL: "behavioral, a new version; callers keep working",
    Effect.BREAKING: "breaking, callers would be refused or miss something",
}
_STYLES = {
    Effect.NONE: "green",
    Effect.OPERATIONAL: "green",
    Effect.BEHAVIORAL: "yellow",
    Effect.BREAKING: "bold red",
}
_MARKS = {Kind.ADDED: ("+", "green"), Kind.REMOVED: ("-", "red"), Kind.CHANGED: ("~", "yellow")}
_NO_DIGEST = "none"


def facts(found: Difference) -> Iterator[tuple[str, str]]:
    """Yield what a difference comes to, as names and texts."""
    yield "class", _MEANING[found.effect]
    if found.changes:
        yield "change", found.summary


def arrow(before: Snapshot, after: Snapshot) -> str:
    """Return the hashes of two versions, or of the one that both are."""
    return before.hash if before.hash == after.hash else f"{before.hash} -> {after.hash}"


def print_changes(found: Difference) -> None:
    """Print the changes by part, what breaks callers first."""
    for part in found.changed_parts:
        digests = f"{_short(part.before)} -> {_short(part.after)}"
        _print_group(_title(part.key), digests, found.of_part(part.key))
    told = {part.key for part in found.changed_parts}
    others = [item for item in found.changes if item.part and item.part not in told]
    _print_group("answers", "", others)
    _print_group("no version", "", found.of_part(None))


def print_parts(parts: Sequence[PartChange]) -> None:
    """Print the parts of something new."""
    render.print_line()
    titles = [_title(part.key) for part in parts]
    width = max(map(len, titles))
    for title, part in zip(titles, parts, strict=True):
        digest = _short(part.after)
        render.print_line("  ", _MARKS[Kind.ADDED], f" {title.ljust(width)}  {digest}")


def _title(key: str) -> str:
    return key.removesuffix(".json")


def _short(digest: str | None) -> str:
    return short_hash(digest) if digest else _NO_DIGEST


def _print_group(title: str, digests: str, changes: Sequence[Change]) -> None:
    if not changes:
        return
    render.print_line()
    render.print_line((title, "bold"), *([f"  {digests}"] if digests else []))
    breaking = [item for item in changes if item.effect is Effect.BREAKING]
    others = [item for item in changes if item.effect is not Effect.BREAKING]
    shown = [*breaking, *others[:MAX_CHANGES]]
    width = min(MAX_WIDTH, max(len(_place(item)) for item in shown))
    for item in shown:
        mark, style = _MARKS[item.kind]
        place = _place(item).ljust(width)
        render.print_line("  ", (mark, style), f" {place}  {item.summary}".rstrip())
        if item.reason:
            render.print_line("    ", ("breaking", _STYLES[Effect.BREAKING]), f": {item.reason}")
    if len(shown) < len(changes):
        render.print_line((f"  … {len(changes) - len(shown)} more", "dim"))


def _place(item: Change) -> str:
    """Return the path without what the title says already."""
    prefix = PART_PATHS[item.part] if item.part else "spec"
    place = item.path.removeprefix(f"{prefix}.")
    # A name may hold what a terminal would obey.
    return place if place.isprintable() else json.dumps(place)[1:-1]


def record(found: Difference) -> dict[str, Any]:
    """Return all of a difference, for programs."""
    return {
        "effect": str(found.effect),
        "summary": found.summary,
        "before": version_record(found.before),
        "after": version_record(found.after),
        "parts": [part_record(part) for part in found.changed_parts],
        "changes": [_change_record(change) for change in found.changes],
    }


def version_record(snapshot: Snapshot) -> dict[str, str]:
    """Return what a version is called."""
    return {"hash": snapshot.hash, "digest": snapshot.digest}


def part_record(part: PartChange) -> dict[str, Any]:
    """Return a part that gets another digest."""
    return {"part": part.key, "before": part.before, "after": part.after}


def _change_record(change: Change) -> dict[str, Any]:
    return {
        "path": change.path,
        "kind": str(change.kind),
        "effect": str(change.effect),
        "part": change.part,
        "summary": change.summary,
        "before": change.before,
        "after": change.after,
        "reason": change.reason,
    }
