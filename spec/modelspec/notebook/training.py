"""From training data to fitted parameters and to the matrix that a model learns from."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from modelspec.compiler.frames import read_columns
from modelspec.compiler.programs import parameter_value, raw_feature
from modelspec.compiler.tensors import Float32Array
from modelspec.expressions.columns import broadcast_length, rows_of
from modelspec.expressions.parameters import Parameter
from modelspec.expressions.parser import parse
from modelspec.expressions.program import DerivedFeature
from modelspec.expressions.types import Boundary
from modelspec.notebook.draft import Draft
from modelspec.notebook.fit.analyzer import Document, FitError, FloatArray
from modelspec.notebook.fit.fitting import Documents, Logic, Training, fit, training_matrix
from modelspec.schema import preprocessing as schema
from modelspec.snapshot.identity import feature_fetching_part
from modelspec.snapshot.logic import parameter_part


def train(
    draft: Draft, frame: Any, target: Any, inputs: Sequence[str]
) -> tuple[Documents, Float32Array]:
    """Return the fitted parameters, and the matrix of these inputs.

    Raises:
        FitError: A parameter cannot be fitted, or there is not one target for each row.
        FrameError: The data lack a required feature, or a value is none of its feature.
    """
    logic = _logic(draft)
    columns = read_columns(frame, logic.raw)
    rows = broadcast_length(map(rows_of, columns.values()))
    values = None if target is None else _numbers(target)
    if values is not None and len(values) != rows:
        raise FitError(f"there are {rows} rows, but {len(values)} values of y")
    training = Training(columns, rows, values)
    found = fit(logic, draft.fits.values(), training)
    return found.documents, training_matrix(logic, found, training, inputs)


def _numbers(target: Any) -> FloatArray:
    """Return the target of each row as numbers.

    Raises:
        FitError: It has others.
    """
    try:
        return np.asarray(target, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError) as error:
        raise FitError(f"y must hold numbers: {error}; write classes as 0 and 1") from error


def _logic(draft: Draft) -> Logic:
    fetching = feature_fetching_part(draft.read_fetching())
    derived = {
        name: (DerivedFeature(name, item["expr"], Boundary(item["type"])), parse(item["expr"]))
        for name, item in draft.derived.items()
    }
    fixed = {
        name: _read_parameter(name, item)
        for name, item in draft.parameters.items()
        if name not in draft.fits
    }
    return Logic(tuple(map(raw_feature, fetching.features)), derived, fixed, _read_parameter)


def _read_parameter(name: str, document: Document) -> Parameter:
    """Return a parameter with the numbers that are stored."""
    parameter = schema.Parameter.model_validate({**document, "name": name})
    return parameter_value(parameter_part(parameter))
