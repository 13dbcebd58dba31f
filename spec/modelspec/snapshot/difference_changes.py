"""One difference between two specifications: where, what, and what it means to callers."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_PLAIN = re.compile(r"[-+.\w]+")
_DIGEST = re.compile(r"[0-9a-f]{64}")

MAX_SPELLED = 120
"""Characters of a value in a summary; the change itself has all of it."""

UNSET = "not set"


class Kind(StrEnum):
    """What happened to a field or an item."""

    ADDED = "Added"
    REMOVED = "Removed"
    CHANGED = "Changed"


class Effect(StrEnum):
    """What a change means, the worst last."""

    NONE = "None"
    OPERATIONAL = "Operational"
    """No new version: only what decides no answer changes."""

    BEHAVIORAL = "Behavioral"
    """A new version; callers keep working."""

    BREAKING = "Breaking"
    """Callers that work today would be refused, or would miss what they read."""

    @property
    def rank(self) -> int:
        """How bad it is, counted from 0."""
        return list(Effect).index(self)


@dataclass(frozen=True)
class Change:
    """One difference."""

    path: str
    """The field; an item of a list stands under its name: ``spec.models[gbdt].inputs``."""

    kind: Kind
    before: Any
    """What stood there as JSON values, in its canonical form; of a table only what differs."""

    after: Any
    summary: str
    """The difference in a few words."""

    part: str | None = None
    """Key of the snapshot's part that it belongs to; ``None`` for what makes no version."""

    effect: Effect = Effect.BEHAVIORAL
    reason: str = ""
    """Why callers would break, and what to do instead; only for a breaking change."""

    is_fitted: bool = False
    """Whether only numbers and keys that a fit finds differ, and no logic."""


@dataclass(frozen=True)
class Break:
    """Something that callers rely on and that a change takes away."""

    path: str
    part: str | None
    reason: str
    """Why callers would break, and what to do instead."""

    summary: str = ""
    """What becomes of it, where no field of the same path changes."""


def change(path: str, part: str | None, before: Any, after: Any, summary: str = "") -> Change:
    """Return the difference between two values, of which ``None`` is one that is not there."""
    kind = Kind.ADDED if before is None else Kind.REMOVED if after is None else Kind.CHANGED
    effect = Effect.OPERATIONAL if part is None else Effect.BEHAVIORAL
    return Change(path, kind, before, after, summary or arrow(before, after), part, effect)


def arrow(before: Any, after: Any) -> str:
    """Return two values in a few words, or the one that is there."""
    if before is None or after is None:
        return spell(after if before is None else before)
    return f"{spell(before)} -> {spell(after)}"


def worst(effects: Iterable[Effect]) -> Effect:
    """Return the worst of some effects."""
    return max(effects, key=lambda effect: effect.rank, default=Effect.NONE)


def spell(value: Any) -> str:
    """Return a JSON value in a few words."""
    match value:
        case None:
            return UNSET
        case str():
            return _spell_text(value)
        case list():
            return f"[{clipped(', '.join(map(_spell_item, value)))}]"
        case dict():
            return clipped(", ".join(f"{name} {spell(inner)}" for name, inner in value.items()))
        case _:
            return json.dumps(value)


def count(number: int, noun: str) -> str:
    """Return a number of things: ``1 entry``, ``2 entries``."""
    plural = f"{noun[:-1]}ies" if noun.endswith("ry") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def names_summary(before: Iterable[str], after: Iterable[str]) -> str:
    """Return what happened to a list of names: which came, which went, whether the order did."""
    old, new = dict.fromkeys(before), dict.fromkeys(after)
    clauses = {
        "added": [name for name in new if name not in old],
        "removed": [name for name in old if name not in new],
    }
    told = [
        f"{verb} {clipped(', '.join(map(spell, names)))}"
        for verb, names in clauses.items()
        if names
    ]
    if [name for name in old if name in new] != [name for name in new if name in old]:
        told.append("order changed")
    return "; ".join(told)


def _spell_item(item: Any) -> str:
    return f"({spell(item)})" if isinstance(item, dict) else spell(item)


def _spell_text(text: str) -> str:
    if _DIGEST.fullmatch(text):
        return text[:10]
    if not text.isprintable():  # a line break, or what a terminal would obey
        return clipped(json.dumps(text))
    return clipped(text) if _PLAIN.fullmatch(text) else f"'{clipped(text)}'"


def clipped(text: str) -> str:
    """Return a text, or the beginning of a long one."""
    return text if len(text) <= MAX_SPELLED else f"{text[: MAX_SPELLED - 1]}…"
