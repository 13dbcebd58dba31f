"""The matrix that a model learns from: float32, a row for each row, columns with names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from typing_extensions import override

from modelspec.compiler.tensors import Float32Array
from modelspec.expressions.program import Program
from modelspec.expressions.types import Kind
from modelspec.notebook.importers.extras import require

SHOWN_ROWS = 5
SHOWN_COLUMNS = 12


@dataclass(frozen=True, eq=False)
class Matrix:
    """Features of many rows, with the bits that the pod computes; NaN is null."""

    values: Float32Array
    """Shape ``(rows, columns)``."""

    columns: tuple[str, ...]
    """Names of the columns; those of a vector are ``name_0``, ``name_1``, …"""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.values.shape
        return rows, columns

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.values)

    def to_numpy(self) -> Float32Array:
        """Return the array itself, without names."""
        return self.values

    def to_pandas(self) -> Any:
        """Return a DataFrame of pandas."""
        pandas = require("pandas", "pandas")
        return pandas.DataFrame(self.values, columns=list(self.columns))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:  # noqa: FBT001  # NumPy's
        """Return what NumPy takes it for."""
        return np.array(self.values, dtype=dtype, copy=copy)

    @override
    def __repr__(self) -> str:
        """Return its shape and the first names."""
        rows, columns = self.shape
        names = ", ".join(self.columns[:SHOWN_COLUMNS])
        more = ", …" if columns > SHOWN_COLUMNS else ""
        return f"<Matrix of float32, {rows} rows x {columns} columns: {names}{more}>"

    def _repr_html_(self) -> str:
        rows, columns = self.shape
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns[:SHOWN_COLUMNS])
        body = "".join(
            f"<tr>{''.join(f'<td>{value:g}</td>' for value in row[:SHOWN_COLUMNS])}</tr>"
            for row in self.values[:SHOWN_ROWS].tolist()
        )
        caption = f"float32, {rows} rows &times; {columns} columns"
        return f"<table><caption>{caption}</caption><tr>{head}</tr>{body}</table>"


def column_names(program: Program, names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of a tensor's columns; a vector takes as many as it is wide."""
    return tuple(column for name in names for column in _columns(program, name))


def _columns(program: Program, name: str) -> Iterator[str]:
    declared = program.values[name].type
    if declared.kind is Kind.VECTOR:
        yield from (f"{name}_{index}" for index in range(declared.length))
    else:
        yield name
