"""The rules, in order; each takes a specification and yields findings.

Pure, and the same for every caller.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from modelspec.errors import Finding
from modelspec.schema.spec import ModelSpecSpec
from modelspec.validation.columns import (
    columns_are_distinct,
    columns_are_features,
    columns_are_numbers,
)
from modelspec.validation.expressions import expressions_are_valid
from modelspec.validation.features import defaults_have_the_type_of_their_feature
from modelspec.validation.names import names_are_distinct, names_can_be_written
from modelspec.validation.parameters import parameters_can_be_used
from modelspec.validation.size import snapshot_fits

MAX_FINDINGS = 20

Rule = Callable[[ModelSpecSpec], Iterator[Finding]]

NAMING: tuple[Rule, ...] = (names_can_be_written, names_are_distinct)

RULES: tuple[Rule, ...] = (
    defaults_have_the_type_of_their_feature,
    parameters_can_be_used,
    expressions_are_valid,
    columns_are_features,
    columns_are_numbers,
    columns_are_distinct,
)


def check(spec: ModelSpecSpec) -> tuple[Finding, ...]:
    """Return every problem of a specification that satisfies the schema, at most 20.

    What is wrong inside an item follows only once its name is right.
    """
    misnamed = _findings(NAMING, spec)
    items = tuple(finding.path.removesuffix("name") for finding in misnamed)
    others = [f for f in _findings(RULES, spec) if not f.path.startswith(items)]
    found = [*misnamed, *others] or _findings((snapshot_fits,), spec)
    return tuple(found[:MAX_FINDINGS])


def _findings(rules: tuple[Rule, ...], spec: ModelSpecSpec) -> list[Finding]:
    """Return what the rules find, and stop at more than anybody reads."""
    found = (finding for rule in rules for finding in rule(spec))
    return list(islice(found, 3 * MAX_FINDINGS))
