"""What one ModelSpec asks for, read from its raw body."""

import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from pydantic import ValidationError

from modelspec.errors import Code, Finding
from modelspec.schema.model import Artifact
from modelspec.schema.operations import Serving
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import Snapshot, take_snapshot
from modelspec.validation.rules import check
from modelspec_operator.children.metadata import Manifest, Owner

_SORTED_ITEM = re.compile(
    r"(?P<list>spec\.models\[0\]\.(?:inputs|outputs)|spec\.preprocessing\.derived)"
    r"\[(?P<index>\d{1,3})\]"
)


@dataclass(frozen=True)
class Content:
    """A valid specification together with the snapshot that identifies it."""

    snapshot: Snapshot
    artifacts: tuple[Artifact, ...]
    """Every artifact that the snapshot names, each once."""

    artifact_paths: tuple[str, ...]
    """Where in the specification each of them stands."""

    serving: Serving

    spec: ModelSpecSpec
    """The specification itself, in its author's order."""

    @property
    def artifact_digests(self) -> tuple[str, ...]:
        """SHA-256 of every artifact, sorted, each once."""
        return tuple(sorted({artifact.sha256 for artifact in self.artifacts}))

    def located(self, finding: Finding) -> Finding:
        """Return a pod's finding with its path as the author would count.

        A snapshot lists items sorted by name, and a pod knows no other order.
        """
        return replace(finding, path=_SORTED_ITEM.sub(self._authors_item, finding.path))

    def _authors_item(self, match: re.Match[str]) -> str:
        names = self._names[match["list"]]
        index = int(match["index"])
        if index >= len(names):
            return match[0]
        return f"{match['list']}[{names.index(sorted(names)[index])}]"

    @property
    def _names(self) -> dict[str, list[str]]:
        """Names in their author's order, by the path of their list."""
        model, preprocessing = self.spec.models[0], self.spec.preprocessing
        return {
            "spec.models[0].inputs": [item.name for item in model.inputs],
            "spec.models[0].outputs": [item.name for item in model.outputs],
            "spec.preprocessing.derived": [
                item.name for item in (preprocessing.derived if preprocessing else ())
            ],
        }


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
    text = json.dumps(body.get("spec"), sort_keys=True)
    read = _remembered if len(text) <= MAX_REMEMBERED else _read_spec
    content, findings = read(text)
    return Desired(owner, metadata.get("generation", 0), content, findings)


MAX_REMEMBERED = 65_536
"""Characters of a specification that is remembered; what is read from it takes many times as many
bytes."""


def _read_spec(text: str) -> tuple[Content | None, tuple[Finding, ...]]:
    """Return what a specification says, or why it is invalid."""
    try:
        spec = ModelSpecSpec.model_validate_json(text)
    except ValidationError as error:
        return None, _schema_findings(error)
    findings = check(spec)
    return (None if findings else _content(spec)), findings


# Every pass asks, and hundreds of expressions take half a second to check.
_remembered = lru_cache(maxsize=64)(_read_spec)


def _content(spec: ModelSpecSpec) -> Content:
    return Content(
        snapshot=take_snapshot(spec),
        artifacts=tuple(model.artifact for model in spec.models),
        artifact_paths=tuple(f"spec.models[{i}].artifact" for i in range(len(spec.models))),
        serving=spec.serving_or_default,
        spec=spec,
    )


def _schema_findings(error: ValidationError) -> tuple[Finding, ...]:
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    return tuple(
        Finding(Code.MS100, _path(problem["loc"]), problem["msg"]) for problem in problems[:20]
    )


def _path(location: tuple[int | str, ...]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "spec" + "".join(steps)
