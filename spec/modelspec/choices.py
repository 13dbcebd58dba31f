"""The words that a specification chooses from, as they are written and hashed."""

from enum import StrEnum


class FeatureType(StrEnum):
    """The type of a raw feature, as callers send it."""

    BOOL = "Bool"
    INT64 = "Int64"
    FLOAT64 = "Float64"
    STRING = "String"
    TIMESTAMP = "Timestamp"
    LIST = "List"


class ItemType(StrEnum):
    """The type of a list's items."""

    INT64 = "Int64"
    FLOAT64 = "Float64"
    STRING = "String"


class KeyType(StrEnum):
    """The type of a parameter's keys."""

    STRING = "String"
    INT64 = "Int64"


class OutOfRange(StrEnum):
    """What happens to a value that is not one of those that a feature may have."""

    REJECT = "Reject"
    CLAMP = "Clamp"
    USE_NULL = "UseNull"


class UnknownFields(StrEnum):
    """What happens to a request that names a feature which is not declared."""

    IGNORE = "Ignore"
    REJECT = "Reject"


class MissingEncoding(StrEnum):
    """What a null becomes in a tensor."""

    NAN = "NaN"
    FORBIDDEN = "Forbidden"


class RouteType(StrEnum):
    """How a route decides."""

    SINGLE = "Single"
    SPLIT = "Split"
    ENSEMBLE = "Ensemble"


class Combination(StrEnum):
    """How several outputs become one."""

    WEIGHTED_MEAN = "WeightedMean"
    MAX = "Max"
    MIN = "Min"


class FallbackType(StrEnum):
    """What decides when a route cannot."""

    OUTPUT = "Output"
    CONSTANT = "Constant"


class OutputType(StrEnum):
    """The type of a value that callers receive."""

    BOOL = "Bool"
    INT64 = "Int64"
    FLOAT64 = "Float64"
    STRING = "String"
