"""Artifacts from anywhere on a real cluster: fetched by an init container, proven, explained."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from support.kube import Json, Kubectl, eventually
from support.web import certificates

ROW = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}

SERVER = """
import http.server, os, ssl
os.chdir("/files")
server = http.server.ThreadingHTTPServer(("", 8443), http.server.SimpleHTTPRequestHandler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/certificates/tls.crt", "/certificates/tls.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


@dataclass(frozen=True)
class Bundle:
    """The iris example, and the bytes of its model."""

    model: Json
    content: bytes

    def stored(self, artifact: Json) -> Json:
        """Return the ModelSpec with its model stored elsewhere."""
        model = deepcopy(self.model)
        digest = hashlib.sha256(self.content).hexdigest()
        pinned = {"sha256": digest, "sizeBytes": len(self.content)}
        model["spec"]["models"][0]["artifact"] = {**pinned, **artifact}
        return model


@pytest.fixture
def bundle(bundles: dict[str, Path]) -> Bundle:
    """The first version of the example."""
    model = yaml.safe_load((bundles["first"] / "modelspec.yaml").read_text())
    digest = model["spec"]["models"][0]["artifact"]["sha256"]
    contents = [path.read_bytes() for path in (bundles["first"] / "artifacts").iterdir()]
    return Bundle(model, next(c for c in contents if hashlib.sha256(c).hexdigest() == digest))


@pytest.fixture
def store(cluster: Kubectl, kubectl: Kubectl, bundle: Bundle, tmp_path: Path) -> dict[str, str]:
    """A web server in the cluster that has the model: where it is, as an artifact says it."""
    identity = certificates(tmp_path, "store")
    operator = cluster.in_namespace("modelspec-system").get("deployment", "modelspec-operator")
    assert operator
    (container,) = operator["spec"]["template"]["spec"]["containers"]
    image = next(e["value"] for e in container["env"] if e["name"] == "MODELSPEC_SERVING_IMAGE")
    encoded = b64encode(bundle.content).decode()
    kubectl.apply(
        _secret("modelspec-store", {"CA_CERTIFICATE": identity.authority}),
        _secret(
            "certificate",
            {"tls.crt": identity.certificate.read_text(), "tls.key": identity.key.read_text()},
        ),
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "files"},
         "binaryData": {"iris.onnx": encoded}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "store"},
         "spec": {"selector": {"app": "store"}, "ports": [{"port": 443, "targetPort": 8443}]}},
        _server(image),
    )  # fmt: skip
    kubectl.run("wait", "--for=condition=Ready", "pod/store", "--timeout=60s")
    return {"url": "https://store/iris.onnx", "secretName": "modelspec-store"}


def _secret(name: str, content: dict[str, str]) -> Json:
    metadata = {"name": name}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": content}


def _server(image: str) -> Json:
    probe = {"tcpSocket": {"port": 8443}, "periodSeconds": 1}
    mounts = {"files": "/files", "certificates": "/certificates"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "store", "labels": {"app": "store"}},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 65532,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "server",
                    "image": image,
                    "command": ["/opt/modelspec/bin/python", "-c", SERVER],
                    "readinessProbe": probe,
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "volumeMounts": [
                        {"name": name, "mountPath": path} for name, path in mounts.items()
                    ],
                }
            ],
            "volumes": [
                {"name": "files", "configMap": {"name": "files"}},
                {"name": "certificates", "secret": {"secretName": "certificate"}},
            ],
        },
    }


