"""Rules about expressions: what the language itself has to say about them."""

from collections.abc import Iterator

from modelspec.compiler.programs import parameter_value, program_findings, raw_feature
from modelspec.errors import Finding
from modelspec.expressions.parameters import Parameter
from modelspec.expressions.program import (
    DerivedFeature,
    FeatureProblem,
    ProgramError,
    RawFeature,
    build_program,
)
from modelspec.schema.features import Feature
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import feature_part
from modelspec.snapshot.logic import parameter_part
from modelspec.validation.parameters import located_parameters, parameter_findings


def expressions_are_valid(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS301 to MS340: every expression can be parsed and typed, and none depends on itself."""
    if spec.preprocessing is None:
        return
    usable, broken = _parameters(spec)
    derived = _derived(spec)
    try:
        build_program(map(_raw_feature, spec.feature_fetching.features), derived, usable)
    except ProgramError as error:
        own = [item for item in error.problems if not _is_consequence(item, derived, broken)]
        yield from program_findings(ProgramError(own), derived)


def _parameters(spec: ModelSpecSpec) -> tuple[dict[str, Parameter], set[str]]:
    """Return the parameters that can be used by name, and the names of the others."""
    listed = [parameter for _, parameter in located_parameters(spec)]
    broken = {parameter.name for parameter in listed if parameter_findings(parameter)}
    usable = {
        parameter.name: parameter_value(parameter_part(parameter))
        for parameter in listed
        if parameter.name not in broken
    }
    return usable, broken


def _derived(spec: ModelSpecSpec) -> list[DerivedFeature]:
    """Return the derived features; one whose name is taken gets a name that nobody can write."""
    taken = {feature.name for feature in spec.feature_fetching.features}
    derived: list[DerivedFeature] = []
    for index, item in enumerate(spec.preprocessing.derived if spec.preprocessing else ()):
        name = f"#{index}" if item.name in taken else item.name
        taken.add(name)
        derived.append(DerivedFeature(name, item.expr, item.type))
    return derived


def _raw_feature(feature: Feature) -> RawFeature:
    try:
        return raw_feature(feature_part(feature))
    except ValueError:  # the default is wrong, which is told elsewhere; its type is known
        certain = feature.model_copy(update={"default": None, "required": True})
        return raw_feature(feature_part(certain))


def _is_consequence(item: FeatureProblem, derived: list[DerivedFeature], broken: set[str]) -> bool:
    """Return whether a problem is only that a parameter is broken, which is told elsewhere."""
    span = item.problem.span
    return item.index >= 0 and derived[item.index].text[span.start : span.end] in broken
