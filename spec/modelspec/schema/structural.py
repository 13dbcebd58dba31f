"""The base of all schema models, and the marks that only a Kubernetes schema knows."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

JsonSchema = dict[str, Any]

RULES = "x-kubernetes-validations"


class KubernetesModel(BaseModel):
    """A part of the custom resource: camelCase on the wire, frozen, unknown fields ignored.

    Unknown fields are pruned by the API server; ignoring them here lets an older operator read an
    object that a newer one wrote.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        frozen=True,
        extra="ignore",
        use_attribute_docstrings=True,
    )


def keyed_list(key: str = "name") -> JsonSchema:
    """Mark a list whose items are identified by *key*; two writers may own different items."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]}


def atomic_list() -> JsonSchema:
    """Mark a list whose order is its meaning; it is replaced as a whole."""
    return {"x-kubernetes-list-type": "atomic"}


def rule(expression: str, message: str, *, field_path: str | None = None) -> JsonSchema:
    """Return one CEL rule; *message* completes the sentence that starts with the field's path."""
    located = {"fieldPath": field_path} if field_path else {}
    return {"rule": expression, "message": message, **located}
