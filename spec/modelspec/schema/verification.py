"""Verification: rows with known answers, which a version must reproduce before it serves."""

from typing import Annotated

from pydantic import Field

from modelspec.schema.artifacts import Artifact
from modelspec.schema.features import Decimal
from modelspec.schema.structural import KubernetesModel

MAX_ULPS = 1_000_000


class Cases(KubernetesModel):
    """Golden rows: raw features with the derived features and outputs that they give."""

    artifact: Artifact
    """The rows as JSON, one object a line."""


class FeatureTolerance(KubernetesModel):
    """How far a feature may be from its expected value."""

    ulps: Annotated[int, Field(ge=0, le=MAX_ULPS)]
    """Distance in units of the last place of a float32."""


class OutputTolerance(KubernetesModel):
    """How far an output may be from its expected value."""

    absolute: Decimal
    """Absolute distance, as a decimal string."""


class Verification(KubernetesModel):
    """Rows with known answers; a version that does not reproduce them never serves."""

    cases: Cases
    """The golden rows."""

    feature_tolerance: FeatureTolerance | None = None
    """How far a feature may be from its expected value. Not at all when omitted."""

    output_tolerance: OutputTolerance | None = None
    """How far an output may be from its expected value. Not at all when omitted."""
