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


PREPROCESSED_SPEC: Body = {
    "featureFetching": {
        "features": [
            {"name": "amount", "type": "Float64", "required": True},
            {"name": "avg_amount", "type": "Float64"},
            {"name": "at", "type": "Timestamp", "required": True},
            {"name": "opened", "type": "Timestamp", "default": "2020-01-01T01:00:00+01:00"},
            {"name": "mcc", "type": "String", "maxLength": 4, "default": ""},
            {"name": "branch", "type": "Int64"},
            {
                "name": "tags",
                "type": "List",
                "itemType": "String",
                "maxItems": 3,
                "maxLength": 8,
            },
            {"name": "amounts", "type": "List", "itemType": "Float64"},
        ]
    },
    "preprocessing": {
        "language": "msx/v1",
        "parameters": [
            {"name": "scale", "type": "Affine", "affine": {"center": "12.50", "scale": "4"}},
            {"name": "limits", "type": "Bounds", "bounds": {"low": "0", "high": "1e3"}},
            {"name": "age_edges", "type": "Edges", "edges": {"values": ["1", "7", "30.0"]}},
            {"name": "usual", "type": "Imputation", "imputation": {"value": "20.5"}},
            {
                "name": "mcc_risk",
                "type": "LookupTable",
                "lookupTable": {
                    "keyType": "String",
                    "default": "0.0131",
                    "missing": "0.5",
                    "entries": [{"key": "5967", "value": "0.3"}, {"key": "", "value": "0.1"}],
                },
            },
            {
                "name": "curve",
                "type": "Piecewise",
                "piecewise": {"x": ["0", "10", "100"], "values": ["0", "0.5", "1"]},
            },
            {"name": "power", "type": "PowerTransform", "powerTransform": {"exponent": "0.5"}},
            {
                "name": "branches",
                "type": "Set",
                "set": {"keyType": "Int64", "keys": ["20", "7", "-3"]},
            },
            {
                "name": "mccs",
                "type": "Vocabulary",
                "vocabulary": {"keyType": "String", "keys": ["5967", "4111"], "unknown": 9},
                "description": "What was seen in training.",
            },
        ],
        "derived": [
            {"name": "ratio", "type": "Float32", "expr": "coalesce(amount/avg_amount, (0.0))"},
            {"name": "age_days", "type": "Float64", "expr": "days_between(opened, at)"},
            {"name": "age_bin", "type": "Float32", "expr": "bucketize(age_days, age_edges)"},
            {"name": "scaled", "type": "Float32", "expr": "affine(amount, scale)"},
            {"name": "limited", "type": "Float32", "expr": "winsorize(amount, limits)"},
            {"name": "imputed", "type": "Float32", "expr": "impute(avg_amount, usual)"},
            {"name": "risk", "type": "Float32", "expr": "lookup(mcc, mcc_risk)"},
            {"name": "curved", "type": "Float32", "expr": "piecewise(amount, curve)"},
            {"name": "powered", "type": "Float32", "expr": "yeo_johnson(amount, power)"},
            {"name": "is_branch", "type": "Bool", "expr": "in_set(branch, branches)"},
            {"name": "mcc_code", "type": "Int32", "expr": "ordinal(mcc, mccs)"},
            {"name": "mcc_one", "type": "Vector", "expr": "one_hot(mcc, mccs)"},
            {"name": "is_gift", "type": "Bool", "expr": 'list_contains(tags, "gift")'},
            {"name": "total", "type": "Float64", "expr": "list_sum(amounts)"},
            {
                "name": "hour_of_day",
                "type": "Int64",
                "expr": "hour(at)",
                "description": "In UTC.",
            },
        ],
    },
    "models": [
        {
            **SPEC["models"][0],
            "inputs": [
                {"name": "context", "featureNames": ["hour_of_day", "mcc_one", "is_gift"]},
                {
                    "name": "numbers",
                    "featureNames": [
                        *("amount", "ratio", "age_bin", "scaled", "limited", "imputed", "risk"),
                        *("curved", "powered", "is_branch", "mcc_code", "total"),
                    ],
                },
            ],
        }
    ],
}
"""A specification with every type of feature and of parameter."""


def _bytes(name: str) -> Body:
    """Return an artifact in a ConfigMap, stored with gzip."""
    return {
        "type": "ConfigMap",
        "sha256": sha256(name.encode()),
        "sizeBytes": 453_112,
        "compression": "Gzip",
        "configMap": {"name": f"checkout-fraud-{name}", "key": "bytes.gz"},
    }


