"""The texts of values in their one canonical form: defaults of features, keys of parameters."""

from datetime import timedelta
from decimal import Decimal
from math import isfinite

from modelspec import parts
from modelspec.choices import FeatureType
from modelspec.compiler.rows import EPOCH, parse_time
from modelspec.quantities import canonical_decimal
from modelspec.schema.features import Feature


def canonical_default(feature: Feature) -> str | None:
    """Return a feature's default in its one canonical form, or ``None`` without a default.

    Raises:
        ValueError: The default is not a value of the feature's type.
    """
    text = feature.default
    if text is None:
        return None
    match feature.type:
        case FeatureType.BOOL:
            return _canonical_bool(text)
        case FeatureType.INT64:
            return canonical_int64(text)
        case FeatureType.FLOAT64:
            return _canonical_float64(text)
        case FeatureType.STRING:
            return _checked_string(text, feature.max_length or parts.DEFAULT_MAX_LENGTH)
        case FeatureType.TIMESTAMP:
            return _canonical_timestamp(text)
        case FeatureType.LIST:
            raise ValueError("a List has no default")


def canonical_bound(feature: Feature, text: str | None) -> str | None:
    """Return a feature's minimum or maximum in its one canonical form, or ``None`` without one.

    Raises:
        ValueError: The bound is not a value of the feature's type.
    """
    if text is None:
        return None
    return canonical_int64(text) if feature.type is FeatureType.INT64 else _canonical_float64(text)


def canonical_int64(text: str) -> str:
    """Return the decimal digits of an integer that is exact everywhere.

    Raises:
        ValueError: The text is no such integer.
    """
    problem = f"{text!r} is not an Int64; must be an integer between {1 - 2**53} and {2**53 - 1}"
    try:
        canonical = canonical_decimal(text)
    except ValueError as error:
        raise ValueError(problem) from error
    if "." in canonical or abs(Decimal(canonical)) >= 2**53:
        raise ValueError(problem)
    return canonical


def _canonical_bool(text: str) -> str:
    if text not in {"true", "false"}:
        raise ValueError("must be 'true' or 'false'")
    return text


def _canonical_float64(text: str) -> str:
    canonical = canonical_decimal(text)
    if not isfinite(float(canonical)):
        raise ValueError(f"{text!r} is outside the range of a Float64")
    return canonical


def _checked_string(text: str, most: int) -> str:
    if len(text) > most:
        raise ValueError(f"must be at most {most} characters (`maxLength`), got {len(text)}")
    return text


def _canonical_timestamp(text: str) -> str:
    """Return the time in UTC, as precise as a microsecond."""
    try:
        time = EPOCH + timedelta(microseconds=parse_time(text))
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"{text!r} is not an RFC 3339 time such as '2026-01-02T03:04:05Z'"
        ) from error
    return time.isoformat().replace("+00:00", "Z")
