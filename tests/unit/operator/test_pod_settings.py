"""What `spec.serving` says of pods stands in their template, and goes when it is not said."""

from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from modelspec.schema.operations import Serving
from support.specs import spec_body
from support.world import World

SETTINGS: dict[str, Any] = {
    "imagePullSecrets": [{"name": "registry"}],
    "nodeSelector": {"disk": "ssd", "example.com/pool": "models"},
    "tolerations": [{"key": "models", "operator": "Exists", "effect": "NoSchedule"}],
    "priorityClassName": "decisions",
}
ANNOTATIONS = {"prometheus.io/scrape": "true"}


def _spec(**serving: Any) -> dict[str, Any]:
    return {**deepcopy(spec_body()), "serving": serving}


def _template(world: World) -> dict[str, Any]:
    (deployment,) = world.objects["Deployment"].values()
    template: dict[str, Any] = deployment["spec"]["template"]
    return template


def test_pods_are_as_the_specification_says() -> None:
    world = World()
    world.change(_spec(**SETTINGS, podAnnotations=ANNOTATIONS))
    world.settle()

    template = _template(world)

    assert {name: template["spec"][name] for name in SETTINGS} == SETTINGS
    assert template["metadata"]["annotations"] == ANNOTATIONS
    assert world.decide().actions == ()


def test_settings_come_and_go_without_a_new_version() -> None:
    world = World()
    world.settle()
    plain, serving = deepcopy(_template(world)), world.serving

    world.change(_spec(**SETTINGS, podAnnotations=ANNOTATIONS))
    world.settle()
    assert _template(world)["spec"]["priorityClassName"] == "decisions"
    world.change(_spec())
    world.settle()

    assert (_template(world), world.serving) == (plain, serving)


@pytest.mark.parametrize(
    "wrong",
    [
        {"nodeSelector": {"a b": "c"}},
        {"nodeSelector": {"a": "b c"}},
        {"tolerations": [{"effect": "Never"}]},
        {"priorityClassName": "Not A Name"},
        {"imagePullSecrets": [{"name": ""}]},
        {"podAnnotations": {"": "x"}},
        {"podAnnotations": {f"a{i}": "x" for i in range(33)}},
    ],
)
def test_what_kubernetes_would_refuse_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Serving.model_validate(wrong)
