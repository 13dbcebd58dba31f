"""The CustomResourceDefinition, derived from the pydantic models.

Kubernetes wants a *structural* schema: no references, a type everywhere, no nulls. The models say
everything else, including the CEL rules and list keys that only a Kubernetes schema has.
"""

from typing import Any

from modelspec import names
from modelspec.schema.spec import ModelSpecSpec
from modelspec.schema.status import ModelSpecStatus
from modelspec.schema.structural import RULES, JsonSchema, KubernetesModel, rule

_KEPT = {
    "type", "format", "enum", "pattern", "description", "properties", "required", "items",
    "additionalProperties", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems",
    "minProperties", "maxProperties", "anyOf",
}  # fmt: skip
"""Keywords of JSON Schema that a structural schema may carry; ``x-kubernetes-*`` come on top."""

_COLUMNS = (
    (
        "Ready",
        "string",
        '.status.conditions[?(@.type=="Ready")].status',
        "Whether a validated version serves.",
    ),
    ("Stable", "string", ".status.stable.version", "The version that serves."),
    ("Canary", "string", ".status.canary.version", "The version that is being brought up."),
    ("Reason", "string", ".status.conditions[0].reason", "The most urgent condition's reason."),
    ("Age", "date", ".metadata.creationTimestamp", "Time since creation."),
)


def custom_resource_definition() -> JsonSchema:
    """Return the CRD as a plain dict, shaped like the YAML that it becomes."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{names.PLURAL}.{names.GROUP}"},
        "spec": {
            "group": names.GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": names.KIND,
                "listKind": f"{names.KIND}List",
                "plural": names.PLURAL,
                "singular": names.SINGULAR,
                "shortNames": [names.SHORT_NAME],
                "categories": [names.CATEGORY],
            },
            "versions": [_version()],
        },
    }


def _version() -> JsonSchema:
    return {
        "name": names.VERSION,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": _object()},
        "subresources": {
            "status": {},
            "scale": {
                "specReplicasPath": ".spec.serving.replicas",
                "statusReplicasPath": ".status.replicas",
                "labelSelectorPath": ".status.selector",
            },
        },
        "additionalPrinterColumns": [
            {"name": name, "type": kind, "jsonPath": path, "description": description}
            for name, kind, path, description in _COLUMNS
        ],
    }


def _object() -> JsonSchema:
    length = f"self.metadata.name.size() <= {names.NAME_MAX_LENGTH}"
    pattern = f"self.metadata.name.matches('{names.NAME_PATTERN}')"
    return {
        "type": "object",
        "description": "One file that describes a model's whole decision.",
        "required": ["spec"],
        RULES: [
            rule(
                length, f"metadata.name: must be no more than {names.NAME_MAX_LENGTH} characters"
            ),
            rule(
                pattern,
                "metadata.name: must start with a letter; lower-case letters, digits, '-'",
            ),
        ],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": structural_schema(ModelSpecSpec),
            "status": structural_schema(ModelSpecStatus),
        },
    }


def editor_schema() -> JsonSchema:
    """Return the JSON Schema (2020-12) of a whole ModelSpec, for editors.

    It is closed, so that an editor complains of a field that does not exist, which the API server
    would do only when it is asked to be strict.
    """
    spec = _closed(structural_schema(ModelSpecSpec))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": names.KIND,
        "type": "object",
        "description": "One file that describes a model's whole decision.",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "additionalProperties": False,
        "properties": {
            "apiVersion": {"const": names.API_VERSION},
            "kind": {"const": names.KIND},
            "metadata": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {
                        "type": "string",
                        "pattern": names.NAME_PATTERN,
                        "maxLength": names.NAME_MAX_LENGTH,
                    }
                },
            },
            "spec": spec,
            "status": {"type": "object", "description": "Output only."},
        },
    }


def _closed(schema: JsonSchema) -> JsonSchema:
    """Return a schema that allows nothing else, without what only Kubernetes knows."""
    plain = {
        key: _closed(value) if isinstance(value, dict) else value
        for key, value in schema.items()
        if not key.startswith("x-kubernetes-") and key not in {"properties", "format"}
    }
    if "properties" in schema:
        fields = {name: _closed(child) for name, child in schema["properties"].items()}
        plain |= {"properties": fields, "additionalProperties": False}
    return plain


def structural_schema(model: type[KubernetesModel]) -> JsonSchema:
    """Return the structural schema of one pydantic model.

    Raises:
        ValueError: The model uses something that a structural schema cannot say.
    """
    generated = model.model_json_schema(by_alias=True)
    return _structural(generated, generated.get("$defs", {}))


def _structural(node: JsonSchema, definitions: JsonSchema) -> JsonSchema:
    node = _without_null(_resolved(node, definitions), definitions)
    schema = {
        key: value
        for key, value in node.items()
        if key in _KEPT or key.startswith("x-kubernetes-")
    }
    if "properties" in schema:
        schema["properties"] = {
            name: _structural(child, definitions) for name, child in schema["properties"].items()
        }
    for inner in ("items", "additionalProperties"):
        if isinstance(schema.get(inner), dict):
            schema[inner] = _structural(schema[inner], definitions)
    if "description" in schema:
        schema["description"] = " ".join(schema["description"].split())
    return _checked(_integer_format(schema))


def _resolved(node: JsonSchema, definitions: JsonSchema) -> JsonSchema:
    """Return *node* with its reference replaced by what it names; what stands beside it wins."""
    if "$ref" not in node:
        return node
    target = definitions[node["$ref"].rsplit("/", 1)[-1]]
    return {**_resolved(target, definitions), **{k: v for k, v in node.items() if k != "$ref"}}


def _without_null(node: JsonSchema, definitions: JsonSchema) -> JsonSchema:
    """Return ``T`` for ``T | None``: in Kubernetes a field that has no value is absent."""
    alternatives = node.get("anyOf", [])
    if {"type": "null"} not in alternatives:
        return node
    (only,) = (alternative for alternative in alternatives if alternative != {"type": "null"})
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    return {**_resolved(only, definitions), **rest}


def _integer_format(schema: JsonSchema) -> JsonSchema:
    return {"format": "int64", **schema} if schema.get("type") == "integer" else schema


def _checked(schema: JsonSchema) -> JsonSchema:
    if "type" not in schema and not schema.get("x-kubernetes-int-or-string"):
        raise ValueError(f"no type: {schema}")
    bounds: dict[Any, str] = {"array": "maxItems", "string": "maxLength"}
    bound = bounds.get(schema.get("type"))
    if bound and not {bound, "enum"} & schema.keys():
        raise ValueError(f"no {bound}: {schema}")
    return schema
