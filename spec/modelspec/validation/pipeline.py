"""Rules about routes and fallbacks."""

from collections.abc import Iterator
from decimal import Decimal

from modelspec.errors import Code, Finding, nearest
from modelspec.expressions.graph import Constant, Node
from modelspec.expressions.types import Kind
from modelspec.quantities import parse_decimal
from modelspec.schema.information import ProblemType
from modelspec.schema.pipeline import Route
from modelspec.validation.decision import Decision
from modelspec.validation.subject import Subject

_KEYS = frozenset({Kind.STRING, Kind.INT64})


def routed_outputs_are_numbers(subject: Subject) -> Iterator[Finding]:
    """MS509, MS528: a route names an output of a model, and that is one number.

    Of an output that is no number only the first use is told: it is one thing to put right.
    """
    if subject.spec.models is None:
        return
    rows: set[str] = set()
    for path, name in _named_outputs(subject):
        output = subject.outputs.get(name)
        if output is None:
            near = _output_of_model(subject, name) or nearest(name, subject.outputs)
            hint = f"; did you mean '{near}'?" if near else _listed(subject)
            yield Finding(Code.MS509, path, f"'{name}' is not a model output{hint}")
        elif output.index is None and name not in rows:
            rows.add(name)
            message = f"'{name}' is a whole row of the graph's output; a route decides one number"
            yield Finding(Code.MS528, path, f"{message}; give the output an `index`")


def _output_of_model(subject: Subject, name: str) -> str | None:
    """Return the first output of the model that has a name."""
    models = (model for model in subject.spec.models or () if model.name == name)
    return next((output.name for model in models for output in model.outputs), None)


def _listed(subject: Subject) -> str:
    return f"; outputs: {', '.join(list(subject.outputs)[:10])}"


def split_keys_are_never_null(subject: Subject) -> Iterator[Finding]:
    """MS421, MS508: the key of a split is a feature that every request has."""
    for path, route in _routes(subject):
        if route.split is None:
            continue
        name, where = route.split.key_feature_name, f"{path}.split.keyFeatureName"
        node = subject.values.get(name)
        if name not in subject.values:
            near = nearest(name, subject.values)
            hint = f"; did you mean '{near}'?" if near else ""
            yield Finding(Code.MS421, where, f"'{name}' is not a feature{hint}")
        elif node is not None:
            yield from _wrong_key(where, name, node)


def _wrong_key(where: str, name: str, node: Node) -> Iterator[Finding]:
    if node.type.kind not in _KEYS:
        message = f"'{name}' is {node.type.required()}; must be a String or an Int64"
        yield Finding(Code.MS508, where, message)
    elif node.type.nullable:
        yield Finding(Code.MS508, where, f"'{name}' can be null; must be a required feature")


def routes_are_distinct(subject: Subject) -> Iterator[Finding]:
    """MS111: each route has a name of its own; answers carry it."""
    seen: set[str] = set()
    for path, route in _routes(subject):
        if route.name in seen:
            yield Finding(Code.MS111, f"{path}.name", f"Duplicate value '{route.name}'")
        seen.add(route.name)


def routes_can_be_taken(subject: Subject, decision: Decision) -> Iterator[Finding]:
    """MS503: no condition is false for every request."""
    del subject
    for index, node in decision.conditions.items():
        if isinstance(node, Constant) and not node.value:
            path = f"spec.pipeline.routes[{index}].when"
            yield Finding(Code.MS503, path, "is always false; the route is unreachable")


def constants_are_probabilities(subject: Subject) -> Iterator[Finding]:
    """MS511: what stands in for a probability lies between 0 and 1."""
    spec = subject.spec
    if not spec.info or spec.info.problem_type is not ProblemType.BINARY_CLASSIFICATION:
        return
    for index, fallback in enumerate((spec.pipeline and spec.pipeline.fallback) or ()):
        constant = fallback.constant
        if constant is not None and not 0 <= parse_decimal(constant) <= Decimal(1):
            path = f"spec.pipeline.fallback[{index}].constant"
            message = f"'{constant}' must be between 0 and 1 for a probability"
            yield Finding(Code.MS511, path, message)


def _routes(subject: Subject) -> Iterator[tuple[str, Route]]:
    for index, route in enumerate(subject.spec.pipeline.routes if subject.spec.pipeline else ()):
        yield f"spec.pipeline.routes[{index}]", route


def _named_outputs(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield path and name of every output that the pipeline names."""
    for path, route in _routes(subject):
        yield from ((f"{path}.{inner}", name) for inner, name in route_outputs(route))
    fallback = subject.spec.pipeline.fallback if subject.spec.pipeline else None
    for index, item in enumerate(fallback or ()):
        if item.output_name is not None:
            yield f"spec.pipeline.fallback[{index}].outputName", item.output_name


def route_outputs(route: Route) -> Iterator[tuple[str, str]]:
    """Yield path within the route and name of every output that may decide there."""
    if route.single:
        yield "single.outputName", route.single.output_name
    if route.split:
        for index, arm in enumerate(route.split.arms):
            yield f"split.arms[{index}].outputName", arm.output_name
    if route.ensemble:
        for index, member in enumerate(route.ensemble.members):
            yield f"ensemble.members[{index}].outputName", member.output_name
