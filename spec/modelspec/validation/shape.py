"""The shape of a document as the schema models say it: fields, lists and the keys of their items.

Pydantic ignores unknown fields and items that are listed twice; the API server does not. Both take
a null to be missing, which is rarely what was meant.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from modelspec.errors import Code, Finding, nearest
from modelspec.schema.structural import KubernetesModel

_DUPLICATES = {"spec.featureFetching.sources": Code.MS110}


@dataclass(frozen=True)
class Shape:
    """What may stand in one field."""

    model: type[KubernetesModel] | None
    """The object, or the items of the list; ``None`` for plain values."""

    key: str | None
    """The field that identifies an item of a list."""


def shape_findings(model: type[KubernetesModel], value: Any, path: str) -> Iterator[Finding]:
    """Yield unknown fields and items that are listed twice, in an object and below it."""
    if not isinstance(value, dict):
        return
    shapes = shapes_of(model)
    for name, inner in value.items():
        where = f"{path}.{name}"
        if not isinstance(name, str):
            yield Finding(Code.MS102, where, "must be a text; quote the name of the field")
        elif name not in shapes:
            near = nearest(name, shapes)
            hint = f"; did you mean `{near}`?" if near else f"; fields: {', '.join(shapes)}"
            yield Finding(Code.MS102, where, f"unknown field{hint}")
        else:
            yield from _field_findings(shapes[name], inner, where)


def _field_findings(shape: Shape, value: Any, path: str) -> Iterator[Finding]:
    if isinstance(value, list):
        if shape.key:
            yield from _duplicates(shape.key, value, path)
        for index, item in enumerate(value):
            if shape.model:
                yield from shape_findings(shape.model, item, f"{path}[{index}]")
    elif shape.model:
        yield from shape_findings(shape.model, value, path)


def null_findings(value: Any, path: str) -> Iterator[Finding]:
    """Yield the fields of an object and below it that are given as null."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if inner is None:
                message = "null counts as not given; leave the field out, or quote the word"
                yield Finding(Code.MS105, f"{path}.{name}", message)
            else:
                yield from null_findings(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from null_findings(item, f"{path}[{index}]")


def _duplicates(key: str, items: list[Any], path: str) -> Iterator[Finding]:
    seen = set()
    for index, item in enumerate(items):
        name = item.get(key) if isinstance(item, dict) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            identity = json.dumps({key: name}, separators=(",", ":"))
            code = _DUPLICATES.get(path, Code.MS111)
            yield Finding(code, f"{path}[{index}]", f"Duplicate value: {identity}")
        seen.add(name)


@cache
def shapes_of(model: type[KubernetesModel]) -> Mapping[str, Shape]:
    """Return what may stand in each field of an object, by the field's name on the wire."""
    fields = model.model_fields.values()
    return MappingProxyType({field.alias or "": _shape(field) for field in fields})


def _shape(field: FieldInfo) -> Shape:
    extra = field.json_schema_extra
    keys = extra.get("x-kubernetes-list-map-keys") if isinstance(extra, dict) else None
    return Shape(_model_in(field.annotation), str(keys[0]) if isinstance(keys, list) else None)


def _model_in(annotation: Any) -> type[KubernetesModel] | None:
    """Return the only schema model that an annotation names, however it is wrapped."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation if issubclass(annotation, KubernetesModel) else None
    return next(filter(None, map(_model_in, get_args(annotation))), None)
