"""Raw features: what a caller sends, and what may be in it."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from modelspec.choices import FeatureType, ItemType, OutOfRange, UnknownFields
from modelspec.errors import Code
from modelspec.quantities import DECIMAL_MAX_LENGTH, DECIMAL_PATTERN
from modelspec.schema.structural import (
    Constraint,
    KubernetesModel,
    atomic_list,
    keyed_list,
    union,
)

FeatureName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$", max_length=63)]
SourceName = Annotated[str, Field(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=40)]
Decimal = Annotated[str, Field(pattern=DECIMAL_PATTERN, max_length=DECIMAL_MAX_LENGTH)]
Text = Annotated[str, Field(max_length=1024)]

MAX_FEATURES = 512
MAX_ALLOWED = 256
MAX_SOURCES = 1


class SourceType(StrEnum):
    """Where values come from."""

    REQUEST = "Request"


class Request(KubernetesModel):
    """The request itself as a source of features."""

    unknown_fields: UnknownFields | None = None
    """What happens to a request that names a feature which is not declared: Ignore what it says,
    or Reject the request. Ignore when omitted."""


class Source(KubernetesModel):
    """Where values of features come from."""

    constraints = (union(Code.MS202, request="Request"),)

    name: SourceName
    """Name of the source; features refer to it by `sourceName`."""

    type: SourceType
    """Kind of source; the member of the same name must be set."""

    request: Request | None = None
    """What to do with requests, when `type` is Request; may be empty: `request: {}`."""


def _has_bound(feature: "Feature") -> bool:
    return any((feature.minimum, feature.maximum, feature.allowed_values))


class Feature(KubernetesModel):
    """One raw feature of a request."""

    constraints = (
        Constraint(
            Code.MS214,
            "!(has(self.required) && self.required) || !has(self.default)",
            "`default` may not be specified when `required` is true",
            lambda feature: not feature.required or feature.default is None,
        ),
        Constraint(
            Code.MS230,
            "self.type != 'List' || !has(self.default)",
            "`default` may not be specified when `type` is 'List'",
            lambda feature: feature.type != FeatureType.LIST or feature.default is None,
        ),
        Constraint(
            Code.MS230,
            "(self.type == 'List') == has(self.itemType)",
            "`itemType` must be specified when `type` is 'List', and only then",
            lambda feature: (feature.type == FeatureType.LIST) == (feature.item_type is not None),
        ),
        Constraint(
            Code.MS230,
            "self.type == 'List' || !has(self.maxItems)",
            "`maxItems` may not be specified unless `type` is 'List'",
            lambda feature: feature.type == FeatureType.LIST or feature.max_items is None,
        ),
        Constraint(
            Code.MS230,
            "self.type == 'String' || (has(self.itemType) && self.itemType == 'String')"
            " || !has(self.maxLength)",
            "`maxLength` may not be specified unless `type` or `itemType` is 'String'",
            lambda feature: (
                feature.type == FeatureType.STRING
                or feature.item_type == ItemType.STRING
                or feature.max_length is None
            ),
        ),
        Constraint(
            Code.MS229,
            "self.type == 'String' || !has(self.allowedValues)",
            "`allowedValues` may not be specified unless `type` is 'String'",
            lambda feature: feature.type == FeatureType.STRING or feature.allowed_values is None,
        ),
        Constraint(
            Code.MS229,
            "!has(self.onOutOfRange) || has(self.minimum) || has(self.maximum)"
            " || has(self.allowedValues)",
            "`onOutOfRange` may not be specified without `minimum`, `maximum` or `allowedValues`",
            lambda feature: feature.on_out_of_range is None or _has_bound(feature),
        ),
        Constraint(
            Code.MS229,
            "!has(self.allowedValues) || !has(self.onOutOfRange) || self.onOutOfRange != 'Clamp'",
            "`onOutOfRange` may not be 'Clamp' when `allowedValues` is specified;"
            " a text has no nearest value",
            lambda feature: (
                feature.allowed_values is None or feature.on_out_of_range != OutOfRange.CLAMP
            ),
        ),
    )

    name: FeatureName
    """Name of the feature, unique in the specification; callers use it as the key."""

    type: FeatureType
    """Type of the value: Bool, Int64 (below 2^53 in magnitude), Float64, String, Timestamp (text
    as RFC 3339 has it, with an offset: "2026-01-02T03:04:05Z") or List."""

    item_type: ItemType | None = None
    """Type of a List's items: Int64, Float64 or String."""

    source_name: SourceName | None = None
    """Name of the source that the value comes from. The request when omitted."""

    max_length: Annotated[int, Field(ge=1, le=65536)] | None = None
    """Most characters of a String, or of each String in a List; a request with a longer one is
    refused. 1024 when omitted. What an expression may cost depends on it."""

    max_items: Annotated[int, Field(ge=1, le=1024)] | None = None
    """Most items of a List; a request with more is refused. 64 when omitted."""

    minimum: Decimal | None = None
    """Smallest value of an Int64 or a Float64, as a decimal string: "0"."""

    maximum: Decimal | None = None
    """Largest value of an Int64 or a Float64, as a decimal string: "1e6"."""

    allowed_values: Annotated[
        list[Text] | None,
        Field(min_length=1, max_length=MAX_ALLOWED, json_schema_extra=atomic_list()),
    ] = None
    """The values that a String may have; their order has no meaning. Words such as NO are quoted,
    because YAML reads them as something else."""

    on_out_of_range: OutOfRange | None = None
    """What happens to a value below `minimum`, above `maximum` or not in `allowedValues`: Reject
    the request, Clamp the number to the nearest bound, or UseNull as if it were missing and had no
    default. Reject when omitted."""

    default: Annotated[str, Field(max_length=1024)] | None = None
    """Value when the caller sends none, always written as a string and read by `type`: "0.5", "3",
    "true", "2026-01-02T03:04:05Z". Without a default a missing value is null in expressions and
    NaN in a tensor."""

    required: bool | None = None
    """Whether a request without this feature is refused. False when omitted."""

    description: Text | None = None
    """What it means, for people. Not part of a version's identity."""


class FeatureFetching(KubernetesModel):
    """How the values of the raw features are obtained."""

    sources: Annotated[
        list[Source] | None,
        Field(min_length=1, max_length=MAX_SOURCES, json_schema_extra=keyed_list()),
    ] = None
    """Where values come from. The request alone when omitted."""

    features: Annotated[
        list[Feature], Field(min_length=1, max_length=MAX_FEATURES, json_schema_extra=keyed_list())
    ]
    """The raw features; their order has no meaning."""
