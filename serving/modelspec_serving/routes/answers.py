"""What goes back to a caller, and how it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec
from starlette.types import Send

from modelspec_serving.protocol import compression

JSON = b"application/json"
OCTETS = b"application/octet-stream"

_CLOSE = (b"connection", b"close")

Header = tuple[bytes, bytes]


@dataclass(frozen=True)
class Answer:
    """What goes back to the caller."""

    status: int
    """HTTP status."""

    body: bytes

    headers: tuple[Header, ...] = ()
    """Headers beyond those that every answer has."""

    content_type: bytes = JSON


def error_answer(status: int, message: str, *headers: Header) -> Answer:
    """Return an answer whose body is ``{"error": message}``."""
    own = ((b"accept-encoding", compression.ACCEPTED.encode()),) if status == 415 else ()  # noqa: PLR2004
    return Answer(status, msgspec.json.encode({"error": message}), (*headers, *own))


def compressed(answer: Answer, headers: Mapping[bytes, bytes]) -> Answer:
    """Return an answer packed as the caller accepts it, where that is worth it."""
    accepted = headers.get(b"accept-encoding")
    if accepted is None or len(answer.body) < compression.SMALLEST:
        return answer
    encoding = compression.choose(accepted.decode("latin-1"))
    if encoding is None:
        return answer
    packed = compression.pack(answer.body, encoding)
    told = ((b"content-encoding", encoding.encode()), (b"vary", b"accept-encoding"))
    return replace(answer, body=packed, headers=(*answer.headers, *told))


async def send(send_message: Send, answer: Answer, *, closes: bool) -> None:
    """Send an answer; the connection ends with it if it *closes*."""
    headers = [
        (b"content-type", answer.content_type),
        (b"content-length", str(len(answer.body)).encode()),
        *answer.headers,
    ]
    if closes:
        headers.append(_CLOSE)
    await send_message(
        {"type": "http.response.start", "status": answer.status, "headers": headers}
    )
    await send_message({"type": "http.response.body", "body": answer.body})
