"""The whole way, as a newcomer goes it: apply a bundle, ask, change it, break it, repair it."""

import hashlib
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import yaml
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from support.kube import Json, Kubectl, audited_writes, eventually

FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
CLASSES = ("setosa", "versicolor", "virginica")
OPERATOR = "system:serviceaccount:modelspec-system:modelspec-operator"


def _apply(kubectl: Kubectl, bundle: Path) -> None:
    kubectl.run("apply", "--server-side", "--force-conflicts", "-k", str(bundle))


def _promoted(kubectl: Kubectl, name: str = "iris", *, within: float = 60) -> Json:
    eventually(lambda: kubectl.is_promoted(name), within=within, what=f"{name} is promoted")
    found = kubectl.get("modelspec", name)
    assert found is not None
    return found


def _url(kubectl: Kubectl, path: str, service: str = "iris:80") -> str:
    return f"/api/v1/namespaces/{kubectl.namespace}/services/{service}/proxy{path}"


def _predict(http: httpx.Client, kubectl: Kubectl, rows: list[Any]) -> httpx.Response:
    instances = [dict(zip(FEATURES, row, strict=True)) for row in rows]
    return http.post(_url(kubectl, "/v1/models/iris:predict"), json={"instances": instances})


def _reference(strength: float = 1.0) -> np.ndarray:
    """Return scikit-learn's own answer for all rows, float32 of shape (150, 3)."""
    rows, classes = load_iris(return_X_y=True)
    with_area = np.column_stack([rows, rows[:, 2] * rows[:, 3]])
    rows = with_area.astype(np.float32).astype(np.float64)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000))
    probabilities: np.ndarray = model.fit(rows, classes).predict_proba(rows)
    return probabilities.astype(np.float32)


@pytest.fixture
def iris(kubectl: Kubectl, bundles: dict[str, Path]) -> Json:
    """The first version of the example, serving."""
    _apply(kubectl, bundles["first"])
    return _promoted(kubectl)


def test_all_450_probabilities_are_bit_equal_to_scikit_learn_on_v1(
    kubectl: Kubectl, http: httpx.Client, iris: Json
) -> None:
    rows = load_iris().data.tolist()

    answer = _predict(http, kubectl, rows)

    served = [[row[name] for name in CLASSES] for row in answer.json()["predictions"]]
    assert np.array(served, np.float32).tobytes() == _reference().tobytes()
    assert answer.headers["modelspec-snapshot"].startswith(iris["status"]["stable"]["hash"])


def test_all_450_probabilities_are_bit_equal_to_scikit_learn_on_v2(
    kubectl: Kubectl, http: httpx.Client, iris: Json
) -> None:
    columns = load_iris().data.T.tolist()
    inputs = [
        {"name": name, "shape": [150], "datatype": "FP64", "data": column}
        for name, column in zip(FEATURES, columns, strict=True)
    ]

    answer = http.post(_url(kubectl, "/v2/models/iris/infer"), json={"inputs": inputs}).json()

    outputs = {output["name"]: output["data"] for output in answer["outputs"]}
    served = np.array([outputs[name] for name in CLASSES], np.float32).T
    assert np.ascontiguousarray(served).tobytes() == _reference().tobytes()
    assert answer["model_version"] == "1"


def test_kubectl_tells_what_serves(kubectl: Kubectl, iris: Json) -> None:
    header, row = kubectl.run("get", "mspec").splitlines()
    described = kubectl.run("describe", "mspec", "iris")

    assert header.split() == ["NAME", "READY", "STABLE", "CANARY", "REASON", "AGE"]
    assert row.split()[:4] == ["iris", "True", "v1", "Serving"]
    assert "v1 serves all requests" in described
    assert "Promoted" in described.split("Events:")[1]
    kubectl.run("wait", "--for=condition=Promoted", "mspec/iris", "--timeout=5s")
    kubectl.run("wait", "--for=condition=Ready", "mspec/iris", "--timeout=5s")


def test_kubectl_scale_changes_the_pods_and_not_the_version(kubectl: Kubectl, iris: Json) -> None:
    kubectl.run("scale", "mspec/iris", "--replicas=1")

    after = _promoted(kubectl)

    assert after["status"]["replicas"] == 1
    assert after["status"]["stable"] == iris["status"]["stable"]


