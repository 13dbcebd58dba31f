"""A new runtime reaches the models that serve one after the other, and only if it is told to."""

import pytest

from modelspec_operator.core.plan import Plan
from modelspec_operator.reconcile.turns import Turns
from modelspec_operator.reconcile.workqueue import Key, WorkQueue
from modelspec_operator.settings import RuntimeRefresh
from support.world import World, settings

A, B = ("ns", "a"), ("ns", "b")


def _image(world: World) -> str:
    (deployment,) = world.objects["Deployment"].values()
    image: str = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    return image


@pytest.fixture
def upgraded() -> World:
    """A converged model, seen by an operator with another image that may replace pods."""
    world = World()
    world.settle()
    world.settings = settings(serving_image="serving:2", runtime_refresh=RuntimeRefresh.ROLLING)
    return world


def test_an_upgrade_alone_restarts_nothing() -> None:
    world = World()
    world.settle()
    world.settings = settings(serving_image="serving:2")

    decision = world.decide()

    assert (decision.actions, decision.is_outdated) == ((), False)


def test_a_model_waits_for_its_turn(upgraded: World) -> None:
    decision = upgraded.decide()

    assert (decision.actions, decision.is_outdated) == ((), True)


def test_a_model_that_has_the_turn_gets_the_new_image_and_says_so(upgraded: World) -> None:
    upgraded.has_turn = True

    upgraded.reconcile()

    assert _image(upgraded) == "serving:2"
    assert upgraded.serving == upgraded.wanted
    assert upgraded.condition("Reconciling") == ("True", "Updating")
    assert not upgraded.decide().is_outdated
    upgraded.make_ready()
    upgraded.has_turn = False
    upgraded.settle()
    assert upgraded.condition("Reconciling") is None
    assert upgraded.decide().actions == ()


def test_what_does_not_serve_needs_no_turn(upgraded: World) -> None:
    spec = {**upgraded.body["spec"]}
    spec["models"] = [{**spec["models"][0], "outputs": [{"name": "other", "tensor": "y"}]}]
    upgraded.change(spec)

    assert not upgraded.decide().is_outdated


def _decision(*, is_outdated: bool) -> Plan:
    return Plan((), None, None, None, is_outdated=is_outdated)


async def _next(queue: WorkQueue) -> Key:
    key = await queue.get()
    queue.done(key)
    return key


async def test_one_has_the_turn_until_it_is_done() -> None:
    queue = WorkQueue()
    turns = Turns(queue)

    turns.settle(A, _decision(is_outdated=True), is_ready=True)
    turns.settle(B, _decision(is_outdated=True), is_ready=True)

    assert (turns.has(A), turns.has(B), await _next(queue)) == (True, False, A)
    turns.settle(A, _decision(is_outdated=True), is_ready=True)  # the pass that replaces its pods
    turns.settle(A, _decision(is_outdated=False), is_ready=False)
    assert turns.has(A)
    turns.settle(A, _decision(is_outdated=False), is_ready=True)
    assert not turns.has(A)
    turns.settle(B, _decision(is_outdated=True), is_ready=True)
    assert turns.has(B)


async def test_a_runtime_that_does_not_work_stops_at_the_first_model() -> None:
    turns = Turns(WorkQueue())
    turns.settle(A, _decision(is_outdated=True), is_ready=True)

    for _ in range(3):
        turns.settle(A, _decision(is_outdated=False), is_ready=False)
        turns.settle(B, _decision(is_outdated=True), is_ready=True)

    assert (turns.has(A), turns.has(B)) == (True, False)


async def test_who_is_not_well_does_not_begin() -> None:
    turns = Turns(WorkQueue())

    turns.settle(A, _decision(is_outdated=True), is_ready=False)

    assert not turns.has(A)


async def test_a_deleted_model_gives_its_turn_up() -> None:
    turns = Turns(WorkQueue())
    turns.settle(A, _decision(is_outdated=True), is_ready=True)

    turns.give_up(B)
    assert turns.has(A)
    turns.give_up(A)
    assert not turns.has(A)
