"""The Lease of this installation: taken, renewed, given back, and the proof that it is held."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from time import monotonic

import aiohttp
import structlog

from modelspec import names
from modelspec_operator.children.metadata import Manifest
from modelspec_operator.cluster.client import ApiError, Client
from modelspec_operator.core.leadership import (
    RETRY_SECONDS,
    Sight,
    claim,
    is_free,
    look,
    may_write,
    release,
)

CALL_SECONDS = 3.0
"""Longest that one call about the Lease may take; a call that hangs must not outlive the Lease."""

STOP_SECONDS = 2.0
"""Longest that work may go on once the Lease is lost; after it the process ends at once."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Place:
    """Where the Lease is, and who this replica is."""

    namespace: str
    identity: str
    name: str = names.FIELD_MANAGER


class Lease:
    """Holds the Lease whenever it can; only then does the work go on."""

    def __init__(self, client: Client, place: Place, now: Callable[[], datetime]) -> None:
        self._client = client
        self._place = place
        self._now = now
        self._sight = Sight()
        self._renewed_at: float | None = None

    @property
    def is_held(self) -> bool:
        """Whether this replica may write, at this very moment."""
        return may_write(self._renewed_at, monotonic())

    async def lead(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do *work* whenever the Lease is held, until cancelled; then give it back."""
        while True:
            while not await self._attempt():  # noqa: ASYNC110  # nobody tells that it is free
                await asyncio.sleep(RETRY_SECONDS)
            log.info("leading", identity=self._place.identity)
            try:
                await self._while_held(asyncio.ensure_future(work()))
            finally:
                await self._give_back()
            log.warning("lease.lost", identity=self._place.identity)

    async def _while_held(self, working: asyncio.Future[None]) -> None:
        """Renew until that fails for too long; *working* has ended then."""
        try:
            while self.is_held:
                await asyncio.wait({working}, timeout=RETRY_SECONDS)
                if working.done():
                    working.result()
                    return
                await self._attempt()
        finally:
            working.cancel()
            await asyncio.wait({working}, timeout=STOP_SECONDS)
            if not working.done():
                log.error("lease.lost", message="work does not stop; the process ends")
                os._exit(1)

    async def _attempt(self) -> bool:
        """Try to become or to stay the holder; return whether this replica is it now."""
        asked_at = monotonic()
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self._read_and_claim(asked_at)
        except (ApiError, aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.info("lease.not_renewed", error=str(error) or type(error).__name__)
        return self.is_held

    async def _read_and_claim(self, asked_at: float) -> None:
        place = self._place
        lease = await self._client.get("Lease", place.namespace, place.name)
        self._sight = look(self._sight, lease, monotonic())
        if not is_free(self._sight, place.identity, monotonic()):
            self._renewed_at = None
            return
        spec = claim(self._sight, place.identity, self._now())
        written = await self._write(spec)
        if written is not None:
            self._sight = look(self._sight, written, monotonic())
            # Since before the call: the API server may have counted from its beginning.
            self._renewed_at = asked_at

    async def _write(self, spec: Manifest) -> Manifest | None:
        """Write the Lease as it was seen, or return ``None``: somebody else was faster."""
        place, version = self._place, self._sight.version
        known = {"resourceVersion": version} if version else {}
        metadata = {"name": place.name, "namespace": place.namespace, **known}
        body = {**_LEASE, "metadata": metadata, "spec": spec}
        try:
            return await (self._client.update if version else self._client.create)(body)
        except ApiError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
            return None

    async def _give_back(self) -> None:
        """Let the next replica begin at once; if that fails it waits until the Lease has ended."""
        if self._renewed_at is None:
            return
        self._renewed_at = None
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self._write(release(self._sight))
        except (ApiError, aiohttp.ClientError, TimeoutError) as error:
            log.info("lease.not_given_back", error=str(error) or type(error).__name__)


_LEASE = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"}
