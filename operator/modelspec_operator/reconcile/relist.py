"""Now and then all ModelSpecs are looked at, whether or not anything was heard of them.

A watch that was cut tells nothing of what was deleted meanwhile, and whatever else was missed is
repaired by a pass that has no reason. Passes without a reason write nothing.
"""

import asyncio
import random

import aiohttp
import structlog

from modelspec import names
from modelspec_operator.cluster.cache import place_of
from modelspec_operator.cluster.client import ApiError
from modelspec_operator.reconcile.reconcile import Context

SPREAD = 0.5
"""Share of the time between two such looks over which their passes are spread."""

log = structlog.get_logger()


async def relist(context: Context) -> None:
    """Look at all ModelSpecs again and again, for ever."""
    seconds = context.settings.relist_seconds
    while True:
        await asyncio.sleep(seconds * random.uniform(0.9, 1.1))  # noqa: S311  # spreads replicas
        try:
            await forget_deleted(context)
        except (ApiError, aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.info("relist.failed", error=str(error))
        for key in context.caches.models.owners:
            context.queue.add_after(key, random.uniform(0.0, SPREAD * seconds))  # noqa: S311


async def forget_deleted(context: Context) -> None:
    """Forget the ModelSpecs that are not there any more."""
    listed: set[tuple[str, str]] = set()
    version = "0"
    where = context.settings.namespace
    async for page in context.client.pages(names.KIND, where, "", metadata_only=True):
        listed.update(map(place_of, page["items"]))
        version = page["metadata"]["resourceVersion"]
    context.caches.models.keep(listed, version)
