"""Everything that can be wrong with a specification, as values: a stable code, a path, a sentence.

A code never changes its meaning and is never reused. Its reason is the word that conditions and
Events carry, so that a person who reads ``kubectl describe`` and one who reads a log line meet the
same problem under the same name.
"""

from dataclasses import dataclass
from enum import Enum

from typing_extensions import override


class Code(Enum):
    """Stable error codes; the value is the reason that conditions and Events show."""

    MS100 = "InvalidSpec"
    MS204 = "InvalidDefault"
    MS407 = "ArtifactMissing"
    MS408 = "ArtifactDigestMismatch"
    MS412 = "InvalidModel"
    MS415 = "InputNotInGraph"
    MS416 = "GraphInputNotFed"
    MS417 = "InputTypeMismatch"
    MS419 = "InputWidthMismatch"
    MS421 = "UnknownFeature"
    MS423 = "DuplicateFeature"
    MS426 = "OutputNotInGraph"
    MS434 = "SessionBuildFailed"
    MS616 = "SnapshotMismatch"

    @property
    def reason(self) -> str:
        """The CamelCase word for conditions and Events."""
        return self.value


@dataclass(frozen=True)
class Finding:
    """One problem: which, where, and what to do about it."""

    code: Code
    path: str
    """Exact path of the field, as in ``spec.models[0].inputs[0].featureNames[3]``."""

    message: str
    """What is wrong; a suggestion follows a semicolon."""

    @override
    def __str__(self) -> str:
        """Return the line that every surface prints: ``MS421 spec.models[0]…: message``."""
        return f"{self.code.name} {self.path}: {self.message}"


class ModelSpecError(Exception):
    """Raised where a problem ends the work at hand; carries the finding that explains it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def fail(code: Code, path: str, message: str) -> ModelSpecError:
    """Return the error for one finding, ready to be raised."""
    return ModelSpecError(Finding(code, path, message))
