"""The conformance corpus: what each function of the language means, row by row."""

import hashlib
import json
import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml

from modelspec.compiler.columns import compute_columns
from modelspec.compiler.rows import build_row_type, microseconds
from modelspec.compiler.scalar import compile_values
from modelspec.expressions import parameters
from modelspec.expressions.columns import Column, column_of, values_of
from modelspec.expressions.parameters import Parameter
from modelspec.expressions.program import (
    DerivedFeature,
    Program,
    RawFeature,
    build_program,
    check_expression,
)
from modelspec.expressions.types import (
    BOOL,
    FLOAT64,
    INT64,
    TIMESTAMP,
    Boundary,
    Kind,
    Type,
    list_of,
    string,
)

FOLDER = Path(__file__).resolve().parents[1] / "conformance" / "msx"

TYPES: Mapping[str, Type] = {
    "bool": BOOL,
    "int64": INT64,
    "float64": FLOAT64,
    "string": string(64),
    "timestamp": TIMESTAMP,
    "list<int64>": list_of(Kind.INT64, 64),
    "list<float64>": list_of(Kind.FLOAT64, 64),
    "list<string>": list_of(Kind.STRING, 64, item_length=64),
}

_BOUNDARY = {
    boundary.kind: boundary
    for boundary in Boundary
    if boundary not in {Boundary.INT32, Boundary.FLOAT32}
}


@dataclass(frozen=True)
class Case:
    """One expression with rows of inputs and results."""

    function: str
    expr: str
    inputs: Mapping[str, str]
    rows: tuple[tuple[Any, ...], ...]
    parameters: Mapping[str, Parameter]
    ulps: int = 0
    """How far a result may be from the expected one: 4 where the function is class R, else 0."""


def cases_of(document: Mapping[str, Any]) -> Iterator[Case]:
    """Yield the cases of one file."""
    for function, listed in document.items():
        for item in listed:
            yield Case(
                function=function,
                expr=item["expr"],
                inputs=item.get("inputs", {}),
                rows=tuple(map(tuple, item["rows"])),
                parameters={k: parameter(v) for k, v in item.get("parameters", {}).items()},
                ulps=item.get("ulps", 0),
            )


def load_corpus() -> dict[str, list[Case]]:
    """Return the cases of the corpus by function."""
    found: dict[str, list[Case]] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for case in cases_of(yaml.safe_load(path.read_text(encoding="utf-8"))):
            found.setdefault(case.function, []).append(case)
    return found


def corpus_digests() -> dict[str, str]:
    """Return the digest of what is recorded for each function, whatever the layout of the file."""
    digests: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for function, listed in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            text = json.dumps(listed, sort_keys=True, ensure_ascii=True)
            digests[function] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return digests


def parameter(document: Mapping[str, Any]) -> Parameter:
    """Return a fitted parameter: its type, and the fields of the class of that name."""
    shape = getattr(parameters, document["type"])
    known = {field.name for field in fields(shape)}
    values = {key: _field(key, value) for key, value in document.items() if key != "type"}
    assert values.keys() <= known, f"{document['type']} has {sorted(known)}"
    made: Parameter = shape(**values)
    return made


def _field(key: str, value: Any) -> Any:
    if key == "key_kind":
        return Kind(value)
    return tuple(value) if isinstance(value, list) else value


def program_of(case: Case) -> Program:
    """Return the program that computes the case's expression as ``result``."""
    features = [RawFeature(name, TYPES[word].optional()) for name, word in case.inputs.items()]
    node = check_expression(case.expr, features, case.parameters)
    derived = DerivedFeature("result", case.expr, _BOUNDARY[node.type.kind])
    return build_program(features, [derived], case.parameters)


def run_rows(case: Case) -> list[Any]:
    """Return the results by the executor for single rows."""
    program = program_of(case)
    function = compile_values(program, ["result"]).function
    row_type = build_row_type(program.features)
    rows = [dict(zip(case.inputs, row, strict=False)) for row in case.rows]
    return [plain(function(msgspec.convert(row, row_type))[0]) for row in rows]


def run_columns(case: Case) -> list[Any]:
    """Return the results by the executor for columns."""
    program = program_of(case)
    columns = {
        name: _column([row[index] for row in case.rows], TYPES[word])
        for index, (name, word) in enumerate(case.inputs.items())
    }
    results = values_of(compute_columns(program, columns, ["result"])["result"])
    return [plain(value) for value in results] * (len(case.rows) if len(results) == 1 else 1)


def _column(values: list[Any], declared: Type) -> Column:
    if declared.kind is Kind.TIMESTAMP:
        times = [None if v is None else microseconds(datetime.fromisoformat(v)) for v in values]
        return column_of(times, declared.kind)
    if declared.kind is Kind.LIST:
        return column_of([None if v is None else tuple(v) for v in values], declared.kind)
    return column_of(values, declared.kind, declared.length)


def plain(value: Any) -> Any:
    """Return a result as the corpus writes it: null is ``None``."""
    if isinstance(value, float) and math.isnan(value):
        return None
    return list(value) if isinstance(value, tuple) else value


def equal(actual: Any, expected: Any, ulps: int = 0) -> bool:
    """Return whether a result is the expected one: of the same type, and the same bits."""
    if isinstance(actual, list) and isinstance(expected, list):
        pairs = zip(actual, expected, strict=False)
        return len(actual) == len(expected) and all(equal(a, e, ulps) for a, e in pairs)
    if type(actual) is not type(expected):
        return False
    if isinstance(actual, float):
        return distance(actual, expected) <= ulps
    return bool(actual == expected)


def distance(a: float, b: float) -> int:
    """Return how many floats lie between two; -0.0 and 0.0 are neighbours."""
    return abs(_ordinal(a) - _ordinal(b))


def _ordinal(x: float) -> int:
    (bits,) = struct.unpack("<q", struct.pack("<d", x))
    number = int(bits)
    return number if number >= 0 else -(number & 0x7FFF_FFFF_FFFF_FFFF) - 1
