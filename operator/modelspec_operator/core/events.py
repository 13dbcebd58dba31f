"""Which changes of a status are worth an Event: transitions that a person would want to know."""

from collections.abc import Iterator
from dataclasses import dataclass

from modelspec.names import ConditionType
from modelspec_operator.children.metadata import Manifest


@dataclass(frozen=True)
class Event:
    """One Event; its reason is the reason of the condition that changed."""

    type: str
    """Normal or Warning."""

    reason: str
    message: str


_LEVELS = {
    (ConditionType.STALLED, "True"): "Warning",
    (ConditionType.RECONCILING, "True"): "Normal",
    (ConditionType.READY, "False"): "Warning",
    (ConditionType.PROMOTED, "True"): "Normal",
}
"""The conditions whose arrival is told, and how loudly."""

_EXPECTED_AT_FIRST = {(ConditionType.READY, "False")}
"""What a new ModelSpec begins with; worth telling only as a change."""


def transitions(previous: Manifest, current: Manifest) -> Iterator[Event]:
    """Yield an Event for every condition that became true to tell, or holds for another reason."""
    before = {
        condition["type"]: (condition["status"], condition["reason"])
        for condition in previous.get("conditions", [])
    }
    for condition in current.get("conditions", []):
        kind, now = condition["type"], (condition["status"], condition["reason"])
        level = _LEVELS.get((kind, now[0]))
        expected = kind not in before and (kind, now[0]) in _EXPECTED_AT_FIRST
        if level and before.get(kind) != now and not expected:
            yield Event(level, condition["reason"], condition["message"])
