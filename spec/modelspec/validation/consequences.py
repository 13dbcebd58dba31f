"""Telling a mistake from what only follows from it.

Where an item has lost its name, whoever names it names nobody. That is no mistake of theirs,
unless what they wrote is almost the name of another item.
"""

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from modelspec.errors import Code, Finding
from modelspec.validation.decision import DECIDED

_FEATURES = frozenset({Code.MS301, Code.MS421, Code.MS520})
_PARAMETERS = frozenset({Code.MS321})

USERS = {
    "featureFetching.sources": frozenset({Code.MS201}),
    "featureFetching.features": _FEATURES,
    "preprocessing": _FEATURES | _PARAMETERS,
    "preprocessing.derived": _FEATURES,
    "preprocessing.parameters": _PARAMETERS,
    "models": frozenset({Code.MS509}),
    "models.outputs": frozenset({Code.MS509}),
    "postprocessing.outputs": frozenset({Code.MS516, Code.MS520}),
}
"""By list: what is said of those who name an item that is not there."""

_INDEX = re.compile(r"\[\d+\]")
_UNKNOWN = re.compile(r"'([^']+)'(?: is not (?:a|one of) | is not declared|(?=;|$))")
_MEANT = re.compile(r"; did you mean '([^']+)'\?$")

MIN_LIKENESS = 0.8
MAX_DIFFERENCE = 1
"""Of two names one of which is a slip of the pen, in characters."""


def without_consequences(
    findings: Iterable[Finding], misnamed: Iterable[Finding]
) -> Iterator[Finding]:
    """Yield findings without those that only say that a misnamed item is missing."""
    excused = frozenset().union(*(_excused(finding) for finding in misnamed))
    for finding in findings:
        if finding.code not in excused or not _is_nobody(finding.message):
            yield finding


def _excused(finding: Finding) -> frozenset[Code]:
    """Return what may follow if a list, an item of it or the item's name is wrong."""
    path = finding.path
    if path.endswith("]") and finding.code not in _WITHOUT_NAME:
        return frozenset()
    place = _INDEX.sub("", path).removeprefix("spec.").removesuffix(".name")
    return USERS.get(place, frozenset())


_WITHOUT_NAME = frozenset({Code.MS110, Code.MS111, Code.MS124})
"""What is said of an item that has no name, or another one's."""


def _is_nobody(message: str) -> bool:
    """Return whether a finding says of a name that nobody has it, and nobody else was meant."""
    unknown, meant = _UNKNOWN.search(message), _MEANT.search(message)
    if unknown is None or unknown[1] in DECIDED:
        return False
    return meant is None or not _is_slip(unknown[1], meant[1])


def _is_slip(name: str, meant: str) -> bool:
    if abs(len(name) - len(meant)) > MAX_DIFFERENCE:
        return False
    return SequenceMatcher(None, name, meant).ratio() >= MIN_LIKENESS
