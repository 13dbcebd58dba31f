"""What an installation decides, read once from the environment."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Environment variables prefixed with ``MODELSPEC_``, as in ``MODELSPEC_SERVING_IMAGE``."""

    model_config = SettingsConfigDict(env_prefix="MODELSPEC_", frozen=True)

    serving_image: str
    """Image of the serving pods of versions that are yet to come; running ones keep theirs."""

    namespace: str | None = None
    """The one namespace to watch; all namespaces when unset."""

    health_port: Annotated[int, Field(ge=1, le=65535)] = 8080
    """Port of the operator's own ``/healthz``."""

    workers: Annotated[int, Field(ge=1, le=64)] = 8
    """How many ModelSpecs are reconciled at once."""

    warm_seconds: Annotated[int, Field(ge=0)] = 600
    """How long a replaced version keeps its pods, for a rollback within seconds."""

    version_history: Annotated[int, Field(ge=2, le=100)] = 12
    """How many versions of a ModelSpec are kept; those that serve are kept in any case."""
