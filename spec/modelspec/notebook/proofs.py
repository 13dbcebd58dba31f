"""What a specification in a notebook answers, and what proves its answers."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from modelspec import parts
from modelspec.artifacts import sha256_of
from modelspec.compiler.tensors import Float32Array
from modelspec.notebook.bundle import GOLDEN_ROWS
from modelspec.notebook.declarations import SpecError
from modelspec.notebook.draft import Draft
from modelspec.notebook.execution import Runtime
from modelspec.notebook.golden import choose_rows, make_cases
from modelspec.notebook.importers.extras import require
from modelspec.notebook.importers.imported import INPUT
from modelspec.notebook.streaming import count_rows, pieces
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.decision import verification_part
from modelspec.snapshot.golden import write_cases

References: TypeAlias = Mapping[str, Callable[[Float32Array], Mapping[str, Float32Array]]]
"""By model object what its original answers for a matrix."""


def build_runtime(draft: Draft, spec: ModelSpecSpec) -> Runtime:
    """Return what executes a valid specification."""
    found = {sha256_of(content): content for content in draft.contents.values()}
    return Runtime(spec, found.get)


def predict(runtime: Runtime, frame: Any, *, progress: bool) -> dict[str, list[Any]]:
    """Return what callers would receive for people's data: a list for each output."""
    rows = count_rows(frame)
    parts_of_frame = [(0, frame)] if rows is None else pieces(frame, rows, progress=progress)
    found: dict[str, list[Any]] = {}
    for _, piece in parts_of_frame:
        for name, values in runtime.answer_columns(piece).items():
            found.setdefault(name, []).extend(values)
    return found


def set_golden(draft: Draft, runtime: Runtime, frame: Any, count: int) -> int:
    """Choose golden rows, keep them with the specification, and return how many there are."""
    cases = make_cases(runtime, choose_rows(runtime.program, frame, count))
    draft.contents[GOLDEN_ROWS] = write_cases(cases)
    tolerances = {**(draft.rest.get("verification") or {})}
    tolerances.pop("cases", None)
    draft.rest["verification"] = {"cases": {}, **tolerances}
    return len(cases)


def tolerance_of(spec: ModelSpecSpec) -> parts.Verification:
    """Return how far golden rows may be from what is expected of them."""
    if spec.verification is None:
        return parts.Verification(sha256="")
    return verification_part(spec.verification)


def margins(draft: Draft, output: str, inputs: Any) -> Any:
    """Return an output of a model for a matrix of its inputs, as float64.

    Raises:
        SpecError: No model has such an output.
    """
    for name, model in draft.models.items():
        for item in model["outputs"]:
            if item["name"] == output and "index" in item:
                matrix = np.ascontiguousarray(np.asarray(inputs), dtype=np.float32)
                session = require("modelspec.sessions", "notebook").Session(draft.contents[name])
                (found,) = session.run([item["tensor"]], {INPUT: matrix})
                return found[:, item["index"]].astype(np.float64)
    known = [item["name"] for model in draft.models.values() for item in model["outputs"]]
    raise SpecError(f"`{output}` is no output of a model; there are: {', '.join(known) or 'none'}")
