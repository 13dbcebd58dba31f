"""The first lines of an answer, as bytes."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from time import monotonic

from modelspec_serving.http1.messages import Answer, Header

_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def _date() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the edge: answers say when they were given


class Heads:
    """Writes the heads of answers; what all have in common is written once a second."""

    def __init__(
        self,
        common: Iterable[Header],
        *,
        now: Callable[[], float] = monotonic,
        date: Callable[[], datetime] = _date,
    ) -> None:
        """Give every answer the *common* headers, and the date."""
        self._common = _lines(common)
        self._now = now
        self._date = date
        self._until = float("-inf")
        self._shared = b""

    def write(self, answer: Answer, *, closes: bool) -> bytes:
        """Return the head of an answer; the connection ends with it if it *closes*."""
        now = self._now()
        if now >= self._until:
            date = format_datetime(self._date(), usegmt=True).encode()
            self._until, self._shared = now + 1.0, b"date: %b\r\n%b" % (date, self._common)
        return b"%b%bcontent-type: %b\r\ncontent-length: %d\r\n%b%b\r\n" % (
            _STATUS_LINES[answer.status],
            self._shared,
            answer.content_type,
            len(answer.body),
            _lines(answer.headers) if answer.headers else b"",
            b"connection: close\r\n" if closes else b"",
        )


def _lines(headers: Iterable[Header]) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in headers)
