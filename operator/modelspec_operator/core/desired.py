"""What one ModelSpec asks for, read from its raw body."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from modelspec.errors import Finding
from modelspec.schema.artifacts import Artifact
from modelspec.schema.operations import Serving
from modelspec.schema.sources import Source
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import Snapshot, take_snapshot
from modelspec.validation.rules import check
from modelspec.validation.structure import structure_findings
from modelspec_operator.children.artifacts import build_sources
from modelspec_operator.children.metadata import Manifest, Owner

_INDEX = re.compile(r"\[(\d+)\]")


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

    def sources(self, owner: Owner) -> tuple[Source, ...]:
        """Return what a pod is told of the artifacts, with paths as a snapshot counts."""
        models = sorted(self.spec.models or (), key=lambda model: model.name)
        ordered = self.spec.model_copy(update={"models": models})
        return build_sources(owner, ordered.located_artifacts())

    def located(self, finding: Finding) -> Finding:
        """Return a pod's finding with its path as the author would count.

        A snapshot lists items sorted by name, and a pod knows no other order.
        """
        before, *rest = _INDEX.split(finding.path)
        path, names = before, self._names
        for index, after in zip(rest[::2], rest[1::2], strict=True):
            listed, number = names.get(path, []), int(index)
            if number < len(listed):
                number = listed.index(sorted(listed)[number])
            path = f"{path}[{number}]{after}"
        return replace(finding, path=path)

    @property
    def _names(self) -> dict[str, list[str]]:
        """Names in their author's order, by the path of their list as the author writes it."""
        models, preprocessing = self.spec.models or [], self.spec.preprocessing
        postprocessing = self.spec.postprocessing
        lists: dict[str, Iterable[Any]] = {
            "spec.models": models,
            "spec.preprocessing.derived": preprocessing.derived if preprocessing else (),
            "spec.postprocessing.outputs": (postprocessing and postprocessing.outputs) or (),
        }
        for number, model in enumerate(models):
            lists[f"spec.models[{number}].inputs"] = model.inputs
            lists[f"spec.models[{number}].outputs"] = model.outputs
        return {path: [item.name for item in items] for path, items in lists.items()}


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
