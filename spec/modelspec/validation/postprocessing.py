"""Rules about calibration, bands and reason codes, and about how golden rows are compared."""

from collections.abc import Iterator
from itertools import pairwise

from modelspec.choices import OutputType
from modelspec.errors import Code, Finding, nearest
from modelspec.expressions.types import INTEGERS
from modelspec.quantities import parse_decimal
from modelspec.schema.postprocessing import Bands, Postprocessing
from modelspec.validation.decision import Decision
from modelspec.validation.subject import Subject

_PATH = "spec.postprocessing"


def calibration_is_monotonic(subject: Subject, decision: Decision) -> Iterator[Finding]:
    """MS330: points are as many as values, and neither goes back."""
    del decision
    item = subject.spec.postprocessing
    points = item.calibration.piecewise_linear if item and item.calibration else None
    if points is None:
        return
    path = f"{_PATH}.calibration.piecewiseLinear"
    if len(points.x) != len(points.values):
        message = f"must have the same length as `x` ({len(points.x)}), got {len(points.values)}"
        yield Finding(Code.MS330, f"{path}.values", message)
    for index, (before, after) in enumerate(pairwise(map(parse_decimal, points.x)), start=1):
        if after <= before:
            message = f"must be greater than x[{index - 1}]"
            yield Finding(Code.MS330, f"{path}.x[{index}]", message)
    for index, (before, after) in enumerate(pairwise(map(parse_decimal, points.values)), start=1):
        if after < before:
            message = f"must be greater than or equal to values[{index - 1}]"
            yield Finding(Code.MS330, f"{path}.values[{index}]", message)


def bands_cover_an_integer_output(subject: Subject, decision: Decision) -> Iterator[Finding]:
    """MS514, MS515, MS516: bands are those of an Int64 output, ascending, without a gap."""
    item = subject.spec.postprocessing
    if item is None or item.bands is None:
        return
    yield from _banded_output(item, item.bands)
    starts = [band.from_ for band in item.bands.ranges]
    for index, (before, after) in enumerate(pairwise(starts), start=1):
        if after <= before:
            path = f"{_PATH}.bands.ranges[{index}].from"
            yield Finding(Code.MS514, path, f"must be greater than {before}")
    node = decision.outputs.get(item.bands.output_name)
    if node is None or node.type.range.low >= starts[0]:
        return
    name, lowest = item.bands.output_name, node.type.range.low
    if lowest <= INTEGERS.low:
        message = f"`{name}` has no lowest value; bound it with clip() in `outputs`"
    else:
        message = f"must be {lowest:.0f}, the lowest value of `{name}`"
    yield Finding(Code.MS515, f"{_PATH}.bands.ranges[0].from", message)


def _banded_output(item: Postprocessing, bands: Bands) -> Iterator[Finding]:
    types = {output.name: output.type for output in item.outputs or ()}
    path, name = f"{_PATH}.bands.outputName", bands.output_name
    if name not in types:
        near = nearest(name, types)
        hint = f"; did you mean '{near}'?" if near else ""
        yield Finding(Code.MS516, path, f"'{name}' is not one of `outputs`{hint}")
    elif types[name] is not OutputType.INT64:
        yield Finding(Code.MS516, path, f"'{name}' is {types[name]}; must be an Int64 output")


def tolerances_are_distances(subject: Subject) -> Iterator[Finding]:
    """MS123: nothing is nearer than what is equal."""
    found = subject.spec.verification
    tolerance = found.output_tolerance if found else None
    if tolerance and parse_decimal(tolerance.absolute) < 0:
        path = "spec.verification.outputTolerance.absolute"
        message = f"must be greater than or equal to 0, got '{tolerance.absolute}'"
        yield Finding(Code.MS123, path, message)


def reason_codes_are_distinct(subject: Subject, decision: Decision) -> Iterator[Finding]:
    """MS519: each reason code has one rule."""
    del decision
    item = subject.spec.postprocessing
    seen: set[str] = set()
    for index, rule in enumerate(item.reason_codes.rules if item and item.reason_codes else ()):
        if rule.code in seen:
            path = f"{_PATH}.reasonCodes.rules[{index}].code"
            yield Finding(Code.MS519, path, f"Duplicate value '{rule.code}'")
        seen.add(rule.code)
