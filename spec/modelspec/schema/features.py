"""Raw features: what a caller sends."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from modelspec.parts import FeatureType
from modelspec.schema.structural import RULES, KubernetesModel, keyed_list, rule

FeatureName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$", max_length=63)]

MAX_FEATURES = 512


class Feature(KubernetesModel):
    """One raw feature of a request."""

    model_config = ConfigDict(
        json_schema_extra={
            RULES: [
                rule(
                    "!(has(self.required) && self.required) || !has(self.default)",
                    "`default` may not be specified when `required` is true",
                )
            ]
        }
    )

    name: FeatureName
    """Name of the feature, unique in the specification; callers use it as the key."""

    type: FeatureType
    """Type of the value: Bool, Int64 (below 2^53 in magnitude) or Float64."""

    default: Annotated[str, Field(max_length=32, min_length=1)] | None = None
    """Value when the caller sends none, always written as a string and read by `type`: "0.5", "3",
    "true". Without a default a missing value reaches the model as NaN."""

    required: bool | None = None
    """Whether a request without this feature is refused. False when omitted."""

    @model_validator(mode="after")
    def _required_has_no_default(self) -> Self:
        if self.required and self.default is not None:
            msg = "`default` may not be specified when `required` is true"
            raise ValueError(msg)
        return self


class FeatureFetching(KubernetesModel):
    """How the values of the raw features are obtained."""

    features: Annotated[
        list[Feature], Field(min_length=1, max_length=MAX_FEATURES, json_schema_extra=keyed_list())
    ]
    """The raw features; their order has no meaning."""
