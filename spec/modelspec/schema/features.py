"""Raw features: what a caller sends."""

from typing import Annotated

from pydantic import Field

from modelspec.parts import FeatureType, ItemType
from modelspec.schema.structural import Constraint, KubernetesModel, keyed_list

FeatureName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$", max_length=63)]

MAX_FEATURES = 512


class Feature(KubernetesModel):
    """One raw feature of a request."""

    constraints = (
        Constraint(
            "!(has(self.required) && self.required) || !has(self.default)",
            "`default` may not be specified when `required` is true",
            lambda feature: not feature.required or feature.default is None,
        ),
        Constraint(
            "self.type != 'List' || !has(self.default)",
            "`default` may not be specified when `type` is 'List'",
            lambda feature: feature.type != FeatureType.LIST or feature.default is None,
        ),
        Constraint(
            "(self.type == 'List') == has(self.itemType)",
            "`itemType` must be specified when `type` is 'List', and only then",
            lambda feature: (feature.type == FeatureType.LIST) == (feature.item_type is not None),
        ),
        Constraint(
            "self.type == 'List' || !has(self.maxItems)",
            "`maxItems` may not be specified unless `type` is 'List'",
            lambda feature: feature.type == FeatureType.LIST or feature.max_items is None,
        ),
        Constraint(
            "self.type == 'String' || (has(self.itemType) && self.itemType == 'String')"
            " || !has(self.maxLength)",
            "`maxLength` may not be specified unless `type` or `itemType` is 'String'",
            lambda feature: (
                feature.type == FeatureType.STRING
                or feature.item_type == ItemType.STRING
                or feature.max_length is None
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

    max_length: Annotated[int, Field(ge=1, le=65536)] | None = None
    """Most characters of a String, or of each String in a List; a request with a longer one is
    refused. 1024 when omitted. What an expression may cost depends on it."""

    max_items: Annotated[int, Field(ge=1, le=1024)] | None = None
    """Most items of a List; a request with more is refused. 64 when omitted."""

    default: Annotated[str, Field(max_length=1024)] | None = None
    """Value when the caller sends none, always written as a string and read by `type`: "0.5", "3",
    "true", "2026-01-02T03:04:05Z". Without a default a missing value is null in expressions and
    NaN in a tensor."""

    required: bool | None = None
    """Whether a request without this feature is refused. False when omitted."""


class FeatureFetching(KubernetesModel):
    """How the values of the raw features are obtained."""

    features: Annotated[
        list[Feature], Field(min_length=1, max_length=MAX_FEATURES, json_schema_extra=keyed_list())
    ]
    """The raw features; their order has no meaning."""
