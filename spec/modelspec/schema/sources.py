"""What an init container is told of artifacts: the contract between the operator and it."""

import json
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.alias_generators import to_camel

from modelspec.schema.artifacts import Artifact


class Source(BaseModel):
    """One artifact, and what the pod has to fetch it with."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, frozen=True
    )

    path: str
    """Path of the artifact in the specification as a snapshot counts, for messages."""

    artifact: Artifact

    directory: str | None = None
    """Where the pod mounts the volume that holds the file."""

    variables: str | None = None
    """What the names of the environment variables begin with that hold the keys of its Secret."""

    @property
    def holder(self) -> str:
        """The path of what has the artifact: ``spec.models[0]``."""
        return self.path.removesuffix(".artifact")

    @property
    def is_model(self) -> bool:
        """Whether the bytes are a model in ONNX."""
        return self.path.startswith("spec.models[")


_LIST: TypeAdapter[tuple[Source, ...]] = TypeAdapter(tuple[Source, ...])


def read_sources(text: str) -> tuple[Source, ...]:
    """Return what ``write_sources`` wrote.

    Raises:
        ValueError: Somebody else wrote it.
    """
    return _LIST.validate_json(text)


def write_sources(sources: Iterable[Source]) -> str:
    """Return sources as text; the same sources are the same text, whoever writes them.

    A later release must not write present fields otherwise, or all pods would start anew.
    """
    plain = _LIST.dump_python(tuple(sources), mode="json", by_alias=True, exclude_none=True)
    return json.dumps(plain, sort_keys=True, separators=(",", ":"))
