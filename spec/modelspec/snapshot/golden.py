"""Golden rows: rows with known answers, a JSON object a line, and how answers are compared.

Whoever made the model wrote down what each row gives: what models see of it, what they say, and
what callers receive. A version that does not give the same never serves.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from modelspec.errors import Code, Finding, fail
from modelspec.parts import Verification

MAX_ROWS = 10_000
"""Of one artifact; a few hundred are usual."""

_FLOAT32 = struct.Struct("<f")
_INTEGER = struct.Struct("<i")


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row, and what it gives."""

    row: dict[str, Any]
    """Raw features as a request has them."""

    features: dict[str, Any]
    """What models see: a float32, or several for a vector; null is null."""

    outputs: dict[str, Any]
    """What models say, by output."""

    answer: dict[str, Any]
    """What callers receive."""


def write_cases(cases: Iterable[Case]) -> bytes:
    """Return golden rows as bytes; the same rows give the same bytes."""
    return b"".join(msgspec.json.encode(case, order="deterministic") + b"\n" for case in cases)


def read_cases(path: str, content: bytes) -> tuple[Case, ...]:
    """Return golden rows.

    Args:
        path: Path of the artifact in the specification, for messages.
        content: The bytes.

    Raises:
        ModelSpecError: ``MS523``, a line is no golden row, or there are none, or too many.
    """
    lines = content.splitlines()
    if not 0 < len(lines) <= MAX_ROWS:
        raise fail(Code.MS523, path, f"must hold 1 to {MAX_ROWS} golden rows, got {len(lines)}")
    decoder = msgspec.json.Decoder(Case)
    cases = []
    for number, line in enumerate(lines):
        try:
            cases.append(decoder.decode(line))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise fail(Code.MS523, path, f"row {number} is no golden row: {error}") from error
    return tuple(cases)


def without_nan(value: Any) -> Any:
    """Return a value, or a vector, as JSON has it: what is not finite is null."""
    if isinstance(value, list):
        return [without_nan(item) for item in value]
    return None if isinstance(value, float) and value - value != 0.0 else value


def differences(
    number: int, expected: Case, actual: Case, tolerance: Verification
) -> Iterator[Finding]:
    """Yield how a row differs from what is expected of it.

    Features may be as many float32 units in the last place apart as the verification allows,
    numbers of outputs and answers as far as its absolute tolerance; all else must be equal.

    Args:
        number: Of the row, from 0.
        expected: The golden row.
        actual: What the row gives.
        tolerance: How far both may be apart.
    """
    yield from _different(number, Code.MS524, expected.features, actual.features, tolerance)
    yield from _different(number, Code.MS525, expected.outputs, actual.outputs, tolerance)
    yield from _different(number, Code.MS525, expected.answer, actual.answer, tolerance)


def _different(
    number: int,
    code: Code,
    expected: Mapping[str, Any],
    actual: Mapping[str, Any],
    tolerance: Verification,
) -> Iterator[Finding]:
    for name in sorted(expected.keys() | actual.keys()):
        wanted, found = expected.get(name, "nothing"), actual.get(name, "nothing")
        for place, one, other in _leaves(wanted, found):
            distance = _too_far(code, one, other, tolerance)
            if distance is not None:
                message = (
                    f"row {number}: '{name}{place}' expected {one!r}, got {other!r}{distance}"
                )
                yield Finding(code, "spec.verification", message)


def _leaves(expected: Any, actual: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the values to compare, with their places in a vector."""
    listed = isinstance(expected, list | tuple) and isinstance(actual, list | tuple)
    if not listed or len(expected) != len(actual):
        yield "", expected, actual
        return
    for index, (wanted, found) in enumerate(zip(expected, actual, strict=True)):
        yield f"[{index}]", wanted, found


def _too_far(code: Code, expected: Any, actual: Any, tolerance: Verification) -> str | None:
    """Return how far two values are apart if that is too far, else nothing."""
    if expected == actual:
        return None
    if not (_is_number(expected) and _is_number(actual)):
        return ""
    if code is Code.MS524:
        ulps = abs(_ordinal(expected) - _ordinal(actual))
        most = tolerance.feature_ulps
        return None if ulps <= most else f" ({ulps} ulps, tolerance {most})"
    if abs(expected - actual) <= float(tolerance.output_absolute):
        return None
    return f" (tolerance {tolerance.output_absolute})"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _ordinal(value: float) -> int:
    """Return the position of a float32 among all of them; both zeros have the same."""
    (bits,) = _INTEGER.unpack(_FLOAT32.pack(value))
    return int(bits if bits >= 0 else -(bits & 0x7FFFFFFF))
