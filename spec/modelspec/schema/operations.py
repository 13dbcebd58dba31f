"""How a version runs and how fast it should be. Nothing here is part of a version's identity."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from modelspec.quantities import AMOUNT_PATTERN, canonical_quantity, quantity_value
from modelspec.schema.scheduling import (
    Annotations,
    Labels,
    ObjectName,
    SecretReference,
    Toleration,
    given,
)
from modelspec.schema.structural import KubernetesModel, atomic_list, keyed_list

Milliseconds = Annotated[int, Field(ge=1, le=3_600_000)]

DEFAULT_REPLICAS = 1
DEFAULT_REQUESTS = {"cpu": "100m", "memory": "160Mi"}
"""What a pod with a small model needs: 110 MB resident, a tenth of a core when idle."""


def _text(value: object) -> object:
    """Return an integer quantity as text; everything else is left to the next validator."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _amount(text: str) -> str:
    """Return the canonical form of an amount of something: not negative, below 2^63."""
    canonical = canonical_quantity(text)
    if not 0 <= quantity_value(canonical) < 2**63:
        raise ValueError(f"{text!r} must be 0 or more and less than 2^63")
    return canonical


Quantity = Annotated[
    str,
    BeforeValidator(_text),
    AfterValidator(_amount),
    WithJsonSchema(
        {
            "x-kubernetes-int-or-string": True,
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "pattern": AMOUNT_PATTERN,
            "maxLength": 32,
        }
    ),
]


ResourceList = Annotated[
    dict[str, Quantity],
    BeforeValidator(given),
    Field(max_length=8, json_schema_extra={"x-kubernetes-map-type": "granular"}),
]


def _settled(amounts: dict[str, str]) -> dict[str, str]:
    """Return amounts as the API server keeps them: it rounds CPU up to whole thousandths."""
    return {
        name: canonical_quantity(amount, smallest="m") if name == "cpu" else amount
        for name, amount in amounts.items()
    }


class Resources(KubernetesModel):
    """Compute resources of one serving pod, as in a container's `resources`."""

    requests: ResourceList | None = None
    """What the scheduler reserves, for instance `cpu: 500m`, `memory: 512Mi`. When omitted:
    100m of CPU and 160Mi of memory."""

    limits: ResourceList | None = None
    """What a pod may not exceed. No limits when omitted."""


class ServiceLevel(KubernetesModel):
    """What callers may expect. Changes here make no new version."""

    latency_p50_milliseconds: Milliseconds | None = None
    """Half of all requests are answered within this time."""

    latency_p99_milliseconds: Milliseconds | None = None
    """99 of 100 requests are answered within this time; lint warns when preprocessing alone is
    estimated to take more than a fifth of it."""

    availability_percent: (
        Annotated[str, Field(pattern=r"^(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?)$", max_length=16)]
        | None
    ) = None
    """Share of requests that are answered, as a decimal string: "99.95"."""

    throughput_per_second: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Requests per second at peak."""


class Serving(KubernetesModel):
    """How many pods serve a version and what each gets. Changes here make no new version."""

    replicas: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Number of pods of the version that serves. 1 when omitted."""

    resources: Resources | None = None
    """Compute resources of each pod."""

    image_pull_secrets: (
        Annotated[list[SecretReference], Field(max_length=8, json_schema_extra=keyed_list())]
        | None
    ) = None
    """Secrets with which nodes pull the images of the pods."""

    node_selector: Labels | None = None
    """Labels that a node must have to run the pods."""

    tolerations: (
        Annotated[list[Toleration], Field(max_length=16, json_schema_extra=atomic_list())] | None
    ) = None
    """Taints of nodes that the pods put up with."""

    priority_class_name: ObjectName | None = None
    """The PriorityClass of the pods."""

    pod_annotations: Annotations | None = None
    """Annotations of the pods, as service meshes and collectors of logs read them."""

    @property
    def pod_count(self) -> int:
        """The number of pods, default applied."""
        return self.replicas or DEFAULT_REPLICAS

    @property
    def container_resources(self) -> dict[str, dict[str, str]]:
        """The container's ``resources``, defaults applied, empty members left out."""
        given = self.resources or Resources()
        limits = given.limits or {}
        # Kubernetes requests what is limited; a default above a limit would be refused.
        unlimited = {name: v for name, v in DEFAULT_REQUESTS.items() if name not in limits}
        both = {"requests": given.requests or unlimited, "limits": limits}
        return {name: _settled(amounts) for name, amounts in both.items() if amounts}
