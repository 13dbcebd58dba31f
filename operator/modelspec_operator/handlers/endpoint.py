"""What kubelets and Prometheus ask the operator: alive, ready, and its numbers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from modelspec_operator.monitoring import LOOP_LAG

LAG_SECONDS = 30.0
"""A loop that was away for so long has lost its watches, and should begin anew."""

_LOOK_SECONDS = 1.0


@dataclass
class Health:
    """What the answers depend on."""

    is_ready: Callable[[], bool]
    """Whether all caches hold what the API server has; who leads does not matter."""

    refresh: Callable[[], None]
    """Brings numbers up to date that nobody counts."""

    lag: float = 0.0


@asynccontextmanager
async def serve(health: Health, port: int) -> AsyncIterator[None]:
    """Answer on a port of all addresses, and watch the event loop meanwhile."""
    runner = web.AppRunner(_app(health), access_log=None)
    await runner.setup()
    watching = asyncio.ensure_future(_watch_loop(health))
    try:
        await web.TCPSite(runner, port=port).start()
        yield
    finally:
        watching.cancel()
        await runner.cleanup()


def _app(health: Health) -> web.Application:
    async def healthz(_: web.Request) -> web.Response:
        return _answer(
            is_well=health.lag < LAG_SECONDS, else_say=f"loop late by {health.lag:.0f} s"
        )

    async def readyz(_: web.Request) -> web.Response:
        return _answer(is_well=health.is_ready(), else_say="not all lists have come yet")

    async def metrics(_: web.Request) -> web.Response:
        health.refresh()
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes(
        [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)]
    )
    return app


def _answer(*, is_well: bool, else_say: str) -> web.Response:
    return web.Response(text="ok" if is_well else else_say, status=200 if is_well else 503)


async def _watch_loop(health: Health) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _LOOK_SECONDS
        await asyncio.sleep(_LOOK_SECONDS)
        health.lag = max(loop.time() - due, 0.0)
        LOOP_LAG.set(health.lag)
