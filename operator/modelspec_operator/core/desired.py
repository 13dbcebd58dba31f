"""What one ModelSpec asks for, read from its raw body."""

import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from pydantic import ValidationError

from modelspec.errors import Finding
from modelspec.schema.artifacts import Artifact
from modelspec.schema.operations import Serving
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import Snapshot, take_snapshot
from modelspec.validation.rules import check
from modelspec.validation.structure import structure_findings
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
        models, preprocessing = self.spec.models or (), self.spec.preprocessing
        return {
            "spec.models[0].inputs": [item.name for model in models for item in model.inputs],
            "spec.models[0].outputs": [item.name for model in models for item in model.outputs],
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
    except ValidationError:
        return None, structure_findings(json.loads(text))
    findings = check(spec)
    return (None if findings else _content(spec)), findings


# Every pass asks, and hundreds of expressions take half a second to check.
_remembered = lru_cache(maxsize=64)(_read_spec)


def _content(spec: ModelSpecSpec) -> Content:
    located = list(spec.located_artifacts())
    return Content(
        snapshot=take_snapshot(spec),
        artifacts=tuple(artifact for _, artifact in located),
        artifact_paths=tuple(path for path, _ in located),
        serving=spec.serving_or_default,
        spec=spec,
    )
