"""What is served: the fraud case with a model of 300 trees, as a bundle; and rows to ask about."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm

import modelspec as ms
from benchmarks import fraud
from modelspec.expressions.parameters import Affine, Edges, Imputation, LookupTable, Parameter
from modelspec.expressions.types import Boundary, Kind
from modelspec.notebook.mounting import Mounted, mount

SEED = 20261123
FITTED = 8_000
ROWS = 2_000
TREES, LEAVES = 300, 31

_TYPES: Mapping[Kind, str] = {
    Kind.FLOAT64: ms.Float64,
    Kind.INT64: ms.Int64,
    Kind.BOOL: ms.Bool,
    Kind.STRING: ms.String,
    Kind.TIMESTAMP: ms.Timestamp,
}
_DERIVED: Mapping[Boundary, str] = {
    Boundary.FLOAT64: ms.Float64,
    Boundary.INT64: ms.Int64,
    Boundary.FLOAT32: ms.Float32,
}

_RENAMED = {"hour": "hour_of_day"}
"""What a specification may not call a feature, because a function has that name."""


@dataclass(frozen=True)
class Case:
    """A bundle laid out as a pod finds it, and rows that no fit has seen."""

    mounted: Mounted
    rows: list[fraud.Row]
    answers: dict[str, list[Any]]
    """What the notebook answers to them."""


def make_case(directory: Path) -> Case:
    """Train, and lay the bundle out in an empty folder."""
    sample = fraud.generate(FITTED + ROWS, SEED)
    fitted = fraud.Sample(sample.rows[:FITTED], sample.labels[:FITTED])
    spec = _spec(fitted)
    frame = _frame(fitted.rows)
    inputs = spec.transform(frame, progress=False).to_numpy()
    booster = lightgbm.train(
        {"objective": "binary", "num_leaves": LEAVES, "learning_rate": 0.05, "verbose": -1},
        lightgbm.Dataset(inputs, fitted.labels),
        TREES,
    )
    names = tuple(spec.inputs)
    graph = ms.onnx.from_lightgbm(booster, features=names, rows=inputs[:500])
    spec.add_model("gbdt", graph)
    _decide(spec)
    spec.golden(_frame(fitted.rows[:1000]), 100)
    rows = sample.rows[FITTED:]
    return Case(mount(spec, directory), rows, spec.predict(_frame(rows), progress=False))


def _spec(fitted: fraud.Sample) -> ms.Spec:
    spec = ms.Spec("fraud")
    for item in fraud.FEATURES:
        fields = {"max_length": item.type.length} if item.type.kind is Kind.STRING else {}
        spec.feature(item.name, _TYPES[item.type.kind], required=item.required, **fields)
    for name, parameter in fraud.fit_parameters(fitted).items():
        spec.parameter(name, _document(parameter))
    for derived in fraud.DERIVED:
        spec.derive(
            _RENAMED.get(derived.name, derived.name), _DERIVED[derived.boundary], derived.text
        )
    spec.inputs = [_RENAMED.get(name, name) for name in fraud.OUTPUTS]
    return spec


def _decide(spec: ms.Spec) -> None:
    spec.postprocessing = {
        "calibration": {"type": "Sigmoid", "sigmoid": {"slope": "0.93", "intercept": "-0.12"}},
        "outputs": [
            {"name": "probability", "type": "Float64", "expr": "calibrated"},
            {"name": "score", "type": "Int64", "expr": "to_int(round(999.0 * calibrated))"},
        ],
        "bands": {
            "outputName": "score",
            "ranges": [
                {"name": "Approve", "from": 0},
                {"name": "Review", "from": 200},
                {"name": "Decline", "from": 600},
            ],
        },
    }


def _document(parameter: Parameter) -> dict[str, Any]:
    match parameter:
        case Affine():
            values = {"center": repr(parameter.center), "scale": repr(parameter.scale)}
            return {"type": "Affine", "affine": values}
        case Edges():
            return {"type": "Edges", "edges": {"values": list(map(repr, parameter.values))}}
        case Imputation():
            return {"type": "Imputation", "imputation": {"value": repr(parameter.value)}}
        case LookupTable():
            table = {
                "keyType": "String",
                "entries": [
                    {"key": str(key), "value": repr(value)}
                    for key, value in parameter.entries.items()
                ],
                "default": repr(parameter.default),
            }
            return {"type": "LookupTable", "lookupTable": table}
        case _:
            raise TypeError(type(parameter))


def _frame(rows: list[fraud.Row]) -> dict[str, Any]:
    return {item.name: [row.get(item.name) for row in rows] for item in fraud.FEATURES}


def write_bodies(case: Case, directory: Path) -> dict[str, Path]:
    """Write the rows as bodies of requests, one a line; return the file of each shape."""
    shapes: dict[str, Callable[[fraud.Row], Any]] = {
        "row": lambda row: row,
        "v1": lambda row: {"instances": [row]},
        "bytes": lambda row: _tensor(row, [1]),
        "batched bytes": lambda row: _tensor(row, [1, 1]),
    }
    files = {}
    for name, shape in shapes.items():
        files[name] = directory / f"{name.replace(' ', '-')}.jsonl"
        lines = [json.dumps(shape(row), separators=(",", ":")) + "\n" for row in case.rows]
        files[name].write_text("".join(lines))
    return files


def _tensor(row: fraud.Row, shape: list[int]) -> dict[str, Any]:
    text = json.dumps(row, separators=(",", ":"))
    return {"inputs": [{"name": "row", "shape": shape, "datatype": "BYTES", "data": [text]}]}
