"""The rules, in order; each takes a specification, or what was read of it, and yields findings.

Pure, and the same for every caller.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from modelspec.errors import Finding
from modelspec.schema.spec import ModelSpecSpec
from modelspec.validation.artifacts import artifacts_fit_where_they_are_stored
from modelspec.validation.columns import (
    columns_are_distinct,
    columns_are_features,
    columns_are_not_null_where_that_is_forbidden,
    columns_are_numbers,
    columns_fill_the_shape,
)
from modelspec.validation.consequences import without_consequences
from modelspec.validation.decision import Decision, read_decision
from modelspec.validation.doubts import DOUBTS, Doubtful
from modelspec.validation.expressions import expressions_are_valid
from modelspec.validation.features import (
    allowed_values_are_distinct_and_short,
    bounds_have_the_type_of_their_feature,
    defaults_are_within_bounds,
    defaults_have_the_type_of_their_feature,
    sources_are_declared,
)
from modelspec.validation.names import (
    names_are_distinct,
    names_can_be_written,
    outputs_are_no_features,
    outputs_can_be_named,
)
from modelspec.validation.order import in_order
from modelspec.validation.pipeline import (
    constants_are_probabilities,
    routed_outputs_are_numbers,
    routes_are_distinct,
    routes_can_be_taken,
    split_keys_are_never_null,
)
from modelspec.validation.postprocessing import (
    bands_cover_an_integer_output,
    calibration_is_monotonic,
    reason_codes_are_distinct,
    tolerances_are_distances,
)
from modelspec.validation.size import snapshot_fits
from modelspec.validation.subject import Subject, read_subject
from modelspec.validation.suspicions import SUSPICIONS

MAX_FINDINGS = 20

NAMING: tuple[Callable[[ModelSpecSpec], Iterator[Finding]], ...] = (
    names_can_be_written,
    names_are_distinct,
    outputs_are_no_features,
    outputs_can_be_named,
)

RULES: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    sources_are_declared,
    defaults_have_the_type_of_their_feature,
    bounds_have_the_type_of_their_feature,
    defaults_are_within_bounds,
    allowed_values_are_distinct_and_short,
    expressions_are_valid,
    artifacts_fit_where_they_are_stored,
    columns_are_features,
    columns_are_numbers,
    columns_are_distinct,
    columns_fill_the_shape,
    columns_are_not_null_where_that_is_forbidden,
    routes_are_distinct,
    routed_outputs_are_numbers,
    split_keys_are_never_null,
    constants_are_probabilities,
    tolerances_are_distances,
)

DECISION_RULES: tuple[Callable[[Subject, Decision], Iterator[Finding]], ...] = (
    routes_can_be_taken,
    calibration_is_monotonic,
    bands_cover_an_integer_output,
    reason_codes_are_distinct,
)


@dataclass(frozen=True)
class Reading:
    """A specification that satisfies the schema, with all its expressions read once."""

    subject: Subject
    decision: Decision

    def findings(self) -> tuple[Finding, ...]:
        """Return every problem in the order of the fields, at most 20.

        What is wrong inside an item follows only once its name is right.
        """
        spec = self.subject.spec
        misnamed = _some(finding for rule in NAMING for finding in rule(spec))
        items = tuple(finding.path.removesuffix("name") for finding in misnamed)
        found = _some(self._found())
        others = [finding for finding in found if not finding.path.startswith(items)]
        findings = [*misnamed, *without_consequences(others, misnamed)] or _some(
            snapshot_fits(spec)
        )
        return in_order(findings)[:MAX_FINDINGS]

    def _found(self) -> Iterator[Finding]:
        yield from (finding for rule in RULES for finding in rule(self.subject))
        yield from self.decision.findings
        for rule in DECISION_RULES:
            yield from rule(self.subject, self.decision)

    def warnings(self) -> tuple[Finding, ...]:
        """Return what is probably not meant, at most 20; nothing where there are problems."""
        program = self.subject.program
        if program is None:
            return ()
        doubtful = Doubtful(self.subject, program, self.decision)
        doubts = (finding for doubt in (*DOUBTS, *SUSPICIONS) for finding in doubt(doubtful))
        found = _some(doubts)
        return in_order(found)[:MAX_FINDINGS]


def read(spec: ModelSpecSpec) -> Reading:
    """Return a specification with its expressions read."""
    subject = read_subject(spec)
    return Reading(subject, read_decision(subject))


def check(spec: ModelSpecSpec) -> tuple[Finding, ...]:
    """Return every problem of a specification that satisfies the schema, at most 20."""
    return read(spec).findings()


def _some(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings, and stop at more than anybody reads."""
    return list(islice(findings, 3 * MAX_FINDINGS))
