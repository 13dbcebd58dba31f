"""What the operator tells a pod, read once from the environment."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from modelspec.names import PORT_ADMIN, PORT_INFERENCE

Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """Environment variables with the prefix ``MODELSPEC_``, for instance ``MODELSPEC_NAME``."""

    model_config = SettingsConfigDict(env_prefix="MODELSPEC_", frozen=True)

    name: Annotated[str, Field(min_length=1)]
    """Name of the ModelSpec; callers write it in their paths."""

    model_version: Annotated[int, Field(ge=1)]
    """Number of the version that this pod serves."""

    snapshot: Annotated[str, Field(pattern=r"^([0-9a-f]{10}|[0-9a-f]{64})$")]
    """Root digest that the mounted snapshot must have, or its first ten digits."""

    snapshot_directory: Path = Path("/etc/modelspec/snapshot")
    """Where the snapshot's documents are mounted."""

    artifact_directory: Path = Path("/etc/modelspec/artifacts")
    """Where the artifacts are mounted, each named by its full SHA-256."""

    host: str = ""
    """Address to listen on; all when empty."""

    http_port: Port = PORT_INFERENCE
    """Port of the inference protocols."""

    admin_port: Port = PORT_ADMIN
    """Port of health and metadata."""

    termination_log: Path = Path("/dev/termination-log")
    """Where Kubernetes reads why a pod stopped."""

    drain_seconds: Annotated[int, Field(ge=0)] = 25
    """How long a stopping pod answers those who are still connected."""

    max_body_bytes: Annotated[int, Field(ge=1)] = 8 * 1024 * 1024
    """Largest request body, packed and unpacked."""

    max_rows: Annotated[int, Field(ge=1)] = 1000
    """Most rows in one request."""

    bins: bool = True
    """Whether distributions of features and outputs are counted."""

    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes that share the ports; in Kubernetes there is one in each pod."""

    status_file: Path = Path("/dev/shm/modelspec/status.json")  # noqa: S108  # in memory
    """Where the state of this pod is written; the root of its file system is read-only."""
