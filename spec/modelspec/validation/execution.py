"""What is valid, but not executed by the serving runtime of this version."""

from collections.abc import Iterator

from modelspec.choices import RouteType
from modelspec.errors import Code, Finding
from modelspec.schema.pipeline import Pipeline
from modelspec.schema.spec import ModelSpecSpec


def not_executed(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS120: what the operator refuses, because no pod of this version would execute it."""
    if spec.models is None:
        yield _finding("spec.models", "a specification without models")
    elif len(spec.models) > 1:
        yield _finding("spec.models", "more than one model")
    if spec.pipeline:
        yield from _in_pipeline(spec.pipeline)
    if spec.postprocessing:
        yield _finding("spec.postprocessing", "postprocessing")
    if spec.verification:
        yield _finding("spec.verification", "verification")


def _in_pipeline(pipeline: Pipeline) -> Iterator[Finding]:
    for index, route in enumerate(pipeline.routes):
        path = f"spec.pipeline.routes[{index}]"
        if route.type is not RouteType.SINGLE:
            yield _finding(f"{path}.type", f"'{route.type}'")
        elif route.when is not None:
            yield _finding(f"{path}.when", "a condition")
    if pipeline.fallback:
        yield _finding("spec.pipeline.fallback", "a fallback")


def _finding(path: str, what: str) -> Finding:
    message = f"{what} is valid, but not executed by this version of the serving runtime"
    return Finding(Code.MS120, path, f"{message}; the operator refuses it")
