"""Values out of JSON that arrives as text; better is a data source that picks fields."""

import re
from functools import partial
from itertools import accumulate
from math import nan
from typing import Any, TypeAlias

import msgspec

from modelspec.errors import Code
from modelspec.expressions.functions.text import as_long
from modelspec.expressions.operation import LiteralError, Operation, Phase
from modelspec.expressions.types import MAX_INTEGER

GROUP = "JSON"

Path: TypeAlias = tuple[str | int, ...]

MAX_STEPS = 8
"""Names and positions of a path."""

MAX_NESTING = 64
"""Arrays and objects around each other: a decoder's own limit depends on who calls it."""

_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(0|[1-9][0-9]{0,4})\]")
_PATH = re.compile(rf"\$(?:{_STEP.pattern})+")
_NO_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"?|[^"\[\]{}]+', re.DOTALL)
_DEEPER = {"[": 1, "{": 1, "]": -1, "}": -1}

_NULL = (
    "null where the text is no valid JSON (RFC 8259), is nested more than 64 deep or has a number"
    " beyond float64, and where the path leads nowhere or to "
)

_operation = partial(Operation, group=GROUP, phase=Phase.HOST)


def parse_path(literal: str) -> Path:
    """Return the steps of a path: names of members, positions in arrays."""
    if not _PATH.fullmatch(literal):
        shape = "names and positions after `$`, such as $.a.b or $.items[0].id"
        raise LiteralError(Code.MS340, f"must be {shape}, got {literal!r}")
    steps = _STEP.findall(literal)
    if len(steps) > MAX_STEPS:
        raise LiteralError(Code.MS340, f"must have at most {MAX_STEPS} steps, got {len(steps)}")
    return tuple(name or int(position) for name, position in steps)


def json_number(s: str, path: Path) -> float:
    """Return a number as a float."""
    value = _find(s, path)
    if type(value) is int and abs(value) <= MAX_INTEGER:
        return float(value)
    return value if type(value) is float else nan


def json_string(s: str, path: Path) -> str | None:
    """Return a text."""
    value = _find(s, path)
    return value if type(value) is str else None


def json_bool(s: str, path: Path) -> bool | None:
    """Return a truth value."""
    value = _find(s, path)
    return value if type(value) is bool else None


def _find(s: str, path: Path) -> Any:
    value = _decode(s)
    for step in path:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and step < len(value) else None
    return value


def _decode(s: str) -> Any:
    if _is_too_deep(s):
        return None
    try:
        return msgspec.json.decode(s)
    except (ValueError, RecursionError):
        return None


def _is_too_deep(s: str) -> bool:
    if s.count("[") + s.count("{") <= MAX_NESTING:
        return False
    brackets = _NO_BRACKETS.sub("", s)
    return max(accumulate(map(_DEEPER.__getitem__, brackets)), default=0) > MAX_NESTING


OPERATIONS: tuple[Operation, ...] = (
    _operation(
        "json_number(s: string, path: literal string) -> float64?",
        "The number at the path; of members with one name the last counts.",
        (
            ('json_number("{\\"a\\": {\\"b\\": 1.5}}", "$.a.b")', 1.5),
            ('json_number("{\\"a\\": [7, 8]}", "$.a[1]")', 8.0),
            ('json_number("{\\"a\\": \\"7\\"}", "$.a")', None),
        ),
        null=f"{_NULL}something else; also for an integer of 2^53 or more",
        scalar=json_number,
        prepare={"path": parse_path},
        cost=25,
        per_character=3,
    ),
    _operation(
        "json_string(s: string, path: literal string) -> string?",
        "The string at the path; of members with one name the last counts.",
        (
            ('json_string("{\\"a\\": \\"x\\"}", "$.a")', "x"),
            ('json_string("{\\"a\\": 7}", "$.a")', None),
        ),
        null=f"{_NULL}something else",
        scalar=json_string,
        prepare={"path": parse_path},
        infer=as_long,
        cost=25,
        per_character=3,
    ),
    _operation(
        "json_bool(s: string, path: literal string) -> bool?",
        "The truth value at the path; of members with one name the last counts.",
        (
            ('json_bool("{\\"a\\": true}", "$.a")', True),
            ('json_bool("{\\"a\\": 1}", "$.a")', None),
        ),
        null=f"{_NULL}something else",
        scalar=json_bool,
        prepare={"path": parse_path},
        cost=25,
        per_character=3,
    ),
)
