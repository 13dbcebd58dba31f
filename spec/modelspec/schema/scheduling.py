"""Where pods run and what they need for it, in Kubernetes' own words.

Source: the fields of the same names in Kubernetes' ``PodSpec``; their limits are the API server's,
made finite where it has none.
"""

import re
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from modelspec.schema.structural import KubernetesModel

_PREFIX = r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?"
_WORD = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"

_QUALIFIED = f"^{_PREFIX}{_WORD}$"
_T = TypeVar("_T")

QualifiedName = Annotated[str, Field(pattern=_QUALIFIED, max_length=317)]
"""A key of a label, a taint or an annotation: an optional DNS prefix, and up to 63 characters."""

LabelValue = Annotated[str, Field(pattern=f"^({_WORD})?$", max_length=63)]

ObjectName = Annotated[
    str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$", max_length=253)
]


def given(values: object) -> object:
    """Return a map without what is null in it, which the API server drops."""
    if not isinstance(values, dict):
        return values
    return {name: value for name, value in values.items() if value is not None}


def _named(values: dict[str, _T]) -> dict[str, _T]:
    """Return a map all of whose keys are qualified names, which no schema of a CRD can say."""
    for name in values:
        if not re.fullmatch(_QUALIFIED, name):
            raise ValueError(f"key {name[:80]!r} must be like `example.com/name`, or `name`")
    return values


_MAP = Field(max_length=32, json_schema_extra={"x-kubernetes-map-type": "granular"})

Labels = Annotated[dict[str, LabelValue], _MAP, BeforeValidator(given), AfterValidator(_named)]
Annotations = Annotated[
    dict[str, Annotated[str, Field(max_length=4096)]],
    _MAP,
    BeforeValidator(given),
    AfterValidator(_named),
]


class TolerationOperator(StrEnum):
    """How a toleration matches a taint."""

    EXISTS = "Exists"
    EQUAL = "Equal"


class TaintEffect(StrEnum):
    """What a taint does to pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


class Toleration(KubernetesModel):
    """A taint of nodes that the pods put up with."""

    key: QualifiedName | None = None
    """The taint's key. All keys when omitted; `operator` must be Exists then."""

    operator: TolerationOperator | None = None
    """Exists, or Equal: the taint must have this value. Equal when omitted."""

    value: LabelValue | None = None
    """The taint's value."""

    effect: TaintEffect | None = None
    """NoSchedule, PreferNoSchedule or NoExecute. All when omitted."""

    toleration_seconds: Annotated[int, Field(ge=0, le=31_536_000)] | None = None
    """How long a NoExecute taint is put up with. For ever when omitted."""


class SecretReference(KubernetesModel):
    """A Secret in the namespace of the ModelSpec. The operator does not read it."""

    name: ObjectName
    """Name of the Secret."""
