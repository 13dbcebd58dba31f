"""Disruption budgets: where they are, and that no drain of a node ever waits for one in vain."""

from copy import deepcopy
from typing import Any

from support.specs import spec_body
from support.world import World


def _spec(replicas: int | None, output: int = 1) -> dict[str, Any]:
    spec = deepcopy(spec_body())
    spec["models"][0]["outputs"][0]["index"] = output
    return {**spec, **({"serving": {"replicas": replicas}} if replicas else {})}


def _world(replicas: int | None) -> World:
    world = World()
    world.change(_spec(replicas))
    world.settle()
    return world


def _budgets(world: World) -> set[str]:
    return set(world.objects["PodDisruptionBudget"])


def test_two_pods_have_a_budget_and_one_has_none() -> None:
    assert _budgets(_world(None)) == set()
    world = _world(2)

    (budget,) = world.objects["PodDisruptionBudget"].values()
    assert budget["metadata"]["name"] == f"fraud-{world.serving}"
    assert budget["spec"]["selector"]["matchLabels"]["modelspec.dev/snapshot"] == world.serving
    assert budget["spec"]["maxUnavailable"] == 1
    assert world.decide().actions == ()


def test_a_budget_comes_and_goes_with_the_number_of_pods() -> None:
    world = _world(1)
    world.change(_spec(3))
    world.settle()
    assert len(_budgets(world)) == 1

    world.change(_spec(1))
    world.settle()
    assert _budgets(world) == set()


def test_each_version_has_its_own_and_a_parked_one_has_none() -> None:
    world = _world(2)
    first = f"fraud-{world.serving}"
    world.change(_spec(2, output=0))
    world.settle()
    second = f"fraud-{world.serving}"
    assert _budgets(world) == {first, second}, "the replaced one is warm"

    world.pass_time(601)
    world.settle()
    assert _budgets(world) == {second}


def test_a_budget_that_was_edited_is_repaired() -> None:
    world = _world(2)
    (budget,) = world.objects["PodDisruptionBudget"].values()
    budget["spec"] = {**budget["spec"], "maxUnavailable": 2}

    world.settle()

    (budget,) = world.objects["PodDisruptionBudget"].values()
    assert budget["spec"]["maxUnavailable"] == 1
