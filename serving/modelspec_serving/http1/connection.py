"""One client's connection: its requests are answered in their order, one at a time.

Most answers are made and written while the bytes of their request are still at hand: there is no
task, no queue and no second write between the socket and the decision. A request of many rows is
worked on in turns with other connections.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import unquote_to_bytes

import httptools
from typing_extensions import override

from modelspec_serving.http1.heads import CONTINUE, Heads
from modelspec_serving.http1.messages import Answer, Request, Respond, Work
from modelspec_serving.lifecycle.readiness import Readiness
from modelspec_serving.protocol.errors import RequestError

MAX_AGE_SECONDS = 5.0
"""kube-proxy never moves an established connection; a client that keeps one keeps its pod."""

IDLE_SECONDS = 75.0
"""Longer than most clients keep an idle connection: they close it, not we amid a call."""

MAX_HEAD_BYTES = 65_536
"""Of the request line and the headers, as far as they come in pieces."""


_LOOK_SECONDS = 0.05

_OFFERS = frozenset({b"upgrade", b"connection", b"http2-settings"})


@dataclass
class Shared:
    """What the connections of a process have in common."""

    respond: Respond
    heads: Heads
    readiness: Readiness
    max_body_bytes: int
    connections: set["Connection"] = field(default_factory=set)

    @property
    def is_busy(self) -> bool:
        """Whether any request has begun to arrive and is not answered yet."""
        return any(connection.is_busy for connection in self.connections)

    async def end(self) -> None:
        """End all connections, each with the answer that it waits for."""
        while self.connections:
            for connection in list(self.connections):
                connection.end()
            await asyncio.sleep(_LOOK_SECONDS)


class Connection(asyncio.Protocol):
    """Parses what arrives, and answers it."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._first_at = 0.0
        self._seen_at = self._loop.time()
        self._waiting: deque[Request] = deque()
        self._work: Work | None = None
        self._asked: Request | None = None
        self._is_paused = False
        self._is_arriving = self._is_in_head = False

    @property
    def is_busy(self) -> bool:
        """Whether a request has begun to arrive and is not answered yet."""
        return self._is_arriving or self._work is not None or bool(self._waiting)

    def end(self) -> None:
        """End the connection, at once or with the answer that is being made."""
        if not self.is_busy:
            self._transport.close()

    # What the event loop tells.

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._shared.connections.add(self)
        self._timer = self._loop.call_later(IDLE_SECONDS, self._end_if_idle)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._shared.connections.discard(self)
        self._timer.cancel()
        self._waiting.clear()
        if self._work is not None:
            self._work.close()
            self._work = None
        del self._parser  # it holds this connection, and no collection looks for such pairs often

    @override
    def data_received(self, data: bytes) -> None:
        self._seen_at = self._loop.time()
        try:
            self._feed(data)
        except httptools.HttpParserError as error:
            self._give_up(400, f"no HTTP/1.1 request: {error}")
            return
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._give_up(431, f"headers: longer than {MAX_HEAD_BYTES} bytes")

    @override
    def pause_writing(self) -> None:
        self._is_paused = True
        self._transport.pause_reading()

    @override
    def resume_writing(self) -> None:
        self._is_paused = False
        self._go_on()

    # What the parser tells.

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._is_arriving = self._is_in_head = True
        self._head_bytes = 0
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._pieces: list[bytes] = []
        self._body_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Take a piece of what is asked for."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what follows a chunked body is none."""
        if self._is_in_head:
            self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """Look at what a client may want to know before it sends its body."""
        self._is_in_head = False
        if self._parser.should_upgrade():
            return  # it comes once more, without that
        headers = self._headers
        if int(headers.get(b"content-length", b"0")) > self._shared.max_body_bytes:
            self._refuse_body()
        elif headers.get(b"expect", b"").lower() == b"100-continue":
            self._transport.write(CONTINUE)

    def on_body(self, piece: bytes) -> None:
        """Take a piece of the body; what is too long is not kept."""
        if self._is_arriving:
            self._body_bytes += len(piece)
            self._pieces.append(piece)
            if self._body_bytes > self._shared.max_body_bytes:
                self._refuse_body()

    def on_message_complete(self) -> None:
        """Answer the request, unless it was refused before its end."""
        if self._is_arriving and not self._parser.should_upgrade():
            pieces = self._pieces
            self._arrived(pieces[0] if len(pieces) == 1 else b"".join(pieces))

    def _feed(self, data: bytes) -> None:
        """Parse; who offers to speak another protocol, as Java's client does, is not heard."""
        while data:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                method = self._parser.get_method()
                if method == b"CONNECT":
                    raise httptools.HttpParserError("CONNECT is for proxies") from offer
                # The parser takes no body after an offer: read on as if there had been none.
                self._parser = httptools.HttpRequestParser(self)
                data = self._head_without_offer(method) + data[offer.args[0] :]
            else:
                return

    def _head_without_offer(self, method: bytes) -> bytes:
        kept = {name: text for name, text in self._headers.items() if name not in _OFFERS}
        lines = b"".join(b"%b: %b\r\n" % header for header in kept.items())
        return b"%b %b HTTP/1.1\r\n%b\r\n" % (method, self._url, lines)

    def _refuse_body(self) -> None:
        """Answer now; the rest of the body passes by."""
        self._pieces.clear()
        limit = self._shared.max_body_bytes
        self._arrived(b"", RequestError(f"body: longer than {limit} bytes", status=413))

    def _give_up(self, status: int, message: str) -> None:
        """End a connection that cannot be understood, after what it asked before."""
        self._transport.pause_reading()
        self._is_in_head = False
        refusal = RequestError(message, status=status)
        self._take(Request("", "", {}, b"", keeps_alive=False, refusal=refusal))

    def _arrived(self, body: bytes, refusal: RequestError | None = None) -> None:
        parser = self._parser
        self._take(
            Request(
                parser.get_method().decode("ascii"),
                _path(self._url),
                self._headers,
                body,
                parser.should_keep_alive() and parser.get_http_version() == "1.1",
                refusal,
            )
        )

    def _take(self, request: Request) -> None:
        self._is_arriving = False
        self._waiting.append(request)
        if self._work is None:
            self._go_on()
        else:
            self._transport.pause_reading()

    # Answers.

    def _go_on(self) -> None:
        """Work until somebody else should have a turn, or nothing is left to do."""
        while not (self._is_paused or self._transport.is_closing()):
            if self._work is None:
                if not self._waiting:
                    self._transport.resume_reading()
                    return
                self._asked = self._waiting.popleft()
                self._work = self._shared.respond(self._asked)
            try:
                next(self._work)
            except StopIteration as done:
                self._work = None
                self._answer(done.value)
            else:
                self._loop.call_soon(self._go_on)
                return

    def _answer(self, answer: Answer) -> None:
        asked = cast("Request", self._asked)
        closes = self._shared.readiness.is_draining or not asked.keeps_alive or self._is_old()
        head = self._shared.heads.write(answer, closes=closes)
        self._transport.write(head if asked.method == "HEAD" else head + answer.body)
        if closes:
            self._transport.close()

    def _is_old(self) -> bool:
        """Return whether the first request was answered long ago."""
        if not self._first_at:
            self._first_at = self._seen_at
        return self._seen_at - self._first_at > MAX_AGE_SECONDS

    def _end_if_idle(self) -> None:
        """End the connection when nothing has come for long, or look again when it may be."""
        left = self._seen_at + IDLE_SECONDS - self._loop.time()
        if self._work is not None or left > 0:
            self._timer = self._loop.call_later(max(left, 1.0), self._end_if_idle)
        elif self._is_paused:
            self._transport.abort()  # who does not read answers does not get the rest either
        else:
            self._transport.close()


def _path(target: bytes) -> str:
    """Return the path of a request's target."""
    if not target.startswith(b"/") or b"#" in target:
        target = _absolute_path(target)
    path = target.partition(b"?")[0]
    return (unquote_to_bytes(path) if b"%" in path else path).decode("utf-8", "replace")


def _absolute_path(target: bytes) -> bytes:
    """Return the path of a target that names a scheme and a host, as proxies write it."""
    try:
        return httptools.parse_url(target).path or b"/"
    except httptools.HttpParserInvalidURLError:
        return target
