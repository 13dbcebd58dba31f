"""Basic information: whose model it is and what it is for. Nothing here makes a version."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from modelspec.schema.structural import KubernetesModel, keyed_list

MAX_OWNERS = 16
MAX_PERIOD_SECONDS = 315_360_000  # ten years

DisplayName = Annotated[str, Field(min_length=1, max_length=128)]


class OwnerRole(StrEnum):
    """What an owner answers for."""

    DATA_SCIENCE = "DataScience"
    DOMAIN_ENGINEERING = "DomainEngineering"
    PLATFORM = "Platform"
    BUSINESS = "Business"


class ProblemType(StrEnum):
    """What the model predicts."""

    REGRESSION = "Regression"
    BINARY_CLASSIFICATION = "BinaryClassification"
    MULTICLASS_CLASSIFICATION = "MulticlassClassification"
    ANOMALY_DETECTION = "AnomalyDetection"


class Owner(KubernetesModel):
    """A team that answers for the model."""

    name: DisplayName
    """Name of the team."""

    role: OwnerRole
    """What it answers for: DataScience, DomainEngineering, Platform or Business."""

    contact: Annotated[str, Field(min_length=1, max_length=253)] | None = None
    """Where to reach it: an address or a channel."""


class Refresh(KubernetesModel):
    """How often the model is meant to be fitted anew."""

    period_seconds: Annotated[int, Field(ge=1, le=MAX_PERIOD_SECONDS)]
    """Intended time between two fits, in seconds."""


class Information(KubernetesModel):
    """Whose model it is and what it is for. Changes here make no new version."""

    display_name: DisplayName | None = None
    """Name for people."""

    description: Annotated[str, Field(max_length=4096)] | None = None
    """What is predicted, from what, for whom."""

    owners: Annotated[
        list[Owner] | None, Field(max_length=MAX_OWNERS, json_schema_extra=keyed_list())
    ] = None
    """The teams that answer for it."""

    problem_type: ProblemType | None = None
    """What the model predicts: Regression, BinaryClassification, MulticlassClassification or
    AnomalyDetection. It cannot be changed: callers read the answers by it."""

    scenario: Annotated[str | None, Field(pattern=r"^[A-Z][A-Za-z0-9]*$", max_length=63)] = None
    """Where it is used, as one CamelCase word: CheckoutAuthorization."""

    refresh: Refresh | None = None
    """How often it is meant to be fitted anew."""
