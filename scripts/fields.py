"""The reference of all fields of a specification, from the schema."""

import re
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

from modelspec.crd import structural_schema
from modelspec.quantities import DECIMAL_PATTERN
from modelspec.schema.features import Request
from modelspec.schema.spec import ModelSpecSpec
from modelspec.schema.structural import JsonSchema, KubernetesModel
from modelspec.snapshot.difference_fields import OUTSIDE
from modelspec.validation.shape import shapes_of

PAGE = "docs/reference/modelspec.md"
INTRODUCTION = Path(__file__).with_suffix(".md")
"""What the page says before it lists the groups."""

_PARTS = {
    "featureFetching": "feature-fetching",
    "preprocessing": "preprocessing",
    "models": "models",
    "pipeline": "pipeline",
    "postprocessing": "postprocessing",
    "verification": "verification",
}
"""By group: the part of a snapshot that holds it."""

_INSIDE = frozenset({(Request, "unknown_fields")})
"""What makes a version though it stands within something that makes none."""

_OMITTED = re.compile(r"(?:^|[.:] )([^.:]+?),? when omitted\.")


def render_fields() -> str:
    """Return the page."""
    schema = structural_schema(ModelSpecSpec)
    lines = [line for name in shapes_of(ModelSpecSpec) for line in _group(name, schema)]
    return Template(INTRODUCTION.read_text()).substitute(groups="\n".join(lines).rstrip())


def _group(name: str, schema: JsonSchema) -> Iterator[str]:
    inner = schema["properties"][name]
    model = shapes_of(ModelSpecSpec)[name].model
    is_outside = (ModelSpecSpec, _field_name(ModelSpecSpec, name)) in OUTSIDE
    yield f"## {name}\n"
    yield f"{_one_line(inner['description'])}{_need(name, schema)}\n"
    if model:
        part = None if is_outside else _PARTS[name]
        yield from _object(f"{name}{_mark(inner)}", model, _item(inner), part)


def _need(name: str, schema: JsonSchema) -> str:
    return " **Required.**" if name in schema.get("required", ()) else ""


def _object(
    path: str, model: type[KubernetesModel], schema: JsonSchema, part: str | None
) -> Iterator[str]:
    """Yield the table of an object's fields, its rules, and the tables of what it holds."""
    required = schema.get("required", ())
    below: list[tuple[str, type[KubernetesModel], JsonSchema, str | None]] = []
    if "." in path:
        yield f"### {path}\n"
    yield "| field | type | | version | |"
    yield "|---|---|---|---|---|"
    for name, shape in shapes_of(model).items():
        inner = schema["properties"][name]
        where = _part_of(model, name, part)
        need = "required" if name in required else _default(inner)
        text = _one_line(inner.get("description", ""))
        yield f"| `{name}` | {_type(inner)} | {need} | {where or 'no'} | {text} |"
        if shape.model:
            below.append((f"{path}.{name}{_mark(inner)}", shape.model, _item(inner), where))
    yield ""
    yield from _rules(model)
    for item in below:
        yield from _object(*item)


def _part_of(model: type[KubernetesModel], name: str, part: str | None) -> str | None:
    field = _field_name(model, name)
    if (model, field) in _INSIDE:
        return _PARTS["featureFetching"]
    return None if (model, field) in OUTSIDE else part


def _field_name(model: type[KubernetesModel], alias: str) -> str:
    return next(name for name, field in model.model_fields.items() if field.alias == alias)


def _rules(model: type[KubernetesModel]) -> Iterator[str]:
    for constraint in model.constraints:
        place = f"`{constraint.field_path[1:]}`: " if constraint.field_path else ""
        code = constraint.code.name
        yield f"* {place}{constraint.message} ([{code}](findings/{code}.md))"
    if model.constraints:
        yield ""


def _mark(schema: JsonSchema) -> str:
    return "[]" if schema.get("type") == "array" else ""


def _item(schema: JsonSchema) -> JsonSchema:
    item: JsonSchema = schema.get("items", schema)
    return item


def _default(schema: JsonSchema) -> str:
    found = _OMITTED.search(_one_line(schema.get("description", "")))
    return f"default: {found[1]}" if found else ""


def _type(schema: JsonSchema) -> str:
    """Return the type of a value with its bounds, in words."""
    if schema.get("type") == "array":
        return _list_type(schema)
    if "additionalProperties" in schema:
        return f"object of {_type(schema['additionalProperties'])}"
    if schema.get("x-kubernetes-int-or-string"):
        return "quantity"
    if schema.get("pattern") == DECIMAL_PATTERN:
        return "decimal number as a string"
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    return " ".join([schema.get("type", "object"), *_bounds(schema)])


def _list_type(schema: JsonSchema) -> str:
    keys = schema.get("x-kubernetes-list-map-keys")
    by = f", each with another `{keys[0]}`" if keys else ""
    least, most = schema.get("minItems", 0), schema["maxItems"]
    count = f"{least} to {most}" if least < most else most
    return f"list of {count}{by}: {_type(schema['items'])}"


def _bounds(schema: JsonSchema) -> Iterator[str]:
    if "minimum" in schema:
        yield f"from {schema['minimum']}"
    if "maximum" in schema:
        yield f"to {schema['maximum']}"
    if "maxLength" in schema:
        least = schema.get("minLength")
        yield f"of {f'{least} to' if least else 'at most'} {schema['maxLength']} characters"
    if "pattern" in schema:
        yield f"as `{_escaped(schema['pattern'])}`"


def _one_line(text: Any) -> str:
    return _escaped(" ".join(str(text).split()))


def _escaped(text: str) -> str:
    return text.replace("|", r"\|")
