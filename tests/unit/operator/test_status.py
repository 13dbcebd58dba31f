"""What is reported, and which changes of it are told as Events."""

from copy import deepcopy

from modelspec.errors import Code, Finding
from modelspec_operator.children.metadata import Manifest
from modelspec_operator.cluster.execute import merge_patch
from modelspec_operator.core.events import transitions
from modelspec_operator.core.observed import PodProblem
from modelspec_operator.core.status import Conflict, Delay, Refusal
from support.specs import SPEC, spec_body
from support.world import World


def _second() -> Manifest:
    models = deepcopy(SPEC["models"])
    models[0]["outputs"][0]["index"] = 0
    return spec_body(models=models)


def _told(before: Manifest, after: Manifest) -> list[tuple[str, str]]:
    return [(event.type, event.reason) for event in transitions(before, after)]


def test_a_new_model_is_reconciling_and_not_ready() -> None:
    world = World()
    world.reconcile()

    assert [c["type"] for c in world.status["conditions"]] == ["Reconciling", "Ready", "Promoted"]
    assert world.condition("Ready") == ("False", "NothingServes")
    assert world.status["canary"]["version"] == "v1"
    assert _told({}, world.status) == [("Normal", "NewVersion")]


def test_promotion_is_told_once() -> None:
    world = World()
    world.reconcile()
    before = world.status
    world.settle()

    assert _told(before, world.status) == [("Normal", "Promoted")]
    assert _told(world.status, world.status) == []
    assert "canary" not in world.status


def test_the_new_version_is_the_canary_while_the_old_one_serves() -> None:
    world = World()
    world.settle()
    world.change(_second())
    world.settle(ready=False)

    assert world.condition("Ready") == ("True", "ServingStable")
    assert world.condition("Promoted") == ("False", "NewVersion")
    assert world.status["stable"]["version"] == "v1"
    assert world.status["canary"]["version"] == "v2"
    assert world.status["observedGeneration"] == 2


def test_what_a_pod_found_wrong_stalls_and_is_told_as_a_warning() -> None:
    world = World()
    world.settle()
    world.change(_second())
    world.settle(ready=False)
    before = world.status
    finding = Finding(Code.MS412, "spec.models[0]", "not a valid ONNX model: x")
    world.pod_problem = PodProblem(finding.code.reason, str(finding), (finding,))

    world.reconcile()

    assert _told(before, world.status) == [("Warning", "InvalidModel")]
    assert world.status["failures"] == [
        {"code": "MS412", "path": "spec.models[0]", "message": "not a valid ONNX model: x"}
    ]


def test_what_may_pass_by_itself_does_not_stall() -> None:
    world = World()
    world.settle(ready=False)
    world.pod_problem = PodProblem("ImagePullBackOff", "no such image")

    world.reconcile()

    assert world.condition("Reconciling") == ("True", "ImagePullBackOff")
    assert world.condition("Stalled") is None


def test_a_passed_deadline_stalls() -> None:
    world = World()
    world.settle(ready=False)
    (deployment,) = world.objects["Deployment"].values()
    deployment["status"] = {"conditions": [{"reason": "ProgressDeadlineExceeded"}]}

    world.reconcile()

    assert world.condition("Stalled") == ("True", "ProgressDeadlineExceeded")


def test_a_conflict_says_whose_name_it_is_and_claims_no_promotion() -> None:
    world = World()
    world.settle(ready=False)
    world.make_ready()
    world.obstacle = Conflict("Service", "fraud")

    world.reconcile()

    assert world.condition("Stalled") == ("True", "NameConflict")
    assert world.condition("Ready") == ("False", "NothingServes")
    assert "stable" not in world.status


def test_a_version_without_ready_pods_is_not_ready() -> None:
    world = World()
    world.settle()
    before = world.status
    (deployment,) = world.objects["Deployment"].values()
    deployment["status"] = {}

    world.reconcile()

    assert world.condition("Ready") == ("False", "StableUnavailable")
    assert ("Warning", "StableUnavailable") in _told(before, world.status)


def test_times_of_transition_move_only_with_the_status_of_a_condition() -> None:
    world = World()
    world.settle()
    before = {c["type"]: c["lastTransitionTime"] for c in world.status["conditions"]}
    world.pass_time(100)
    world.change(_second())
    world.settle(ready=False)

    after = {c["type"]: c["lastTransitionTime"] for c in world.status["conditions"]}
    assert after["Ready"] == before["Ready"]
    assert after["Promoted"] > before["Promoted"]


def test_a_merge_patch_takes_away_what_is_gone() -> None:
    before = {"a": 1, "b": {"x": 1, "y": 2}, "c": 3}
    after = {"a": 1, "b": {"x": 1}, "d": 4}

    assert merge_patch(before, after) == {"b": {"x": 1, "y": None}, "c": None, "d": 4}


def test_a_change_that_was_just_written_is_not_reported_as_done() -> None:
    world = World()
    world.settle()
    world.change(spec_body(serving={"resources": {"limits": {"memory": "1Gi"}}}))

    world.reconcile()
    assert world.condition("Reconciling") == ("True", "Updating")

    world.reconcile()
    assert world.condition("Reconciling") == ("True", "Updating"), "its controller has not seen it"

    world.settle()
    assert world.condition("Reconciling") is None


def test_what_the_api_server_refuses_is_told_with_its_words() -> None:
    world = World()
    world.settle()
    world.change(spec_body(serving={"replicas": 2}))
    world.obstacle = Refusal("422 Invalid: requests must be less than limits")

    world.reconcile()

    assert world.status["observedGeneration"] == 2
    assert world.condition("Stalled") == ("True", "WriteRefused")
    assert "requests must be less" in world.status["conditions"][0]["message"]


def test_what_has_to_go_away_first_is_told() -> None:
    world = World()
    world.settle()
    world.obstacle = Delay("Service fraud is being removed")

    world.reconcile()

    assert world.condition("Reconciling") == ("True", "Waiting")
