"""An API server that misbehaves on demand: a real one behind a proxy that spoils some answers."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp
import yaml
from aiohttp import web

from support.kube import Kubectl, proxy

Spoil: TypeAlias = Callable[[web.Request, aiohttp.ClientSession, str], Any]
"""Answers a request badly, given what asks the real API server, and its address."""

_DROPPED = {"Connection", "Content-Length", "Content-Encoding", "Host", "Transfer-Encoding"}
"""What belongs to one connection, and not to what is said over it."""


def _status(code: int, reason: str, **headers: str) -> web.Response:
    body = {
        "kind": "Status",
        "status": "Failure",
        "reason": reason,
        "code": code,
        "message": "spoilt",
    }
    return web.json_response(body, status=code, headers=headers)


async def busy(_: web.Request, __: aiohttp.ClientSession, ___: str) -> web.StreamResponse:
    """Say that there is too much to do just now."""
    return _status(429, "TooManyRequests", **{"Retry-After": "1"})


async def broken(_: web.Request, __: aiohttp.ClientSession, ___: str) -> web.StreamResponse:
    """Fail before anything was done."""
    return _status(500, "InternalError")


async def conflicting(_: web.Request, __: aiohttp.ClientSession, ___: str) -> web.StreamResponse:
    """Say that somebody else was faster."""
    return _status(409, "Conflict")


async def expired(_: web.Request, __: aiohttp.ClientSession, ___: str) -> web.StreamResponse:
    """Know the token no more."""
    return _status(401, "Unauthorized")


async def unreachable(
    request: web.Request, _: aiohttp.ClientSession, __: str
) -> web.StreamResponse:
    """Cut the connection, as an API server that is being restarted."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def lost(
    request: web.Request, session: aiohttp.ClientSession, upstream: str
) -> web.StreamResponse:
    """Do what is asked, and fail to say so."""
    async with _ask(request, session, upstream) as answer:
        await answer.read()
    return _status(500, "InternalError")


async def half(
    request: web.Request, session: aiohttp.ClientSession, upstream: str
) -> web.StreamResponse:
    """Do what is asked, and send half of the answer."""
    async with _ask(request, session, upstream) as answer:
        body = await answer.read()
    return web.Response(body=body[: len(body) // 2], content_type="application/json")


async def gone(request: web.Request, _: aiohttp.ClientSession, __: str) -> web.StreamResponse:
    """Begin a watch, and say that it asks for what is too old."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    event = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}}
    await response.write(json.dumps(event).encode() + b"\n")
    return response


async def silent(request: web.Request, _: aiohttp.ClientSession, __: str) -> web.StreamResponse:
    """Begin a watch, and never say anything."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await asyncio.sleep(3600)
    return response


@asynccontextmanager
async def _ask(
    request: web.Request, session: aiohttp.ClientSession, upstream: str
) -> AsyncIterator[aiohttp.ClientResponse]:
    headers = {name: text for name, text in request.headers.items() if name not in _DROPPED}
    url = f"{upstream}{request.raw_path}"
    # Without a body there must be no type of one, which aiohttp would make up.
    body = await request.read() or None
    if body is None:
        headers.pop("Content-Type", None)
    async with session.request(request.method, url, headers=headers, data=body) as answer:
        yield answer


@dataclass
class Faults:
    """Which requests are spoilt, and how."""

    kubeconfig: Path
    spoil: Spoil | None = None
    methods: frozenset[str] = frozenset()
    """Which methods; all if it is empty. A watch has the method WATCH."""

    left: int = 0
    """How many more."""

    spoilt: int = 0
    """How many were."""

    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    watches: set[asyncio.Task[Any]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, spoil: Spoil, *methods: str, times: int = 1_000_000) -> None:
        """Spoil the next requests of these methods."""
        with self._lock:
            self.spoil, self.methods, self.left, self.spoilt = spoil, frozenset(methods), times, 0

    def end(self) -> None:
        """Spoil nothing any more."""
        with self._lock:
            self.spoil = None

    def cut_watches(self) -> None:
        """Break all watches that are open."""

        def cut() -> None:
            for task in self.watches:
                task.cancel()

        self.loop.call_soon_threadsafe(cut)

    def take(self, request: web.Request) -> Spoil | None:
        """Return how a request is spoilt, if it is."""
        method = "WATCH" if "watch" in request.query else request.method
        with self._lock:
            spoil = self.spoil
            if spoil is None or self.left <= 0 or (self.methods and method not in self.methods):
                return None
            self.left -= 1
            self.spoilt += 1
            return spoil


@contextmanager
def faulty(kubectl: Kubectl, folder: Path) -> Iterator[Faults]:
    """Run a proxy before a cluster's API server; yield what spoils its answers."""
    with proxy(kubectl) as upstream:
        faults = Faults(folder / "kubeconfig")
        loop = faults.loop
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        runner, port = asyncio.run_coroutine_threadsafe(_start(faults, upstream), loop).result(10)
        faults.kubeconfig.write_text(yaml.safe_dump(_kubeconfig(f"http://127.0.0.1:{port}")))
        try:
            yield faults
        finally:
            asyncio.run_coroutine_threadsafe(_stop(faults, runner), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)


def _kubeconfig(server: str) -> Mapping[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "faulty",
        "clusters": [{"name": "faulty", "cluster": {"server": server}}],
        "users": [{"name": "nobody", "user": {}}],
        "contexts": [{"name": "faulty", "context": {"cluster": "faulty", "user": "nobody"}}],
    }


async def _start(faults: Faults, upstream: str) -> tuple[web.AppRunner, int]:
    limits = aiohttp.ClientTimeout(total=None)
    session = aiohttp.ClientSession(timeout=limits, connector=aiohttp.TCPConnector(limit=0))

    async def handle(request: web.Request) -> web.StreamResponse:
        spoil = faults.take(request)
        if spoil is not None:
            found: web.StreamResponse = await spoil(request, session, upstream)
            return found
        task = asyncio.current_task()
        assert task is not None
        if "watch" in request.query:
            faults.watches.add(task)
            task.add_done_callback(faults.watches.discard)
        return await _pass_on(request, session, upstream)

    async def close(_: web.Application) -> None:
        await session.close()

    app = web.Application(client_max_size=64 * 2**20)
    app.router.add_route("*", "/{path:.*}", handle)
    app.on_cleanup.append(close)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, runner.addresses[0][1]


async def _stop(faults: Faults, runner: web.AppRunner) -> None:
    watches = list(faults.watches)
    for task in watches:
        task.cancel()
    await asyncio.gather(*watches, return_exceptions=True)
    await runner.cleanup()


async def _pass_on(
    request: web.Request, session: aiohttp.ClientSession, upstream: str
) -> web.StreamResponse:
    async with _ask(request, session, upstream) as answer:
        headers = {name: text for name, text in answer.headers.items() if name not in _DROPPED}
        response = web.StreamResponse(status=answer.status, headers=headers)
        await response.prepare(request)
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
        return response
