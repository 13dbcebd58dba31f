"""List, then watch, for ever: keeps a cache equal to what the API server has."""

import asyncio
import random
from collections.abc import Awaitable

import aiohttp
import structlog

from modelspec import names
from modelspec_operator.cluster.cache import Cache, place_of
from modelspec_operator.cluster.client import ApiError, Client
from modelspec_operator.monitoring import WATCH_BREAKS

LONGEST_PAUSE = 30.0  # seconds between attempts to reach an API server that does not answer

log = structlog.get_logger()


class Informer:
    """Watches the children of one kind, in one namespace or all."""

    def __init__(
        self,
        client: Client,
        cache: Cache,
        kind: str,
        namespace: str | None,
        *,
        metadata_only: bool = False,
    ) -> None:
        self._client = client
        self._cache = cache
        self._kind = kind
        self._namespace = namespace
        self._metadata_only = metadata_only
        self.synced = asyncio.Event()
        """Set once the first complete list is in the cache."""

    async def run(self) -> None:
        """Follow the API server until cancelled; after any break, list again."""
        pause = 0.5
        while True:
            try:
                version = await self._list()
                pause = 0.5
                while True:
                    version = await self._at_most_once_a_second(self._watch(version))
            except (ApiError, aiohttp.ClientError, TimeoutError, ValueError) as error:
                WATCH_BREAKS.labels(self._kind).inc()
                log.info("watch.broken", kind=self._kind, error=str(error), pause_s=pause)
                # Jitter keeps replicas and kinds from coming back at the same moment.
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - not a secret
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _at_most_once_a_second(self, stream: Awaitable[str]) -> str:
        """Await a stream; a server that ends every stream at once must not keep us spinning."""
        version, _ = await asyncio.gather(stream, asyncio.sleep(1))
        return version

    async def _list(self) -> str:
        """Take over what there is, and return the version to go on from."""
        listed: set[tuple[str, str]] = set()
        version = ""
        async for page in self._client.pages(
            self._kind, self._namespace, names.LABEL_MODEL, metadata_only=self._metadata_only
        ):
            for manifest in page["items"]:
                self._cache.put(manifest)
                listed.add(place_of(manifest))
            version = page["metadata"]["resourceVersion"]
        self._cache.keep(listed, version)
        self.synced.set()
        return version

    async def _watch(self, version: str) -> str:
        """Follow one stream to its end and return the version to go on from."""
        events = self._client.watch(
            self._kind,
            self._namespace,
            names.LABEL_MODEL,
            version,
            metadata_only=self._metadata_only,
        )
        async for event in events:
            manifest = event["object"]
            version = manifest["metadata"]["resourceVersion"]
            if event["type"] == "DELETED":
                self._cache.remove(manifest)
            elif event["type"] in {"ADDED", "MODIFIED"}:
                self._cache.put(manifest)
        return version
