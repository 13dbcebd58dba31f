"""The CRD is structural: what the API server would refuse is refused here first."""

from collections.abc import Iterator
from typing import Any

from modelspec.crd import custom_resource_definition

Schema = dict[str, Any]


def _schema() -> Schema:
    (version,) = custom_resource_definition()["spec"]["versions"]
    schema: Schema = version["schema"]["openAPIV3Schema"]
    return schema


def _nodes(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    yield path, schema
    for name, child in schema.get("properties", {}).items():
        yield from _nodes(child, f"{path}.{name}")
    for inner in ("items", "additionalProperties"):
        if isinstance(schema.get(inner), dict):
            yield from _nodes(schema[inner], f"{path}[]")


def test_no_field_has_a_default_because_defaults_are_computed_on_read() -> None:
    assert [path for path, node in _nodes(_schema()) if "default" in node] == []


def test_every_field_of_spec_is_documented() -> None:
    undocumented = [
        path
        for path, node in _nodes(_schema())
        if path.startswith(".spec") and not path.endswith("[]") and not node.get("description")
    ]

    assert undocumented == []


def test_everything_that_can_grow_is_bounded() -> None:
    bounds = {"array": "maxItems", "string": "maxLength"}
    unbounded = [
        path
        for path, node in _nodes(_schema())
        if path.startswith((".spec", ".status"))
        and (bound := bounds.get(node.get("type", "")))
        and bound not in node
        and "enum" not in node
    ]

    assert unbounded == []


def test_lists_say_how_they_merge() -> None:
    silent = [
        path
        for path, node in _nodes(_schema())
        if node.get("type") == "array" and "x-kubernetes-list-type" not in node
    ]

    assert silent == []


def test_no_field_has_a_name_that_yaml_reads_as_a_truth_value() -> None:
    words = {"y", "n", "yes", "no", "on", "off", "true", "false"}

    assert [path for path, _ in _nodes(_schema()) if path.rpartition(".")[2] in words] == []


def test_spec_holds_no_floating_point_number() -> None:
    assert [path for path, node in _nodes(_schema()) if node.get("type") == "number"] == []
