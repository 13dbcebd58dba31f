"""The last proof before a pod is ready: golden rows give what was written down in training."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from modelspec.errors import Code, Finding
from modelspec.parts import Verification
from modelspec.sessions import SessionError
from modelspec.snapshot.golden import Case, differences, read_cases, without_nan
from modelspec_serving.dataplane.answers import Answering
from modelspec_serving.dataplane.rows import RowShape
from modelspec_serving.dataplane.scoring import RefusedRowError, Scorer

CASES = "spec.verification.cases"


def golden_findings(
    content: bytes,
    tolerance: Verification,
    shape: RowShape,
    scorers: Sequence[Scorer],
    answering: Answering,
) -> Iterator[Finding]:
    """Yield how golden rows differ from what they gave in training.

    Args:
        content: The rows.
        tolerance: How far values may be apart.
        shape: What a row looks like.
        scorers: Every model object.
        answering: What gives callers their answers.

    Raises:
        ModelSpecError: ``MS523``, a line is no golden row.
    """
    decoder = msgspec.json.Decoder(shape.row_type)
    for number, case in enumerate(read_cases(CASES, content)):
        try:
            row = decoder.decode(msgspec.json.encode(case.row))
            actual = _case(case, row, scorers, answering)
        except (msgspec.ValidationError, RefusedRowError) as error:
            problem = str(error).removeprefix("row 0, ")
            yield Finding(Code.MS523, CASES, f"row {number} is refused: {problem}")
        except SessionError as error:
            yield Finding(Code.MS525, "spec.verification", f"row {number}: {error}")
        else:
            yield from differences(number, case, actual, tolerance)


def _case(
    expected: Case, row: msgspec.Struct, scorers: Sequence[Scorer], answering: Answering
) -> Case:
    features: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    for scorer in scorers:
        features |= {name: without_nan(value) for name, value in scorer.see(row).items()}
        scores = scorer.score([row])
        outputs |= {name: without_nan(array[0].tolist()) for name, array in scores.items()}
    (answer,) = answering.answer([row])
    plain = {name: without_nan(_listed(value)) for name, value in answer.items()}
    return Case(expected.row, features, outputs, plain)


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
