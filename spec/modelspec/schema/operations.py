"""How a version runs: replicas and resources. Nothing here is part of a version's identity."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from modelspec.quantities import QUANTITY_PATTERN, canonical_quantity
from modelspec.schema.structural import KubernetesModel

DEFAULT_REPLICAS = 1
DEFAULT_REQUESTS = {"cpu": "100m", "memory": "160Mi"}
"""What a pod with a small model needs: 110 MB resident, a tenth of a core when idle."""


def _text(value: object) -> object:
    """Return an integer quantity as text; everything else is left to the next validator."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Quantity = Annotated[
    str,
    BeforeValidator(_text),
    AfterValidator(canonical_quantity),
    WithJsonSchema(
        {
            "x-kubernetes-int-or-string": True,
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "pattern": QUANTITY_PATTERN,
            "maxLength": 32,
        }
    ),
]

ResourceList = Annotated[
    dict[str, Quantity],
    Field(max_length=8, json_schema_extra={"x-kubernetes-map-type": "granular"}),
]


class Resources(KubernetesModel):
    """Compute resources of one serving pod, as in a container's `resources`."""

    requests: ResourceList | None = None
    """What the scheduler reserves, for instance `cpu: 500m`, `memory: 512Mi`. When omitted:
    100m of CPU and 160Mi of memory."""

    limits: ResourceList | None = None
    """What a pod may not exceed. No limits when omitted."""


class Serving(KubernetesModel):
    """How many pods serve a version and what each gets. Changes here make no new version."""

    replicas: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Number of pods of the version that serves. 1 when omitted."""

    resources: Resources | None = None
    """Compute resources of each pod."""

    @property
    def pod_count(self) -> int:
        """The number of pods, default applied."""
        return self.replicas or DEFAULT_REPLICAS

    @property
    def container_resources(self) -> dict[str, dict[str, str]]:
        """The container's ``resources``, defaults applied, empty members left out."""
        given = self.resources or Resources()
        both = {"requests": given.requests or DEFAULT_REQUESTS, "limits": given.limits or {}}
        return {name: dict(amounts) for name, amounts in both.items() if amounts}
