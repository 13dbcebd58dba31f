"""Imputers and indicators of what is missing."""

from collections.abc import Sequence
from math import isnan
from typing import Any

import numpy as np

from modelspec.expressions.types import Kind
from modelspec.notebook.importers.sklearn.drafts import (
    Column,
    Draft,
    literal,
    number,
    operand,
    relabeled,
    spelled,
)
from modelspec.notebook.importers.sklearn.refusals import refused


def simple_imputer(imputer: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Return values with what stands in for missing ones, and indicators if it adds them."""
    made = [
        _filled(imputer, column, statistic, draft)
        for column, statistic in zip(columns, imputer.statistics_, strict=True)
        # A column that was empty has none, unless the imputer keeps it.
        if not is_nothing(statistic)
    ]
    if imputer.add_indicator:
        flagged = [columns[index] for index in imputer.indicator_.features_]
        made += [_indicator(imputer, column, draft) for column in flagged]
    return relabeled(imputer, columns, made)


def missing_indicator(indicator: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Return 1.0 where a value is missing."""
    flagged = [columns[index] for index in indicator.features_]
    return relabeled(indicator, columns, [_indicator(indicator, c, draft) for c in flagged])


def is_nothing(value: Any) -> bool:
    """Return whether a value of scikit-learn's means that there is none."""
    if value is None or type(value).__name__ == "NAType":
        return True
    return isinstance(value, float | np.floating) and isnan(value)


def _filled(imputer: Any, column: Column, statistic: Any, draft: Draft) -> Column:
    kept: dict[str, Any] = {"dtype": column.dtype, "plain": column.plain, "sparse": column.sparse}
    missing = imputer.missing_values
    draft.tries(column, [] if is_nothing(missing) else [missing])
    if column.kind in {Kind.STRING, Kind.BOOL}:
        text = column.text
        if is_nothing(missing):
            text = f"coalesce({text}, {literal(statistic)})"
        else:
            text = f"{literal(statistic)} if {operand(text)} == {literal(missing)} else {text}"
        return column.becomes(text, "imputed", column.kind, **kept)
    if column.dtype == np.float32:
        statistic = np.float32(statistic)
    _is_number(imputer, column, statistic)
    value = number(imputer, column)
    if not is_nothing(missing):
        value = f"null_if({value}, {literal(missing)})"
    word = imputer.strategy if imputer.strategy in {"mean", "median"} else "imputation"
    parameter = draft.parameter(column, word, "Imputation", value=spelled(statistic))
    return column.becomes(f"impute({value}, {parameter})", "imputed", **kept)


def _is_number(imputer: Any, column: Column, statistic: Any) -> None:
    if isinstance(statistic, str):
        what = f"column '{column.label}' is {column.kind} and '{statistic}' a text"
        raise refused(imputer, what, "use a fill value of the column's own type")


def _indicator(owner: Any, column: Column, draft: Draft) -> Column:
    missing = owner.missing_values
    if is_nothing(missing):
        text = f"indicator(is_null({column.text}))"
    else:
        draft.tries(column, [missing])
        text = f"indicator({operand(column.text)} == {operand(literal(missing))})"
    label = f"missingindicator_{column.label}"
    return column.becomes(text, "missing", sparse=column.sparse, label=label)
