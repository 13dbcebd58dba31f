"""What an installation decides, read once from the environment."""

from enum import StrEnum
from socket import gethostname
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class RuntimeRefresh(StrEnum):
    """When a new serving image, or a new way to run pods, reaches the models that serve."""

    NEXT_VERSION = "NextVersion"
    """With each model's own next version; an upgrade of the operator restarts nothing."""

    ROLLING = "Rolling"
    """As a rolling update of one model after the other."""


class Settings(BaseSettings):
    """Environment variables prefixed with ``MODELSPEC_``, as in ``MODELSPEC_SERVING_IMAGE``."""

    model_config = SettingsConfigDict(env_prefix="MODELSPEC_", frozen=True)

    serving_image: str
    """Image of the serving pods of versions that are yet to come; running ones keep theirs."""

    runtime_refresh: RuntimeRefresh = RuntimeRefresh.NEXT_VERSION
    """When running versions get this image."""

    namespace: str | None = None
    """The one namespace to watch; all namespaces when unset."""

    health_port: Annotated[int, Field(ge=1, le=65535)] = 8080
    """Port of the operator's own ``/healthz``, ``/readyz`` and ``/metrics``."""

    lease_namespace: str = "default"
    """Where the Lease is that says which replica writes; the operator's own namespace."""

    identity: str = Field(default_factory=gethostname)
    """Who this replica is; the name of its pod."""

    api_requests_per_second: Annotated[float, Field(gt=0, le=10_000)] = 50.0
    """Most requests to the API server in the long run."""

    api_burst: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Most requests at once."""

    relist_seconds: Annotated[int, Field(ge=10)] = 600
    """How often all ModelSpecs are looked at, whether or not anything was heard of them."""

    workers: Annotated[int, Field(ge=1, le=64)] = 8
    """How many ModelSpecs are reconciled at once."""

    warm_seconds: Annotated[int, Field(ge=0)] = 600
    """How long a replaced version keeps its pods, for a rollback within seconds."""

    version_history: Annotated[int, Field(ge=2, le=100)] = 12
    """How many versions of a ModelSpec are kept; those that serve are kept in any case."""
