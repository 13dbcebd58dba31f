"""The base of all schema models, and the marks that only a Kubernetes schema knows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

JsonSchema = dict[str, Any]

RULES = "x-kubernetes-validations"


@dataclass(frozen=True)
class Constraint:
    """A rule between the fields of one object, in CEL for the API server and in Python for us."""

    expression: str
    """The rule in CEL."""

    message: str
    """What to say when it does not hold."""

    holds: Callable[[Any], bool]
    """The rule in Python."""


def _add_rules(schema: JsonSchema, model: type[Any]) -> None:
    if model.constraints:
        schema[RULES] = [rule(item.expression, item.message) for item in model.constraints]


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
        json_schema_extra=_add_rules,
    )

    constraints: ClassVar[tuple[Constraint, ...]] = ()

    @model_validator(mode="after")
    def _satisfies_constraints(self) -> Self:
        for constraint in self.constraints:
            if not constraint.holds(self):
                raise ValueError(constraint.message)
        return self


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


def union(**members: str) -> Constraint:
    """Return the rule of a union: exactly the member that `type` names is set.

    Args:
        members: The value of `type` for each member, by the member's name in Python.
    """

    def holds(item: Any) -> bool:
        given = {kind for name, kind in members.items() if getattr(item, name) is not None}
        return given == {item.type}

    checks = [
        f"(self.type == '{kind}') == has(self.{to_camel(name)})" for name, kind in members.items()
    ]
    return Constraint(" && ".join(checks), "exactly the member named by `type` must be set", holds)
