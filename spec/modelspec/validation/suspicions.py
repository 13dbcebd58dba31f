"""Warnings about models, routes and answers: what is allowed and probably not meant."""

from collections.abc import Iterator
from decimal import Decimal

from modelspec.errors import Code, Finding
from modelspec.expressions.parser import parse
from modelspec.expressions.syntax import Binary, Expression, Literal, Name
from modelspec.quantities import parse_decimal
from modelspec.schema.pipeline import Pipeline
from modelspec.validation.doubts import Doubt, Doubtful
from modelspec.validation.pipeline import route_outputs

MAX_TOLERANCE = Decimal("0.001")


def models_are_used(doubtful: Doubtful) -> Iterator[Finding]:
    """MS430: a model object that decides nothing."""
    spec = doubtful.subject.spec
    if spec.pipeline is None:
        return
    used = _routed(spec.pipeline)
    for index, model in enumerate(spec.models or ()):
        if used.isdisjoint(output.name for output in model.outputs):
            message = f"'{model.name}' is not used by any route, ensemble or fallback"
            yield Finding(Code.MS430, f"spec.models[{index}]", message)


def _routed(pipeline: Pipeline) -> set[str]:
    routed = {name for route in pipeline.routes for _, name in route_outputs(route)}
    return routed | {item.output_name for item in pipeline.fallback or () if item.output_name}


def conditions_leave_something(doubtful: Doubtful) -> Iterator[Finding]:
    """MS504: a condition that an earlier one has already met, as far as bounds show it."""
    pipeline = doubtful.subject.spec.pipeline
    earlier: list[tuple[int, str, _Bound]] = []
    for index, route in enumerate(pipeline.routes if pipeline else ()):
        if route.when is None:
            continue
        tree = parse(route.when)
        bounds = [bound for part in _conjuncts(tree) if (bound := _bound(part))]
        for before, text, other in earlier:
            if any(map(other.holds_whenever, bounds)):
                path = f"spec.pipeline.routes[{index}].when"
                message = f"never true when `routes[{before}].when` ('{text}') is false"
                yield Finding(Code.MS504, path, message)
                break
        whole = _bound(tree)
        if whole:
            earlier.append((index, route.when, whole))


def _conjuncts(tree: Expression) -> Iterator[Expression]:
    """Yield what must all be true for a condition to be."""
    if isinstance(tree, Binary) and tree.operator == "and":
        yield from _conjuncts(tree.left)
        yield from _conjuncts(tree.right)
    else:
        yield tree


class _Bound:
    """A comparison of a feature with a number."""

    def __init__(self, name: str, operator: str, number: float) -> None:
        self.name = name
        self.is_lower = operator in {">", ">="}
        self.is_strict = operator in {">", "<"}
        self.number = number

    def holds_whenever(self, other: "_Bound") -> bool:
        """Return whether this comparison is true wherever the other one is."""
        if (self.name, self.is_lower) != (other.name, other.is_lower):
            return False
        if self.number == other.number:
            return other.is_strict or not self.is_strict
        return (self.number < other.number) is self.is_lower


def _bound(tree: Expression) -> _Bound | None:
    match tree:
        case Binary(
            (">" | ">=" | "<" | "<=") as operator, Name(name), Literal(int() | float() as n)
        ):
            return _Bound(name, operator, n)
        case Binary(
            (">" | ">=" | "<" | "<=") as operator, Literal(int() | float() as n), Name(name)
        ):
            return _Bound(name, _FLIPPED[operator], n)
        case _:
            return None


_FLIPPED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


def fallbacks_differ_from_the_route(doubtful: Doubtful) -> Iterator[Finding]:
    """MS510: a fallback on just the output that could not be computed."""
    pipeline = doubtful.subject.spec.pipeline
    if pipeline is None or not pipeline.fallback:
        return
    default = {name for _, name in route_outputs(pipeline.routes[-1])}
    if {item.output_name for item in pipeline.fallback} == default and len(default) == 1:
        message = f"the only fallback '{default.pop()}' is also the default route; add a Constant"
        yield Finding(Code.MS510, "spec.pipeline.fallback", message)


def bands_are_reached(doubtful: Doubtful) -> Iterator[Finding]:
    """MS517: a band above the highest value of its output."""
    item = doubtful.subject.spec.postprocessing
    if item is None or item.bands is None:
        return
    name = item.bands.output_name
    highest = doubtful.decision.outputs[name].type.range.high
    for index, band in enumerate(item.bands.ranges):
        if band.from_ > highest:
            path = f"spec.postprocessing.bands.ranges[{index}]"
            message = f"'{band.name}' starts at {band.from_}, `{name}` is at most {highest:.0f}"
            yield Finding(Code.MS517, path, message)


def tolerances_are_tight(doubtful: Doubtful) -> Iterator[Finding]:
    """MS527: a tolerance that lets through what should be found."""
    found = doubtful.subject.spec.verification
    tolerance = found.output_tolerance if found else None
    if tolerance and parse_decimal(tolerance.absolute) > MAX_TOLERANCE:
        path = "spec.verification.outputTolerance.absolute"
        message = f"'{tolerance.absolute}' hides real differences"
        yield Finding(Code.MS527, path, f"{message}; at most '{MAX_TOLERANCE}' is usual")


SUSPICIONS: tuple[Doubt, ...] = (
    models_are_used,
    conditions_leave_something,
    fallbacks_differ_from_the_route,
    bands_are_reached,
    tolerances_are_tight,
)
