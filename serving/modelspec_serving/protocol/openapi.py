"""The OpenAPI document of the inference port, with the features of the snapshot by name.

Source: OpenAPI 3.1; the schemas of V2 follow `open_inference_rest.yaml` of the Open Inference
Protocol.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec

from modelspec import __version__
from modelspec.expressions.program import RawFeature
from modelspec.expressions.types import Kind, Type
from modelspec_serving.protocol.tensors import FEATURE_DATATYPE

Schema: TypeAlias = dict[str, Any]

_JSON_TYPES: Mapping[Kind, Schema] = MappingProxyType(
    {
        Kind.BOOL: {"type": "boolean"},
        Kind.INT64: {"type": "integer"},
        Kind.FLOAT64: {"type": "number"},
        Kind.STRING: {"type": "string"},
        Kind.TIMESTAMP: {"type": "string", "format": "date-time"},
    }
)

_TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
_PARAMETERS: Schema = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean"]},
}
_ERROR: Schema = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string"}},
}
_TENSOR: Schema = {
    "type": "object",
    "required": ["name", "shape", "datatype", "data"],
    "properties": {
        "name": {"type": "string"},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
        "datatype": {"type": "string"},
        "parameters": _PARAMETERS,
        "data": {"type": "array"},
    },
}


@dataclass(frozen=True)
class Served:
    """What is served."""

    name: str
    """Name of the model."""

    version: int
    """Number of the version."""

    features: Sequence[RawFeature]
    """What callers send."""

    takes_unknown: bool
    """Whether what is no feature is ignored."""

    max_rows: int
    """Most rows of one request."""


def describe(served: Served) -> bytes:
    """Return the document."""
    name = served.name
    versioned = f"/v2/models/{name}/versions/{served.version}"
    paths: dict[str, Schema] = {
        f"/v1/models/{name}:predict": _post(_predict(served), _PREDICTED),
        "/v1/models": _get({"models": _TEXTS}),
        f"/v1/models/{name}": _get({"name": {"type": "string"}, "ready": {"type": "boolean"}}),
        "/v2": _get(_SERVER),
        "/v2/health/live": _get({"live": {"type": "boolean"}}),
        "/v2/health/ready": _get({"ready": {"type": "boolean"}}),
        "/v2/models": _get({"models": _TEXTS}),
    }
    for path in (f"/v2/models/{name}", versioned):
        paths[path] = _get(_MODEL)
        paths[f"{path}/ready"] = _get({"name": {"type": "string"}, "ready": {"type": "boolean"}})
        paths[f"{path}/infer"] = _post(_infer(served), _INFERRED)
    document = {
        "openapi": "3.1.0",
        "info": {"title": name, "version": str(served.version), "x-runtime": __version__},
        "paths": paths,
    }
    return msgspec.json.encode(document)


def _predict(served: Served) -> Schema:
    row: Schema = {
        "type": "object",
        "properties": {item.name: _feature(item) for item in served.features},
        "required": [item.name for item in served.features if item.required],
        "additionalProperties": served.takes_unknown,
    }
    rows = {"type": "array", "minItems": 1, "maxItems": served.max_rows, "items": row}
    return {"type": "object", "required": ["instances"], "properties": {"instances": rows}}


def _feature(feature: RawFeature) -> Schema:
    """Return the schema of a feature's value; what is optional may be null."""
    schema = _value(feature.type)
    limits = feature.strict_limits
    if limits is not None and limits.allowed:
        return {"enum": [*limits.allowed, *([] if feature.required else [None])]}
    if limits is not None:
        schema |= {"minimum": limits.range.low, "maximum": limits.range.high}
    return schema if feature.required else {**schema, "type": [schema["type"], "null"]}


def _value(declared: Type) -> Schema:
    if declared.kind is Kind.LIST:
        item = "string" if declared.item is Kind.STRING else "number"
        items: Schema = {"type": "integer" if declared.item is Kind.INT64 else item}
        return {"type": "array", "maxItems": declared.length, "items": items}
    schema = dict(_JSON_TYPES[declared.kind])
    return schema | ({"maxLength": declared.length} if declared.kind is Kind.STRING else {})


def _infer(served: Served) -> Schema:
    tensors = [
        {
            "type": "object",
            "required": ["name", "shape", "datatype", "data"],
            "properties": {
                "name": {"const": item.name},
                "shape": {
                    "type": "array",
                    "prefixItems": [{"type": "integer", "minimum": 1, "maximum": served.max_rows}],
                    "items": {"const": 1},
                    "minItems": 1,
                    "maxItems": 2,
                },
                "datatype": {"const": FEATURE_DATATYPE[item.type.kind]},
                "parameters": _PARAMETERS,
                "data": {"type": "array", "minItems": 1, "maxItems": served.max_rows},
            },
        }
        for item in served.features
        if item.type.kind in FEATURE_DATATYPE
    ]
    inputs = {"type": "array", "minItems": 1, "items": {"oneOf": tensors}}
    return {
        "type": "object",
        "required": ["inputs"],
        "properties": {"id": {"type": "string"}, "parameters": _PARAMETERS, "inputs": inputs},
    }


_PREDICTED: Schema = {"predictions": {"type": "array", "items": {"type": "object"}}}
_SERVER: Schema = {"name": {"type": "string"}, "version": {"type": "string"}, "extensions": _TEXTS}
_METADATA_TENSORS: Schema = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "datatype", "shape"],
        "properties": {
            "name": {"type": "string"},
            "datatype": {"type": "string"},
            "shape": {"type": "array", "items": {"type": "integer"}},
        },
    },
}
_MODEL: Schema = {
    "name": {"type": "string"},
    "versions": _TEXTS,
    "platform": {"type": "string"},
    "inputs": _METADATA_TENSORS,
    "outputs": _METADATA_TENSORS,
    "properties": {"type": "object", "additionalProperties": {"type": "string"}},
}
_INFERRED: Schema = {
    "model_name": {"type": "string"},
    "model_version": {"type": "string"},
    "id": {"type": "string"},
    "parameters": _PARAMETERS,
    "outputs": {"type": "array", "items": _TENSOR},
}


def _get(properties: Schema) -> Schema:
    return {"get": {"responses": _responses(properties, 503)}}


def _post(body: Schema, properties: Schema) -> Schema:
    content = {"application/json": {"schema": body}}
    return {
        "post": {
            "requestBody": {"required": True, "content": content},
            "responses": _responses(properties, 400, 413, 415, 500),
        }
    }


def _responses(properties: Schema, *errors: int) -> Schema:
    found = {"type": "object", "required": list(properties), "properties": properties}
    answers = {"200": _response("The answer", found)}
    return answers | {str(status): _response("What is wrong", _ERROR) for status in errors}


def _response(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
