"""Proof that a bundle gives what training had: golden rows, both executors, the original model."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from modelspec import parts
from modelspec.compiler.rows import build_row_type
from modelspec.compiler.scalar import column_count, compile_tensor, pack_row, row_layout
from modelspec.errors import Code, Finding, ModelSpecError
from modelspec.notebook.execution import Runtime
from modelspec.notebook.golden import make_cases
from modelspec.notebook.instances import Instance, instances_of
from modelspec.notebook.matrix import column_names
from modelspec.notebook.proofs import tolerance_of
from modelspec.notebook.streaming import count_rows, pieces
from modelspec.snapshot.golden import Case, differences, read_cases

Float32Array: TypeAlias = NDArray[np.float32]
References: TypeAlias = Mapping[str, Callable[[Float32Array], Mapping[str, Float32Array]]]
"""By model object what its original answers, as ``ImportedModel.reference``."""

MAX_FINDINGS = 20

_CASES = "spec.verification.cases"


class VerificationError(ValueError):
    """A bundle gives something else than it should; ``findings`` says where."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(map(str, self.findings)))


@dataclass
class Verified:
    """What was compared, and found to be equal."""

    golden_rows: int = 0
    rows: int = 0
    """Rows of data whose features both executors gave alike, bit for bit."""

    originals: dict[str, int] = field(default_factory=dict)
    """By model object, rows for which it gave the bits of its original."""

    @override
    def __str__(self) -> str:
        """Return it as a sentence."""
        found = [f"{self.golden_rows} golden rows reproduced"] if self.golden_rows else []
        if self.rows:
            found.append(f"features of {self.rows} rows bit-equal in both executors")
        found += [
            f"{name} bit-equal to its original on {rows} rows"
            for name, rows in self.originals.items()
        ]
        return "; ".join(found) or "nothing was compared"

    @override
    def __repr__(self) -> str:
        """Return it as a sentence."""
        return f"<verified: {self}>"


def check_golden(
    runtime: Runtime, content: bytes, tolerance: parts.Verification
) -> Iterator[Finding]:
    """Yield how the rows of a bundle differ from what they gave when they were written."""
    try:
        cases = read_cases(_CASES, content)
    except ModelSpecError as error:
        yield error.finding
        return
    unfit = tuple(_unfit(runtime, cases))
    yield from unfit
    if not unfit:
        actual = make_cases(runtime, [case.row for case in cases])
        for number, (wanted, found) in enumerate(zip(cases, actual, strict=True)):
            yield from differences(number, wanted, found, tolerance)


def _unfit(runtime: Runtime, cases: Sequence[Case]) -> Iterator[Finding]:
    """Yield what rows lack, or name though it is no feature."""
    known = {item.name for item in runtime.program.features}
    required = [item.name for item in runtime.program.features if item.required]
    for number, case in enumerate(cases):
        for name in required:
            if case.row.get(name) is None:
                yield Finding(Code.MS523, _CASES, f"row {number} lacks '{name}'")
        for name in sorted(case.row.keys() - known):
            message = f"row {number} names '{name}', which is no feature"
            yield Finding(Code.MS523, _CASES, message)


def check_rows(
    runtime: Runtime, data: Any, originals: References, *, progress: bool = True
) -> Verified:
    """Compare both executors, and models with their originals, on every row of people's data.

    Raises:
        FrameError: The data lack a required feature, or a value is none of its feature.
        VerificationError: A cell or a margin differs in a bit.
    """
    rows = count_rows(data)
    done = Verified(originals=dict.fromkeys(originals, 0))
    parts_of_data = [(0, data)] if rows is None else pieces(data, rows, progress=progress)
    for start, piece in parts_of_data:
        instances = instances_of(piece, runtime.program.features)
        scored = runtime.score(piece)
        for model in runtime.models:
            names = [name for item in model.inputs for name in item.feature_names]
            matrix = np.column_stack([scored.features[name] for name in names])
            by_row = _by_row(runtime, instances, names)
            columns = column_names(runtime.program, names)
            _refuse_difference(start, columns, matrix, by_row, "by column", "by row")
            if model.name in originals:
                expected = originals[model.name](matrix)
                _refuse_wrong_outputs(start, model, expected, scored.outputs)
                done.originals[model.name] += len(instances)
        done.rows += len(instances)
    return done


def _by_row(runtime: Runtime, instances: Sequence[Instance], names: Sequence[str]) -> Float32Array:
    """Return what models see as the pod computes it: from JSON, one row after the other."""
    layout = row_layout(column_count(runtime.program, names))
    buffer = bytearray(layout.size * len(instances))
    compute = compile_tensor(runtime.program, names).function
    decode = msgspec.json.Decoder(build_row_type(runtime.program.features)).decode
    for number, instance in enumerate(instances):
        row = decode(msgspec.json.encode(instance))
        pack_row(layout, buffer, number * layout.size, compute(row))
    return np.frombuffer(buffer, np.float32).reshape(len(instances), -1)


def _refuse_difference(
    start: int,
    columns: Sequence[str],
    one: Float32Array,
    other: Float32Array,
    first: str,
    second: str,
) -> None:
    different = one.view(np.uint32) != other.view(np.uint32)
    if different.any():
        found = [
            Finding(
                Code.MS524,
                "spec.preprocessing",
                f"row {start + row}: '{columns[column]}' is {one[row, column]!r} {first},"
                f" {other[row, column]!r} {second}",
            )
            for row, column in np.argwhere(different)[:MAX_FINDINGS]
        ]
        raise VerificationError(found)


def _refuse_wrong_outputs(
    start: int,
    model: parts.Model,
    expected: Mapping[str, Float32Array],
    outputs: Mapping[str, Any],
) -> None:
    findings = []
    for output in model.outputs:
        wanted = expected[output.graph_name]
        wanted = wanted if output.index is None else wanted[:, output.index]
        found = outputs[output.name].reshape(wanted.shape)
        equal = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
        for place in np.argwhere(~equal)[:MAX_FINDINGS]:
            where = tuple(place)
            message = (
                f"row {start + place[0]}: '{output.name}' is {found[where]!r}, and"
                f" {wanted[where]!r} by the model it was made from"
            )
            findings.append(Finding(Code.MS525, f"spec.models['{model.name}']", message))
    if findings:
        raise VerificationError(findings[:MAX_FINDINGS])


def verify(bundle: "str | Path | Any", frame: Any = None, *, progress: bool = True) -> Verified:
    """Return what was compared and found equal, of a specification or of a bundle.

    Its golden rows, if it has any, must give what is written. With data, both executors must give
    the same features for every row, bit for bit, and models that were imported in this notebook
    the same answers as their originals.

    Args:
        bundle: A ``Spec``, or the folder of a bundle.
        frame: Data that the models have not seen.
        progress: Whether to show a bar when it takes longer than a second.

    Raises:
        SpecError: It is not valid.
        VerificationError: Something differs; the first twenty differences are told.
    """
    from modelspec.notebook.spec import Spec  # noqa: PLC0415  # which has `verify`, too

    spec = bundle if isinstance(bundle, Spec) else Spec.load(bundle)
    runtime = spec.runtime()
    done = Verified()
    if spec.golden_rows is not None:
        tolerance = tolerance_of(spec.read())
        found = list(check_golden(runtime, spec.golden_rows, tolerance))
        if found:
            raise VerificationError(found[:MAX_FINDINGS])
        done.golden_rows = len(read_cases(_CASES, spec.golden_rows))
    if frame is not None:
        compared = check_rows(runtime, frame, spec.originals, progress=progress)
        done.rows, done.originals = compared.rows, compared.originals
    return done
