"""The way from mounted files to a decision: verify, build, check, warm up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from modelspec.choices import UnknownFields
from modelspec.compiler.programs import derived_feature, program_findings, read_program
from modelspec.errors import Code, Finding, ModelSpecError
from modelspec.expressions.program import Program, ProgramError
from modelspec.graphs import check_graph
from modelspec.names import MANIFEST_KEY
from modelspec.parts import Manifest, Model
from modelspec.snapshot.reader import Contents, read_snapshot
from modelspec_serving.artifacts import read_files, verified_artifact
from modelspec_serving.dataplane import DataPlane
from modelspec_serving.lifecycle.execution import executable_model
from modelspec_serving.lifecycle.graph import check_results
from modelspec.sessions import Array, InvalidModelError, Session, SessionError
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
    """The outputs of one blank row; they show every output's type and width."""


def load_decision(settings: Settings) -> Decision:
    """Return the decision that is mounted.

    Raises:
        RefusedError: Something is missing, was changed, or does not fit together.
    """
    documents = read_files(settings.snapshot_directory)
    try:
        contents = read_snapshot(documents, expected_digest=settings.snapshot)
        model = executable_model(contents)
        content = verified_artifact(MODEL_PATH, model, read_files(settings.artifact_directory))
    except ModelSpecError as error:
        raise RefusedError([error.finding]) from error
    program = _build_program(contents)
    unknown_fields = contents.feature_fetching.unknown_fields
    data_plane, sample = _prove(model, program, unknown_fields, _build_session(content))
    return Decision(
        name=settings.name,
        version=settings.model_version,
        digest=contents.digest,
        parts=msgspec.json.decode(documents[MANIFEST_KEY], type=Manifest).parts,
        data_plane=data_plane,
        sample=sample,
    )


def _build_program(contents: Contents) -> Program:
    """Return the program; the operator's library accepted it, but may know more than this one."""
    try:
        return read_program(contents.feature_fetching, contents.preprocessing)
    except ProgramError as error:
        listed = contents.preprocessing.derived if contents.preprocessing else ()
        raise RefusedError(program_findings(error, tuple(map(derived_feature, listed)))) from error
    except ValueError as error:
        finding = Finding(Code.MS616, "snapshot", f"cannot be read: {error}")
        raise RefusedError([finding]) from error


def _build_session(content: bytes) -> Session:
    try:
        return Session(content)
    except InvalidModelError as error:
        message = f"not a valid ONNX model: {error}"
        raise RefusedError([Finding(Code.MS412, MODEL_PATH, message)]) from error
    except SessionError as error:
        raise RefusedError([_failed(error)]) from error


def _prove(
    model: Model, program: Program, unknown_fields: UnknownFields, session: Session
) -> tuple[DataPlane, dict[str, Array]]:
    """Return the data plane of a graph that fits the parts, and its outputs for a blank row."""
    _refuse_if(check_graph(MODEL_PATH, model, program, session))
    data_plane = DataPlane(program, model, session, unknown_fields=unknown_fields)
    return data_plane, _warm_up(data_plane, model)


def _warm_up(data_plane: DataPlane, model: Model) -> dict[str, Array]:
    """Return the outputs of one blank row."""
    row = data_plane.blank_row()
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
