"""The decision in its one canonical form: pipeline, postprocessing and verification as hashed.

Expressions get their canonical text, numbers the shortest text of the same float64, and items are
sorted by name where their order has no meaning. What only people read is left out.
"""

from collections.abc import Iterable

from modelspec import parts
from modelspec.expressions.canonical import canonical_expression
from modelspec.expressions.types import LANGUAGE
from modelspec.quantities import canonical_float
from modelspec.schema import pipeline as schema, postprocessing as schema_of_answers
from modelspec.schema.verification import Verification


def pipeline_part(pipeline: schema.Pipeline) -> parts.Pipeline:
    """Return a valid pipeline as it is hashed."""
    return parts.Pipeline(
        language=LANGUAGE if any(route.when for route in pipeline.routes) else None,
        routes=tuple(map(_route, pipeline.routes)),
        fallback=tuple(map(_fallback, pipeline.fallback or ())),
    )


def _route(route: schema.Route) -> parts.Route:
    when = canonical_expression(route.when) if route.when else None
    return parts.Route(name=route.name, decision=_decision(route), when=when)


def _decision(route: schema.Route) -> parts.Single | parts.Split | parts.Ensemble:
    """Return the member that is set; the schema demands exactly one."""
    if route.split:
        return _split(route.split)
    if route.ensemble:
        return _ensemble(route.ensemble)
    assert route.single  # noqa: S101  # the only other member
    return parts.Single(output_name=route.single.output_name)


def _split(split: schema.Split) -> parts.Split:
    arms = tuple(
        parts.Arm(name=arm.name, output_name=arm.output_name, percent=arm.percent)
        for arm in split.arms
    )
    return parts.Split(key_feature_name=split.key_feature_name, arms=arms, salt=split.salt or "")


def _ensemble(ensemble: schema.Ensemble) -> parts.Ensemble:
    members = sorted(ensemble.members, key=lambda member: member.output_name)
    everybody = ensemble.quorum in {None, len(members)}
    return parts.Ensemble(
        combine=ensemble.combine,
        members=tuple(
            parts.Member(output_name=member.output_name, weight=member.weight)
            for member in members
        ),
        quorum=None if everybody else ensemble.quorum,
    )


def _fallback(fallback: schema.Fallback) -> parts.Fallback:
    return parts.Fallback(
        output_name=fallback.output_name,
        constant=None if fallback.constant is None else canonical_float(fallback.constant),
        reason_code=fallback.reason_code,
    )


def postprocessing_part(item: schema_of_answers.Postprocessing) -> parts.Postprocessing:
    """Return valid postprocessing as it is hashed."""
    is_written = bool(
        item.outputs or item.reason_codes or (item.calibration and item.calibration.expr)
    )
    return parts.Postprocessing(
        language=LANGUAGE if is_written else None,
        calibration=_calibration(item.calibration) if item.calibration else None,
        outputs=tuple(map(_output, sorted(item.outputs or (), key=lambda output: output.name))),
        bands=_bands(item.bands) if item.bands else None,
        reason_codes=_reason_codes(item.reason_codes) if item.reason_codes else None,
    )


def _calibration(calibration: schema_of_answers.Calibration) -> parts.Calibration:
    """Return the member that is set; the schema demands exactly one."""
    if sigmoid := calibration.sigmoid:
        slope, intercept = map(canonical_float, (sigmoid.slope, sigmoid.intercept))
        return parts.Sigmoid(slope=slope, intercept=intercept)
    if points := calibration.piecewise_linear:
        return parts.PiecewiseLinear(x=_floats(points.x), values=_floats(points.values))
    return parts.ExpressionCalibration(expr=canonical_expression(calibration.expr or ""))


def _output(output: schema_of_answers.Output) -> parts.Output:
    return parts.Output(name=output.name, type=output.type, expr=canonical_expression(output.expr))


def _bands(bands: schema_of_answers.Bands) -> parts.Bands:
    ranges = tuple(
        parts.Band(name=band.name, start=band.from_, action=band.action or band.name)
        for band in bands.ranges
    )
    return parts.Bands(output_name=bands.output_name, ranges=ranges)


def _reason_codes(reasons: schema_of_answers.ReasonCodes) -> parts.ReasonCodes:
    rules = tuple(
        parts.ReasonRule(
            code=rule.code,
            when=canonical_expression(rule.when) if rule.when else None,
            contribution=canonical_expression(rule.contribution) if rule.contribution else None,
        )
        for rule in reasons.rules
    )
    return parts.ReasonCodes(rules=rules, maximum=reasons.maximum or parts.DEFAULT_MAX_REASONS)


def verification_part(verification: Verification) -> parts.Verification:
    """Return verification as it is hashed."""
    features, outputs = verification.feature_tolerance, verification.output_tolerance
    return parts.Verification(
        sha256=verification.cases.artifact.sha256,
        feature_ulps=features.ulps if features else 0,
        output_absolute=canonical_float(outputs.absolute) if outputs else "0",
    )


def _floats(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(canonical_float, texts))
