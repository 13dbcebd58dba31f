"""One process, two ports: the applications, the server around them, and how it stops."""

import socket
from time import monotonic
from types import FrameType

import structlog
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from modelspec.names import SNAPSHOT_HEADER
from modelspec_serving.lifecycle.load import Decision
from modelspec_serving.lifecycle.readiness import Readiness
from modelspec_serving.routes.admin import build_admin
from modelspec_serving.routes.inference import InferenceRoutes
from modelspec_serving.settings import Settings

QUIET_SECONDS = 1.0
"""A draining pod that nobody asks anything for so long has no client left."""

KEEP_ALIVE_SECONDS = 75
"""Longer than most clients keep an idle connection: they close it, not we amid a call."""

SHUTDOWN_SECONDS = 3
"""For requests that are under way when draining ends."""


def build_app(decision: Decision, readiness: Readiness, settings: Settings) -> ASGIApp:
    """Return the application of both ports; it looks at the port to tell them apart."""
    admin = build_admin(decision, readiness)
    inference = InferenceRoutes(
        decision,
        readiness,
        max_body_bytes=settings.max_body_bytes,
        max_rows=settings.max_rows,
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_admin = scope["server"][1] == settings.admin_port
        await (admin if is_admin else inference)(scope, receive, send)

    return app


class Server(uvicorn.Server):
    """Told to stop, it says so, and goes on answering until nobody asks any more."""

    def __init__(self, config: uvicorn.Config, readiness: Readiness, drain_seconds: int) -> None:
        super().__init__(config)
        self._readiness = readiness
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
        self._draining_since = self._quiet_since = monotonic()

    @override
    async def on_tick(self, counter: int) -> bool:
        """Return whether to stop; asked ten times a second."""
        if self._readiness.is_draining and self._is_drained(monotonic()):
            self.should_exit = True
        return await super().on_tick(counter)

    def _is_drained(self, now: float) -> bool:
        state = self.server_state
        if state.tasks or state.total_requests != self._seen_requests:
            self._quiet_since, self._seen_requests = now, state.total_requests
        is_over = now - self._draining_since >= self._drain_seconds
        is_quiet = now - self._quiet_since >= QUIET_SECONDS
        return is_over or is_quiet or not state.connections


def serve(decision: Decision, settings: Settings) -> None:
    """Listen on both ports and answer until told to stop."""
    readiness = Readiness()
    config = uvicorn.Config(
        build_app(decision, readiness, settings),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        # Also on what uvicorn answers by itself, as to a request that is no HTTP.
        headers=[(SNAPSHOT_HEADER, decision.digest)],
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    sockets = [_listen(settings.http_port), _listen(settings.admin_port)]
    log = structlog.get_logger()
    log.info("ready", model=decision.name, version=decision.version, snapshot=decision.digest)
    Server(config, readiness, settings.drain_seconds).run(sockets)
    log.info("stopped")


def _listen(port: int) -> socket.socket:
    """Return a socket on every address of the pod, whichever families it has."""
    if socket.has_dualstack_ipv6():
        return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    return socket.create_server(("", port))
