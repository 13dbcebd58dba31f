"""ModelSpecs as kopf sees them: into the cache, and that is all."""

from typing import Any

import kopf

from modelspec import names
from modelspec_operator.cluster.cache import Cache


def register(registry: kopf.OperatorRegistry, models: Cache) -> None:
    """Feed every event of a ModelSpec into the cache, which wakes the queue if it says anything.

    ``on.event`` writes nothing to the object: no finalizer, no annotation.
    """

    @kopf.on.event(names.GROUP, names.VERSION, names.PLURAL, registry=registry)
    async def modelspec_seen(event: kopf.RawEvent, **_: Any) -> None:
        body: dict[str, Any] = dict(event["object"])
        if event["type"] == "DELETED":
            models.remove(body)
        else:
            models.put(body)
