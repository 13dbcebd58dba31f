"""What the operator tells the init container, read once from the environment."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Environment variables with the prefix ``MODELSPEC_``, for instance ``MODELSPEC_SOURCES``."""

    model_config = SettingsConfigDict(env_prefix="MODELSPEC_", frozen=True)

    sources: str
    """The artifacts and where they are, as ``modelspec.schema.sources`` writes them."""

    artifact_directory: Path = Path("/etc/modelspec/artifacts")
    """Where they are put, each named by its full SHA-256."""

    termination_log: Path = Path("/dev/termination-log")
    """Where Kubernetes reads why a pod stopped."""
