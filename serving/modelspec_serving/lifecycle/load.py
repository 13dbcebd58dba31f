"""The way from mounted files to a decision: verify, build, check, warm up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from modelspec.errors import Code, Finding, ModelSpecError, fail
from modelspec.names import MANIFEST_KEY
from modelspec.parts import FeatureFetching, Manifest, Model, Models
from modelspec.snapshot.reader import read_snapshot
from modelspec_serving.artifacts import read_files, verified_artifact
from modelspec_serving.dataplane import DataPlane
from modelspec_serving.lifecycle.graph import check_graph, check_results
from modelspec_serving.session import Array, InvalidModelError, Session, SessionError
from modelspec_serving.settings import Settings

MODEL_PATH = "spec.models[0]"
"""A specification has exactly one model."""

WARM_UP_ROWS = (2, 1)
"""Two rows show that the graph takes more than one; one row is what most requests bring."""


class RefusedError(Exception):
    """This snapshot must not be served; carries every reason that was found."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, self.findings)))


@dataclass(frozen=True)
class Decision:
    """A snapshot that was verified, built and seen to work."""

    name: str
    """Name of the ModelSpec."""

    version: int
    """Number of the version."""

    digest: str
    """Root digest of the snapshot."""

    parts: Mapping[str, str]
    """Digest of each part."""

    data_plane: DataPlane
    """Turns rows into outputs."""

    sample: Mapping[str, Array]
    """The outputs of one row of zeros; they show every output's type and width."""


def load_decision(settings: Settings) -> Decision:
    """Return the decision that is mounted.

    Raises:
        RefusedError: Something is missing, was changed, or does not fit together.
    """
    documents = read_files(settings.snapshot_directory)
    try:
        contents = read_snapshot(documents, expected_digest=settings.snapshot)
        model = _only_model(contents.models)
        content = verified_artifact(MODEL_PATH, model, read_files(settings.artifact_directory))
    except ModelSpecError as error:
        raise RefusedError([error.finding]) from error
    data_plane, sample = _prove(model, contents.feature_fetching, _build_session(content))
    return Decision(
        name=settings.name,
        version=settings.model_version,
        digest=contents.digest,
        parts=msgspec.json.decode(documents[MANIFEST_KEY], type=Manifest).parts,
        data_plane=data_plane,
        sample=sample,
    )


def _only_model(models: Models) -> Model:
    if len(models.models) != 1:
        message = f"holds {len(models.models)} models; this runtime serves exactly one"
        raise fail(Code.MS616, "snapshot[models.json]", message)
    return models.models[0]


def _build_session(content: bytes) -> Session:
    try:
        return Session(content)
    except InvalidModelError as error:
        message = f"not a valid ONNX model: {error}"
        raise RefusedError([Finding(Code.MS412, MODEL_PATH, message)]) from error
    except SessionError as error:
        raise RefusedError([_failed(error)]) from error


def _prove(
    model: Model, fetching: FeatureFetching, session: Session
) -> tuple[DataPlane, dict[str, Array]]:
    """Return the data plane of a graph that fits the parts, and its outputs for a row of zeros."""
    _refuse_if(check_graph(MODEL_PATH, model, fetching.features, session))
    data_plane = DataPlane(fetching.features, model, session)
    return data_plane, _warm_up(data_plane, model)


def _warm_up(data_plane: DataPlane, model: Model) -> dict[str, Array]:
    """Return the outputs of one row of zeros."""
    row = data_plane.row_type(*[0] * len(data_plane.features))
    tensors: dict[str, Array] = {}
    for count in WARM_UP_ROWS:
        try:
            tensors = data_plane.run([row] * count)
        except SessionError as error:
            raise RefusedError([_failed(error)]) from error
        _refuse_if(check_results(MODEL_PATH, model, tensors, count))
    return data_plane.select(tensors)


def _failed(error: SessionError) -> Finding:
    return Finding(Code.MS434, MODEL_PATH, f"onnxruntime: {error}")


def _refuse_if(findings: Iterable[Finding]) -> None:
    found = tuple(findings)
    if found:
        raise RefusedError(found)
