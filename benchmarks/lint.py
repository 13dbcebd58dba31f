"""Checking a specification: 100 raw features, 200 expressions over them, 30 parameters.

``python -m benchmarks.lint`` prints the figures as JSON.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.fraud import (
    AGES,
    AMOUNTS,
    BOOLEANS,
    CATEGORIES,
    COUNTS,
    FEATURES,
    LEVELS,
    NORMAL,
    ONE_HOT,
    ONE_HOT_LEVELS,
)
from benchmarks.timing import interleave, milliseconds, pin_to_one_core
from modelspec.documents.writer import write_document
from modelspec.expressions.parser import parse
from modelspec.expressions.program import RawFeature
from modelspec.expressions.syntax import size_of
from modelspec.expressions.types import Kind
from modelspec.names import API_VERSION, KIND
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import take_snapshot
from modelspec.validation.report import inspect
from modelspec.validation.rules import check

Document = dict[str, Any]
"""Plain JSON values."""

ROOT = Path(__file__).resolve().parents[1]

ROUNDS = 25
STARTS = 5
"""Starts of a program that are timed; one before does not count."""

TABLE_ENTRIES = 24

_SCALED = NORMAL[:8]
_TABLES = tuple(LEVELS)[:8]

_TYPES: Mapping[Kind, str] = {
    Kind.BOOL: "Bool",
    Kind.INT64: "Int64",
    Kind.FLOAT64: "Float64",
    Kind.STRING: "String",
    Kind.TIMESTAMP: "Timestamp",
}

LOGIC: Mapping[str, Sequence[str]] = {
    "scaled": [f"affine(impute({name}, {name}_median), {name}_scale)" for name in _SCALED],
    "distance": [
        f"abs(coalesce({a}, 0.0) - coalesce({b}, 0.0)) / 2.5" for a, b in pairwise(NORMAL)
    ],
    "missing": [
        f"indicator(is_null({a}) or is_null({b}))" for a, b in zip(NORMAL, AMOUNTS, strict=True)
    ],
    "log": [f"log1p(winsorize(coalesce({name}, 0.0), amount_bounds))" for name in AMOUNTS],
    "ratio": [
        f"coalesce({amount} / greatest({count}, 1.0), 0.0)"
        for amount, count in zip(AMOUNTS, COUNTS, strict=False)
    ],
    "large": [
        f"indicator({amount} > {100 * index}.0 and {category} != c00)"
        for index, (amount, category) in enumerate(zip(AMOUNTS, CATEGORIES[1:], strict=False), 1)
    ],
    "share": [
        f"coalesce({a} / ({a} + {b}), 0.5) if {a} > 0.0 else -1.0" for a, b in pairwise(COUNTS)
    ],
    "age": [f"bucketize(coalesce({name}, 0.0) / 30.0, {name}_edges)" for name in AGES],
    "level": [
        f'indicator(coalesce({name}, "") == "{level}")'
        for name in ONE_HOT[:2]
        for level in ONE_HOT_LEVELS
    ],
    "risk": [f'lookup(lower(trim(coalesce({name}, "none"))), {name}_risks)' for name in _TABLES],
    "rare": [
        f'indicator({name} in ["Wire", "Gift", "Cash"] and hour(event_time) < {hour})'
        for hour, name in enumerate(CATEGORIES, 1)
        if hour <= 10  # noqa: PLR2004  # of the morning
    ],
    "flags": [
        f"coalesce(indicator({a} and not {b}), 0.0) * {index}.5"
        for index, (a, b) in enumerate(pairwise(BOOLEANS), 1)
    ],
    "bucket": [
        f'hash_bucket(concat(lower({a}), "|", lower({b})), 1024)'
        for a, b in zip(CATEGORIES, CATEGORIES[6:], strict=False)
    ],
    "time": [
        "cyclic_sin(hour(event_time) + day_of_week(event_time) * 24, 168.0)",
        "coalesce(days_between(opened_at, event_time), -1.0)",
        "coalesce((epoch_seconds(event_time) - login_ms / 1000.0) / 3600.0, -1.0)",
        "coalesce(length(domain_of_email(lower(email))), 0) * 1.0",
        'indicator(starts_with(lower(device), "android") or is_null(device))',
    ],
    "level_share": [f"level_{index} / (1.0 + level_{index + 1}) * 0.5" for index in range(8)],
}
"""The expressions by the first part of their features' names; the last ones need earlier ones."""


def main() -> None:
    """Measure, and print the figures."""
    pin_to_one_core()
    print(json.dumps(measure()))


def measure() -> dict[str, Any]:
    """Return the figures: milliseconds, and how large is what they were measured with."""
    document = specification()
    return {
        "case": describe(document),
        "milliseconds": _steps(document),
        "mixes": _mixes(),
        "start": _starts(document),
    }


def specification() -> Document:
    """Return the ``spec`` of a ModelSpec as a file has it."""
    derived = [
        {"name": f"{group}_{index}", "type": "Float32", "expr": text}
        for group, texts in LOGIC.items()
        for index, text in enumerate(texts)
    ]
    model = {
        "name": "scorer",
        "artifact": {
            "type": "ConfigMap",
            "sha256": "0" * 64,
            "configMap": {"name": "scorer", "key": "model.onnx"},
        },
        "inputs": [{"name": "features", "featureNames": [item["name"] for item in derived]}],
        "outputs": [{"name": "score", "tensor": "probabilities", "index": 1}],
    }
    return {
        "featureFetching": {"features": list(map(_feature, FEATURES))},
        "preprocessing": {"parameters": _parameters(), "derived": derived},
        "models": [model],
    }


