"""Pods come and go under load: who is told to stop fails nobody, who is killed only its own."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.kube import Json, Kubectl, eventually

SECONDS = 25

ASKING = """
import http.client, json, sys, threading, time
row = dict(sepal_length=5, sepal_width=3, petal_length=1, petal_width=1)
body = json.dumps({"instances": [row]})
while True:  # nodes learn of a Service that is new within a second or two
    try:
        http.client.HTTPConnection("iris", 80, timeout=3).request("GET", "/")
        break
    except OSError:
        time.sleep(0.1)
end, failures, counts = time.monotonic() + float(sys.argv[1]), [], [0] * 4
def ask(number):
    connection = None
    while time.monotonic() < end:
        try:
            if connection is None:
                connection = http.client.HTTPConnection("iris", 80, timeout=3)
            connection.request("POST", "/v1/models/iris:predict", body)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise OSError(str(answer.status))
            if answer.will_close:
                connection.close()
                connection = None
            counts[number] += 1
        except (OSError, http.client.HTTPException) as error:
            failures.append([time.monotonic(), repr(error)])
            connection = None
threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
for thread in threads: thread.start()
print("asking", flush=True)
for thread in threads: thread.join()
print(json.dumps({"answered": sum(counts), "failures": failures}))
"""
"""What a client does that keeps its connections; in a pod, so that it goes through the Service."""


@pytest.fixture
def deployment(kubectl: Kubectl, bundles: dict[str, Path]) -> Json:
    """Two pods that serve the example."""
    kubectl.run("apply", "--server-side", "-k", str(bundles["first"]))
    eventually(lambda: kubectl.is_promoted("iris"), within=60, what="iris is promoted")
    (found,) = kubectl.list("deployments", "modelspec.dev/model=iris")
    assert found["spec"]["replicas"] == 2
    return found


def _client(kubectl: Kubectl, deployment: Json) -> None:
    """Start a pod that asks all the time."""
    serving = deployment["spec"]["template"]["spec"]
    (container,) = serving["containers"]
    kubectl.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "client", "namespace": kubectl.namespace},
            "spec": {
                "restartPolicy": "Never",
                "automountServiceAccountToken": False,
                "securityContext": serving["securityContext"],
                "containers": [
                    {
                        "name": "client",
                        "image": container["image"],
                        "imagePullPolicy": "IfNotPresent",
                        "command": ["python", "-c", ASKING, str(SECONDS)],
                        "securityContext": container["securityContext"],
                    }
                ],
            },
        }
    )
    eventually(lambda: "asking" in _log(kubectl), within=30, what="the client asks")


def _log(kubectl: Kubectl) -> str:
    pod = kubectl.get("pod", "client")
    is_started = pod is not None and pod["status"]["phase"] in {"Running", "Succeeded"}
    return kubectl.run("logs", "client") if is_started else ""


def _found(kubectl: Kubectl) -> dict[str, Any]:
    """Return what the client counted, when it is done."""
    eventually(lambda: "answered" in _log(kubectl), within=SECONDS + 30, what="the client is done")
    counted: dict[str, Any] = json.loads(_log(kubectl).splitlines()[-1])
    return counted


def _pods(kubectl: Kubectl) -> list[str]:
    return [pod["metadata"]["name"] for pod in kubectl.list("pods", "modelspec.dev/model=iris")]


def test_a_pod_that_is_told_to_stop_fails_no_request(kubectl: Kubectl, deployment: Json) -> None:
    _client(kubectl, deployment)

    kubectl.run("delete", "pod", _pods(kubectl)[0], "--wait=true")

    found = _found(kubectl)
    assert found["failures"] == []
    assert found["answered"] > 1000


def test_a_pod_that_is_killed_fails_requests_for_three_seconds_at_most(
    kubectl: Kubectl, deployment: Json
) -> None:
    _client(kubectl, deployment)

    kubectl.run("delete", "pod", _pods(kubectl)[0], "--force", "--grace-period=0")

    found = _found(kubectl)
    times = [time for time, _ in found["failures"]]
    assert found["answered"] > 1000
    assert not times or max(times) - min(times) <= 3.0, found["failures"]
