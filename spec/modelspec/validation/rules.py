"""The rules, in order; each takes a specification and yields findings.

Pure, and the same for every caller.
"""

from collections.abc import Callable, Iterator
from difflib import get_close_matches

from modelspec.errors import Code, Finding
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import canonical_default

MAX_FINDINGS = 20


def check(spec: ModelSpecSpec) -> tuple[Finding, ...]:
    """Return every problem of a specification that satisfies the schema, at most 20."""
    findings = [finding for rule in RULES for finding in rule(spec)]
    return tuple(findings[:MAX_FINDINGS])


def defaults_have_the_type_of_their_feature(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS204: the text of a default must be a value of the feature's type."""
    for index, feature in enumerate(spec.feature_fetching.features):
        try:
            canonical_default(feature)
        except ValueError as error:
            path = f"spec.featureFetching.features[{index}].default"
            yield Finding(Code.MS204, path, f"{error} (feature '{feature.name}')")


def columns_are_features(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS421: every column of a tensor names a feature of this specification."""
    known = [feature.name for feature in spec.feature_fetching.features]
    for path, names in _columns(spec):
        for index, name in enumerate(names):
            if name not in known:
                message = f"'{name}' is not a feature{_did_you_mean(name, known)}"
                yield Finding(Code.MS421, f"{path}[{index}]", message)


def columns_are_distinct(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS423: no column of a tensor repeats another; it is almost always a slip."""
    for path, names in _columns(spec):
        for index, name in enumerate(names):
            if name in names[:index]:
                yield Finding(Code.MS423, f"{path}[{index}]", f"Duplicate value '{name}'")


RULES: tuple[Callable[[ModelSpecSpec], Iterator[Finding]], ...] = (
    defaults_have_the_type_of_their_feature,
    columns_are_features,
    columns_are_distinct,
)


def _columns(spec: ModelSpecSpec) -> Iterator[tuple[str, list[str]]]:
    for m, model in enumerate(spec.models):
        for i, model_input in enumerate(model.inputs):
            yield f"spec.models[{m}].inputs[{i}].featureNames", model_input.feature_names


def _did_you_mean(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; features: {', '.join(known[:10])}"
