"""A request that has arrived, and what goes back."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from modelspec_serving.protocol.errors import RequestError

JSON = b"application/json"
OCTETS = b"application/octet-stream"

Header = tuple[bytes, bytes]
Headers: TypeAlias = Mapping[bytes, bytes]
"""Names in lower case; of a name that was given twice, the last value."""


@dataclass(slots=True)
class Request:
    """One request, whole."""

    method: str
    path: str
    """Without the query; what was percent-encoded is decoded."""

    headers: Headers
    body: bytes
    keeps_alive: bool = True
    """Whether the caller wants to ask more on this connection."""

    refusal: RequestError | None = None
    """Why the body was not kept."""


@dataclass(frozen=True)
class Answer:
    """What goes back to the caller."""

    status: int
    """HTTP status."""

    body: bytes

    headers: tuple[Header, ...] = ()
    """Headers beyond those that every answer has."""

    content_type: bytes = JSON


Work: TypeAlias = Generator[None, None, Answer]
"""Makes an answer; wherever it yields, other requests may have their turn."""

Respond: TypeAlias = Callable[[Request], Work]


def error_answer(status: int, message: str, *headers: Header) -> Answer:
    """Return an answer whose body is ``{"error": message}``."""
    return Answer(status, msgspec.json.encode({"error": message}), headers)
