"""From columns to the float32 tensor that a model takes: the one place that rounds.

The result has the bits of the executor for single rows: rounded once, from float64; null and what
is too large for float32 are NaN, all with the same bits.
"""

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from modelspec.compiler.columns import compute_columns
from modelspec.compiler.frames import read_columns
from modelspec.expressions.columns import (
    Booleans,
    Column,
    Encoded,
    FloatArray,
    Floats,
    Integers,
    Vectors,
    broadcast_length,
    rows_of,
)
from modelspec.expressions.program import Program
from modelspec.expressions.types import MAX_FLOAT32, Kind

Float32Array: TypeAlias = NDArray[np.float32]


def transform(program: Program, data: Any, names: Sequence[str]) -> Float32Array:
    """Return the named features of people's data as a float32 tensor, a row for each row.

    Raises:
        FrameError: The data lack a required feature, or a value is none of its feature.
        ValueError: A named feature is no number.
    """
    return to_float32(program, read_columns(data, program.features), names)


def to_float32(
    program: Program, columns: Mapping[str, Column], names: Sequence[str]
) -> Float32Array:
    """Return the named features as a tensor; a vector takes as many columns as it is wide.

    Args:
        program: The program.
        columns: Every raw feature, with what stands in for missing values.
        names: Raw or derived features that are numbers, truth values or vectors.

    Raises:
        ValueError: A named feature is none of these.
    """
    for name in names:
        kind = program.values[name].type.kind
        if kind not in _TENSOR_KINDS:
            raise ValueError(f"feature {name!r} is a {kind}, which no tensor can hold")
    rows = broadcast_length(map(rows_of, columns.values()))
    computed = compute_columns(program, columns, names)
    blocks = [_numbers(computed[name]) for name in names]
    tensor = np.empty((rows, sum(block.shape[1] for block in blocks)), np.float32)
    start = 0
    for block in blocks:
        end = start + block.shape[1]
        # A constant is one row, which is that of all.
        tensor[:, start:end] = round_to_float32(block)
        start = end
    return tensor


_TENSOR_KINDS = {Kind.BOOL, Kind.INT64, Kind.FLOAT64, Kind.VECTOR}


def round_to_float32(values: FloatArray) -> Float32Array:
    """Return the nearest float32 of each number; NaN where it would be infinite."""
    return np.where(np.abs(values) <= MAX_FLOAT32, values, nan).astype(np.float32)


def _numbers(column: Column) -> FloatArray:
    """Return a column as float64 in the shape ``(rows, width)``, NaN where it is null."""
    match column:
        case Vectors():
            return np.where(column.null[:, np.newaxis], nan, column.value)
        case Floats():
            return column.value[:, np.newaxis]
        case Integers() | Booleans():
            return np.where(column.null, nan, column.value.astype(np.float64))[:, np.newaxis]
        case Encoded():
            raise AssertionError("texts and lists are no numbers")
