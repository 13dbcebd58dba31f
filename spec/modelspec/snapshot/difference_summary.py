"""The one sentence that says what a change touches: requests, fitted state, models, logic."""

import re
from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto

from modelspec.names import FEATURE_FETCHING_KEY, MODELS_KEY, VERIFICATION_KEY
from modelspec.snapshot.difference_changes import Change, Kind, count

_NAME = re.compile(r"\[([^]]*[^]0-9][^]]*)\]")
_COUNTED = re.compile(r"(\d+ of \d+ \w+) changed")
_MODEL = re.compile(r"spec\.models\[[^]]+\](\.artifact\.sha256)?")

MAX_NAMES = 3
"""Names that the sentence lists."""


class _Aspect(Enum):
    REQUESTS = auto()
    FITTED = auto()
    MODELS = auto()
    LOGIC = auto()
    VERIFICATION = auto()


def summarize(changes: Iterable[Change]) -> str:
    """Return what changes touch: ``12 of 300 entries of mcc_risk changed; logic unchanged``."""
    listed = list(changes)
    of_version = [change for change in listed if change.part]
    if not of_version:
        return f"{count(len(listed), 'field')} changed, no new version" if listed else "no change"
    clauses = (
        clause([change for change in of_version if _aspect(change) is aspect])
        for aspect, clause in _CLAUSES.items()
    )
    return "; ".join(filter(None, clauses))


def _aspect(change: Change) -> _Aspect:
    if change.is_fitted:
        return _Aspect.FITTED
    if change.part == MODELS_KEY and _MODEL.fullmatch(change.path):
        return _Aspect.MODELS
    return _BY_PART.get(change.part, _Aspect.LOGIC)


_BY_PART: dict[str | None, _Aspect] = {
    FEATURE_FETCHING_KEY: _Aspect.REQUESTS,
    VERIFICATION_KEY: _Aspect.VERIFICATION,
}


def _fitted(changes: Sequence[Change]) -> str:
    if len(changes) > 1:
        return f"{count(len(changes), 'parameter')} changed"
    return "".join(map(_fitted_clause, changes))


def _fitted_clause(change: Change) -> str:
    name = _subject(change.path)
    if change.kind is not Kind.CHANGED:
        return f"parameter {name} {change.kind.lower()}"
    counted = _COUNTED.fullmatch(change.summary)
    return f"{counted[1]} of {name} changed" if counted else f"{name}: {change.summary}"


def _models(changes: Sequence[Change]) -> str:
    if len(changes) > 1:
        return f"{count(len(changes), 'model')} changed"
    return "".join(f"model {_subject(item.path)} {item.kind.lower()}" for item in changes)


def _logic(changes: Sequence[Change]) -> str:
    return f"logic changed: {_names(changes)}" if changes else "logic unchanged"


def _requests(changes: Sequence[Change]) -> str:
    return f"requests changed: {_names(changes)}" if changes else ""


def _verification(changes: Sequence[Change]) -> str:
    return "verification changed" if changes else ""


_CLAUSES: dict[_Aspect, Callable[[Sequence[Change]], str]] = {
    _Aspect.REQUESTS: _requests,
    _Aspect.FITTED: _fitted,
    _Aspect.MODELS: _models,
    _Aspect.LOGIC: _logic,
    _Aspect.VERIFICATION: _verification,
}
"""What is said of each aspect, in this order."""


def _names(changes: Iterable[Change]) -> str:
    names = list(dict.fromkeys(_subject(change.path) for change in changes))
    rest = len(names) - MAX_NAMES
    return ", ".join([*names[:MAX_NAMES], *([f"{rest} more"] if rest > 0 else [])])


def _subject(path: str) -> str:
    """Return the name of the item that a path leads to, or else the member of its group."""
    found = _NAME.search(path)
    return found[1] if found else path.split(".")[2].partition("[")[0]
