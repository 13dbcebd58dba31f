"""What the API server checks by itself, checked offline: the schema, field by field.

The words follow its messages; what it leaves open, a suggestion after a semicolon answers.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec
from pydantic import ValidationError

from modelspec.errors import Code, Finding, nearest
from modelspec.schema.spec import ModelSpecSpec
from modelspec.schema.structural import BROKEN, TOLERANT
from modelspec.validation.shape import null_findings, shape_findings

Problem = Mapping[str, Any]
"""What pydantic reports of one value."""


@dataclass(frozen=True)
class Structure:
    """What the schema says to a document."""

    findings: tuple[Finding, ...]
    """How it breaks the schema; each place is named once."""

    spec: ModelSpecSpec | None = None
    """What it says, where nothing is wrong."""

    nulls: tuple[Finding, ...] = ()
    """MS105: the fields that are given as null, which counts as not given."""


def structure_findings(document: Any) -> tuple[Finding, ...]:
    """Return how the ``spec`` of a document breaks the schema."""
    return read_structure(document).findings


def read_structure(document: Any) -> Structure:
    """Return what the schema says to the ``spec`` of a document."""
    if document is None:
        return Structure((Finding(Code.MS119, "spec", "Required value"),))
    if not isinstance(document, dict):
        message = f"must be of type object, got {_type_name(document)}"
        return Structure((Finding(Code.MS124, "spec", message),))
    try:
        text = _json(document)
    except (RecursionError, ValueError) as error:
        message = f"cannot be written as JSON: {error}"[:MAX_MESSAGE]
        return Structure((Finding(Code.MS117, "spec", message),))
    found: dict[str, list[Finding]] = {}
    for finding in islice(shape_findings(ModelSpecSpec, document, "spec"), MAX_FOUND):
        found.setdefault(finding.path, []).append(finding)
    spec = None
    try:
        spec = ModelSpecSpec.model_validate_json(text, strict=True)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            path = path_of(problem["loc"])
            found.setdefault(path, list(_findings(path, problem)))
    findings = tuple(finding for findings in found.values() for finding in findings)
    # Few documents hold a null, and the word is found sooner than the place.
    nulls = tuple(islice(null_findings(document, "spec"), MAX_FOUND)) if b"null" in text else ()
    return Structure(findings, None if findings else spec, nulls)


def parse_tolerantly(document: Any) -> ModelSpecSpec:
    """Return a ``spec`` in which fields may contradict each other.

    Raises:
        ValidationError: It has not the shape that the schema demands.
    """
    return ModelSpecSpec.model_validate_json(_json(document), strict=True, context=TOLERANT)


def _json(document: Any) -> bytes:
    try:
        return msgspec.json.encode(document)
    except OverflowError:  # of an integer with more than 64 bits, for which the schema has words
        return json.dumps(document).encode()


def path_of(location: tuple[int | str, ...]) -> str:
    """Return the path of a value as findings write it."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "spec" + "".join(steps)


def _findings(path: str, problem: Problem) -> Iterator[Finding]:
    if problem["type"] == BROKEN:
        for constraint, message in problem["ctx"]["constraints"]:
            yield Finding(constraint.code, path + constraint.field_path, message)
        return
    describe = _DESCRIPTIONS.get(problem["type"], _wrong_type)
    if problem["input"] is None and not path.endswith("]"):
        describe = _null
    code, message = describe(path, problem)
    yield Finding(_special_code(path, code), path, message)


def _missing(path: str, problem: Problem) -> tuple[Code, str]:
    del path, problem
    return Code.MS119, "Required value"


def _null(path: str, problem: Problem) -> tuple[Code, str]:
    del path, problem
    return Code.MS119, "Required value; null counts as not given"


def _unsupported(path: str, problem: Problem) -> tuple[Code, str]:
    del path
    given = problem["input"]
    known = re.findall(r"'([^']*)'", problem["ctx"]["expected"])
    listed = ", ".join(f'"{word}"' for word in known)
    if not isinstance(given, str):
        message = f"must be of type string, got {_type_name(given)}"
        return Code.MS124, f"{message}: supported values: {listed}"
    near = next((word for word in known if word.lower() == given.lower()), None)
    near = near or nearest(given, known)
    hint = f"; did you mean '{near}'?" if near and len(known) > 1 else ""
    return Code.MS103, f'Unsupported value: "{_clipped(given)}": supported values: {listed}{hint}'


def _not_text(path: str, problem: Problem) -> tuple[Code, str]:
    del path
    given = problem["input"]
    message = f"must be of type string, got {_type_name(given)}"
    if isinstance(given, bool):
        hint = "quote the word, which YAML reads as a truth value"
        return Code.MS106, f"{message}; {hint}"
    if isinstance(given, int | float):
        return Code.MS104, f'{message} {given}; write "{given}"'
    hint = "; quote the word, which YAML reads as null" if given is None else ""
    return Code.MS124, message + hint


