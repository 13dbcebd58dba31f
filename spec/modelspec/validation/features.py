"""Rules about raw features: where they come from, their defaults and their bounds."""

from collections.abc import Iterator
from decimal import Decimal

from modelspec.choices import FeatureType
from modelspec.errors import Code, Finding, nearest
from modelspec.quantities import parse_decimal
from modelspec.schema.features import Feature
from modelspec.snapshot.defaults import canonical_bound, canonical_default
from modelspec.validation.subject import Subject

_NUMBERS = frozenset({FeatureType.INT64, FeatureType.FLOAT64})

_DEFAULT_CODES = {
    FeatureType.FLOAT64: Code.MS206,
    FeatureType.TIMESTAMP: Code.MS207,
    FeatureType.BOOL: Code.MS208,
    FeatureType.STRING: Code.MS209,
}


def sources_are_declared(subject: Subject) -> Iterator[Finding]:
    """MS201: a feature names a source that is there."""
    fetching = subject.spec.feature_fetching
    known = [source.name for source in fetching.sources or ()]
    for path, feature in _located(subject):
        name = feature.source_name
        if name is not None and name not in known:
            near = nearest(name, known)
            hint = f"; did you mean '{near}'?" if near else _listed(known)
            yield Finding(Code.MS201, f"{path}.sourceName", f"'{name}' is not a source{hint}")


def _listed(known: list[str]) -> str:
    return f"; sources: {', '.join(known)}" if known else "; no `sources` are declared"


def defaults_have_the_type_of_their_feature(subject: Subject) -> Iterator[Finding]:
    """MS204 to MS209: the text of a default must be a value of the feature's type."""
    for path, feature in _located(subject):
        if feature.type is FeatureType.LIST:
            continue  # It may have none, which the schema says.
        try:
            canonical_default(feature)
        except ValueError as error:
            code, message = _wrong_default(feature, feature.default or "", str(error))
            yield Finding(code, f"{path}.default", f"{message} (feature '{feature.name}')")


def _wrong_default(feature: Feature, text: str, problem: str) -> tuple[Code, str]:
    """Return the code and the message for a text that is no value of its feature's type."""
    if feature.type is FeatureType.INT64 and _is_integer(text):
        return Code.MS205, f"'{text}' {_UNSAFE}"
    hint = _HINTS.get(feature.type, "") if text.lower().lstrip("+-") in _NO_VALUES else ""
    return _DEFAULT_CODES.get(feature.type, Code.MS204), problem + hint


_UNSAFE = "is outside the safe integer range; use type String for identifiers"
_NO_VALUES = frozenset({"", "nan", "null", "none", "inf", "infinity"})
_HINTS = {FeatureType.FLOAT64: "; leave `default` out, and what is missing is null"}


def _is_integer(text: str) -> bool:
    try:
        number = parse_decimal(text)
    except ValueError:
        return False
    return number == number.to_integral_value()


def bounds_have_the_type_of_their_feature(subject: Subject) -> Iterator[Finding]:
    """MS211, MS212: bounds are numbers of the feature's type, the smaller one first."""
    for path, feature in _located(subject):
        yield from _wrong_bounds(path, feature)


def _wrong_bounds(path: str, feature: Feature) -> Iterator[Finding]:
    bounds = {"minimum": feature.minimum, "maximum": feature.maximum}
    given = {name: text for name, text in bounds.items() if text is not None}
    for name, text in given.items():
        if feature.type not in _NUMBERS:
            hint = "; use `maxLength`" if feature.type is FeatureType.STRING else ""
            message = f"may not be specified when `type` is '{feature.type}'{hint}"
            yield Finding(Code.MS212, f"{path}.{name}", message)
            continue
        try:
            canonical_bound(feature, text)
        except ValueError as error:
            yield Finding(Code.MS211, f"{path}.{name}", f"{error} (feature '{feature.name}')")
    low, high = _bounds(feature)
    if low is not None and high is not None and low > high:
        message = f"must be less than or equal to `maximum` '{feature.maximum}'"
        yield Finding(Code.MS211, f"{path}.minimum", message)


def defaults_are_within_bounds(subject: Subject) -> Iterator[Finding]:
    """MS210: a default is one of the values that the feature may have."""
    for path, feature in _located(subject):
        message = _outside(feature)
        if message:
            yield Finding(Code.MS210, f"{path}.default", f"'{feature.default}' must be {message}")


def _outside(feature: Feature) -> str | None:
    """Return what a default should be instead, if it is outside of its feature's bounds."""
    if feature.default is None:
        return None
    if feature.allowed_values is not None and feature.default not in feature.allowed_values:
        return "one of `allowedValues`"
    value = _number(feature, feature.default)
    low, high = _bounds(feature)
    if value is not None and low is not None and value < low:
        return f"greater than or equal to `minimum` '{feature.minimum}'"
    if value is not None and high is not None and value > high:
        return f"less than or equal to `maximum` '{feature.maximum}'"
    return None


def allowed_values_are_distinct_and_short(subject: Subject) -> Iterator[Finding]:
    """MS229: each allowed value is listed once and is not longer than a value may be."""
    for path, feature in _located(subject):
        seen: set[str] = set()
        for index, value in enumerate(feature.allowed_values or ()):
            where = f"{path}.allowedValues[{index}]"
            most = feature.max_length
            if value in seen:
                yield Finding(Code.MS229, where, f"Duplicate value '{value}'")
            elif most is not None and len(value) > most:
                message = f"must be at most {most} characters (`maxLength`), got {len(value)}"
                yield Finding(Code.MS229, where, message)
            seen.add(value)


def _located(subject: Subject) -> Iterator[tuple[str, Feature]]:
    for index, feature in enumerate(subject.spec.feature_fetching.features):
        yield f"spec.featureFetching.features[{index}]", feature


def _bounds(feature: Feature) -> tuple[Decimal | None, Decimal | None]:
    return _number(feature, feature.minimum), _number(feature, feature.maximum)


def _number(feature: Feature, text: str | None) -> Decimal | None:
    """Return a number that can be compared; nothing for what is wrong by itself."""
    if text is None or feature.type not in _NUMBERS:
        return None
    try:
        return parse_decimal(canonical_bound(feature, text) or "")
    except ValueError:
        return None
