"""What is wrong with a file, in short sentences instead of the YAML library's."""

from dataclasses import dataclass
from enum import Enum, auto

from yaml.error import Mark, MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from modelspec.documents.positions import Position, Source
from modelspec.errors import Code, Finding, ModelSpecError

EXCERPT = 40
"""Characters of the file that a message repeats at most."""


class DocumentError(ModelSpecError):
    """Raised where a file cannot be read; says where, unless it is the file as a whole."""

    def __init__(self, message: str, position: Position | None) -> None:
        place = f"line {position.line}, column {position.column}: " if position else ""
        super().__init__(Finding(Code.MS117, "", place + message))
        self.position = position


class RefusalError(ValueError):
    """Raised inside while a file is read, where a position is still an index into its text."""

    def __init__(self, start: int, message: str, earlier: int | None = None) -> None:
        super().__init__(message)
        self.start = start
        self.message = message
        self.earlier = earlier
        """Index of another place; the message ends with its line."""

    def located(self, source: Source) -> DocumentError:
        """Return the error that leaves this package."""
        message = self.message
        if self.earlier is not None:
            message += str(source.position(self.earlier).line)
        return DocumentError(message, source.position(self.start))


def shorten(text: str) -> str:
    """Return a text in single quotes, as far as a message repeats it."""
    clipped = text if len(text) <= EXCERPT else text[:EXCERPT] + "…"
    printable = "".join(c if c.isprintable() else repr(c)[1:-1] for c in clipped)
    return f"'{printable}'"


class _At(Enum):
    """Which of the two places that the library names a person should look at."""

    PROBLEM = auto()
    START = auto()
    """Where the thing begins that is being read."""

    BOTH = auto()
    """The problem, while the sentence ends with the line where the thing begins."""


@dataclass(frozen=True)
class _Complaint:
    sentence: str
    at: _At = _At.PROBLEM


_UNFINISHED_KEY = _Complaint(
    "this is neither a key nor a value; is a ':' missing, or the indentation wrong?", _At.START
)
_QUOTE = _Complaint("the quote that opens here is never closed; close it", _At.START)
_ESCAPE = _Complaint(
    "a backslash escape is not valid here; write '\\\\' for a backslash, or use single quotes"
)
_TAG = _Complaint("this tag cannot be read; remove it")
_ANCHOR = _Complaint("a name must follow '&' or '*'; quote the text if no anchor is meant")
_BLOCK_HEADER = _Complaint(
    "only an indentation, '+', '-' or a comment may follow '|' or '>'; "
    "begin the text in the next line",
)
_DIRECTIVE = _Complaint(
    "a line that begins with '%' is a directive, and this one cannot be read; remove it"
)
_TAB = _Complaint("a tab cannot indent; use spaces")

_COMPLAINTS = {
    "block sequence entries are not allowed in this context": _Complaint(
        "a list item cannot begin here; begin it in a line of its own"
    ),
    "could not find expected ':'": _UNFINISHED_KEY,
    "could not find expected directive name": _DIRECTIVE,
    "did not find expected <document start>": _Complaint(
        "the document has ended before this; remove it, or begin another document with '---'"
    ),
    "did not find expected ',' or ']'": _Complaint(
        "',' or ']' is missing here; the '[' stands in line ", _At.BOTH
    ),
    "did not find expected ',' or '}'": _Complaint(
        "',' or '}' is missing here; the '{' stands in line ", _At.BOTH
    ),
    "did not find expected '-' indicator": _Complaint(
        "this is no item of the list; indent it as the '-' in line ", _At.BOTH
    ),
    "did not find expected alphabetic or numeric character": _ANCHOR,
    "did not find expected comment or line break": _BLOCK_HEADER,
    "did not find expected hexdecimal number": _ESCAPE,
    "did not find expected key": _Complaint(
        "no key can stand here; check the quotes and the indentation of the mapping in line ",
        _At.BOTH,
    ),
    "did not find expected node content": _Complaint("a value is missing here; write or quote it"),
    "found a tab character that violates indentation": _TAB,
    "found a tab character where an indentation space is expected": _TAB,
    "found an indentation indicator equal to 0": _BLOCK_HEADER,
    "found incompatible YAML document": _DIRECTIVE,
    "found invalid Unicode character escape code": _ESCAPE,
    "found undefined tag handle": _TAG,
    "found unexpected document indicator": _QUOTE,
    "found unexpected end of stream": _QUOTE,
    "found unexpected non-alphabetical character": _DIRECTIVE,
    "found unknown directive name": _DIRECTIVE,
    "found unknown escape character": _ESCAPE,
    "mapping keys are not allowed in this context": _Complaint(
        "a key cannot begin here; begin it in a line of its own"
    ),
    "mapping values are not allowed in this context": _Complaint(
        "a ':' cannot stand here; quote the text that has it, or correct the indentation"
    ),
}
"""By what libyaml says."""


def rephrase(error: YAMLError, source: Source) -> DocumentError:
    """Return what the YAML library complains about in our words."""
    if isinstance(error, ReaderError):
        return _forbidden_character(error, source)
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return DocumentError("this is not YAML; check it with another tool", None)
    return _refusal(error, error.problem_mark, source).located(source)


def _refusal(error: MarkedYAMLError, problem: Mark, source: Source) -> RefusalError:
    start = error.context_mark.index if error.context_mark else problem.index
    if error.problem == "found character that cannot start any token":
        return RefusalError(problem.index, _wrong_start(source.text[problem.index]))
    complaint = _COMPLAINTS.get(error.problem or "") or _Complaint(
        f"this is not YAML: {error.problem}; correct it"
    )
    if complaint.at is _At.START:
        return RefusalError(start, complaint.sentence)
    return RefusalError(
        problem.index, complaint.sentence, start if complaint.at is _At.BOTH else None
    )


def _wrong_start(character: str) -> str:
    if character == "\t":
        return "a tab cannot indent or begin a value; use spaces"
    return f"a value cannot begin with {shorten(character)}; quote it"


def _forbidden_character(error: ReaderError, source: Source) -> DocumentError:
    # The library counts bytes here.
    index = len(source.text.encode()[: error.position].decode(errors="ignore"))
    return DocumentError(
        f"the character U+{error.character:04X} cannot stand in YAML; remove it, "
        "or write it as an escape in double quotes",
        source.position(index),
    )
