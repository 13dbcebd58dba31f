"""What the bytes beside a specification say: whether they are the ones, and whether they fit."""

from collections.abc import Iterator

from modelspec.artifacts import verified, verify
from modelspec.compiler.programs import read_program
from modelspec.errors import Code, Finding, ModelSpecError
from modelspec.graphs import check_graph
from modelspec.notebook.bundle import ArtifactFolder
from modelspec.notebook.onnx_files import declared_graph, opset_findings, read_model
from modelspec.schema.artifacts import Artifact
from modelspec.schema.model import Model
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import feature_fetching_part, model_part
from modelspec.snapshot.logic import preprocessing_part


def artifact_findings(spec: ModelSpecSpec, folder: ArtifactFolder) -> Iterator[Finding]:
    """Yield what is wrong with the artifacts of a valid specification.

    MS407 to MS409 for every artifact; MS412 to MS427 for what models declare.
    """
    models = {f"spec.models[{index}]": model for index, model in enumerate(spec.models or ())}
    for path, artifact in spec.located_artifacts():
        stored = _stored(artifact, folder)
        if stored is None:
            message = f"no file in `artifacts` has the sha256 {artifact.sha256}"
            yield Finding(Code.MS407, path, f"{message}; was it changed, or not written?")
            continue
        wrong = tuple(_byte_findings(path, artifact, stored))
        yield from wrong
        holder = path.removesuffix(".artifact")
        if holder in models and all(finding.code is Code.MS409 for finding in wrong):
            content = verified(path, stored, artifact.sha256)
            yield from _model_findings(holder, spec, models[holder], content)


def _stored(artifact: Artifact, folder: ArtifactFolder) -> bytes | None:
    """Return the bytes with the digest, else those that are called as they should be."""
    found = folder.find(artifact.sha256)
    if found is None and artifact.config_map:
        return folder.find_named(artifact.config_map.key)
    return found


def _byte_findings(path: str, artifact: Artifact, stored: bytes) -> Iterator[Finding]:
    try:
        verify(path, stored, artifact.sha256, size=artifact.size_bytes)
    except ModelSpecError as error:
        yield error.finding


def _model_findings(
    path: str, spec: ModelSpecSpec, model: Model, content: bytes
) -> Iterator[Finding]:
    """Yield how a graph contradicts what the specification says of it."""
    try:
        file = read_model(path, content)
    except ModelSpecError as error:
        yield error.finding
        return
    yield from opset_findings(path, file)
    preprocessing = preprocessing_part(spec.preprocessing) if spec.preprocessing else None
    program = read_program(feature_fetching_part(spec.feature_fetching), preprocessing)
    yield from check_graph(path, model_part(model), program, declared_graph(file))
