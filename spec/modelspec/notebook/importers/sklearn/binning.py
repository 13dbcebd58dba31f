"""Bins of numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from modelspec.expressions.types import Kind
from modelspec.notebook.importers.sklearn.drafts import (
    Column,
    Draft,
    number,
    relabeled,
    spelled,
)
from modelspec.notebook.importers.sklearn.refusals import refused


def k_bins(discretizer: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Return the number of the bin, or a column for each bin."""
    if discretizer.dtype is np.float32 and any(c.dtype != np.float32 for c in columns):
        what = "dtype=np.float32 rounds values before they are compared with the edges"
        raise refused(discretizer, what, "leave `dtype` out and fit again")
    ordinal = discretizer.encode == "ordinal"
    made = []
    for column, edges, count in zip(
        columns, discretizer.bin_edges_, discretizer.n_bins_, strict=True
    ):
        text = _bin(discretizer, column, edges[1:-1], draft)
        if ordinal:
            made.append(column.becomes(text, "bin", Kind.INT64))
        else:
            sparse = discretizer.encode == "onehot"
            made += [
                column.becomes(
                    f"indicator({text} == {place})",
                    "bin",
                    label=f"{column.label}_{place}.0",
                    sparse=sparse,
                )
                for place in range(count)
            ]
    return relabeled(discretizer, columns, made)


def _bin(discretizer: Any, column: Column, edges: Any, draft: Draft) -> str:
    value = number(discretizer, column)
    if not len(edges):
        # One bin holds whatever there is.
        return f"(0 if not_null({value}) else null)"
    draft.tries(column, map(float, edges))
    name = draft.parameter(column, "edges", "Edges", values=[spelled(edge) for edge in edges])
    return f"bucketize({value}, {name})"
