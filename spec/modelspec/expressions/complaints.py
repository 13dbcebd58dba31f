"""What to say when operands do not fit: one sentence per family of operators, with a remedy."""

import re
from collections.abc import Sequence

from modelspec.errors import Code
from modelspec.expressions.calls import BoundCall
from modelspec.expressions.functions import FUNCTIONS
from modelspec.expressions.graph import Node
from modelspec.expressions.operation import Operation
from modelspec.expressions.overloads import Mismatch
from modelspec.expressions.parameters import LookupTable, Parameter, Set, Vocabulary
from modelspec.expressions.syntax import Expression, Literal, Name
from modelspec.expressions.types import Kind, Type

ARITHMETIC = frozenset({"+", "-", "*", "/", "//", "%", "**"})
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
FOREIGN = {
    "day": "day_of_month()",
    "float": "to_float() or parse_float()",
    "ifnull": "coalesce()",
    "int": "to_int() or parse_int()",
    "isnull": "is_null()",
    "len": "length() or size()",
    "ln": "log()",
    "max": "greatest()",
    "mean": "mean_of()",
    "min": "least()",
    "nvl": "coalesce()",
    "pow": "'**'",
    "str": "to_string()",
    "substring": "substr()",
    "sum": "sum_of()",
    "weekday": "day_of_week()",
}
"""What other languages call our functions."""

LOGIC = frozenset({"and", "or", "not"})


def complain_about_operands(
    operator: str, operands: Sequence[Expression], types: Sequence[Type]
) -> tuple[Code, str]:
    """Return the code and the message for operands of the wrong types."""
    kinds = [str(declared.required()) for declared in types]
    if operator in ARITHMETIC:
        needs = "numbers" if len(kinds) > 1 else "a number"
        message = f"operator '{operator}' requires {needs}, got {' and '.join(kinds)}"
        return Code.MS306, message + _arithmetic_remedy(operator, types)
    if operator in LOGIC:
        message = f"operator '{operator}' requires bool, got {' and '.join(kinds)}"
        return Code.MS307, f"{message}; compare it, for example `{_example(operands, types)}`"
    message = f"cannot compare {' with '.join(kinds)}"
    return Code.MS305, message + _comparison_remedy(operands, types)


def _arithmetic_remedy(operator: str, types: Sequence[Type]) -> str:
    kinds = {declared.kind for declared in types}
    if Kind.STRING in kinds:
        return "; use concat()" if operator == "+" and len(kinds) == 1 else "; use parse_float()"
    if Kind.TIMESTAMP in kinds:
        return "; use seconds_between() or epoch_seconds()"
    if Kind.BOOL in kinds:
        return "; use indicator()"
    if kinds & {Kind.VECTOR, Kind.LIST}:
        return "; use element() or list_get()"
    return ""


def _example(operands: Sequence[Expression], types: Sequence[Type]) -> str:
    for operand, declared in zip(operands, types, strict=True):
        if declared.kind is not Kind.BOOL:
            name = operand.id if isinstance(operand, Name) else "x"
            return f'{name} == "a"' if declared.kind is Kind.STRING else f"{name} > 0"
    return "x > 0"


def _comparison_remedy(operands: Sequence[Expression], types: Sequence[Type]) -> str:
    kinds = {declared.kind for declared in types}
    for operand in operands:
        if isinstance(operand, Literal) and isinstance(operand.value, str):
            if kinds & {Kind.INT64, Kind.FLOAT64} and _is_number(operand.value):
                return f'; write {operand.value} instead of "{operand.value}"'
            if Kind.TIMESTAMP in kinds:
                return f'; write parse_timestamp("{operand.value}")'
    if Kind.STRING in kinds and Kind.INT64 in kinds:
        return "; use to_string() or parse_int()"
    if Kind.BOOL in kinds and len(kinds) > 1:
        return "; use indicator()"
    return ""


def _is_number(text: str) -> bool:
    return re.fullmatch(r"(0|[1-9][0-9]*)(\.[0-9]+)?", text) is not None


def complain_about_argument(
    operation: Operation, found: Mismatch, types: Sequence[Type]
) -> tuple[Code, str]:
    """Return the code and the message for the argument of a call that does not fit."""
    actual = types[found.position].required()
    if operation.name == "if" and found.position == 0:
        return Code.MS311, f"condition must be bool, got {actual}"
    if found.conflicts:
        what = "branches" if operation.name == "if" else f"arguments of {operation.name}()"
        return Code.MS310, f"{what} must have one type, got {found.expected} and {actual}"
    place = f"{operation.name}() argument {found.position + 1}"
    return Code.MS304, f"{place} must be {found.expected}, got {actual}"


def complain_about_key(
    operation: Operation, nodes: Sequence[Node], bound: BoundCall
) -> str | None:
    """Return the message for a key of another kind than the parameter's, if it is one."""
    for name, parameter in bound.bound.items():
        if not isinstance(parameter, LookupTable | Set | Vocabulary):
            continue
        key = nodes[0].type
        if key.kind in {parameter.key_kind, Kind.NULL}:
            continue
        declared = dict(item.split("=", 1) for item in bound.keys)[name]
        remedy = {Kind.INT64: "; use to_string()", Kind.STRING: "; use parse_int()"}
        return (
            f"{operation.name}() argument 1 must be {parameter.key_kind}"
            f" (`keyType` of '{declared}'), got {key.required()}{remedy.get(key.kind, '')}"
        )
    return None


def functions_taking(parameter: Parameter) -> str:
    """Return the functions that take a parameter, as advice."""
    if isinstance(parameter, LookupTable | Set | Vocabulary):
        return "lookup(), ordinal(), one_hot() or in_set()"
    word = type(parameter).__name__
    names = [
        f"{name}()"
        for name, overloads in FUNCTIONS.items()
        if any(argument.word == word for argument in overloads[0].signature.arguments)
    ]
    return " or ".join(names)
