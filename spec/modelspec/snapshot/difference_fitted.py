"""How fitted state differs: numbers, points, tables, keys; told in a few words, however large."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from modelspec import parts
from modelspec.snapshot.difference_changes import Change, Kind, change, count, spell

_SIZED: Mapping[type[parts.Part], tuple[str, str]] = {
    parts.Edges: ("values", "edge"),
    parts.LookupTable: ("entries", "entry"),
    parts.Piecewise: ("x", "point"),
    parts.PiecewiseLinear: ("x", "point"),
    parts.Set: ("keys", "key"),
    parts.Vocabulary: ("keys", "key"),
}
"""The member that says how large a fitted value is, and what its items are called."""

Fitted = (parts.FittedParameter, parts.Sigmoid, parts.PiecewiseLinear)
"""What a fit finds; a refit changes it and no expression."""


def fitted_change(
    path: str, part: str, before: parts.Part, after: parts.Part, old: Any, new: Any
) -> Change:
    """Return the difference between two fitted values.

    Args:
        path: Where they stand.
        part: Key of the snapshot's part.
        before: The value before.
        after: The value after.
        old: The value before as JSON.
        new: The value after as JSON.
    """
    if type(before) is not type(after):
        return change(path, part, old, new, f"type {old['type']} -> {new['type']}")
    summary = ", ".join([*_counted(before, old, new), *_settings(old, new)])
    found = change(path, part, _differing(old, new), _differing(new, old), summary)
    return replace(found, kind=Kind.CHANGED, is_fitted=True)


def fitted_description(value: parts.Part, plain: Mapping[str, Any]) -> str:
    """Return what a fitted value is, in a few words: ``LookupTable, 300 entries``."""
    member, noun = _SIZED.get(type(value), ("", ""))
    size = [count(len(plain[member]), noun)] if member else []
    numbers = [f"{name} {spell(inner)}" for name, inner in _numbers(plain)]
    return ", ".join([plain["type"], *size, *numbers])


def _counted(value: parts.Part, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yield how many items of lists and tables changed."""
    member, noun = _SIZED.get(type(value), ("", ""))
    if member == "entries":
        yield from _entries(old[member], new[member], noun)
    elif member == "keys":
        yield from _keys(old[member], new[member], noun)
    elif member:
        yield from _points(_rows(old), _rows(new), noun)


def _entries(old: Mapping[str, str], new: Mapping[str, str], noun: str) -> Iterator[str]:
    changed = sum(old[key] != new[key] for key in old.keys() & new.keys())
    if changed:
        yield f"{changed} of {count(len(old), noun)} changed"
    yield from _moved(len(new.keys() - old.keys()), len(old.keys() - new.keys()), noun)


def _keys(old: Sequence[str], new: Sequence[str], noun: str) -> Iterator[str]:
    known, kept = set(old), set(new)
    yield from _moved(len(kept - known), len(known - kept), noun)
    if [key for key in old if key in kept] != [key for key in new if key in known]:
        yield f"order of {noun}s changed"


def _points(old: Sequence[Any], new: Sequence[Any], noun: str) -> Iterator[str]:
    if len(old) != len(new):
        yield f"{len(old)} -> {count(len(new), noun)}"
    elif old != new:
        changed = sum(before != after for before, after in zip(old, new, strict=True))
        yield f"{changed} of {count(len(old), noun)} changed"


def _moved(added: int, removed: int, noun: str) -> Iterator[str]:
    if added:
        yield f"{count(added, noun)} added"
    if removed:
        yield f"{removed} removed" if added else f"{count(removed, noun)} removed"


def _settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yield what became of single numbers."""
    before, after = dict(_numbers(old)), dict(_numbers(new))
    for name in {**before, **after}:
        if before.get(name) != after.get(name):
            yield f"{name} {spell(before.get(name))} -> {spell(after.get(name))}"


def _numbers(plain: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    named = ((name, inner) for name, inner in plain.items() if name not in {"name", "type"})
    return ((name, inner) for name, inner in named if not isinstance(inner, list | dict))


def _rows(plain: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the points of a curve, or the edges of bins."""
    return list(zip(*(inner for inner in plain.values() if isinstance(inner, list)), strict=True))


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of one value is not so in the other; of a table only such entries."""
    return {
        name: _differing(inner, other[name])
        if isinstance(inner, dict) and isinstance(other.get(name), dict)
        else inner
        for name, inner in one.items()
        if other.get(name) != inner
    }
