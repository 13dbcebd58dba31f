"""Decisions as people write them, executed row by row and as columns; their conformance cases."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import yaml
from numpy.typing import NDArray

from modelspec.compiler.decision import Decision, build_decision
from modelspec.compiler.decision_rows import Answer
from modelspec.compiler.frames import read_columns
from modelspec.compiler.programs import read_program
from modelspec.compiler.rows import build_row_type
from modelspec.names import (
    FEATURE_FETCHING_KEY,
    MODELS_KEY,
    PIPELINE_KEY,
    POSTPROCESSING_KEY,
    PREPROCESSING_KEY,
)
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import spec_parts

Document = dict[str, Any]
Outputs = Mapping[str, float | None]
"""What models answer for one row; an output that is not listed is not there."""

FOLDER = Path(__file__).resolve().parents[1] / "conformance" / "decisions"

FEATURES: list[Document] = [
    {"name": "account", "type": "String", "maxLength": 64},
    {"name": "amount", "type": "Float64"},
    {"name": "count", "type": "Int64", "default": "0"},
    {"name": "customer", "type": "Int64"},
    {"name": "known", "type": "Bool"},
]
"""The features of all cases."""

DERIVED: list[Document] = [
    {"name": "large", "type": "Bool", "expr": "amount > 1000.0"},
    {"name": "customer_or_0", "type": "Int64", "expr": "coalesce(customer, 0)"},
]

MODELS: Mapping[str, tuple[str, ...]] = {
    "gbdt": ("gbdt_score", "gbdt_r001", "gbdt_r002"),
    "nn": ("nn_score",),
    "rules": ("rules_score",),
}
"""The outputs of the models of all cases."""


def document_of(**groups: Any) -> Document:
    """Return a specification with these groups over the usual features and models."""
    document: Document = {
        "featureFetching": {"features": FEATURES},
        "preprocessing": {"language": "msx/v1", "derived": DERIVED},
        **groups,
    }
    if "pipeline" in groups:
        document["models"] = [_model(name, outputs) for name, outputs in MODELS.items()]
    return document


def _model(name: str, outputs: Sequence[str]) -> Document:
    location = {"type": "ConfigMap", "configMap": {"name": name, "key": "m"}, "sha256": "0" * 64}
    return {
        "name": name,
        "artifact": location,
        "inputs": [{"name": "x", "featureNames": ["amount"]}],
        "outputs": [{"name": o, "tensor": "y", "index": i} for i, o in enumerate(outputs)],
    }


def decision_of(**groups: Any) -> Decision:
    """Return the decision of these groups, by way of the parts that are hashed."""
    parts: Any = spec_parts(ModelSpecSpec.model_validate(document_of(**groups)))
    preprocessing = parts[PREPROCESSING_KEY]
    return build_decision(
        read_program(parts[FEATURE_FETCHING_KEY], preprocessing),
        preprocessing=preprocessing,
        models=parts.get(MODELS_KEY),
        pipeline=parts.get(PIPELINE_KEY),
        postprocessing=parts.get(POSTPROCESSING_KEY),
    )


def by_row(
    decision: Decision, rows: Sequence[Mapping[str, Any]], outputs: Sequence[Outputs]
) -> list[Answer]:
    """Return the answers of the executor for single rows."""
    row_type = build_row_type(decision.logic.program.features)
    return [
        decision.decide(msgspec.convert(row, row_type), answered.get)
        for row, answered in zip(rows, outputs, strict=True)
    ]


def by_column(
    decision: Decision, rows: Sequence[Mapping[str, Any]], outputs: Sequence[Outputs]
) -> list[Answer]:
    """Return the answers of the executor for columns."""

    def read(name: str, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        values = [outputs[number].get(name) for number in numbers.tolist()]
        return np.array([np.nan if value is None else value for value in values], np.float64)

    names = [feature.name for feature in decision.logic.program.features]
    data = {name: [row.get(name) for row in rows] for name in names}
    columns = read_columns(data, decision.logic.program.features)
    return decision.decide_columns(columns, read).answers()


def load_cases() -> dict[str, Document]:
    """Return the conformance cases by file and name."""
    found: dict[str, Document] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for name, case in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            found[f"{path.stem}: {name}"] = case
    return found