def test_a_second_version_takes_over_without_a_failed_request(
    kubectl: Kubectl, http: httpx.Client, iris: Json, bundles: dict[str, Path]
) -> None:
    row = load_iris().data[:1].tolist()
    failures: list[str] = []
    answered: list[str] = []
    stop = threading.Event()

    def keep_asking() -> None:
        while not stop.is_set():
            answer = _predict(http, kubectl, row)
            (answered if answer.status_code == httpx.codes.OK else failures).append(
                answer.headers.get("modelspec-snapshot", answer.text)
            )

    asking = threading.Thread(target=keep_asking)
    asking.start()
    try:
        _apply(kubectl, bundles["second"])
        after = _promoted(kubectl)
        time.sleep(1)  # the endpoints of both versions are known everywhere by then
    finally:
        stop.set()
        asking.join()

    served = [
        [r[name] for name in CLASSES] for r in _predict(http, kubectl, row).json()["predictions"]
    ]
    assert failures == []
    assert len(set(answered)) == 2, "both versions answered"
    assert after["status"]["stable"]["version"] == "v2"
    assert np.array(served, np.float32).tobytes() == _reference(0.1)[:1].tobytes()
    first = kubectl.get("deployment", f"iris-{iris['status']['stable']['hash']}")
    assert first is not None
    assert first["status"]["readyReplicas"] == 2, "the old version stays for rollback"


def _wrong_digest(spec: Json) -> None:
    spec["models"][0]["artifact"]["sha256"] = "0" * 64


def _missing_config_map(spec: Json) -> None:
    spec["models"][0]["artifact"]["configMap"]["name"] = "nowhere"
    spec["models"][0]["artifact"]["sha256"] = "1" * 64


def _wrong_output(spec: Json) -> None:
    spec["models"][0]["outputs"][0]["index"] = 3


def _unknown_column(spec: Json) -> None:
    spec["models"][0]["inputs"][0]["featureNames"][3] = "petal_wdith"


def _wrong_expression(spec: Json) -> None:
    spec["preprocessing"]["derived"][0]["expr"] = "petal_lenght * petal_width"


@pytest.mark.parametrize(
    ("break_it", "reason", "words"),
    [
        pytest.param(_wrong_digest, "ArtifactDigestMismatch", "sha256 mismatch", id="digest"),
        pytest.param(_missing_config_map, "ArtifactMissing", "'nowhere' not found", id="missing"),
        pytest.param(_wrong_output, "OutputNotInGraph", "3 is outside", id="output"),
        pytest.param(_unknown_column, "UnknownFeature", "did you mean 'petal_width'", id="column"),
        pytest.param(
            _wrong_expression,
            "UnknownName",
            "column 1: unknown name 'petal_lenght'; did you mean 'petal_length'?",
            id="expression",
        ),
    ],
)
def test_a_broken_version_says_why_while_the_previous_one_serves(
    kubectl: Kubectl, http: httpx.Client, iris: Json, break_it: Any, reason: str, words: str
) -> None:
    spec = iris["spec"]
    break_it(spec)
    _replace_spec(kubectl, spec)

    _tells_why(kubectl, reason, words)

    assert kubectl.condition("iris", "Ready")["reason"] == "ServingStable"
    assert _predict(http, kubectl, load_iris().data[:1].tolist()).status_code == httpx.codes.OK


def test_bytes_that_are_no_onnx_model_are_refused_by_the_pod_and_told_in_its_words(
    kubectl: Kubectl, http: httpx.Client, iris: Json
) -> None:
    content = "this is not a model"
    digest = hashlib.sha256(content.encode()).hexdigest()
    kubectl.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "no-model"},
         "data": {"model.onnx": content}}
    )  # fmt: skip
    spec = iris["spec"]
    spec["models"][0]["artifact"] = {
        "type": "ConfigMap",
        "sha256": digest,
        "configMap": {"name": "no-model", "key": "model.onnx"},
    }
    _replace_spec(kubectl, spec)

    _tells_why(kubectl, "InvalidModel", "not a valid ONNX model")

    assert kubectl.condition("iris", "Ready")["reason"] == "ServingStable"
    assert _predict(http, kubectl, load_iris().data[:1].tolist()).status_code == httpx.codes.OK


def _replace_spec(kubectl: Kubectl, spec: Json) -> None:
    patch = yaml.safe_dump([{"op": "replace", "path": "/spec", "value": spec}])
    kubectl.run("patch", "mspec/iris", "--type=json", f"--patch={patch}")


def _tells_why(kubectl: Kubectl, reason: str, words: str) -> None:
    eventually(
        lambda: kubectl.condition("iris", "Stalled").get("reason") == reason,
        within=30,
        what=f"Stalled says {reason}",
    )
    assert words in kubectl.condition("iris", "Stalled")["message"]
    eventually(
        lambda: [
            e for e in kubectl.list("events") if e["reason"] == reason and words in e["message"]
        ],
        within=5,
        what=f"an Event says {reason}",
    )


OWNED = "deployment,service,configmap"


