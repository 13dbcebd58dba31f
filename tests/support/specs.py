"""Specifications that tests start from."""

import hashlib
from copy import deepcopy
from typing import Any

from modelspec import names
from modelspec.schema.spec import ModelSpecSpec

Body = dict[str, Any]

MODEL_BYTES = b"not a model, but bytes with a digest"


def sha256(content: bytes) -> str:
    """Return the digest of *content* as an artifact states it."""
    return hashlib.sha256(content).hexdigest()


SPEC: Body = {
    "featureFetching": {
        "features": [
            {"name": "amount", "type": "Float64", "required": True},
            {"name": "count", "type": "Int64", "default": "3"},
            {"name": "known", "type": "Bool"},
        ]
    },
    "models": [
        {
            "name": "scorer",
            "artifact": {
                "type": "ConfigMap",
                "sha256": sha256(MODEL_BYTES),
                "configMap": {"name": "scorer-bytes", "key": "model.onnx"},
            },
            "inputs": [{"name": "features", "featureNames": ["amount", "count", "known"]}],
            "outputs": [{"name": "score", "tensor": "probabilities", "index": 1}],
        }
    ],
}


def spec_body(**members: Any) -> Body:
    """Return the sample specification with some members replaced."""
    return {**deepcopy(SPEC), **members}


def changed_body(path: list[str | int], value: Any) -> Body:
    """Return the sample specification with one value replaced, or removed if it is ``None``."""
    body = deepcopy(SPEC)
    *parents, last = path
    target: Any = body
    for step in parents:
        target = target[step]
    if value is None:
        del target[last]
    else:
        target[last] = value
    return body


def spec(**members: Any) -> ModelSpecSpec:
    """Return the sample specification, parsed."""
    return ModelSpecSpec.model_validate(spec_body(**members))


def model_body(body: Body | None = None, *, generation: int = 1, **metadata: Any) -> Body:
    """Return a ModelSpec as the API server would return it."""
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {
            "name": "fraud",
            "namespace": "risk",
            "uid": "11111111-1111-1111-1111-111111111111",
            "generation": generation,
            "resourceVersion": "1",
            **metadata,
        },
        "spec": body if body is not None else spec_body(),
    }