def _feature(feature: RawFeature) -> Document:
    kind = feature.type.kind
    body: Document = {"name": feature.name, "type": _TYPES[kind]}
    if kind is Kind.STRING:
        body["maxLength"] = feature.type.length
    if feature.required:
        body["required"] = True
    return body


def _parameters() -> list[Document]:
    medians = ((f"{name}_median", "Imputation", {"value": "12.4375"}) for name in _SCALED)
    scales = (
        (f"{name}_scale", "Affine", {"center": "12.625", "scale": "7.0711"}) for name in _SCALED
    )
    edges = (
        (f"{name}_edges", "Edges", {"values": ["0.5", "1", "2", "4.25", "9"]}) for name in AGES
    )
    tables = ((f"{name}_risks", "LookupTable", _table()) for name in _TABLES)
    bounds = ("amount_bounds", "Bounds", {"low": "0", "high": "1e6"})
    return [
        {"name": name, "type": kind, kind[0].lower() + kind[1:]: value}
        for name, kind, value in (*medians, *scales, *edges, *tables, bounds)
    ]


def _table() -> Document:
    entries = [
        {"key": f"level{index}", "value": f"0.{index:02}37"} for index in range(TABLE_ENTRIES)
    ]
    return {"keyType": "String", "entries": entries, "default": "0.0131"}


def describe(document: Document) -> dict[str, float]:
    """Return how large a specification is."""
    texts = [item["expr"] for item in document["preprocessing"]["derived"]]
    return {
        "features": len(document["featureFetching"]["features"]),
        "expressions": len(texts),
        "parameters": len(document["preprocessing"]["parameters"]),
        "charactersOfAnExpression": mean(map(len, texts)),
        "nodesOfAnExpression": mean(size_of(parse(text)) for text in texts),
    }


MIXES = (0, 60, 200)
"""Expressions among 300 features; the others are raw."""

ALL_FEATURES = 300


def mixed(expressions: int) -> Document:
    """Return a specification with 300 features, so many of them computed; none is unused."""
    document = specification()
    derived = document["preprocessing"]["derived"][:expressions]
    extra = [
        {"name": f"extra_{index}", "type": "Float64", "required": True}
        for index in range(ALL_FEATURES - len(FEATURES) - expressions)
    ]
    document["featureFetching"]["features"] += extra
    document["preprocessing"]["derived"] = derived
    if not derived:
        del document["preprocessing"]
    columns = document["models"][0]["inputs"][0]
    columns["featureNames"] = [item["name"] for item in (*derived, *extra)]
    return document


def _mixes() -> dict[str, float]:
    """Return what lint takes for specifications with more and with fewer expressions."""
    found = {
        f"{ALL_FEATURES - count} raw features, {count} expressions": _object(mixed(count))
        for count in MIXES
    }
    steps = {name: lambda model=model: inspect(model) for name, model in found.items()}
    return {name: times["median"] for name, times in interleave(steps, ROUNDS).items()}


def _steps(document: Document) -> dict[str, float]:
    """Return what each step takes, and what several take one after the other."""
    spec = ModelSpecSpec.model_validate(document)
    findings = check(spec)
    if findings:
        raise SystemExit("\n".join(map(str, findings)))

    def total() -> None:
        read = ModelSpecSpec.model_validate(document)
        check(read)
        take_snapshot(read)

    steps: Mapping[str, Callable[[], Any]] = {
        "schema": lambda: ModelSpecSpec.model_validate(document),
        "check": lambda: check(spec),
        "snapshot": lambda: take_snapshot(spec),
        "total": total,
        "lint": lambda: inspect(_object(document)),
    }
    return {name: times["median"] for name, times in interleave(steps, ROUNDS).items()}


def _object(document: Document) -> Document:
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": "fraud"},
        "spec": document,
    }


def _starts(document: Document) -> dict[str, float]:
    """Return how many milliseconds programs take from start to end."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "modelspec.yaml"
        file.write_text(write_document(_object(document)), encoding="utf-8")
        first = Path(folder) / "first"
        command = [sys.executable, "-m", "modelspec_cli", "init", str(first)]
        subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        # As if installed: what was compiled once is there, whatever the environment says.
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
        programs = {
            "python": ["-c", ""],
            "import of the rules": ["-c", "import modelspec.validation.rules"],
            "modelspec --help": ["-m", "modelspec_cli", "--help"],
            "modelspec lint, first file": ["-m", "modelspec_cli", "lint", str(first)],
            "modelspec lint, 300 features": ["-m", "modelspec_cli", "lint", str(file)],
        }
        return {name: _start(words, compiled) for name, words in programs.items()}


def _start(words: Sequence[str], environment: Mapping[str, str]) -> float:
    def run() -> None:
        subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            check=True,
        )

    run()
    return median(milliseconds(run) for _ in range(STARTS))


if __name__ == "__main__":
    main()
