"""One process, two ports: what answers on each, and how it stops."""

import asyncio
import ctypes
import gc
import socket
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from types import FrameType

import uvicorn
from fastapi import FastAPI
from typing_extensions import override

from modelspec.names import MODEL_HEADER, SNAPSHOT_HEADER, VERSION_HEADER
from modelspec_serving.dataplane.observed import Observed, build_decisions, default_fallbacks
from modelspec_serving.http1.connection import Connection, Shared
from modelspec_serving.http1.heads import Heads
from modelspec_serving.lifecycle.load import Decision
from modelspec_serving.lifecycle.progress import Progress, State
from modelspec_serving.lifecycle.readiness import Readiness
from modelspec_serving.monitoring.counters import Counters
from modelspec_serving.monitoring.exposition import Identity, Monitor
from modelspec_serving.monitoring.requests import Requests
from modelspec_serving.routes.admin import build_admin
from modelspec_serving.routes.inference import InferenceRoutes
from modelspec_serving.settings import Settings

QUIET_SECONDS = 3.0
"""A draining pod that nobody asks anything for so long has no client left.

That no connection is open says nothing: a draining pod closes each after its answer, and as long
as a node has not learnt that the pod is leaving, the next one may come back to it.
"""

TICKS_OF_COUNTS = 10
"""Once a second the other workers see what one has counted."""

SHUTDOWN_SECONDS = 3
"""For requests that are under way when draining ends."""


@dataclass(frozen=True)
class Worker:
    """What one process serves with."""

    counters: Counters
    requests: Requests
    readiness: Readiness
    progress: Progress


@dataclass(frozen=True)
class Apps:
    """What answers on the two ports."""

    inference: Shared
    admin: FastAPI


def build_apps(decision: Decision, worker: Worker, settings: Settings) -> Apps:
    """Return what answers on the two ports."""
    answering, monitor = _observed(decision, worker, settings)
    inference = InferenceRoutes(
        replace(decision, answering=answering),
        worker.readiness,
        worker.requests,
        max_body_bytes=settings.max_body_bytes,
        max_rows=settings.max_rows,
    )
    heads = Heads((name.encode(), text.encode()) for name, text in _told(decision).items())
    shared = Shared(inference.respond, heads, worker.readiness, settings.max_body_bytes)
    return Apps(shared, build_admin(decision, worker.readiness, monitor))


def _told(decision: Decision) -> dict[str, str]:
    """Return the headers of every answer."""
    return {
        SNAPSHOT_HEADER: decision.digest,
        MODEL_HEADER: decision.name,
        VERSION_HEADER: str(decision.version),
    }


def _observed(decision: Decision, worker: Worker, settings: Settings) -> tuple[Observed, Monitor]:
    """Return what answers and counts, from 0: warming up and golden rows are nobody's requests."""
    worker.counters.clear()
    decisions = build_decisions(
        worker.counters,
        decision.answering.columns,
        decision.shape.features,
        decision.logic,
        bins=settings.bins,
    )
    monitor = Monitor(
        identity=Identity(decision.name, str(decision.version), decision.digest),
        requests=worker.requests,
        decisions=decisions,
        defaults=default_fallbacks(decision.logic),
        startup_seconds=worker.progress.seconds,
    )
    return Observed(decision.answering, decisions, bins=settings.bins), monitor


class Server(uvicorn.Server):
    """Both ports. Told to stop, it says so, and goes on answering until nobody asks any more."""

    def __init__(
        self, config: uvicorn.Config, inference: Shared, worker: Worker, drain_seconds: int
    ) -> None:
        super().__init__(config)
        self._inference = inference
        self._readiness = worker.readiness
        self._requests = worker.requests
        self._counters = worker.counters
        self._progress = worker.progress
        self._drain_seconds = drain_seconds
        self._draining_since = 0.0
        self._quiet_since = 0.0
        self._seen_requests = 0

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen: on the first socket for requests, on the second as uvicorn does."""
        inference, *others = sockets or []
        await super().startup(others)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(partial(Connection, self._inference), sock=inference)
        self.servers.append(server)

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop to listen, and leave time for what is being answered."""
        ending = asyncio.create_task(self._inference.end())
        tasks = self.server_state.tasks  # which uvicorn waits for, but not for ever
        tasks.add(ending)
        ending.add_done_callback(tasks.discard)
        await super().shutdown(sockets)

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Start to drain; a second signal stops at once."""
        if self._readiness.is_draining:
            super().handle_exit(sig, frame)
            return
        self._readiness.is_draining = True
        self._progress.enter(State.DRAINING)
        self._draining_since = self._quiet_since = monotonic()
        self._seen_requests = self._requests.answered

    @override
    async def on_tick(self, counter: int) -> bool:
        """Return whether to stop; asked ten times a second."""
        if counter % TICKS_OF_COUNTS == 0:
            self._counters.show()
        if self._readiness.is_draining and self._is_drained(monotonic()):
            self.should_exit = True
        return await super().on_tick(counter)

    def _is_drained(self, now: float) -> bool:
        answered = self._requests.answered
        if self._inference.is_busy or answered != self._seen_requests:
            self._quiet_since, self._seen_requests = now, answered
        is_over = now - self._draining_since >= self._drain_seconds
        return is_over or now - self._quiet_since >= QUIET_SECONDS


def serve(decision: Decision, worker: Worker, settings: Settings) -> None:
    """Listen on both ports and answer until told to stop."""
    apps = build_apps(decision, worker, settings)
    config = uvicorn.Config(
        apps.admin,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        headers=list(_told(decision).items()),
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    shares = settings.workers > 1
    ports = (settings.http_port, settings.admin_port)
    _settle()
    sockets = [_listen(settings.host, port, shares=shares) for port in ports]
    worker.progress.enter(
        State.READY, model=decision.name, version=decision.version, snapshot=decision.digest
    )
    Server(config, apps.inference, worker, settings.drain_seconds).run(sockets)
    worker.progress.enter(State.STOPPED)


def _settle() -> None:
    """Keep what was built out of collections, and give back the memory that building took."""
    gc.collect()
    gc.freeze()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it
    if trim is not None:
        trim(0)


def _listen(host: str, port: int, *, shares: bool) -> socket.socket:
    """Return a socket on an address, or on all that the pod has, of whichever families.

    Args:
        host: The address, or nothing.
        port: The port.
        shares: Whether other workers listen there, too; the kernel divides connections.
    """
    if host:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, reuse_port=shares)
    if socket.has_dualstack_ipv6():
        return socket.create_server(
            ("", port), family=socket.AF_INET6, dualstack_ipv6=True, reuse_port=shares
        )
    return socket.create_server(("", port), reuse_port=shares)
