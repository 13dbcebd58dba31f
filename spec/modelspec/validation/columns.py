"""Rules about the columns of tensors."""

from collections.abc import Iterator

from modelspec.choices import MissingEncoding
from modelspec.errors import Code, Finding, nearest
from modelspec.expressions.graph import Apply, Input, Node
from modelspec.expressions.types import Boundary, Kind
from modelspec.schema.model import ModelInput
from modelspec.schema.spec import ModelSpecSpec
from modelspec.validation.subject import Subject

_NO_NUMBERS = frozenset({Kind.STRING, Kind.TIMESTAMP, Kind.LIST})


def columns_are_features(subject: Subject) -> Iterator[Finding]:
    """MS421: every column of a tensor names a raw or derived feature of this specification."""
    known = list(_types(subject.spec))
    taken = set(known)
    for path, name in _columns(subject):
        if name not in taken:
            message = f"'{name}' is not a feature{_did_you_mean(name, known)}"
            yield Finding(Code.MS421, path, message)


def columns_are_numbers(subject: Subject) -> Iterator[Finding]:
    """MS422: a tensor holds numbers, truth values and vectors."""
    types = _types(subject.spec)
    for path, name in _columns(subject):
        if name in types and types[name].kind in _NO_NUMBERS:
            message = f"'{name}' is {types[name]}, tensor is Float32; derive a numeric feature"
            yield Finding(Code.MS422, path, message)


def columns_are_distinct(subject: Subject) -> Iterator[Finding]:
    """MS423: no column of a tensor repeats another; it is almost always a slip."""
    for path, model_input in _inputs(subject):
        seen: set[str] = set()
        for index, name in enumerate(model_input.feature_names):
            if name in seen:
                where = f"{path}.featureNames[{index}]"
                yield Finding(Code.MS423, where, f"Duplicate value '{name}'")
            seen.add(name)


def columns_fill_the_shape(subject: Subject) -> Iterator[Finding]:
    """MS418: a tensor has as many columns as its shape says."""
    for path, model_input in _inputs(subject):
        if model_input.shape is None:
            continue
        rows, width = model_input.shape
        if rows != -1:
            yield Finding(
                Code.MS418, f"{path}.shape[0]", f"must be -1, any number of rows, got {rows}"
            )
        types = _types(subject.spec)
        widths = [_width(subject, types.get(name), name) for name in model_input.feature_names]
        columns = sum(filter(None, widths))
        if None not in widths and columns != width:
            noun = "items" if columns == len(widths) else "columns"
            message = f"must have {width} {noun} (`shape`), got {columns}"
            yield Finding(Code.MS418, f"{path}.featureNames", message)


def _width(subject: Subject, boundary: Boundary | None, name: str) -> int | None:
    """Return how many columns a feature fills, if that is known."""
    if boundary is not Boundary.VECTOR:
        return 1 if boundary else None
    node = subject.values.get(name)
    return node.type.length if node else None


def columns_are_not_null_where_that_is_forbidden(subject: Subject) -> Iterator[Finding]:
    """MS424: no column can be null in a tensor of a model that cannot take it."""
    for path, model_input in _inputs(subject):
        if model_input.missing_encoding is not MissingEncoding.FORBIDDEN:
            continue
        for index, name in enumerate(model_input.feature_names):
            node = subject.values.get(name)
            if node is not None and node.type.nullable:
                message = (
                    f"'{name}' can be null{_origin(node)} but `missingEncoding` is 'Forbidden';"
                    f" {_remedy(node)}"
                )
                yield Finding(Code.MS424, f"{path}.featureNames[{index}]", message)


def _origin(node: Node) -> str:
    """Return which operation on which feature makes a value that can be null."""
    feature = next((item for item in _inputs_of(node) if item.type.nullable), None)
    if not isinstance(node, Apply) or feature is None:
        return ""
    return f" ({node.operation.name} of `{feature.name}`)"


def _inputs_of(node: Node) -> Iterator[Input]:
    waiting, seen = [node], set()
    while waiting:
        found = waiting.pop()
        if found.number in seen:
            continue
        seen.add(found.number)
        if isinstance(found, Input):
            yield found
        elif isinstance(found, Apply):
            waiting += reversed(found.arguments)


def _remedy(node: Node) -> str:
    if isinstance(node, Input):
        return "give it a `default`, or make it `required`"
    return "wrap it in coalesce(..., 0.0)"


def _types(spec: ModelSpecSpec) -> dict[str, Boundary]:
    """Return the type of every feature, in the order of the specification."""
    raw = {item.name: Boundary(item.type) for item in spec.feature_fetching.features}
    derived = spec.preprocessing.derived if spec.preprocessing else ()
    return {**{item.name: item.type for item in derived}, **raw}


def _inputs(subject: Subject) -> Iterator[tuple[str, ModelInput]]:
    """Yield every tensor after its path."""
    for m, model in enumerate(subject.spec.models or ()):
        for i, model_input in enumerate(model.inputs):
            yield f"spec.models[{m}].inputs[{i}]", model_input


def _columns(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield path and name of every column."""
    for path, model_input in _inputs(subject):
        for index, name in enumerate(model_input.feature_names):
            yield f"{path}.featureNames[{index}]", name


def _did_you_mean(name: str, known: list[str]) -> str:
    near = nearest(name, known)
    return f"; did you mean '{near}'?" if near else f"; features: {', '.join(known[:10])}"
