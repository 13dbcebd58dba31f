"""Everything that can be wrong with a specification, as values: a stable code, a path, a sentence.

A code never changes its meaning and is never reused. Its reason is the word that conditions and
Events carry, so that a person who reads ``kubectl describe`` and one who reads a log line meet the
same problem under the same name.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from heapq import nlargest

from typing_extensions import override


class Code(Enum):
    """Stable error codes; the value is the reason that conditions and Events show."""

    MS100 = "InvalidSpec"
    MS109 = "ReservedName"
    MS112 = "NameTaken"
    MS115 = "UnknownLanguage"
    MS116 = "SnapshotTooLarge"
    MS204 = "InvalidDefault"
    MS301 = "UnknownName"
    MS302 = "UnknownFunction"
    MS303 = "ArgumentCount"
    MS304 = "ArgumentType"
    MS305 = "ComparisonTypes"
    MS306 = "OperandTypes"
    MS307 = "LogicOnNumbers"
    MS308 = "ChainedComparison"
    MS309 = "ComparisonWithNull"
    MS310 = "BranchTypes"
    MS311 = "ConditionType"
    MS312 = "UnexpectedText"
    MS313 = "SingleQuotes"
    MS314 = "IncompleteExpression"
    MS315 = "NestedTooDeep"
    MS316 = "ExpressionTooLong"
    MS317 = "ExpressionTooCostly"
    MS319 = "CyclicFeatures"
    MS320 = "SelfReference"
    MS321 = "UnknownParameter"
    MS322 = "ParameterType"
    MS323 = "ParameterAsValue"
    MS324 = "KeyType"
    MS325 = "LiteralNeeded"
    MS326 = "InvalidPattern"
    MS327 = "UnknownTimeZone"
    MS328 = "EdgesNotAscending"
    MS329 = "ZeroScale"
    MS330 = "InvalidPiecewise"
    MS331 = "DivisionByZero"
    MS333 = "IntegerTooLarge"
    MS334 = "ResultType"
    MS338 = "TooManyEntries"
    MS339 = "InvalidParameter"
    MS340 = "InvalidPath"
    MS407 = "ArtifactMissing"
    MS408 = "ArtifactDigestMismatch"
    MS412 = "InvalidModel"
    MS415 = "InputNotInGraph"
    MS416 = "GraphInputNotFed"
    MS417 = "InputTypeMismatch"
    MS419 = "InputWidthMismatch"
    MS421 = "UnknownFeature"
    MS422 = "NotANumber"
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

    excerpt: str = ""
    """The text that is at fault with carets under the place, where there is such a text."""

    @override
    def __str__(self) -> str:
        """Return the line that every surface prints: ``MS421 spec.models[0]…: message``."""
        return f"{self.code.name} {self.path}: {self.message}"

    def describe(self) -> str:
        """Return the line, and under it the excerpt if there is one."""
        return f"{self}\n{self.excerpt}" if self.excerpt else str(self)


class ModelSpecError(Exception):
    """Raised where a problem ends the work at hand; carries the finding that explains it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def fail(code: Code, path: str, message: str) -> ModelSpecError:
    """Return the error for one finding, ready to be raised."""
    return ModelSpecError(Finding(code, path, message))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that was probably meant, or nothing.

    The work is bounded, whatever the names are: only the few names of about the same length that
    have most of their characters in common are compared closely.
    """
    letters = Counter(name[:MAX_COMPARED])
    similar = [item for item in known if abs(len(item) - len(name)) <= MAX_DIFFERENCE]
    closest = nlargest(CANDIDATES, similar, key=lambda item: _shared(letters, item))
    near = get_close_matches(name[:MAX_COMPARED], closest, n=1)
    return near[0] if near else None


MAX_COMPARED = 64
"""Characters of a name that are compared."""

MAX_DIFFERENCE = 4
"""Characters by which names that were mixed up may differ in length."""

CANDIDATES = 8


def _shared(letters: Counter[str], name: str) -> int:
    return (letters & Counter(name[:MAX_COMPARED])).total()
