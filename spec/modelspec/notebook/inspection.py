"""What the bytes beside a specification say: whether they are the ones, and whether they fit."""

from collections.abc import Iterator

from modelspec.artifacts import verify
from modelspec.compiler.programs import read_program
from modelspec.errors import Code, Finding, ModelSpecError
from modelspec.graphs import check_graph
from modelspec.notebook.bundle import ArtifactFolder
from modelspec.notebook.onnx_files import opset_findings, read_graph
from modelspec.schema.model import Model
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import feature_fetching_part, model_part
from modelspec.snapshot.logic import preprocessing_part


def artifact_findings(spec: ModelSpecSpec, folder: ArtifactFolder) -> Iterator[Finding]:
    """Yield what is wrong with the artifacts of a valid specification.

    MS407 and MS409 for every artifact; MS412 to MS427 for what models declare.
    """
    contents: dict[str, bytes] = {}
    for path, artifact in spec.located_artifacts():
        content = folder.find(artifact.sha256)
        if content is None:
            message = f"no file in `artifacts` has the sha256 {artifact.sha256}"
            yield Finding(Code.MS407, path, f"{message}; was it changed, or not written?")
            continue
        contents[artifact.sha256] = content
        try:
            verify(path, content, artifact.sha256, size=artifact.size_bytes)
        except ModelSpecError as error:
            yield error.finding
    for index, model in enumerate(spec.models or ()):
        if model.artifact.sha256 in contents:
            yield from _model_findings(
                f"spec.models[{index}]", spec, model, contents[model.artifact.sha256]
            )


def _model_findings(
    path: str, spec: ModelSpecSpec, model: Model, content: bytes
) -> Iterator[Finding]:
    """Yield how a graph contradicts what the specification says of it."""
    try:
        graph = read_graph(path, content)
    except ModelSpecError as error:
        yield error.finding
        return
    yield from opset_findings(path, content)
    preprocessing = preprocessing_part(spec.preprocessing) if spec.preprocessing else None
    program = read_program(feature_fetching_part(spec.feature_fetching), preprocessing)
    yield from check_graph(path, model_part(model), program, graph)
