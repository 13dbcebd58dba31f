"""A connection of the inference port: what arrives in any pieces, and what is answered to it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from modelspec_serving.http1.connection import (
    IDLE_SECONDS,
    MAX_AGE_SECONDS,
    MAX_HEAD_BYTES,
    Connection,
    Shared,
)
from modelspec_serving.http1.heads import Heads
from modelspec_serving.http1.messages import Answer, Request, Work
from modelspec_serving.lifecycle.readiness import Readiness
from support.pod import Wire

MAX_BODY = 100
TURNS = 3


class Talk:
    """A connection, what it was asked, and what it wrote."""

    def __init__(self) -> None:
        heads = Heads(
            [(b"modelspec-model", b"echo")], date=lambda: datetime(2026, 1, 2, tzinfo=UTC)
        )
        self.readiness = Readiness()
        self.asked: list[Request] = []
        self.left = 0
        self.shared = Shared(self._respond, heads, self.readiness, MAX_BODY)
        self.wire = Wire()
        self.connection = Connection(self.shared)
        self.connection.connection_made(self.wire)

    def _respond(self, request: Request) -> Work:
        """Answer with the path and the body; what asks for turns takes some."""
        self.asked.append(request)
        try:
            if request.refusal is not None:
                return Answer(request.refusal.status, str(request.refusal).encode())
            if request.path == "/slow":
                for _ in range(TURNS):
                    yield
            return Answer(200, request.path.encode() + b"|" + request.body)
        except GeneratorExit:
            self.left += 1
            raise

    def send(self, *pieces: bytes) -> "Talk":
        """Let bytes arrive."""
        for piece in pieces:
            self.connection.data_received(piece)
        return self

    def bodies(self, *methods: str) -> list[str]:
        """Return the bodies of the answers up to now."""
        return [answer.body.decode() for answer in self.wire.answers(*methods)]


def talk(about: Callable[[Talk], Awaitable[None]]) -> None:
    """Run what needs an event loop."""

    async def run() -> None:
        await about(Talk())

    asyncio.run(run())


def get(path: str = "/a", *lines: str) -> bytes:
    """Return a request without a body."""
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: pod", *lines, "", ""]).encode()


def post(body: bytes, path: str = "/a", *lines: str) -> bytes:
    """Return a request with a body."""
    head = [f"POST {path} HTTP/1.1", "Host: pod", f"Content-Length: {len(body)}", *lines, "", ""]
    return "\r\n".join(head).encode() + body


def pieces_of(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    """Yield the pieces between places; no place is outside."""
    places = sorted({cut % len(data) for cut in cuts} | {0, len(data)})
    for start, end in pairwise(places):
        yield data[start:end]


@given(st.lists(st.integers(0, 10_000), max_size=8))
def test_however_the_bytes_are_cut_the_answers_are_the_same(cuts: list[int]) -> None:
    chunked = (
        b"POST /chunks HTTP/1.1\r\nHost: pod\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n2\r\nde\r\n0\r\nContent-Encoding: gzip\r\n\r\n"
    )
    data = post(b"one") + get("/b%20c?x=1") + chunked + post(b"x" * MAX_BODY) + get("/slow")

    async def about(talk: Talk) -> None:
        talk.send(*pieces_of(data, cuts))
        for _ in range(TURNS + 1):
            await asyncio.sleep(0)
        expected = ["/a|one", "/b c|", "/chunks|abcde", "/a|" + "x" * MAX_BODY, "/slow|"]
        assert talk.bodies("POST", "GET", "POST", "POST", "GET") == expected
        assert b"content-encoding" not in talk.asked[2].headers  # trailers are no headers

    talk(about)


def test_an_answer_says_what_all_say() -> None:
    async def about(talk: Talk) -> None:
        talk.send(get())
        assert bytes(talk.wire.written) == (
            b"HTTP/1.1 200 OK\r\n"
            b"date: Fri, 02 Jan 2026 00:00:00 GMT\r\n"
            b"modelspec-model: echo\r\n"
            b"content-type: application/json\r\n"
            b"content-length: 3\r\n"
            b"\r\n"
            b"/a|"
        )

    talk(about)


def test_a_head_request_gets_no_body_but_its_length() -> None:
    async def about(talk: Talk) -> None:
        talk.send(get().replace(b"GET", b"HEAD"))
        (answer,) = talk.wire.answers("HEAD")
        assert (answer.body, answer.headers["content-length"]) == (b"", "3")

    talk(about)


def test_answers_come_in_the_order_of_requests_also_when_the_first_takes_long() -> None:
    async def about(talk: Talk) -> None:
        talk.send(get("/slow"), get("/b"))
        assert (bytes(talk.wire.written), talk.wire.is_read) == (b"", False)
        assert talk.shared.is_busy
        for _ in range(TURNS):
            await asyncio.sleep(0)
        assert talk.bodies("GET", "GET") == ["/slow|", "/b|"]
        assert talk.wire.is_read
        assert not talk.shared.is_busy

    talk(about)


def test_other_connections_have_their_turn_in_between() -> None:
    async def about(talk: Talk) -> None:
        other, wire = Connection(talk.shared), Wire()
        other.connection_made(wire)
        talk.send(get("/slow"))
        other.data_received(get("/other"))
        assert (len(wire.answers("GET")), bytes(talk.wire.written)) == (1, b"")

    talk(about)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(post(b"x" * 101), id="declared"),
        pytest.param(
            b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + b"x" * 101,
            id="in chunks",
        ),
    ],
)
def test_a_body_that_is_too_long_is_refused_before_its_end(request_: bytes) -> None:
    async def about(talk: Talk) -> None:
        talk.send(request_)
        (answer,) = talk.wire.answers("POST")
        assert (answer.status, answer.body) == (413, b"body: longer than 100 bytes")
        assert talk.asked[0].body == b""

    talk(about)


def test_the_rest_of_a_refused_body_passes_by() -> None:
    async def about(talk: Talk) -> None:
        whole = post(b"x" * 500)
        talk.send(whole[:80], whole[80:300], whole[300:] + get("/b"))
        assert [answer.status for answer in talk.wire.answers("POST", "GET")] == [413, 200]

    talk(about)


def test_a_client_that_asks_first_is_told_whether_to_send_its_body() -> None:
    async def about(talk: Talk) -> None:
        body = b"hello"
        head = post(body, "/a", "Expect: 100-continue")[: -len(body)]
        talk.send(head)
        assert bytes(talk.wire.written) == b"HTTP/1.1 100 Continue\r\n\r\n"
        talk.wire.written.clear()
        talk.send(body)
        assert talk.bodies("POST") == ["/a|hello"]
        talk.wire.written.clear()
        talk.send(head.replace(b"Length: 5", b"Length: 5000"))
        assert talk.wire.answers("POST")[0].status == 413

    talk(about)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"hello\r\n\r\n", id="no HTTP"),
        pytest.param(
            b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", id="two lengths"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
            id="length and chunks",
        ),
        pytest.param(b"GET / HTTP/1.1\r\nA b: c\r\n\r\n", id="a space in a name"),
        pytest.param(b"GET /\xe9 HTTP/1.1\r\n\r\n", id="bytes in the path"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00", id="TLS"),
    ],
)
def test_what_is_no_http_is_told_so_and_ends_the_connection(data: bytes) -> None:
    async def about(talk: Talk) -> None:
        talk.send(data)
        (answer,) = talk.wire.answers("GET")
        assert (answer.status, answer.headers["connection"]) == (400, "close")
        assert answer.body.startswith(b"no HTTP/1.1 request: ")
        assert talk.wire.is_closed

    talk(about)


def test_what_was_asked_before_nonsense_is_answered_first() -> None:
    async def about(talk: Talk) -> None:
        talk.send(get("/slow") + b"\x00\x01 nonsense\r\n\r\n")
        for _ in range(TURNS):
            await asyncio.sleep(0)
        assert [answer.status for answer in talk.wire.answers("GET", "GET")] == [200, 400]

    talk(about)


def test_headers_without_an_end_are_refused() -> None:
    async def about(talk: Talk) -> None:
        talk.send(b"GET / HTTP/1.1\r\nA: ")
        for _ in range(MAX_HEAD_BYTES // 1024):
            assert not talk.wire.written
            talk.send(b"x" * 1024)
        (answer,) = talk.wire.answers("GET")
        assert (answer.status, talk.wire.is_closed) == (431, True)

    talk(about)


def test_an_offer_to_speak_another_protocol_is_passed_over() -> None:
    offer = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQ")

    async def about(talk: Talk) -> None:
        talk.send(post(b"body", "/a", *offer) + get("/b", *offer) + get("/c"))
        assert talk.bodies("POST", "GET", "GET") == ["/a|body", "/b|", "/c|"]

    talk(about)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(get("/a", "Connection: close"), id="asked to close"),
        pytest.param(b"GET /a HTTP/1.0\r\n\r\n", id="HTTP/1.0"),
        pytest.param(b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", id="HTTP/1.0, kept"),
    ],
)
def test_who_wants_one_answer_gets_one(data: bytes) -> None:
    async def about(talk: Talk) -> None:
        talk.send(data)
        (answer,) = talk.wire.answers("GET")
        assert (answer.headers["connection"], talk.wire.is_closed) == ("close", True)

    talk(about)


def test_a_draining_pod_ends_a_connection_with_its_answer() -> None:
    async def about(talk: Talk) -> None:
        talk.send(get())
        talk.readiness.is_draining = True
        talk.send(get() + get("/b"))
        assert ["connection" in answer.headers for answer in talk.wire.answers("GET", "GET")] == [
            False,
            True,
        ]
        assert talk.wire.is_closed

    talk(about)


def test_a_connection_ends_after_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    async def about(talk: Talk) -> None:
        clock = [0.0]
        monkeypatch.setattr(talk.connection._loop, "time", lambda: clock[0])
        for clock[0] in (100.0, 100.0 + MAX_AGE_SECONDS, 100.1 + MAX_AGE_SECONDS):
            assert not talk.wire.is_closed
            talk.send(get())
        assert talk.wire.is_closed

    talk(about)


def test_a_connection_that_brings_nothing_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    async def about(talk: Talk) -> None:
        talk.connection._end_if_idle()
        assert not talk.wire.is_closed
        now = talk.connection._seen_at + IDLE_SECONDS
        monkeypatch.setattr(talk.connection._loop, "time", lambda: now)
        talk.connection._end_if_idle()
        assert (talk.wire.is_closed, talk.wire.is_aborted) == (True, False)

    talk(about)


def test_a_client_that_reads_nothing_gets_no_more_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def about(talk: Talk) -> None:
        talk.connection.pause_writing()
        talk.send(get("/a"), get("/b"))
        assert (talk.asked, talk.shared.is_busy, talk.wire.is_read) == ([], True, False)

        talk.connection.resume_writing()
        assert talk.bodies("GET", "GET") == ["/a|", "/b|"]
        assert talk.wire.is_read

        talk.connection.pause_writing()
        now = talk.connection._seen_at + IDLE_SECONDS
        monkeypatch.setattr(talk.connection._loop, "time", lambda: now)
        talk.connection._end_if_idle()
        assert talk.wire.is_aborted

    talk(about)


def test_work_for_a_client_that_left_is_given_up() -> None:
    async def about(talk: Talk) -> None:
        talk.send(get("/slow"), get("/b"))
        talk.connection.connection_lost(None)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        assert (talk.left, len(talk.asked), bytes(talk.wire.written)) == (1, 1, b"")
        assert not talk.shared.connections

    talk(about)


def test_connections_end_each_with_the_answer_that_it_waits_for() -> None:
    async def about(talk: Talk) -> None:
        idle, wire = Connection(talk.shared), Wire()
        idle.connection_made(wire)
        talk.readiness.is_draining = True
        talk.send(get("/slow"))
        ending = asyncio.ensure_future(talk.shared.end())
        await asyncio.sleep(0)
        assert (wire.is_closed, talk.wire.is_closed) == (True, False)
        idle.connection_lost(None)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        assert talk.bodies("GET") == ["/slow|"]
        assert talk.wire.is_closed
        talk.connection.connection_lost(None)
        await asyncio.wait_for(ending, 5)

    talk(about)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/a?b=/c", "/a"),
        ("/%c3%a9", "/é"),
        ("/%ff", "/\ufffd"),
        ("http://pod:8080/a?b", "/a"),
        ("http://pod", "/"),
        ("*", "*"),
    ],
)
def test_a_path_is_what_is_asked_for(target: str, path: str) -> None:
    async def about(talk: Talk) -> None:
        method = b"OPTIONS" if target == "*" else b"GET"
        talk.send(get(target).replace(b"GET", method))
        assert [request.path for request in talk.asked] == [path]

    talk(about)


@given(st.binary(max_size=400))
def test_no_bytes_are_our_failure(data: bytes) -> None:
    async def about(talk: Talk) -> None:
        talk.send(data, b"\r\n\r\n")
        assert all(request.refusal is None or not request.keeps_alive for request in talk.asked)

    talk(about)
