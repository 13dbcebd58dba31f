"""All operations of the language, by the name that a call or an operator gives them."""

from collections.abc import Mapping
from types import MappingProxyType

from modelspec.expressions.functions import (
    aggregates,
    arithmetic,
    branches,
    casts,
    categorical,
    fitted,
    geo,
    identifiers,
    json_text,
    lists,
    logic,
    operators,
    patterns,
    text,
    times,
    transcendental,
)
from modelspec.expressions.operation import Operation

MODULES = (
    operators,
    logic,
    branches,
    arithmetic,
    aggregates,
    transcendental,
    fitted,
    categorical,
    text,
    identifiers,
    patterns,
    times,
    geo,
    lists,
    json_text,
    casts,
)
"""Where the entries stand; the order is that of the reference."""


def _by_name() -> dict[str, tuple[Operation, ...]]:
    table: dict[str, tuple[Operation, ...]] = {}
    for module in MODULES:
        for operation in module.OPERATIONS:
            table[operation.name] = (*table.get(operation.name, ()), operation)
    return table


FUNCTIONS: Mapping[str, tuple[Operation, ...]] = MappingProxyType(_by_name())
"""The overloads of every operation; operators are listed under their symbols."""
