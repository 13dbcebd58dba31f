"""Everything that can be said of one ModelSpec without artifacts and without a cluster.

The command line, the admission webhook and the notebook ask here, so that they say the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from modelspec.errors import Code, Finding
from modelspec.names import API_VERSION, KIND, NAME_MAX_LENGTH, NAME_PATTERN
from modelspec.schema.spec import ModelSpecSpec
from modelspec.schema.structural import KubernetesModel
from modelspec.validation.consequences import without_consequences
from modelspec.validation.order import in_order
from modelspec.validation.rules import MAX_FINDINGS, check, read
from modelspec.validation.salvage import salvage
from modelspec.validation.structure import MAX_MESSAGE, as_name, read_structure

_OBJECT_FIELDS = ("apiVersion", "kind", "metadata", "spec", "status")

_CHILD_SUFFIX = 23
"""Characters that children append to a name."""


@dataclass(frozen=True)
class Report:
    """What is wrong with a ModelSpec, and what is doubtful."""

    findings: tuple[Finding, ...]
    """Why it would be refused, at most 20; none for a valid one."""

    warnings: tuple[Finding, ...] = ()
    """What is probably not meant, at most 20; only for a valid one."""

    spec: ModelSpecSpec | None = None
    """The specification, if it is valid."""

    @property
    def is_valid(self) -> bool:
        """Whether a cluster would take it."""
        return not self.findings


def inspect(document: Any) -> Report:
    """Return what is to be said of a ModelSpec, given as plain JSON values.

    Every mistake is found at once, sorted by the order of the fields; what only follows from
    another mistake is left out.
    """
    outside = tuple(object_findings(document))
    spec = document.get("spec") if isinstance(document, dict) else None
    structure = read_structure(spec)
    if structure.spec is None:
        broken = structure.findings
        found = (*outside, *broken, *_further(spec, broken))
        return Report(in_order(found)[:MAX_FINDINGS])
    reading = read(structure.spec)
    findings = (*outside, *reading.findings())
    if findings:
        return Report(findings[:MAX_FINDINGS])
    warnings = in_order((*structure.nulls, *reading.warnings()))
    return Report((), warnings[:MAX_FINDINGS], structure.spec)


def _further(spec: Any, broken: tuple[Finding, ...]) -> Iterator[Finding]:
    """Yield what is wrong besides the structure."""
    if not isinstance(spec, dict) or any(finding.code is Code.MS117 for finding in broken):
        return
    left = salvage(spec, broken)
    if left.spec is None:
        return
    known = {finding.path for finding in broken}
    found = (*left.broken_constraints(), *check(left.spec))
    for finding in without_consequences(found, broken):
        original = left.original(finding)
        if original.path not in known and not left.is_consequence(finding):
            yield original


def object_findings(document: Any) -> Iterator[Finding]:
    """Yield what is wrong with the object around a specification: its kind and its name."""
    if not isinstance(document, dict):
        yield Finding(Code.MS118, "", "is not an object with `apiVersion`, `kind` and `spec`")
        return
    for name, wanted in (("apiVersion", API_VERSION), ("kind", KIND)):
        given = document.get(name)
        if given is None:
            yield Finding(Code.MS118, name, f"Required value; must be '{wanted}'")
        elif given != wanted:
            yield Finding(Code.MS118, name, f"must be '{wanted}', got {given!r}"[:MAX_MESSAGE])
    for name in document.keys() - set(_OBJECT_FIELDS):
        yield Finding(Code.MS102, name, f"unknown field; fields: {', '.join(_OBJECT_FIELDS)}")
    metadata = document.get("metadata")
    yield from name_findings(metadata.get("name") if isinstance(metadata, dict) else None)


def name_findings(name: object) -> Iterator[Finding]:
    """Yield what is wrong with the name of a ModelSpec."""
    path = "metadata.name"
    if name is None:
        yield Finding(Code.MS107, path, "Required value")
    elif not isinstance(name, str):
        yield Finding(Code.MS107, path, "must be of type string; quote it")
    elif len(name) > NAME_MAX_LENGTH:
        message = f"must be no more than {NAME_MAX_LENGTH} characters, got {len(name)}"
        hint = f"names of its children add up to {_CHILD_SUFFIX}"
        yield Finding(Code.MS107, path, f"{message}; {hint}")
    elif re.fullmatch(NAME_PATTERN[1:-1], name) is None:
        message = "must start with a letter and hold lower-case letters, digits and '-' only"
        likely = as_name(name).replace("_", "-")
        is_name = re.fullmatch(NAME_PATTERN[1:-1], likely) is not None
        hint = f"; try '{likely}'" if is_name else ""
        yield Finding(Code.MS107, path, message + hint)


def transition_findings(
    old: KubernetesModel, new: KubernetesModel, path: str = "spec"
) -> Iterator[Finding]:
    """Yield what a change from *old* to *new* must not change."""
    for transition in new.transitions:
        if not transition.holds(old, new):
            yield Finding(transition.code, path + transition.field_path, transition.message)
