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

_MODULES = (
    shape,
    names,
    features,
    expressions,
    parameters,
    models,
    pipeline,
    postprocessing,
    operations,
)

EXPLANATIONS: Mapping[Code, Explanation] = MappingProxyType(
    {
        item.code: item
        for item in sorted(
            (item for module in _MODULES for item in module.EXPLANATIONS),
            key=lambda item: item.code.name,
        )
    }
)
"""Of each code, in the order of the codes."""


def explanation(code: Code) -> Explanation:
    """Return what a code means."""
    return EXPLANATIONS[code]
