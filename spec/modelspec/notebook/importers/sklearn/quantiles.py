"""Quantiles: the mean of two interpolations, one from each end, as scikit-learn computes it."""

import warnings
from collections.abc import Sequence
from itertools import pairwise
from math import inf, nextafter
from typing import Any

import numpy as np

from modelspec.notebook.importers.sklearn.drafts import (
    Column,
    Draft,
    computes_in_float64,
    floating,
    number,
    operand,
    relabeled,
    spelled,
)
from modelspec.notebook.importers.sklearn.refusals import refused


def quantile(transformer: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Return the share of the training rows below a value."""
    computes_in_float64(transformer, columns)
    if transformer.output_distribution == "normal":
        what = "output_distribution='normal' needs the inverse of the normal distribution"
        raise refused(transformer, what, "use 'uniform', or PowerTransformer, and fit again")
    if any(column.sparse for column in columns):
        raise refused(transformer, "a column is sparse", "make what is before it dense")
    made = [
        column.becomes(_curve(transformer, draft.part(column), index, draft), "quantile")
        for index, column in enumerate(columns)
    ]
    return relabeled(transformer, columns, made)


def _curve(transformer: Any, column: Column, index: int, draft: Draft) -> str:
    """Return the expression: a piecewise function, but for its first piece.

    Between the two least quantiles the two interpolations all but cancel, and what is left of
    their last bits shows in float32: there the expression takes the steps of the original.
    """
    quantiles = transformer.quantiles_[:, index].tolist()
    draft.tries(column, quantiles)
    points = _points(quantiles)
    values = _values(transformer, index, points)
    member = {"x": [*map(spelled, points)], "values": [*map(spelled, values)]}
    curve = f"piecewise({number(transformer, column)}, "
    curve += f"{draft.parameter(column, 'quantiles', 'Piecewise', **member)})"
    if len(quantiles) < 2 or quantiles[0] == quantiles[1]:  # noqa: PLR2004  # no first piece
        return curve
    return f"{_first_piece(transformer, column, quantiles)} else {curve}"


def _first_piece(transformer: Any, column: Column, quantiles: Sequence[float]) -> str:
    share = float(transformer.references_[1])
    low, high = (operand(spelled(end)) for end in quantiles[:2])
    slope = operand(spelled(share / (quantiles[1] - quantiles[0])))
    x = floating(transformer, column)
    forward, backward = f"{slope} * ({x} - {low})", f"{slope} * ({high} - {x}) - {share!r}"
    return f"0.5 * ({forward} - ({backward})) if {x} > {low} and {x} < {high}"


def _points(quantiles: Sequence[float]) -> list[float]:
    """Return where the function bends: the quantiles, and what is beside repeated ones.

    At a repeated quantile it jumps, which takes three neighboring numbers of float64.
    """
    points = set(quantiles)
    repeated = {low for low, high in pairwise(quantiles) if low == high}
    points |= {nextafter(value, to) for value in repeated for to in (-inf, inf)}
    return sorted(points)


def _values(transformer: Any, index: int, points: Sequence[float]) -> list[float]:
    """Return what the transformer itself gives at these points of a column."""
    rows = np.zeros((len(points), transformer.quantiles_.shape[1]))
    rows[:, index] = points
    with warnings.catch_warnings(action="ignore"):
        made: list[float] = np.asarray(transformer.transform(rows))[:, index].tolist()
    return made
