"""The reference of the expression language, from the entries that the language consists of."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from string import Template
from typing import Any

import yaml
from pydantic.alias_generators import to_camel

from modelspec.expressions import cost, lexer, parser, program, types
from modelspec.expressions.functions import FUNCTIONS, MODULES
from modelspec.expressions.functions.examples import EXAMPLE_FEATURES, EXAMPLE_PARAMETERS
from modelspec.expressions.operation import CostRule, Operation, Varying
from modelspec.expressions.parameters import Parameter
from modelspec.expressions.precedence import BINDINGS, UNARIES, Level
from modelspec.expressions.signature import KINDS
from modelspec.expressions.types import Kind
from modelspec_cli.render import spell

INTRODUCTION = Path(__file__).with_suffix(".md")
"""What the page says before it lists the functions."""

_FIELDS = {"key_kind": "keyType", "y": "values"}
"""Fields that a specification calls otherwise."""

_KEY_TYPES = {Kind.STRING: "String", Kind.INT64: "Int64"}

_USAGES = {
    "if": "(then: {then}) if (condition: {condition}) else (otherwise: {otherwise})",
    "in": "(x: {x}) in [literal, …]",
    "not": "not (a: {a})",
}


def render_reference() -> str:
    """Return the page."""
    groups = _groups()
    introduction = Template(INTRODUCTION.read_text()).substitute(
        precedence="\n".join(_precedence()),
        words="\n".join(_words()),
        parameters=_example_parameters(),
        features="\n".join(_example_features()),
        count=len(FUNCTIONS),
        groups="\n".join(_contents(groups)),
        **_limits(),
    )
    lines = [line for group, names in groups.items() for line in _group(group, names)]
    return introduction + "\n".join(lines) + "\n"


def _limits() -> dict[str, int]:
    return {
        "max_characters": parser.MAX_CHARACTERS,
        "max_nodes": parser.MAX_NODES,
        "max_depth": parser.MAX_DEPTH,
        "max_items": parser.MAX_ITEMS,
        "max_string": lexer.MAX_STRING,
        "max_cost": cost.MAX_COST,
        "max_text": types.MAX_TEXT,
        "max_program": program.MAX_NODES,
    }


def _precedence() -> Iterator[str]:
    """Yield a row for every level, from the one that binds least."""
    listed: dict[Level, list[str]] = {level: [] for level in Level}
    listed[Level.CONDITIONAL] = ["a if c else b"]
    for operator, binding in BINDINGS.items():
        listed[binding.level].append(operator)
    for operator, level in UNARIES.items():
        listed[level].append(f"{operator} x" if operator.isalpha() else f"{operator}x")
    listed[Level.COMPARISON] += ["in", "not in"]
    for level, operators in listed.items():
        if operators:
            yield f"| {' '.join(f'`{operator}`' for operator in operators)} | {_LEVELS[level]} |"


_LEVELS = {
    Level.CONDITIONAL: "a where c is true, else b",
    Level.OR: "whether one is true",
    Level.AND: "whether both are true",
    Level.NOT: "whether x is false",
    Level.COMPARISON: "whether it is so",
    Level.SUM: "sum, difference",
    Level.PRODUCT: "product, quotient, rounded quotient, remainder",
    Level.UNARY: "with the other sign",
    Level.POWER: "power",
}


def _words() -> Iterator[str]:
    """Yield a row for each word that stands for several types."""
    for word, kinds in KINDS.items():
        if word == "T":
            yield "| `T` | any one type |"
        elif word == "any":
            yield "| `any` | any type, for each argument another |"
        elif len(kinds) > 1:
            yield f"| `{word}` | {' or '.join(f'`{kind}`' for kind in kinds)} |"


def _example_parameters() -> str:
    documents = [_document(name, item) for name, item in EXAMPLE_PARAMETERS.items()]
    return yaml.safe_dump(documents, sort_keys=False, default_flow_style=None, width=110)


def _document(name: str, parameter: Parameter) -> dict[str, Any]:
    """Return a parameter in the form that a specification has it."""
    shape = type(parameter).__name__
    member = {
        _field(item.name): _wire(getattr(parameter, item.name)) for item in fields(parameter)
    }
    return {"name": name, "type": shape, to_camel(shape[:1].lower() + shape[1:]): member}


def _field(name: str) -> str:
    return _FIELDS.get(name) or to_camel(name)


def _wire(value: Any) -> Any:
    """Return the value of a field: numbers are decimal strings but for codes, keys are texts."""
    match value:
        case Kind():
            return _KEY_TYPES[value]
        case float():
            return repr(value).removesuffix(".0")
        case tuple():
            return list(map(_wire, value))
        case Mapping():
            return [{"key": str(key), "value": _wire(item)} for key, item in value.items()]
        case _:
            return value


def _example_features() -> Iterator[str]:
    for name, (declared, value) in EXAMPLE_FEATURES.items():
        yield f"| `{name}` | `{declared}` | `{spell(value)}` |"


def _groups() -> Mapping[str, Mapping[str, list[Operation]]]:
    """Return the operations by heading and name, in the order in which they are defined."""
    groups: dict[str, dict[str, list[Operation]]] = {}
    for module in MODULES:
        for operation in module.OPERATIONS:
            group = groups.setdefault(operation.group, {})
            group.setdefault(operation.name, []).append(operation)
    return groups


def _contents(groups: Mapping[str, Mapping[str, list[Operation]]]) -> Iterator[str]:
    for group, names in groups.items():
        listed = " ".join(f"`{name}`" for name in names)
        yield f"* [{group}](#{group.lower().replace(' ', '-')}): {listed}"


def _group(group: str, names: Mapping[str, list[Operation]]) -> Iterator[str]:
    yield f"\n### {group}"
    for name, operations in names.items():
        yield f"\n#### `{name}`"
        for operation in operations:
            yield from _entry(operation)


def _entry(operation: Operation) -> Iterator[str]:
    yield f"\n```text\n{_usage(operation)}\n```\n\n{operation.summary}\n"
    yield f"* {_null(operation)}"
    if operation.definition:
        yield f"* the same as `{operation.definition}`"
    yield f"* class {operation.exactness}, phase {operation.phase}, {_cost(operation)}"
    yield "\n```text"
    width = max(len(text) for text, _ in operation.examples)
    for text, value in operation.examples:
        yield f"{text:{width}}  →  {spell(value)}"
    yield "```"


def _usage(operation: Operation) -> str:
    """Return the signature, of an operator as it is written."""
    signature = operation.signature
    words = {argument.name: argument.word for argument in signature.arguments}
    result = operation.text.rsplit(" -> ", 1)[1]
    if operation.name in _USAGES:
        return f"{_USAGES[operation.name].format(**words)} -> {result}"
    if operation.name.isidentifier() and operation.name not in BINDINGS:
        return operation.text
    operands = [f"({name}: {word})" for name, word in words.items()]
    if len(operands) == 1:
        return f"{operation.name}{operands[0]} -> {result}"
    return f"{operands[0]} {operation.name} {operands[1]} -> {result}"


def _null(operation: Operation) -> str:
    """Return when the result is null."""
    names = operation.value_names
    says_all = operation.lenient or any(f"{name} is null" in operation.null for name in names)
    if says_all:
        return operation.null
    if not names:
        return "never null"
    strict = f"null if {names[0] if len(names) == 1 else 'an argument'} is null"
    if operation.null:
        return f"{strict}, and {operation.null.removeprefix('null ')}"
    if operation.domain:
        conditions = (domain.condition(name) for name, domain in operation.domain.items())
        listed = " or ".join(f"`{condition}`" for condition in conditions)
        return f"{strict}, and where {listed} is false"
    return strict


def _cost(operation: Operation) -> str:
    if operation.definition or operation.rewrite:
        return "costs what its parts cost"
    each = " for each argument after the first" if operation.folds else ""
    units = f"costs {_units(operation.cost)} {'unit' if operation.cost == 1 else 'units'}{each}"
    if operation.per_character:
        units += (
            f" and {_units(operation.per_character)} for each character or item of the arguments"
        )
    return units


def _units(rule: CostRule) -> str:
    return rule.text if isinstance(rule, Varying) else f"{rule:g}"
