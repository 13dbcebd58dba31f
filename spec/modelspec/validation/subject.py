"""What is checked: a specification together with the types of everything that it names."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from modelspec.compiler.programs import program_findings, raw_feature
from modelspec.errors import Finding
from modelspec.expressions.graph import Node
from modelspec.expressions.parameters import Parameter
from modelspec.expressions.program import (
    DerivedFeature,
    FeatureProblem,
    Program,
    ProgramError,
    RawFeature,
    build_program,
)
from modelspec.schema.features import Feature
from modelspec.schema.model import ModelOutput
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import feature_part
from modelspec.validation.parameters import read_parameters


@dataclass(frozen=True)
class Subject:
    """A specification that satisfies the schema, and what its expressions say."""

    spec: ModelSpecSpec

    parameters: Mapping[str, Parameter]
    """The fitted parameters that can be used."""

    values: Mapping[str, Node | None]
    """Every raw and derived feature: its node, or ``None`` where its expression is wrong."""

    program: Program | None
    """All derived features; ``None`` where one is wrong."""

    findings: tuple[Finding, ...]
    """What is wrong with fitted parameters, and with expressions of derived features."""

    @cached_property
    def outputs(self) -> Mapping[str, ModelOutput]:
        """The outputs of all model objects by name; the first, where a name is taken twice."""
        found: dict[str, ModelOutput] = {}
        for model in self.spec.models or ():
            for output in model.outputs:
                found.setdefault(output.name, output)
        return found

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The outputs of model objects that are one number of each row."""
        return frozenset(name for name, item in self.outputs.items() if item.index is not None)


def read_subject(spec: ModelSpecSpec) -> Subject:
    """Return a specification with whatever of its expressions can be typed."""
    listed = read_parameters(spec)
    broken = {item.parameter.name for item in listed if item.findings}
    usable = {
        item.parameter.name: item.value
        for item in listed
        if item.value is not None and not item.findings
    }
    wrong = tuple(finding for item in listed for finding in item.findings)
    derived = _derived(spec)
    try:
        raw = map(_raw_feature, spec.feature_fetching.features)
        program = build_program(raw, derived, usable)
    except ProgramError as error:
        own = [item for item in error.problems if not _is_consequence(item, derived, broken)]
        findings = tuple(program_findings(ProgramError(own), derived))
        return Subject(spec, usable, error.values, None, (*wrong, *findings))
    return Subject(spec, usable, program.values, None if wrong else program, wrong)


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
    except ValueError:  # what is wrong with a default or a bound is told elsewhere
        return raw_feature(feature_part(feature.model_copy(update=_CERTAIN)))


_CERTAIN = {
    "default": None,
    "required": True,
    "minimum": None,
    "maximum": None,
    "on_out_of_range": None,
}
"""What leaves of a feature nothing but its type."""


def _is_consequence(item: FeatureProblem, derived: list[DerivedFeature], broken: set[str]) -> bool:
    """Return whether a problem is only that a parameter is broken, which is told elsewhere."""
    span = item.problem.span
    return item.index >= 0 and derived[item.index].text[span.start : span.end] in broken
