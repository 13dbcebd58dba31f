"""The base of all schema models, and the marks that only a Kubernetes schema knows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationInfo, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from modelspec.errors import Code
from modelspec.schema.documentation import field_documentation

JsonSchema = dict[str, Any]

RULES = "x-kubernetes-validations"

BROKEN = "broken_constraints"
"""Type of the error that pydantic reports for an object that breaks constraints."""

TOLERANT = {"constraints": "those without which nothing can be read"}
"""Validation context that lets objects through which break constraints."""


@dataclass(frozen=True)
class Constraint:
    """A rule between the fields of one object, in CEL for the API server and in Python for us."""

    code: Code
    """What lint calls it."""

    expression: str
    """The rule in CEL."""

    message: str
    """What to say when it does not hold."""

    holds: Callable[[Any], bool]
    """The rule in Python."""

    field_path: str = ""
    """The field that is at fault, as in ``.default``; the object itself when empty."""

    found: Callable[[Any], str] | None = None
    """What was found instead; completes the message after a comma, for us alone: the API server
    cannot bound what it costs to print a number."""

    is_shape: bool = False
    """Whether nothing can be read from an object that breaks it."""

    def describe(self, item: Any) -> str:
        """Return the message for an object that breaks the rule."""
        return f"{self.message}, got {self.found(item)}" if self.found else self.message

    @property
    def rule(self) -> JsonSchema:
        """The rule as a structural schema has it."""
        return {
            "rule": self.expression,
            "message": self.message,
            **({"fieldPath": self.field_path} if self.field_path else {}),
        }


@dataclass(frozen=True)
class Transition:
    """A rule between the old and the new state of one object."""

    code: Code
    """What lint calls it."""

    expression: str
    """The rule in CEL."""

    message: str
    """What to say when it does not hold."""

    holds: Callable[[Any, Any], bool]
    """The rule in Python, of the old and the new object."""

    field_path: str
    """The field that is at fault."""

    @property
    def rule(self) -> JsonSchema:
        """The rule as a structural schema has it."""
        return {"rule": self.expression, "message": self.message, "fieldPath": self.field_path}


def _complete(schema: JsonSchema, model: type[Any]) -> None:
    """Add to a schema what only its class knows: documentation of its fields, and rules."""
    documentation = field_documentation(model)
    for name, field in model.model_fields.items():
        if name in documentation:
            schema["properties"][field.alias]["description"] = documentation[name]
    rules = [item.rule for item in (*model.constraints, *model.transitions)]
    if rules:
        schema[RULES] = rules


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
        json_schema_extra=_complete,
    )

    constraints: ClassVar[tuple[Constraint, ...]] = ()
    transitions: ClassVar[tuple[Transition, ...]] = ()

    @model_validator(mode="after")
    def _satisfies_constraints(self, info: ValidationInfo) -> Self:
        broken = [item for item in self.constraints if not item.holds(self)]
        if info.context is TOLERANT:
            broken = [item for item in broken if item.is_shape]
        if broken:
            listed = [(item, item.describe(self)) for item in broken]
            text = "; ".join(message for _, message in listed)
            # What stands in braces would be read as a place for a value.
            raise PydanticCustomError(BROKEN, "{text}", {"text": text, "constraints": listed})
        return self


def keyed_list(key: str = "name") -> JsonSchema:
    """Mark a list whose items are identified by *key*; two writers may own different items."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]}


def atomic_list() -> JsonSchema:
    """Mark a list whose order is its meaning; it is replaced as a whole."""
    return {"x-kubernetes-list-type": "atomic"}


def rule(expression: str, message: str) -> JsonSchema:
    """Return one CEL rule; *message* completes the sentence that starts with the field's path."""
    return {"rule": expression, "message": message}


def union(code: Code, **members: str) -> Constraint:
    """Return the rule of a union: exactly the member that `type` names is set.

    Args:
        code: What lint calls it.
        members: The value of `type` for each member, by the member's name in Python.
    """

    def holds(item: Any) -> bool:
        given = {kind for name, kind in members.items() if getattr(item, name) is not None}
        return given == {item.type}

    checks = [
        f"(self.type == '{kind}') == has(self.{to_camel(name)})" for name, kind in members.items()
    ]
    message = "exactly the member named by `type` must be set"
    return Constraint(code, " && ".join(checks), message, holds, is_shape=True)
