"""Rows of raw features: the struct that a request is decoded into, and how its fields are read."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from modelspec.compiler.emission import Emitter
from modelspec.expressions.graph import Input
from modelspec.expressions.limits import Limits, shown
from modelspec.expressions.program import RawFeature
from modelspec.expressions.types import MAX_FLOAT, MAX_INTEGER, Kind, Type

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_PYTHON: Mapping[Kind, Any] = MappingProxyType(
    {
        Kind.BOOL: bool,
        Kind.INT64: int,
        Kind.FLOAT64: float,
        Kind.TIMESTAMP: Annotated[datetime, Meta(tz=True)],
    }
)

_SAFE_INTEGER = Annotated[int, Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)]

_BLANK: Mapping[Kind, Any] = MappingProxyType(
    {
        Kind.BOOL: False,
        Kind.INT64: 0,
        Kind.FLOAT64: 0.0,
        Kind.STRING: "",
        Kind.TIMESTAMP: EPOCH,
        Kind.LIST: (),
    }
)


class RefusedFeatureError(ValueError):
    """A row that is not computed because of one feature; ``problem`` does not repeat its name."""

    def __init__(self, feature: str, problem: str, sentence: str) -> None:
        super().__init__(sentence)
        self.feature = feature
        self.problem = problem


class MissingFeatureError(RefusedFeatureError):
    """A row lacks a required feature."""

    def __init__(self, feature: str) -> None:
        super().__init__(feature, "required", f"feature {feature!r} is required")


class OutOfRangeError(RefusedFeatureError):
    """A row holds a value that a feature may not have."""

    def __init__(self, feature: str, problem: str) -> None:
        super().__init__(feature, problem, f"feature {feature!r} {problem}")


def build_row_type(
    features: Sequence[RawFeature], *, is_open: bool = True
) -> type[msgspec.Struct]:
    """Return the struct of one row: a field per feature in the given order, each may be missing.

    Fields are called by position, because a feature may have the name of a Python keyword. A float
    in a row is finite.

    Args:
        features: The features.
        is_open: Whether a document may name what is no feature.
    """
    names = {f"f{index}": feature.name for index, feature in enumerate(features)}
    fields = [
        (field, python_type(feature.type) | None, None)
        for field, feature in zip(names, features, strict=True)
    ]
    return msgspec.defstruct(
        "Row", fields, rename=names, gc=False, forbid_unknown_fields=not is_open
    )


def blank_values(features: Sequence[RawFeature]) -> list[Any]:
    """Return the values of a row that lacks nothing: zeros, false, empty texts and lists, 1970.

    A feature that may not have such a value has the number next to it, or its first text.
    """
    return [_blank(feature) for feature in features]


def _blank(feature: RawFeature) -> Any:
    blank = _BLANK[feature.type.kind]
    if feature.limits is None:
        return blank
    if feature.limits.allowed:
        return feature.limits.allowed[0]
    low, high = feature.limits.range
    return min(max(blank, low), high)


def python_type(declared: Type) -> Any:
    """Return what the values of a feature are decoded as, when they are not missing.

    A list takes no missing items, so integers in it that are not exact are refused.
    """
    if declared.kind is Kind.STRING:
        return Annotated[str, Meta(max_length=declared.length)]
    if declared.kind is Kind.LIST:
        item: Any = _item_type(declared)
        return Annotated[tuple[item, ...], Meta(max_length=declared.length)]
    return _PYTHON[declared.kind]


def _item_type(declared: Type) -> Any:
    if declared.item is Kind.INT64:
        return _SAFE_INTEGER
    return python_type(Type(declared.item or Kind.FLOAT64, length=declared.item_length))


def parse_time(text: str) -> int:
    """Return a time as RFC 3339 has it, with an offset, as microseconds since 1970 in UTC.

    Raises:
        ValueError: The text is no such time.
    """
    time: datetime = msgspec.convert(text, _PYTHON[Kind.TIMESTAMP])
    return microseconds(time)


def microseconds(time: datetime) -> int:
    """Return a time as microseconds since 1970 in UTC."""
    since = time - EPOCH
    return since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds


class RowReader:
    """Emits the reading of raw features: ``row.f3``, with what stands in for a missing value.

    What is missing and has no stand-in stays ``None``, also for a float.
    """

    def __init__(self, features: Sequence[RawFeature]) -> None:
        self._features = {feature.name: (index, feature) for index, feature in enumerate(features)}

    def __call__(self, node: Input, emitter: Emitter) -> str:
        """Return the text of the feature, after the lines that put in what stands for it."""
        index, feature = self._features[node.name]
        name, field = f"x{index}", f"row.f{index}"
        stand_in = self._stand_in(feature, emitter)
        kind = feature.type.kind
        if feature.strict_limits:
            emitter.line(f"{name} = {field}")
            outside = _outside(name, feature.strict_limits, emitter)
            other = emitter.bind(_Other(feature, feature.strict_limits))
            _check(name, stand_in, f"{outside}: {name} = {other}({name})", emitter)
        elif kind is Kind.INT64:
            emitter.line(f"{name} = {field}")
            limits = f"{-MAX_INTEGER} <= {name} <= {MAX_INTEGER}"
            emitter.line(f"if {name} is None or not {limits}: {name} = {stand_in}")
        elif kind is Kind.TIMESTAMP:
            emitter.line(f"{name} = {field}")
            convert = emitter.bind(microseconds)
            emitter.line(f"{name} = {stand_in} if {name} is None else {convert}({name})")
        elif stand_in != "None":
            emitter.line(f"{name} = {field}")
            emitter.line(f"if {name} is None: {name} = {stand_in}")
        else:
            return emitter.assign(name, field)
        return name

    def _stand_in(self, feature: RawFeature, emitter: Emitter) -> str:
        if feature.required:
            return f"{emitter.bind(_Missing(feature.name))}()"
        return emitter.bind(feature.default)


def _check(name: str, stand_in: str, outside: str, emitter: Emitter) -> None:
    """Emit one comparison, which also finds integers that are too large to be any."""
    if stand_in == "None":
        emitter.line(f"if {name} is not None and {outside}")
    else:
        emitter.line(f"if {name} is None: {name} = {stand_in}")
        emitter.line(f"elif {outside}")


def _outside(name: str, limits: Limits, emitter: Emitter) -> str:
    """Return the condition that a value is not within the limits; a float is finite anyway."""
    if limits.allowed:
        return f"{name} not in {emitter.bind(frozenset(limits.allowed))}"
    low, high = limits.range
    least = f"{emitter.bind(low)} <= " if low > -MAX_FLOAT else ""
    most = f" <= {emitter.bind(high)}" if high < MAX_FLOAT else ""
    return f"not {least}{name}{most}"


class _Missing:
    """Raises the error for one feature; what generated code calls."""

    def __init__(self, feature: str) -> None:
        self._feature = feature

    def __call__(self) -> None:
        """Raise."""
        raise MissingFeatureError(self._feature)


class _Other:
    """Takes what is not within the limits of one feature; what generated code calls."""

    def __init__(self, feature: RawFeature, limits: Limits) -> None:
        self._feature = feature
        self._limits = limits

    def __call__(self, value: Any) -> Any:
        """Return what stands in for an integer that is too large to be one, or raise."""
        feature = self._feature
        if feature.type.kind is not Kind.INT64 or -MAX_INTEGER <= value <= MAX_INTEGER:
            problem = f"{self._limits.requirement(value)}, got {shown(value)}"
            raise OutOfRangeError(feature.name, problem)
        if feature.required:
            raise MissingFeatureError(feature.name)
        return feature.default