def _apply(kubectl: Kubectl, model: Json) -> None:
    text = yaml.safe_dump(model)
    kubectl.run("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text)


def _promoted(kubectl: Kubectl) -> Json:
    eventually(lambda: kubectl.is_promoted("iris"), within=90, what="iris is promoted")
    found = kubectl.get("modelspec", "iris")
    assert found is not None
    return found


def _ask(http: httpx.Client, kubectl: Kubectl) -> Any:
    path = f"/api/v1/namespaces/{kubectl.namespace}/services/iris:80/proxy/v1/models/iris:predict"
    answer = http.post(path, json={"instances": [ROW]})
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.json()["predictions"]


def _tells(kubectl: Kubectl, reason: str, message: str) -> None:
    """Wait for a reason in the status, then for its Event; both have exactly these words."""
    eventually(
        lambda: kubectl.condition("iris", "Stalled").get("reason") == reason,
        within=60,
        what=f"Stalled says {reason}",
    )
    assert kubectl.condition("iris", "Stalled")["message"] == message
    eventually(
        lambda: [
            event
            for event in kubectl.list("events")
            if (event["reason"], event["message"]) == (reason, message)
        ],
        within=10,
        what=f"an Event says {reason}",
    )


def test_a_model_that_moves_to_a_web_server_is_the_same_version_and_answers_the_same(
    kubectl: Kubectl,
    http: httpx.Client,
    bundle: Bundle,
    bundles: dict[str, Path],
    store: dict[str, str],
) -> None:
    kubectl.run("apply", "--server-side", "-k", str(bundles["first"]))
    before, answer = _promoted(kubectl), _ask(http, kubectl)

    _apply(kubectl, bundle.stored({"type": "HTTP", "http": store}))
    after = _promoted(kubectl)

    assert after["status"]["stable"] == before["status"]["stable"]
    assert _ask(http, kubectl) == answer
    pods = [
        pod
        for pod in kubectl.list("pods", "modelspec.dev/model=iris")
        if "deletionTimestamp" not in pod["metadata"]
    ]
    for pod in pods:
        (fetching,) = pod["spec"]["initContainers"]
        assert fetching["envFrom"][0]["secretRef"]["name"] == "modelspec-store"
        assert "envFrom" not in pod["spec"]["containers"][0]
        assert "fetched" in kubectl.run("logs", pod["metadata"]["name"], "-c", fetching["name"])


def test_another_digest_is_refused_and_told_and_the_right_one_serves(
    kubectl: Kubectl, http: httpx.Client, bundle: Bundle, store: dict[str, str]
) -> None:
    wrong = bundle.stored({"type": "HTTP", "http": store, "sha256": "0" * 64})
    found = hashlib.sha256(bundle.content).hexdigest()

    _apply(kubectl, wrong)

    _tells(
        kubectl,
        "ArtifactDigestMismatch",
        f"MS408 spec.models[0].artifact: sha256 mismatch: expected {'0' * 64}, got {found}; "
        "the bytes changed",
    )
    assert kubectl.condition("iris", "Ready")["reason"] == "NothingServes"

    _apply(kubectl, bundle.stored({"type": "HTTP", "http": store}))

    _promoted(kubectl)
    assert len(_ask(http, kubectl)) == 1


def test_a_file_that_is_not_there_is_told_and_found_once_the_url_is_right(
    kubectl: Kubectl, http: httpx.Client, bundle: Bundle, store: dict[str, str]
) -> None:
    url = "https://store/irsi.onnx"
    _apply(kubectl, bundle.stored({"type": "HTTP", "http": {**store, "url": f"{url}?key=s3cr3t"}}))

    _tells(
        kubectl,
        "FetchFailed",
        f"MS410 spec.models[0].artifact.http.url: {url}: 404 File not found; correct the URL",
    )

    _apply(kubectl, bundle.stored({"type": "HTTP", "http": store}))

    assert _promoted(kubectl)["status"]["stable"]["version"] == "v1"
    assert len(_ask(http, kubectl)) == 1


@pytest.fixture
def claim(cluster: Kubectl, kubectl: Kubectl, bundle: Bundle, tmp_path: Path) -> Iterator[str]:
    """A volume of the node that holds the model; yields the name of its claim."""
    if not kubectl.local:
        pytest.skip("the volume is a folder of this machine")
    folder = tmp_path / "volume"
    folder.mkdir(mode=0o755)
    (folder / "iris.onnx").write_bytes(bundle.content)
    name = f"models-{kubectl.namespace}"
    common = {
        "accessModes": ["ReadOnlyMany"],
        "storageClassName": "",
        "volumeName": name,
    }
    volume = {
        "capacity": {"storage": "1Mi"},
        "accessModes": ["ReadOnlyMany"],
        "storageClassName": "",
        "hostPath": {"path": str(folder)},
        "claimRef": {"namespace": kubectl.namespace, "name": "models"},
    }
    kubectl.apply(
        {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name},
         "spec": volume},
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "models"},
         "spec": {**common, "resources": {"requests": {"storage": "1Mi"}}}},
    )  # fmt: skip
    yield "models"
    cluster.run("delete", "persistentvolume", name, "--wait=false")


def test_a_model_is_read_from_a_volume_claim(
    kubectl: Kubectl, http: httpx.Client, bundle: Bundle, claim: str
) -> None:
    place = {"claimName": claim, "path": "irsi.onnx"}
    artifact = {"type": "PersistentVolumeClaim", "persistentVolumeClaim": place}
    _apply(kubectl, bundle.stored(artifact))
    _tells(
        kubectl,
        "ArtifactMissing",
        "MS407 spec.models[0].artifact.persistentVolumeClaim.path: no file 'irsi.onnx' in "
        "PersistentVolumeClaim 'models'",
    )

    place["path"] = "iris.onnx"
    _apply(kubectl, bundle.stored(artifact))

    _promoted(kubectl)
    assert len(_ask(http, kubectl)) == 1
