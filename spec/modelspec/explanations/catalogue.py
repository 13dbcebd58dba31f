"""All explanations by their codes."""

from collections.abc import Mapping
from types import MappingProxyType

from modelspec.errors import Code
from modelspec.explanations import (
    expressions,
    features,
    models,
    names,
    operations,
    parameters,
    pipeline,
    postprocessing,
    shape,
)
from modelspec.explanations.explanation import Explanation

LISTED: tuple[Explanation, ...] = (
    *shape.EXPLANATIONS,
    *names.EXPLANATIONS,
    *features.EXPLANATIONS,
    *expressions.EXPLANATIONS,
    *parameters.EXPLANATIONS,
    *models.EXPLANATIONS,
    *pipeline.EXPLANATIONS,
    *postprocessing.EXPLANATIONS,
    *operations.EXPLANATIONS,
)

EXPLANATIONS: Mapping[Code, Explanation] = MappingProxyType(
    {item.code: item for item in sorted(LISTED, key=lambda item: item.code.name)}
)
"""In the order of the codes."""


def explanation(code: Code) -> Explanation:
    """Return what a code means."""
    return EXPLANATIONS[code]
