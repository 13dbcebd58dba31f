"""The way from mounted files to a decision: verify, build, check, warm up."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from modelspec.compiler.decision import Decision as Logic, build_decision
from modelspec.compiler.decision_logic import DecisionError, Logic as CompiledLogic
from modelspec.compiler.programs import derived_feature, program_findings, read_program
from modelspec.errors import Code, Finding, ModelSpecError
from modelspec.expressions.program import Program, ProgramError
from modelspec.graphs import check_graph
from modelspec.names import MANIFEST_KEY
from modelspec.parts import Manifest, Model
from modelspec.sessions import InvalidModelError, Session, SessionError
from modelspec.snapshot.reader import Contents, read_snapshot
from modelspec_serving.artifacts import read_files, verified_artifact
from modelspec_serving.dataplane.answers import Answering, Rows
from modelspec_serving.dataplane.decisions import Decisions
from modelspec_serving.dataplane.outputs import AllOutputs
from modelspec_serving.dataplane.rows import RowShape
from modelspec_serving.dataplane.scoring import Scorer
from modelspec_serving.lifecycle.execution import check_complete
from modelspec_serving.lifecycle.golden import CASES, golden_findings
from modelspec_serving.lifecycle.graph import check_numbers, check_results
from modelspec_serving.lifecycle.progress import Progress, State
from modelspec_serving.monitoring.requests import Requests, Stage
from modelspec_serving.settings import Settings

MAX_DIFFERENCES = 20
"""Of golden rows that are told; a termination message is short."""

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

    shape: RowShape
    """What callers send."""

    answering: Answering
    """Turns it into what they receive."""

    logic: CompiledLogic | None
    """Pipeline and postprocessing, if there are any."""


def load_decision(settings: Settings, progress: Progress, requests: Requests) -> Decision:
    """Return the decision that is mounted.

    Args:
        settings: Where it is mounted, and what it must be.
        progress: Is told of every state.
        requests: Count the time that models take.

    Raises:
        RefusedError: Something is missing, was changed, or does not fit together.
    """
    progress.enter(State.SYNCING, snapshot=settings.snapshot)
    documents = read_files(settings.snapshot_directory)
    files = read_files(settings.artifact_directory)
    progress.enter(State.VALIDATING)
    try:
        contents = read_snapshot(documents, expected_digest=settings.snapshot)
        check_complete(contents)
        artifacts = _artifacts(contents, files)
    except ModelSpecError as error:
        raise RefusedError([error.finding]) from error
    progress.enter(State.BUILDING)
    program = _build_program(contents)
    logic = _build_logic(contents, program)
    shape = RowShape(program.features, contents.feature_fetching.unknown_fields)
    build = _Build(contents, program, shape, logic, requests)
    return Decision(
        name=settings.name,
        version=settings.model_version,
        digest=contents.digest,
        parts=msgspec.json.decode(documents[MANIFEST_KEY], type=Manifest).parts,
        shape=shape,
        answering=_build_answering(build, artifacts, progress),
        logic=logic.logic if logic else None,
    )


@dataclass(frozen=True)
class _Build:
    """What the sessions of a decision are built for."""

    contents: Contents
    program: Program
    shape: RowShape
    logic: Logic | None
    requests: Requests


def _models(contents: Contents) -> dict[str, Model]:
    """Return the models by their paths; they are sorted by name."""
    models = contents.models.models if contents.models else ()
    return {f"spec.models[{index}]": model for index, model in enumerate(models)}


def _artifacts(contents: Contents, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the artifact of every model by the model's path, and golden rows by theirs."""
    named = {path: model.sha256 for path, model in _models(contents).items()}
    if contents.verification:
        named[CASES] = contents.verification.sha256
    return {
        path: verified_artifact(f"{path}.artifact", sha256, files)
        for path, sha256 in named.items()
    }


def _build_program(contents: Contents) -> Program:
    """Return the program; the operator's library accepted it, but may know more than this one."""
    try:
        return read_program(contents.feature_fetching, contents.preprocessing)
    except ProgramError as error:
        listed = contents.preprocessing.derived if contents.preprocessing else ()
        raise RefusedError(program_findings(error, tuple(map(derived_feature, listed)))) from error
    except ValueError as error:
        raise _unreadable(error) from error


def _build_answering(
    build: _Build, artifacts: Mapping[str, bytes], progress: Progress
) -> Answering:
    """Return what answers, after everything in it was seen to work."""
    scorers = [
        _prove(path, model, build, _build_session(path, artifacts[path]))
        for path, model in _models(build.contents).items()
    ]
    answering = _answering(build.logic, scorers, [build.shape.blank()])
    tolerance = build.contents.verification
    if tolerance:
        progress.enter(State.PROVING)
        _reproduce(golden_findings(artifacts[CASES], tolerance, build.shape, scorers, answering))
    return answering


def _answering(logic: Logic | None, scorers: Sequence[Scorer], blank: Rows) -> Answering:
    """Return what answers, after it has answered a blank row."""
    if logic is None:
        return AllOutputs(scorers[0], blank)
    decisions = Decisions(logic, [scorer.only(logic.model_outputs) for scorer in scorers])
    decisions.answer(blank)
    return decisions


def _reproduce(findings: Iterator[Finding]) -> None:
    """Refuse a decision that answers golden rows otherwise; the first differences are told."""
    try:
        _refuse_if(islice(findings, MAX_DIFFERENCES))
    except ModelSpecError as error:
        raise RefusedError([error.finding]) from error


def _build_logic(contents: Contents, program: Program) -> Logic | None:
    """Return pipeline and postprocessing; ``None`` where callers receive what the model gives."""
    if contents.pipeline is None and contents.postprocessing is None:
        return None
    try:
        return build_decision(
            program,
            preprocessing=contents.preprocessing,
            models=contents.models,
            pipeline=contents.pipeline,
            postprocessing=contents.postprocessing,
        )
    except DecisionError as error:
        raise RefusedError(error.findings) from error
    except ValueError as error:
        raise _unreadable(error) from error


def _build_session(path: str, content: bytes) -> Session:
    try:
        return Session(content)
    except InvalidModelError as error:
        message = f"not a valid ONNX model: {error}"
        raise RefusedError([Finding(Code.MS412, path, message)]) from error
    except SessionError as error:
        raise RefusedError([_failed(path, error)]) from error


def _prove(path: str, model: Model, build: _Build, session: Session) -> Scorer:
    """Return the scorer of a graph that fits the parts, and gave for blank rows what they say."""
    _refuse_if(check_graph(path, model, build.program, session))
    stages = build.requests.stages
    scorer = Scorer(
        build.program,
        model,
        session,
        preprocessing=stages[Stage.PREPROCESS],
        running=stages[Stage.MODEL],
    )
    for count in WARM_UP_ROWS:
        try:
            tensors = scorer.tensors([build.shape.blank()] * count)
        except SessionError as error:
            raise RefusedError([_failed(path, error)]) from error
        _refuse_if(check_results(path, model, tensors, count))
        if build.logic is not None:
            _refuse_if(check_numbers(path, model, tensors, build.logic.model_outputs))
    return scorer


def _failed(path: str, error: SessionError) -> Finding:
    return Finding(Code.MS434, path, f"onnxruntime: {error}")


def _unreadable(error: ValueError) -> RefusedError:
    return RefusedError([Finding(Code.MS616, "snapshot", f"cannot be read: {error}")])


def _refuse_if(findings: Iterable[Finding]) -> None:
    found = tuple(findings)
    if found:
        raise RefusedError(found)
