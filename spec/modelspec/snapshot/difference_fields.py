"""How two specifications differ in what decides no answer: owners, descriptions, replicas.

The table says which fields these are; a test demands that every field of the schema is either
here or in a part of the snapshot.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import to_jsonable_python

from modelspec.quantities import canonical_decimal
from modelspec.schema import (
    artifacts,
    features,
    information,
    model,
    operations,
    postprocessing,
    preprocessing,
    spec as specification,
    verification,
)
from modelspec.schema.spec import ModelSpecSpec
from modelspec.schema.structural import KubernetesModel
from modelspec.snapshot.difference_changes import Change, change

Json = dict[str, Any]

OUTSIDE: frozenset[tuple[type[KubernetesModel], str]] = frozenset(
    {
        (specification.ModelSpecSpec, "info"),
        (specification.ModelSpecSpec, "sla"),
        (specification.ModelSpecSpec, "serving"),
        (features.FeatureFetching, "sources"),
        (features.Feature, "source_name"),
        (features.Feature, "description"),
        (preprocessing.Parameter, "description"),
        (preprocessing.Derived, "description"),
        (model.Model, "format"),
        (model.Model, "framework"),
        (model.Model, "framework_version"),
        (model.Model, "hyperparameters"),
        (model.ModelInput, "shape"),
        (artifacts.Artifact, "type"),
        (artifacts.Artifact, "size_bytes"),
        (artifacts.Artifact, "compression"),
        (artifacts.Artifact, "config_map"),
        (artifacts.Artifact, "persistent_volume_claim"),
        (artifacts.Artifact, "http"),
        (artifacts.Artifact, "s3"),
        (postprocessing.Output, "description"),
        (postprocessing.ReasonRule, "message"),
    }
)
"""The fields that make no version, with everything below them."""

_HOLDERS = frozenset(holder for holder, _ in OUTSIDE) | {
    preprocessing.Preprocessing,
    postprocessing.Postprocessing,
    postprocessing.ReasonCodes,
    verification.Verification,
    verification.Cases,
}
"""Where such fields are; nothing else is looked into."""

_DEFAULTS: Mapping[tuple[type[KubernetesModel], str], Any] = {
    (model.Model, "format"): model.Format.ONNX,
    (artifacts.Artifact, "compression"): artifacts.Compression.NONE,
    (features.FeatureFetching, "sources"): [
        features.Source(
            name="request", type=features.SourceType.REQUEST, request=features.Request()
        )
    ],
}
"""What an omitted field means."""


def _owners(owners: Sequence[information.Owner]) -> Json:
    return {
        item.name: item.model_dump(mode="json", by_alias=True, exclude={"name"}, exclude_none=True)
        for item in owners
    }


_CANONICAL: Mapping[tuple[type[KubernetesModel], str], Callable[[Any], Any]] = {
    (features.FeatureFetching, "sources"): lambda sources: [source.name for source in sources],
    # There is only one source that a feature can come from.
    (features.Feature, "source_name"): lambda _: {},
    (operations.ServiceLevel, "availability_percent"): canonical_decimal,
    (model.Model, "hyperparameters"): lambda items: {item.name: item.value for item in items},
    (information.Information, "owners"): _owners,
}
"""The one form of values that can be written in several; a value for each name, or one."""

_KEYS = ("name", "code")
"""What items of lists are known by; the first that they have."""


def field_changes(
    before: ModelSpecSpec, after: ModelSpecSpec, known: Iterable[str] = ()
) -> Iterator[Change]:
    """Yield the differences that make no version.

    Args:
        before: The specification before.
        after: The specification after.
        known: Paths of what came or went as a whole; what lies below is not told again.
    """
    whole = tuple(known)
    old, new = dict(_fields(before)), dict(_fields(after))
    for path in {**old, **new}:
        is_told = any(path.startswith(f"{item}.") for item in whole)
        if old.get(path) != new.get(path) and not is_told:
            yield change(path, None, old.get(path), new.get(path))


def _fields(spec: ModelSpecSpec) -> Iterator[tuple[str, Any]]:
    """Yield every field that makes no version, by its path, with what it means if omitted."""
    serving = spec.serving_or_default
    effective = {
        "replicas": serving.pod_count,
        "resources": operations.Resources.model_validate(serving.container_resources),
    }
    filled = spec.model_copy(update={"serving": serving.model_copy(update=effective)})
    return _walk(filled, "spec", is_outside=False)


def _walk(item: KubernetesModel, path: str, *, is_outside: bool) -> Iterator[tuple[str, Any]]:
    for name, field in type(item).model_fields.items():
        place = (type(item), name)
        value = getattr(item, name)
        value = _DEFAULTS.get(place) if value is None else value
        if value is None:
            continue
        where, outside = f"{path}.{field.alias}", is_outside or place in OUTSIDE
        if place in _CANONICAL:
            yield from _each(where, _CANONICAL[place](value))
        elif inner := dict(_inner(where, value)):
            for below, held in inner.items():
                if outside or type(held) in _HOLDERS:
                    yield from _walk(held, below, is_outside=outside)
        elif outside:
            yield where, to_jsonable_python(value)


def _each(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f"{path}[{name}]", inner) for name, inner in value.items())
    else:
        yield path, value


def _inner(path: str, value: Any) -> Iterator[tuple[str, KubernetesModel]]:
    """Yield the objects in a field by their paths."""
    if isinstance(value, KubernetesModel):
        yield path, value
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, KubernetesModel):
                yield f"{path}[{_key(item)}]", item


def _key(item: KubernetesModel) -> str:
    """Return what an item of a list is known by."""
    names = (getattr(item, key) for key in _KEYS if key in type(item).model_fields)
    return str(next(names, ""))
