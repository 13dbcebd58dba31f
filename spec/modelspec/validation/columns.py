"""Rules about the columns of tensors."""

from collections.abc import Iterator

from modelspec.errors import Code, Finding, nearest
from modelspec.expressions.types import Boundary, Kind
from modelspec.schema.spec import ModelSpecSpec

_NO_NUMBERS = frozenset({Kind.STRING, Kind.TIMESTAMP, Kind.LIST})


def columns_are_features(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS421: every column of a tensor names a raw or derived feature of this specification."""
    known = list(_types(spec))
    for path, name in _columns(spec):
        if name not in known:
            message = f"'{name}' is not a feature{_did_you_mean(name, known)}"
            yield Finding(Code.MS421, path, message)


def columns_are_numbers(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS422: a tensor holds numbers, truth values and vectors."""
    types = _types(spec)
    for path, name in _columns(spec):
        if name in types and types[name].kind in _NO_NUMBERS:
            message = f"'{name}' is {types[name]}, tensor is Float32; derive a numeric feature"
            yield Finding(Code.MS422, path, message)


def columns_are_distinct(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS423: no column of a tensor repeats another; it is almost always a slip."""
    for m, model in enumerate(spec.models):
        for i, model_input in enumerate(model.inputs):
            names = model_input.feature_names
            for index, name in enumerate(names):
                if name in names[:index]:
                    path = f"spec.models[{m}].inputs[{i}].featureNames[{index}]"
                    yield Finding(Code.MS423, path, f"Duplicate value '{name}'")


def _types(spec: ModelSpecSpec) -> dict[str, Boundary]:
    """Return the type of every feature, in the order of the specification."""
    raw = {item.name: Boundary(item.type) for item in spec.feature_fetching.features}
    derived = spec.preprocessing.derived if spec.preprocessing else ()
    return {**{item.name: item.type for item in derived}, **raw}


def _columns(spec: ModelSpecSpec) -> Iterator[tuple[str, str]]:
    """Yield path and name of every column."""
    for m, model in enumerate(spec.models):
        for i, model_input in enumerate(model.inputs):
            for index, name in enumerate(model_input.feature_names):
                yield f"spec.models[{m}].inputs[{i}].featureNames[{index}]", name


def _did_you_mean(name: str, known: list[str]) -> str:
    near = nearest(name, known)
    return f"; did you mean '{near}'?" if near else f"; features: {', '.join(known[:10])}"
