"""The status of a ModelSpec: output only. No decision of the operator reads it."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from modelspec.schema.structural import KubernetesModel, atomic_list, keyed_list

ShortText = Annotated[str, Field(max_length=256)]
Message = Annotated[str, Field(max_length=32768)]
Time = Annotated[str, Field(max_length=32, json_schema_extra={"format": "date-time"})]

MAX_FAILURES = 20


class ConditionStatus(StrEnum):
    """The three values of a condition."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class Condition(KubernetesModel):
    """One aspect of the current state."""

    type: ShortText
    """Ready, Promoted, Reconciling or Stalled. The last two are present only while they hold."""

    status: ConditionStatus
    """True, False or Unknown."""

    reason: ShortText
    """Why, as one CamelCase word; Events carry the same word."""

    message: Message
    """Why, as a sentence for people."""

    observed_generation: Annotated[int, Field(ge=0)]
    """Generation of the specification that this condition speaks of."""

    last_transition_time: Time
    """When `status` last changed."""


class VersionStatus(KubernetesModel):
    """One version of the model."""

    version: ShortText
    """Number by order of first appearance, as in `v3`."""

    hash: ShortText
    """First ten hex digits of the snapshot's digest; part of the names of its objects."""

    since: Time
    """When it took its present role."""


class Failure(KubernetesModel):
    """One problem, for programs."""

    code: ShortText
    """Stable code such as MS408."""

    path: Annotated[str, Field(max_length=512)]
    """Field of the specification that the problem is about."""

    message: Message
    """What is wrong and what to do."""


class ModelSpecStatus(KubernetesModel):
    """What the operator found, each time it looked."""

    observed_generation: Annotated[int, Field(ge=0)] | None = None
    """Generation of the specification that this status speaks of."""

    conditions: Annotated[
        list[Condition], Field(max_length=16, json_schema_extra=keyed_list("type"))
    ]
    """The most urgent first."""

    stable: VersionStatus | None = None
    """The version that the front Service sends requests to."""

    canary: VersionStatus | None = None
    """The version that the specification asks for, while it does not serve yet."""

    failures: Annotated[
        list[Failure] | None, Field(max_length=MAX_FAILURES, json_schema_extra=atomic_list())
    ] = None
    """The problems behind Stalled, in full."""

    replicas: Annotated[int, Field(ge=0)] | None = None
    """Ready pods of the stable version."""

    selector: Annotated[str, Field(max_length=512)] | None = None
    """Label selector of the stable version's pods, for the scale subresource."""
