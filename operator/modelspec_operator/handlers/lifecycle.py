"""Start, run and stop: the client, the informers, the workers, and kopf around them."""

import asyncio
import secrets
from collections.abc import Awaitable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any

import kopf
import structlog

from modelspec import __version__, names
from modelspec_operator.cluster.cache import Cache, key_of_child, key_of_model
from modelspec_operator.cluster.client import Client, Pace
from modelspec_operator.cluster.informer import Informer
from modelspec_operator.cluster.lease import Lease, Place
from modelspec_operator.cluster.observe import Caches
from modelspec_operator.handlers.endpoint import Health, serve
from modelspec_operator.handlers.models import register
from modelspec_operator.monitoring import LEADER, MODELS, QUEUE_DEPTH
from modelspec_operator.reconcile.reconcile import Context, work
from modelspec_operator.reconcile.relist import relist
from modelspec_operator.reconcile.turns import Turns
from modelspec_operator.reconcile.workqueue import WorkQueue
from modelspec_operator.settings import Settings

log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Run the operator until it is told to stop, or until a part of it ends."""
    client = await Client.connect(Pace(settings.api_requests_per_second, settings.api_burst))
    try:
        await _until_crd_is_served(client)
        await _run(settings, client)
    finally:
        await client.close()


async def _run(settings: Settings, client: Client) -> None:
    queue = WorkQueue()
    caches = Caches(
        models=Cache(key_of_model, queue.add),
        config_maps=Cache(key_of_child, queue.add),
        deployments=Cache(key_of_child, queue.add),
        services=Cache(key_of_child, queue.add),
        budgets=Cache(key_of_child, queue.add),
    )
    context = Context(client, caches, queue, Turns(queue), settings, _now)
    lease = Lease(client, Place(settings.lease_namespace, _identity(settings)), _now)
    client.may_write = lambda: lease.is_held
    informers = _informers(settings, client, caches)
    async with serve(_health(context, lease, informers), settings.health_port):
        await _follow(context, lease, informers)
    log.info("stopped")


async def _follow(context: Context, lease: Lease, informers: Sequence[Informer]) -> None:
    """Fill the caches, and reconcile whenever this replica holds the Lease, until told to stop."""
    async with asyncio.TaskGroup() as group:
        # Before kopf: it cancels every task that is younger than itself when it stops.
        background = [group.create_task(informer.run()) for informer in informers]
        background.append(group.create_task(relist(context)))
        await asyncio.gather(*(informer.synced.wait() for informer in informers))
        background.append(group.create_task(lease.lead(partial(work, context))))
        settings = context.settings
        log.info("started", version=__version__, serving_image=settings.serving_image)
        await _kopf(settings, context.caches)
        for task in background:
            task.cancel()


def _identity(settings: Settings) -> str:
    """Return a name that no other process has, also not an earlier one of the same pod."""
    return f"{settings.identity}_{secrets.token_hex(4)}"


def _health(context: Context, lease: Lease, informers: Sequence[Informer]) -> Health:
    def refresh() -> None:
        LEADER.set(lease.is_held)
        QUEUE_DEPTH.set(len(context.queue))
        MODELS.set(len(context.caches.models.owners))

    return Health(lambda: all(informer.synced.is_set() for informer in informers), refresh)


def _informers(settings: Settings, client: Client, caches: Caches) -> list[Informer]:
    where = settings.namespace
    return [
        Informer(client, caches.config_maps, "ConfigMap", where, metadata_only=True),
        Informer(client, caches.deployments, "Deployment", where),
        Informer(client, caches.services, "Service", where),
        Informer(client, caches.budgets, "PodDisruptionBudget", where),
    ]


def _kopf(settings: Settings, caches: Caches) -> Awaitable[None]:
    registry = kopf.OperatorRegistry()
    register(registry, caches.models)
    kopf.on.login(registry=registry)(_login)
    kopf.on.startup(registry=registry)(_configure)
    return kopf.operator(
        registry=registry,
        # Without one kopf asks for the user's name, and a container's user has none.
        identity=names.FIELD_MANAGER,  # type: ignore[arg-type]  # kopf keeps its NewType private
        standalone=True,
        clusterwide=settings.namespace is None,
        namespaces=[settings.namespace] if settings.namespace else [],
    )


def _login(**kwargs: Any) -> kopf.ConnectionInfo | None:
    return kopf.login_with_service_account(**kwargs) or kopf.login_with_kubeconfig(**kwargs)


def _configure(settings: kopf.OperatorSettings, **_: Any) -> None:
    """Make kopf a watcher that writes nothing, with time-outs for everything that can hang."""
    settings.posting.enabled = False
    settings.scanning.disabled = True
    settings.watching.server_timeout = 290
    settings.watching.client_timeout = 310
    settings.watching.connect_timeout = 10
    settings.watching.reconnect_backoff = 1.0
    settings.watching.chunk_size = 100
    settings.networking.connect_timeout = 10
    settings.networking.request_timeout = 30
    settings.queueing.idle_timeout = 1.0
    settings.queueing.exit_timeout = 2.0
    settings.execution.executor = ThreadPoolExecutor(4, "kopf")


async def _until_crd_is_served(client: Client) -> None:
    """Wait for the custom resource, so that operator and CRD may be installed in any order."""
    while not await client.serves(names.KIND):
        log.info("waiting", message=f"the CRD {names.PLURAL}.{names.GROUP} is not installed yet")
        await asyncio.sleep(1)


def _now() -> datetime:
    return datetime.now(tz=UTC)  # noqa: TID251 - the edge: everything below takes it as an argument