def _pattern(path: str, problem: Problem) -> tuple[Code, str]:
    pattern, given = problem["ctx"]["pattern"], problem["input"]
    if path.endswith(".sha256"):
        return _not_a_digest(given)
    if "[eE]" in pattern:
        return Code.MS121, f"'{_clipped(given)}' is not a decimal number such as '0.85'"
    name = as_name(given) if "_" in pattern else as_name(given).replace("_", "-")
    is_name = re.fullmatch(pattern, name) is not None and path.endswith(("name", "Name"))
    hint = f"; try '{name}'" if is_name else ""
    return Code.MS108, f"must match regex '{pattern}'{hint}"


def _not_a_digest(given: str) -> tuple[Code, str]:
    hint = "; leave 'sha256:' out" if given.startswith("sha256:") else ""
    return Code.MS402, f"must match regex '^[a-f0-9]{{64}}$'{hint}"


def as_name(text: str) -> str:
    """Return the name in lower case and with underscores that was probably meant."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:63]


def _too_many(path: str, problem: Problem) -> tuple[Code, str]:
    del path
    most, got = problem["ctx"]["max_length"], len(problem["input"])
    return Code.MS114, f"Too many: {got}: must have at most {most} items"


def _too_few(path: str, problem: Problem) -> tuple[Code, str]:
    del path
    least = problem["ctx"]["min_length"]
    return Code.MS122, f"must have at least {least} item{'s' * (least > 1)}"


def _too_long(path: str, problem: Problem) -> tuple[Code, str]:
    if path.endswith(".sha256"):
        return _not_a_digest(problem["input"])
    most, got = problem["ctx"]["max_length"], len(problem["input"])
    return Code.MS125, f"must be at most {most} characters, got {got}"


def _too_short(path: str, problem: Problem) -> tuple[Code, str]:
    del problem
    code = Code.MS314 if path.endswith((".expr", ".when", ".contribution")) else Code.MS125
    return code, "must not be empty"


def _too_small(path: str, problem: Problem) -> tuple[Code, str]:
    del path
    return Code.MS123, f"must be greater than or equal to {problem['ctx']['ge']}"


def _too_large(path: str, problem: Problem) -> tuple[Code, str]:
    del path
    return Code.MS123, f"must be less than or equal to {problem['ctx']['le']}"


def _value(path: str, problem: Problem) -> tuple[Code, str]:
    del path, problem
    return Code.MS619, "must be a quantity such as '512Mi'"


_WANTED = {
    "int": "integer",
    "bool": "boolean",
    "model": "object",
    "dict": "object",
    "list": "array",
    "string": "string",
}


def _wrong_type(path: str, problem: Problem) -> tuple[Code, str]:
    if problem["type"] == "string_type":
        return _not_text(path, problem)
    wanted = _WANTED.get(problem["type"].partition("_")[0])
    if wanted is None:
        return Code.MS100, problem["msg"]
    return Code.MS124, f"must be of type {wanted}, got {_type_name(problem['input'])}"


_DESCRIPTIONS: Mapping[str, Callable[[str, Problem], tuple[Code, str]]] = {
    "missing": _missing,
    "enum": _unsupported,
    "string_type": _not_text,
    "string_pattern_mismatch": _pattern,
    "too_long": _too_many,
    "too_short": _too_few,
    "string_too_long": _too_long,
    "string_too_short": _too_short,
    "greater_than_equal": _too_small,
    "less_than_equal": _too_large,
    "value_error": _value,
}

_SPECIAL = (
    (re.compile(r"\.sha256$"), {Code.MS119: Code.MS401}),
    (re.compile(r"^spec\.preprocessing\.language$"), {Code.MS103: Code.MS115}),
    (re.compile(r"\.(expr|when|contribution)$"), {Code.MS125: Code.MS316}),
    (re.compile(r"\.ensemble\.members$"), {Code.MS122: Code.MS507}),
    (re.compile(r"\.resources\.(requests|limits)"), {Code.MS124: Code.MS619}),
)
"""Codes that some fields have of their own."""


def _special_code(path: str, code: Code) -> Code:
    codes = (table[code] for pattern, table in _SPECIAL if code in table and pattern.search(path))
    return next(codes, code)


def _type_name(value: Any) -> str:
    """Return the type of a plain value as the API server calls it."""
    return _TYPE_NAMES.get(type(value), "object")


_TYPE_NAMES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    type(None): "null",
}


def _clipped(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"


MAX_FOUND = 100
"""More than anybody reads."""

MAX_MESSAGE = 200

MAX_SHOWN = 64
"""Characters of a value that a message repeats."""
