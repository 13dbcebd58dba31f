"""Everything that can be wrong with a specification, as values: a stable code, a path, a sentence.

A code never changes its meaning and is never reused. Its reason is the word that conditions and
Events carry, so that a person who reads ``kubectl describe`` and one who reads a log line meet the
same problem under the same name.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum
from heapq import nlargest

from typing_extensions import override


class Code(Enum):
    """Stable error codes; the value is the reason that conditions and Events show."""

    MS100 = "InvalidSpec"
    MS102 = "UnknownField"
    MS103 = "UnsupportedValue"
    MS104 = "NumberForString"
    MS105 = "NullValue"
    MS106 = "BooleanForString"
    MS107 = "InvalidObjectName"
    MS108 = "InvalidName"
    MS109 = "ReservedName"
    MS110 = "DuplicateSource"
    MS111 = "DuplicateName"
    MS112 = "NameTaken"
    MS113 = "OutputNameTaken"
    MS114 = "TooManyItems"
    MS115 = "UnknownLanguage"
    MS116 = "SnapshotTooLarge"
    MS117 = "InvalidDocument"
    MS118 = "NotAModelSpec"
    MS119 = "RequiredValue"
    MS121 = "InvalidNumber"
    MS122 = "TooFewItems"
    MS123 = "OutOfBounds"
    MS124 = "WrongType"
    MS125 = "TextLength"
    MS201 = "UnknownSource"
    MS202 = "InvalidSource"
    MS204 = "InvalidDefault"
    MS205 = "UnsafeInteger"
    MS206 = "DefaultNotANumber"
    MS207 = "DefaultNotATime"
    MS208 = "DefaultNotABool"
    MS209 = "DefaultTooLong"
    MS210 = "DefaultOutOfRange"
    MS211 = "EmptyRange"
    MS212 = "RangeOfNoNumber"
    MS214 = "DefaultOfRequired"
    MS223 = "UnusedRawFeature"
    MS229 = "InvalidAllowedValues"
    MS230 = "InvalidList"
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
    MS318 = "LatencyBudget"
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
    MS332 = "ConstantExpression"
    MS333 = "IntegerTooLarge"
    MS334 = "ResultType"
    MS335 = "InexactFloat32"
    MS336 = "UnusedName"
    MS338 = "TooManyEntries"
    MS339 = "InvalidParameter"
    MS340 = "InvalidPath"
    MS401 = "DigestMissing"
    MS402 = "DigestMalformed"
    MS403 = "InvalidArtifact"
    MS405 = "PlainHTTP"
    MS406 = "ArtifactTooLarge"
    MS407 = "ArtifactMissing"
    MS408 = "ArtifactDigestMismatch"
    MS409 = "ArtifactSizeMismatch"
    MS410 = "FetchFailed"
    MS411 = "ArtifactInflates"
    MS412 = "InvalidModel"
    MS413 = "ExternalData"
    MS414 = "UnsupportedOpset"
    MS415 = "InputNotInGraph"
    MS416 = "GraphInputNotFed"
    MS417 = "InputTypeMismatch"
    MS418 = "InputWidth"
    MS419 = "InputWidthMismatch"
    MS420 = "FixedBatch"
    MS421 = "UnknownFeature"
    MS422 = "NotANumber"
    MS423 = "DuplicateFeature"
    MS424 = "NullInForbidden"
    MS426 = "OutputNotInGraph"
    MS427 = "OutputNotATensor"
    MS428 = "DuplicateOutput"
    MS430 = "UnusedModel"
    MS434 = "SessionBuildFailed"
    MS501 = "UnreachableRoute"
    MS502 = "ConditionalLastRoute"
    MS503 = "RouteNeverTaken"
    MS504 = "RouteCovered"
    MS505 = "PercentsSum"
    MS506 = "WeightsSum"
    MS507 = "EnsembleSize"
    MS508 = "NullableSplitKey"
    MS509 = "UnknownOutput"
    MS510 = "FallbackToItself"
    MS511 = "ConstantOutOfRange"
    MS512 = "OutputInCondition"
    MS514 = "BandsNotAscending"
    MS515 = "BandsIncomplete"
    MS516 = "BandOutputType"
    MS517 = "BandNeverReached"
    MS518 = "RuleNotBool"
    MS519 = "DuplicateReasonCode"
    MS520 = "UnknownOutputName"
    MS521 = "ReservedOutputName"
    MS523 = "GoldenRowIncomplete"
    MS524 = "GoldenFeatureDiffers"
    MS525 = "GoldenOutputDiffers"
    MS527 = "LooseTolerance"
    MS528 = "VectorRouted"
    MS529 = "NothingToAnswer"
    MS530 = "InvalidRoute"
    MS531 = "InvalidCalibration"
    MS609 = "ImmutableField"
    MS616 = "SnapshotMismatch"
    MS619 = "InvalidQuantity"

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

    offset: int | None = field(default=None, compare=False)
    """Where in the field's text the place is, in characters."""

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