def test_everything_deleted_by_hand_comes_back_within_ten_seconds(
    kubectl: Kubectl, http: httpx.Client, iris: Json
) -> None:
    selector = "modelspec.dev/model=iris"
    before = {(o["kind"], o["metadata"]["name"]) for o in kubectl.list(OWNED, selector)}
    kubectl.run("delete", OWNED, "-l", selector)

    eventually(
        lambda: (
            before == {(o["kind"], o["metadata"]["name"]) for o in kubectl.list(OWNED, selector)}
            and kubectl.is_promoted("iris")
        ),
        within=10,
        what=f"all of {sorted(before)} are back and serve",
    )

    assert _predict(http, kubectl, load_iris().data[:1].tolist()).status_code == httpx.codes.OK


def test_the_users_config_map_may_be_overwritten_and_deleted(
    kubectl: Kubectl, http: httpx.Client, iris: Json
) -> None:
    theirs = iris["spec"]["models"][0]["artifact"]["configMap"]
    kubectl.run("delete", "configmap", theirs["name"])
    metadata = {"name": theirs["name"]}
    kubectl.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata,
         "binaryData": {theirs["key"]: "YmFk"}}
    )  # fmt: skip
    kubectl.run("delete", "configmap", theirs["name"])
    kubectl.run("delete", "pod", "-l", "modelspec.dev/model=iris", "--grace-period=0", "--force")

    # The status tells of the lost pods only a moment later; an answer can only come from new ones.
    flower = load_iris().data[:1].tolist()
    eventually(
        lambda: _predict(http, kubectl, flower).status_code == httpx.codes.OK,
        within=30,
        what="new pods answer",
    )
    _promoted(kubectl, within=30)

    answer = _predict(http, kubectl, load_iris().data.tolist())
    served = [[row[name] for name in CLASSES] for row in answer.json()["predictions"]]
    assert np.array(served, np.float32).tobytes() == _reference().tobytes()


def test_somebody_elses_service_of_the_same_name_is_left_alone(
    kubectl: Kubectl, bundles: dict[str, Path]
) -> None:
    theirs = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "iris"},
        "spec": {"selector": {"app": "something-else"}, "ports": [{"port": 80}]},
    }
    kubectl.apply(theirs)
    before = kubectl.get("service", "iris")

    _apply(kubectl, bundles["first"])

    eventually(
        lambda: kubectl.condition("iris", "Stalled").get("reason") == "NameConflict",
        within=60,
        what="Stalled says NameConflict",
    )
    assert "Service 'iris' exists" in kubectl.condition("iris", "Stalled")["message"]
    assert kubectl.condition("iris", "Ready")["status"] == "False"
    assert kubectl.get("service", "iris") == before

    kubectl.run("delete", "service", "iris")
    _promoted(kubectl, within=60)


def test_restarting_the_operator_writes_nothing_and_restarts_no_pod(
    cluster: Kubectl, kubectl: Kubectl, iris: Json
) -> None:
    system = cluster.in_namespace("modelspec-system")
    eventually(
        lambda: all(n["status"]["phase"] == "Active" for n in cluster.list("namespaces")),
        within=60,
        what="the namespaces of earlier tests are gone",
    )
    before = _serving_pods(kubectl)
    writes = len(audited_writes(cluster, user=OPERATOR))
    old = {pod["metadata"]["name"] for pod in system.list("pods")}
    system.run("rollout", "restart", "deployment/modelspec-operator")
    system.run("rollout", "status", "deployment/modelspec-operator", "--timeout=60s")
    eventually(lambda: _leads_a_new_pod(system, old), within=30, what="a new operator leads")

    time.sleep(10)  # nothing to wait for: the claim is that nothing happens

    assert audited_writes(cluster, user=OPERATOR)[writes:] == []
    assert _serving_pods(kubectl) == before


def _leads_a_new_pod(system: Kubectl, old: set[str]) -> bool:
    lease = system.get("lease", "modelspec-operator")
    assert lease is not None
    holder = lease["spec"]["holderIdentity"].rpartition("_")[0]
    return holder not in {"", *old}


def _serving_pods(kubectl: Kubectl) -> dict[str, int]:
    return {
        pod["metadata"]["uid"]: pod["status"]["containerStatuses"][0]["restartCount"]
        for pod in kubectl.list("pods", "modelspec.dev/model")
    }


def test_deleting_the_model_deletes_all_that_is_its_own(kubectl: Kubectl, iris: Json) -> None:
    kubectl.run("delete", "mspec", "iris", "--timeout=10s")

    eventually(
        lambda: not kubectl.list(OWNED, "modelspec.dev/model"),
        within=30,
        what="no child is left",
    )
    assert kubectl.get("configmap", iris["spec"]["models"][0]["artifact"]["configMap"]["name"])
