"""What one ModelSpec asks for, read from its raw body."""

from dataclasses import dataclass

from pydantic import ValidationError

from modelspec.errors import Code, Finding
from modelspec.schema.model import Artifact
from modelspec.schema.operations import Serving
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import Snapshot, take_snapshot
from modelspec.validation.rules import check
from modelspec_operator.children.metadata import Manifest, Owner


@dataclass(frozen=True)
class Content:
    """A valid specification together with the snapshot that identifies it."""

    snapshot: Snapshot
    artifacts: tuple[Artifact, ...]
    """Every artifact that the snapshot names, each once."""

    artifact_paths: tuple[str, ...]
    """Where in the specification each of them stands."""

    serving: Serving

    @property
    def artifact_digests(self) -> tuple[str, ...]:
        """SHA-256 of every artifact, sorted, each once."""
        return tuple(sorted({artifact.sha256 for artifact in self.artifacts}))


@dataclass(frozen=True)
class Desired:
    """One ModelSpec as its author wrote it."""

    owner: Owner
    generation: int
    content: Content | None
    """What to serve; ``None`` when the specification is invalid."""

    findings: tuple[Finding, ...] = ()
    """Why it is invalid."""


def read_desired(body: Manifest) -> Desired:
    """Return what a ModelSpec asks for; an invalid one yields findings, never an exception."""
    metadata = body["metadata"]
    owner = Owner(metadata["name"], metadata["namespace"], metadata["uid"])
    generation = metadata.get("generation", 0)
    try:
        spec = ModelSpecSpec.model_validate(body.get("spec"))
    except ValidationError as error:
        return Desired(owner, generation, None, _schema_findings(error))
    findings = check(spec)
    return Desired(owner, generation, None if findings else _content(spec), findings)


def _content(spec: ModelSpecSpec) -> Content:
    return Content(
        snapshot=take_snapshot(spec),
        artifacts=tuple(model.artifact for model in spec.models),
        artifact_paths=tuple(f"spec.models[{i}].artifact" for i in range(len(spec.models))),
        serving=spec.serving_or_default,
    )


def _schema_findings(error: ValidationError) -> tuple[Finding, ...]:
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    return tuple(
        Finding(Code.MS100, _path(problem["loc"]), problem["msg"]) for problem in problems[:20]
    )


def _path(location: tuple[int | str, ...]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "spec" + "".join(steps)
