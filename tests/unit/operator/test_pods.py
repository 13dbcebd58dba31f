"""Why a pod is not ready is told in the words of the one who knows."""

from typing import Any

from modelspec_operator.core.observed import PodProblem
from modelspec_operator.core.pods import first_problem

WORDS = "MS412 spec.models[0]: not a valid ONNX model: Protobuf parsing failed"


def _pod(*, ready: bool = False, **container: Any) -> dict[str, Any]:
    return {"status": {"containerStatuses": [{"ready": ready, **container}]}}


def test_a_finding_in_the_termination_message_is_read() -> None:
    ended = {"exitCode": 3, "reason": "Error", "message": f"{WORDS}\n"}

    problem = first_problem(
        [_pod(state={"waiting": {"reason": "CrashLoopBackOff"}}, lastState={"terminated": ended})]
    )

    assert problem is not None
    assert problem.reason == "InvalidModel"
    assert [str(finding) for finding in problem.findings] == [WORDS]


def test_a_finding_comes_before_what_another_pod_waits_for() -> None:
    waiting = _pod(state={"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}})
    ended = _pod(state={"terminated": {"exitCode": 3, "message": WORDS}})

    problem = first_problem([waiting, ended])

    assert problem is not None
    assert problem.reason == "InvalidModel"


def test_an_image_that_cannot_be_pulled_is_told_in_the_kubelets_words() -> None:
    waiting = {"reason": "ErrImagePull", "message": "not found"}

    problem = first_problem([_pod(state={"waiting": waiting})])

    assert problem is not None
    assert problem == PodProblem("ErrImagePull", "not found")


def test_running_out_of_memory_is_told_as_such() -> None:
    killed = {"reason": "OOMKilled", "exitCode": 137}
    problem = first_problem([_pod(lastState={"terminated": killed}, state={"running": {}})])

    assert problem is not None
    assert problem.reason == "OOMKilled"


def test_a_pod_without_a_node_is_told_in_the_schedulers_words() -> None:
    condition = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0/1 nodes are available: 1 Insufficient cpu.",
    }

    problem = first_problem([{"status": {"conditions": [condition]}}])

    assert problem is not None
    assert problem.reason == "Unschedulable"
    assert "Insufficient cpu" in problem.message


def test_pods_that_start_or_run_have_no_problem() -> None:
    starting = _pod(state={"waiting": {"reason": "ContainerCreating"}})
    crashed_once_but_ready = _pod(ready=True, lastState={"terminated": {"exitCode": 1}})

    assert first_problem([starting, crashed_once_but_ready, {"status": {}}]) is None


def test_an_unknown_code_is_no_finding() -> None:
    problem = first_problem([_pod(state={"terminated": {"exitCode": 3, "message": "MS999 a: b"}})])

    assert problem is not None
    assert problem.findings == ()


def test_what_an_init_container_refuses_is_told_before_what_its_pod_waits_for() -> None:
    told = (
        "MS410 spec.models[0].artifact.http.url: https://models/m: 404 Not Found; correct the URL"
    )
    ended = {"exitCode": 3, "reason": "Error", "message": f"{told}\n"}
    status = {
        "initContainerStatuses": [
            {
                "ready": False,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}},
                "lastState": {"terminated": ended},
            }
        ],
        "containerStatuses": [
            {"ready": False, "state": {"waiting": {"reason": "PodInitializing"}}}
        ],
    }

    problem = first_problem([{"status": status}])

    assert problem is not None
    assert problem.reason == "FetchFailed"
    assert [str(finding) for finding in problem.findings] == [told]


def test_an_init_container_that_is_done_is_no_problem() -> None:
    done = {"ready": True, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}

    assert first_problem([{"status": {"initContainerStatuses": [done]}}]) is None