DECISION_SPEC: Body = {
    "info": {
        "displayName": "Checkout transaction fraud",
        "description": "Probability that a card checkout is reported as fraud within 90 days.",
        "owners": [
            {"name": "risk-science", "role": "DataScience", "contact": "risk@example.com"},
            {"name": "checkout", "role": "DomainEngineering"},
        ],
        "problemType": "BinaryClassification",
        "scenario": "CheckoutAuthorization",
        "refresh": {"periodSeconds": 2_592_000},
    },
    "featureFetching": {
        "sources": [
            {"name": "request", "type": "Request", "request": {"unknownFields": "Reject"}}
        ],
        "features": [
            {
                "name": "account_id",
                "type": "String",
                "sourceName": "request",
                "required": True,
                "maxLength": 64,
            },
            {
                "name": "amount",
                "type": "Float64",
                "required": True,
                "minimum": "0",
                "maximum": "1e6",
                "onOutOfRange": "Clamp",
                "description": "In the currency of the account.",
            },
            {"name": "avg_amount", "type": "Float64"},
            {
                "name": "channel",
                "type": "String",
                "allowedValues": ["Web", "App", "NO"],
                "onOutOfRange": "UseNull",
                "maxLength": 8,
            },
            {"name": "count", "type": "Int64", "default": "0", "minimum": "0", "maximum": "1000"},
            {"name": "device_score", "type": "Float64", "minimum": "0", "maximum": "1"},
        ],
    },
    "preprocessing": {
        "language": "msx/v1",
        "parameters": [
            {
                "name": "count_scale",
                "type": "Affine",
                "affine": {"center": "1.84", "scale": "2.31"},
            }
        ],
        "derived": [
            {"name": "ratio", "type": "Float32", "expr": "coalesce(amount / avg_amount, 0.0)"},
            {"name": "amount_log", "type": "Float32", "expr": "log1p(amount)"},
            {"name": "count_z", "type": "Float32", "expr": "affine(count, count_scale)"},
            {"name": "is_web", "type": "Float32", "expr": 'indicator(channel == "Web")'},
        ],
    },
    "models": [
        {
            "name": "gbdt",
            "format": "ONNX",
            "framework": "LightGBM",
            "frameworkVersion": "4.7.0",
            "artifact": _bytes("gbdt"),
            "inputs": [
                {
                    "name": "features",
                    "shape": [-1, 5],
                    "missingEncoding": "NaN",
                    "featureNames": ["ratio", "amount_log", "count_z", "is_web", "device_score"],
                }
            ],
            "outputs": [{"name": "gbdt_score", "tensor": "probabilities", "index": 1}],
            "hyperparameters": [
                {"name": "n_estimators", "value": "200"},
                {"name": "num_leaves", "value": "31"},
            ],
        },
        {
            "name": "nn",
            "artifact": _bytes("nn"),
            "inputs": [
                {
                    "name": "x",
                    "missingEncoding": "Forbidden",
                    "featureNames": ["amount_log", "count_z", "is_web"],
                }
            ],
            "outputs": [{"name": "nn_score", "tensor": "score", "index": 0}],
        },
    ],
    "pipeline": {
        "routes": [
            {
                "name": "high-value",
                "when": "amount > 5000.0",
                "type": "Ensemble",
                "ensemble": {
                    "combine": "WeightedMean",
                    "members": [
                        {"outputName": "gbdt_score", "weight": 70},
                        {"outputName": "nn_score", "weight": 30},
                    ],
                    "quorum": 1,
                },
            },
            {
                "name": "experiment",
                "when": 'channel in ["Web", "App"]',
                "type": "Split",
                "split": {
                    "keyFeatureName": "account_id",
                    "salt": "exp-2026-11",
                    "arms": [
                        {"name": "control", "outputName": "gbdt_score", "percent": 90},
                        {"name": "treatment", "outputName": "nn_score", "percent": 10},
                    ],
                },
            },
            {"name": "default", "type": "Single", "single": {"outputName": "gbdt_score"}},
        ],
        "fallback": [
            {"type": "Output", "outputName": "nn_score"},
            {"type": "Constant", "constant": "0.02", "reasonCode": "MODEL_UNAVAILABLE"},
        ],
    },
    "postprocessing": {
        "calibration": {
            "type": "PiecewiseLinear",
            "piecewiseLinear": {
                "x": ["0", "0.02", "0.1", "0.4", "0.9", "1"],
                "values": ["0.0002", "0.004", "0.031", "0.22", "0.81", "0.97"],
            },
        },
        "outputs": [
            {"name": "probability", "type": "Float64", "expr": "calibrated"},
            {
                "name": "score",
                "type": "Int64",
                "expr": "to_int(round(1000.0 * calibrated))",
                "description": "From 0 to 1000.",
            },
        ],
        "bands": {
            "outputName": "score",
            "ranges": [
                {"name": "Approve", "from": 0, "action": "Approve"},
                {"name": "Review", "from": 350},
                {"name": "Decline", "from": 800, "action": "Decline"},
            ],
        },
        "reasonCodes": {
            "maximum": 3,
            "rules": [
                {"code": "R001", "when": "ratio > 5.0", "message": "Far above the average"},
                {"code": "R002", "when": "is_null(device_score)"},
                {"code": "R003", "when": "score > 900", "message": "Very high"},
            ],
        },
    },
    "verification": {
        "cases": {"artifact": _bytes("golden")},
        "featureTolerance": {"ulps": 4},
        "outputTolerance": {"absolute": "1e-5"},
    },
    "sla": {
        "latencyP50Milliseconds": 12,
        "latencyP99Milliseconds": 80,
        "availabilityPercent": "99.95",
        "throughputPerSecond": 800,
    },
    "serving": {
        "replicas": 3,
        "resources": {"requests": {"cpu": "1", "memory": "512Mi"}, "limits": {"memory": "1Gi"}},
    },
}
"""A specification with every group, which nobody has anything to say against."""


def spec_body(**members: Any) -> Body:
    """Return the sample specification with some members replaced."""
    return {**deepcopy(SPEC), **members}


def changed_body(path: list[str | int], value: Any, of: Body = SPEC) -> Body:
    """Return a sample specification with one value replaced, or removed if it is ``None``."""
    body = deepcopy(of)
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
