"""The sentence that the operator is: observe, plan, apply, report."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus

import structlog

from modelspec import names
from modelspec_operator.children.metadata import Manifest
from modelspec_operator.cluster.client import ApiError, Client, FencedError
from modelspec_operator.cluster.execute import NotYetError, execute, post_event, write_status
from modelspec_operator.cluster.observe import Caches, observe
from modelspec_operator.core.actions import Create
from modelspec_operator.core.desired import Desired, read_desired
from modelspec_operator.core.events import transitions
from modelspec_operator.core.observed import Observed, is_ready
from modelspec_operator.core.plan import Plan, plan
from modelspec_operator.core.status import Delay, Obstacle, Refusal, Report, build_status
from modelspec_operator.monitoring import RECONCILE_SECONDS, RECONCILES
from modelspec_operator.reconcile.turns import Turns
from modelspec_operator.reconcile.workqueue import Key, WorkQueue
from modelspec_operator.settings import Settings

NOT_YET_PAUSE = 1.0  # seconds until a name that is being freed is tried again
CONFLICT_PAUSE = 30.0  # seconds until a name that somebody else holds is tried again

REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY}
"""Answers that will be the same next time, unless somebody changes something."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Context:
    """What every pass works with."""

    client: Client
    caches: Caches
    queue: WorkQueue
    turns: Turns
    settings: Settings
    clock: Callable[[], datetime]


async def work(context: Context) -> None:
    """Reconcile whatever is due, and everything once at the beginning, for ever."""
    for key in context.caches.models.owners:
        context.queue.add(key)
    async with asyncio.TaskGroup() as group:
        for _ in range(context.settings.workers):
            group.create_task(_work(context))


async def _work(context: Context) -> None:
    """Take keys from the queue and reconcile them, for ever."""
    while True:
        key = await context.queue.get()
        try:
            with RECONCILE_SECONDS.time():
                result = await _attempt(context, key)
            RECONCILES.labels(result).inc()
        finally:
            context.queue.done(key)


async def _attempt(context: Context, key: Key) -> str:
    """Reconcile once, and return how it ended; whatever goes wrong is logged and tried again."""
    where = {"namespace": key[0], "model": key[1]}
    try:
        await reconcile(context, key)
    except FencedError as error:
        log.info("reconcile.fenced", **where, error=str(error))
        return "fenced"  # all is looked at again by whoever holds the Lease next
    except NotYetError as error:
        log.info("reconcile.not_yet", **where, error=str(error))
        context.queue.add_after(key, NOT_YET_PAUSE)
        return "not_yet"
    except ApiError as error:
        pause = context.queue.add_failed(key)
        log.warning("reconcile.refused", **where, error=str(error), retry_s=round(pause, 1))
        return "refused"
    except Exception:
        # The edge of the process: one model's surprise must not stop the others.
        pause = context.queue.add_failed(key)
        log.exception("reconcile.failed", **where, retry_s=round(pause, 1))
        return "failed"
    context.queue.forget_failures(key)
    return "done"


async def reconcile(context: Context, key: Key) -> None:
    """Bring the cluster closer to what one ModelSpec asks for, and say how far it is."""
    model = context.caches.models.of(key).get(key[1])
    if model is None or "deletionTimestamp" in model["metadata"]:
        context.turns.give_up(key)
        return  # the garbage collector removes the children with their owner
    desired = read_desired(model)
    observed = await observe(context.client, context.caches, desired, context.clock())
    observed = replace(observed, has_turn=context.turns.has(key))
    decision = plan(desired, observed, context.settings, context.clock())
    if _replaces_what_was_there(model, decision) and not await _is_there(context, model):
        return
    obstacle: Obstacle | None
    try:
        obstacle = await execute(context.client, context.caches, desired.owner, decision.actions)
    except (ApiError, NotYetError) as error:
        # What was refused is told before it is tried again; what may pass is only tried again.
        told = _obstacle(error)
        if told:
            await _report(context, model, Report(desired, observed, decision, told))
        raise
    await _report(context, model, Report(desired, observed, decision, obstacle))
    context.turns.settle(key, decision, is_ready=_serves_fully(desired, observed, decision))
    if obstacle:
        context.queue.add_after(key, CONFLICT_PAUSE)
    elif decision.look_again:
        pause = (decision.look_again - context.clock()).total_seconds()
        context.queue.add_after(key, pause)


def _replaces_what_was_there(model: Manifest, decision: Plan) -> bool:
    """Tell whether children are missing that a ModelSpec had when it was last reported."""
    is_settled = model.get("status", {}).get("observedGeneration") == (
        model["metadata"].get("generation")
    )
    return is_settled and any(isinstance(action, Create) for action in decision.actions)


async def _is_there(context: Context, model: Manifest) -> bool:
    """Ask whether a ModelSpec still exists.

    Children that are gone may be gone with their owner, and kopf never tells of an owner that was
    deleted while its watch was cut. What was made for it would live until the garbage collector
    comes.
    """
    metadata, models = model["metadata"], context.caches.models
    live = await context.client.get(names.KIND, metadata["namespace"], metadata["name"])
    if live is not None and live["metadata"]["uid"] == metadata["uid"]:
        return True
    models.remove(model)
    if live is not None:
        models.put(live)
    return False


def _serves_fully(desired: Desired, observed: Observed, decision: Plan) -> bool:
    """Tell whether all pods of the version that serves were ready before the pass."""
    if decision.before is None:
        return False
    name = names.child_name(desired.owner.name, decision.before.version.hash)
    return is_ready(observed.deployments.get(name))


def _obstacle(error: ApiError | NotYetError) -> Obstacle | None:
    """Return what to tell about a pass that ended early; nothing if it may well pass at once."""
    if isinstance(error, NotYetError):
        return Delay(str(error))
    return Refusal(str(error)) if error.status in REFUSALS else None


async def _report(context: Context, model: Manifest, report: Report) -> None:
    """Write the status if it changed; tell of transitions only once they are written."""
    now = context.clock()
    previous = model.get("status", {})
    status = build_status(report, previous, now)
    await write_status(context.client, context.caches, model, status)
    for event in transitions(previous, status):
        await post_event(context.client, model, event, now)
