"""What is written: N ModelSpecs, and what the Deployment controller would say of their pods."""

import hashlib
from base64 import b64encode
from typing import Any

from modelspec import names

Json = dict[str, Any]

MODEL_BYTES = b"not a model, but bytes with a digest"
MODEL_SHA256 = hashlib.sha256(MODEL_BYTES).hexdigest()
ARTIFACT = "scorer-bytes"

FIRST, SECOND = 1, 0
"""The output that the first version and the second one take."""


def model(namespace: str, number: int) -> Json:
    """Return a ModelSpec."""
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {"name": f"model-{number}", "namespace": namespace},
        "spec": spec(FIRST),
    }


def spec(output: int) -> Json:
    """Return a specification; another output makes another version."""
    features = [
        {"name": "amount", "type": "Float64", "required": True},
        {"name": "count", "type": "Int64", "default": "3"},
        {"name": "known", "type": "Bool"},
    ]
    return {
        "featureFetching": {"features": features},
        "models": [
            {
                "name": "scorer",
                "artifact": {
                    "type": "ConfigMap",
                    "sha256": MODEL_SHA256,
                    "configMap": {"name": ARTIFACT, "key": "model.onnx"},
                },
                "inputs": [{"name": "features", "featureNames": ["amount", "count", "known"]}],
                "outputs": [{"name": "score", "tensor": "probabilities", "index": output}],
            }
        ],
    }


def artifact(namespace: str) -> Json:
    """Return the ConfigMap that holds the bytes of all of them."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": ARTIFACT, "namespace": namespace},
        "binaryData": {"model.onnx": b64encode(MODEL_BYTES).decode()},
    }


def ready(deployment: Json) -> Json:
    """Return the status of a Deployment whose pods are all ready."""
    replicas = deployment["spec"]["replicas"]
    counted = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    status = dict.fromkeys(counted, replicas)
    return {"status": {"observedGeneration": deployment["metadata"]["generation"], **status}}


def is_served(model: Json, version: str) -> bool:
    """Tell whether a ModelSpec says that this version serves, at its present generation."""
    status = model.get("status", {})
    is_current = status.get("observedGeneration") == model["metadata"]["generation"]
    return bool(is_current and status.get("stable", {}).get("version") == version)
