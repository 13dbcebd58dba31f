"""Regular expressions in RE2's syntax: the time is linear in the length of the text.

The language lets no literal be longer than 256 characters, so no pattern is.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import re2

from modelspec.errors import Code
from modelspec.expressions.operation import LiteralError, Operation, Phase, Varying
from modelspec.expressions.types import Type

GROUP = "Regex"

MAX_MEMORY = 1 << 20
"""Bytes that a compiled pattern and its automaton may take."""

TRIAL_MEMORY = 1 << 16
"""Bytes for a first compilation, which gives up early on what is much too large."""

MAX_INSTRUCTIONS = 1_000
"""Size of a compiled pattern: the worst texts take about 5 ns per instruction and character."""

_UNSUPPORTED = {
    "invalid escape sequence: \\" + digit: f"'\\{digit}' back references are not supported"
    for digit in "123456789"
} | {
    f"invalid perl operator: {operator}": f"'{operator}' look-around is not supported"
    for operator in ("(?=", "(?!", "(?<=", "(?<!")
}
"""What RE2 says about syntax that it leaves out on purpose, and what is said instead."""

_operation = partial(Operation, group=GROUP, phase=Phase.HOST)


def compile_pattern(literal: str, *, captures: bool = False) -> Any:
    """Return a pattern over UTF-8."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = TRIAL_MEMORY
    options.never_capture = not captures
    try:
        re2.compile(literal.encode(), options)
        options.max_mem = MAX_MEMORY
        pattern = re2.compile(literal.encode(), options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace")
        message = f"is not valid RE2: {_UNSUPPORTED.get(reason, reason)}"
        raise LiteralError(Code.MS326, message) from error
    if pattern.programsize > MAX_INSTRUCTIONS:
        message = f"takes {pattern.programsize} instructions, at most {MAX_INSTRUCTIONS}"
        raise LiteralError(
            Code.MS326, f"{message}; repeat less, as in '.*' instead of '.{{1,255}}'"
        )
    return pattern


def regex_match(s: str, pattern: Any) -> bool:
    """Return whether the whole text matches."""
    try:
        return pattern.fullmatch(s.encode()) is not None
    except UnicodeEncodeError:
        return False


def regex_contains(s: str, pattern: Any) -> bool:
    """Return whether a part of the text matches."""
    try:
        return pattern.search(s.encode()) is not None
    except UnicodeEncodeError:
        return False


def regex_extract(s: str, pattern: Any, group: int) -> str | None:
    """Return what a group holds in the first match, if it took part in one."""
    try:
        found = pattern.search(s.encode())
        part = found[group] if found else None
        return None if part is None else part.decode()
    except UnicodeError:
        return None


def _extracted(types: tuple[Type, ...], bound: Mapping[str, Any], plain: Type) -> Type:
    group, groups = bound["group"], bound["pattern"].groups
    if not 0 <= group <= groups:
        message = f"group {group} is not in the pattern, which has {groups}; 0 is the whole match"
        raise LiteralError(Code.MS326, message)
    return replace(plain, length=types[0].length)


def _matching(units: float) -> Varying:
    """Return the cost per character: in the worst case every instruction sees every one."""
    return Varying(
        f"{units:g} for each instruction of the compiled pattern",
        lambda pattern, **_others: max(0.2, units * pattern.programsize),
    )


OPERATIONS: tuple[Operation, ...] = (
    _operation(
        "regex_match(s: string, pattern: literal string) -> bool",
        "Whether the pattern matches the whole text. A text with a lone surrogate matches"
        " nothing.",
        (('regex_match("AB-17", "[A-Z]+-[0-9]+")', True), ('regex_match("AB", "A")', False)),
        scalar=regex_match,
        prepare={"pattern": compile_pattern},
        cost=40,
        per_character=_matching(0.1),
    ),
    _operation(
        "regex_contains(s: string, pattern: literal string) -> bool",
        "Whether the pattern matches a part of the text. A text with a lone surrogate matches"
        " nothing.",
        (('regex_contains("AB-17", "[0-9]")', True), ('regex_contains("AB", "^B")', False)),
        scalar=regex_contains,
        prepare={"pattern": compile_pattern},
        cost=40,
        per_character=_matching(0.1),
    ),
    _operation(
        "regex_extract(s: string, pattern: literal string, group: literal int64 = 1) -> string?",
        "What the group holds in the first match, the leftmost one; group 0 is the whole match.",
        (
            ('regex_extract("ref: 4711, 12", "([0-9]+)")', "4711"),
            ('regex_extract("ref: 4711", "[a-z]+", group=0)', "ref"),
            ('regex_extract("none", "([0-9]+)")', None),
        ),
        null="null where nothing matches or the group took no part in the match",
        scalar=regex_extract,
        prepare={"pattern": partial(compile_pattern, captures=True)},
        infer=_extracted,
        cost=60,
        per_character=_matching(0.2),
    ),
)
