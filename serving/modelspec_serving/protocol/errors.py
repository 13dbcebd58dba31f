"""What a caller did wrong, with the path of the value that is at fault."""

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from modelspec.errors import nearest

_T = TypeVar("_T")

_WORDS = {
    "float": "number",
    "int": "integer",
    "str": "string",
    "bool": "boolean",
    "datetime": "RFC 3339 time",
}
_TYPES = re.compile(r"`([^`]*)`")
_UNKNOWN = re.compile("Object contains unknown field `(.*)`", re.DOTALL)
_MAX_NAME_LENGTH = 64
"""Characters of a caller's own name that messages repeat and suggestions compare."""


class RequestError(Exception):
    """A request that cannot be answered; the message is for the caller."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def decode(
    decoder: msgspec.json.Decoder[_T],
    document: bytes | msgspec.Raw,
    path: str = "",
    *,
    features: Sequence[str] = (),
) -> _T:
    """Return the decoded document.

    Args:
        decoder: Knows the expected shape.
        document: JSON text.
        path: Path of *document* in the request, for messages; empty for the whole body.
        features: The keys of an object that takes no others.

    Raises:
        RequestError: The document is not JSON or has another shape.
    """
    try:
        return decoder.decode(document)
    except msgspec.ValidationError as error:
        raise RequestError(explain(str(error), path, features)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestError(f"{path or 'body'}: {error}") from error
    except RecursionError as error:
        raise RequestError(f"{path or 'body'}: nested too deeply") from error


def unknown(path: str, name: str, kind: str, known: Iterable[str]) -> RequestError:
    """Return the error for a name that does not exist, with the nearest one that does."""
    shown = name[:_MAX_NAME_LENGTH]
    return RequestError(f"{path}: '{shown}' is not an {kind}; {_hint(shown, kind, list(known))}")


def _hint(shown: str, kind: str, names: Sequence[str]) -> str:
    near = nearest(shown, names)
    return f"did you mean '{near}'?" if near else f"{kind}s: {', '.join(names[:10])}"


def check_row_count(path: str, rows: int, max_rows: int) -> None:
    """Refuse a request without rows or with more than *max_rows*."""
    if rows < 1:
        raise RequestError(f"{path}: at least one row is required")
    if rows > max_rows:
        raise RequestError(f"{path}: {rows} rows are more than {max_rows}", status=413)


def explain(text: str, path: str, features: Sequence[str] = ()) -> str:
    """Return msgspec's message with the path in front and the types in JSON's words."""
    # What a caller wrote, the name of a key, can only stand before the path.
    problem, is_located, inner = text.rpartition(" - at `$")
    if not is_located:
        problem, inner = text, ""
    where = f"{path}{inner.removesuffix('`')}".removeprefix(".")
    stranger = _UNKNOWN.fullmatch(problem)
    if stranger:
        shown = stranger[1][:_MAX_NAME_LENGTH]
        return f"{where}.{shown}: unknown feature; {_hint(shown, 'feature', features)}"
    return f"{where or 'body'}: {_TYPES.sub(_in_words, problem[:1].lower() + problem[1:])}"


def _in_words(match: re.Match[str]) -> str:
    words = match[1].split(" | ")
    return " or ".join(_WORDS.get(word, word) for word in words)
