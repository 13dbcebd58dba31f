"""One process, two ports: the applications, the server around them, and how it stops."""

import gc
import socket
from dataclasses import dataclass, replace
from time import monotonic
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from modelspec.names import MODEL_HEADER, SNAPSHOT_HEADER, VERSION_HEADER
from modelspec_serving.dataplane.observed import Observed, build_decisions, default_fallbacks
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

KEEP_ALIVE_SECONDS = 75
"""Longer than most clients keep an idle connection: they close it, not we amid a call."""

SHUTDOWN_SECONDS = 3
"""For requests that are under way when draining ends."""


@dataclass(frozen=True)
class Worker:
    """What one process serves with."""

    counters: Counters
    requests: Requests
    readiness: Readiness
    progress: Progress


def build_app(decision: Decision, worker: Worker, settings: Settings) -> ASGIApp:
    """Return the application of both ports; it looks at the port to tell them apart."""
    answering, monitor = _observed(decision, worker, settings)
    admin = build_admin(decision, worker.readiness, monitor)
    inference = InferenceRoutes(
        replace(decision, answering=answering),
        worker.readiness,
        worker.requests,
        max_body_bytes=settings.max_body_bytes,
        max_rows=settings.max_rows,
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_admin = scope["server"][1] == settings.admin_port
        await (admin if is_admin else inference)(scope, receive, send)

    return app


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
    """Told to stop, it says so, and goes on answering until nobody asks any more."""

    def __init__(self, config: uvicorn.Config, worker: Worker, drain_seconds: int) -> None:
        super().__init__(config)
        self._readiness = worker.readiness
        self._requests = worker.requests
        self._progress = worker.progress
        self._drain_seconds = drain_seconds
        self._draining_since = 0.0
        self._quiet_since = 0.0
        self._seen_requests = 0

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
        if self._readiness.is_draining and self._is_drained(monotonic()):
            self.should_exit = True
        return await super().on_tick(counter)

    def _is_drained(self, now: float) -> bool:
        # Counted by the application: the server's own numbers include the kubelet's probes.
        answered = self._requests.answered
        if self._requests.in_flight or answered != self._seen_requests:
            self._quiet_since, self._seen_requests = now, answered
        is_over = now - self._draining_since >= self._drain_seconds
        return is_over or now - self._quiet_since >= QUIET_SECONDS


def serve(decision: Decision, worker: Worker, settings: Settings) -> None:
    """Listen on both ports and answer until told to stop."""
    told = {
        SNAPSHOT_HEADER: decision.digest,
        MODEL_HEADER: decision.name,
        VERSION_HEADER: str(decision.version),
    }
    config = uvicorn.Config(
        build_app(decision, worker, settings),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        # Also on what uvicorn answers by itself, as to a request that is no HTTP.
        headers=list(told.items()),
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    shares = settings.workers > 1
    ports = (settings.http_port, settings.admin_port)
    # What was built stays for ever; no collection needs to look at it again.
    gc.collect()
    gc.freeze()
    sockets = [_listen(settings.host, port, shares=shares) for port in ports]
    worker.progress.enter(
        State.READY, model=decision.name, version=decision.version, snapshot=decision.digest
    )
    Server(config, worker, settings.drain_seconds).run(sockets)
    worker.progress.enter(State.STOPPED)


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
