"""From a fitted transformer to columns, through pipelines and what stands side by side in them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from modelspec.notebook.importers.sklearn import binning, encoding, imputing, quantiles, scaling
from modelspec.notebook.importers.sklearn.drafts import (
    Column,
    Draft,
    floating,
    labels_of,
    operand,
    spelled,
)
from modelspec.notebook.importers.sklearn.refusals import unknown

Handler: TypeAlias = Callable[[Any, Sequence[Column], Draft], list[Column]]


def columns_of(transformer: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Return the columns that a fitted transformer makes of the given ones.

    Raises:
        UnsupportedTransformerError: No expression gives one of them bit for bit.
    """
    if transformer is None or (isinstance(transformer, str) and transformer == "passthrough"):
        return list(columns)
    handler = _handler(transformer)
    if handler is None:
        raise unknown(transformer)
    return handler(transformer, columns, draft)


def _handler(transformer: Any) -> Handler | None:
    """Return what reads a transformer of exactly this class: a subclass may do anything."""
    kind = type(transformer)
    if kind.__module__.partition(".")[0] != "sklearn":
        return None
    if kind.__name__ in SUPPORTED:
        return SUPPORTED[kind.__name__].read
    return _selected if callable(getattr(transformer, "get_support", None)) else None


def _pipeline(pipeline: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    made = list(columns)
    for _, step in pipeline.steps:
        made = columns_of(step, made, draft)
    return made


def _union(union: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    made: list[Column] = []
    for name, part in union.transformer_list:
        if isinstance(part, str) and part == "drop":
            continue
        weight = (union.transformer_weights or {}).get(name)
        found = columns_of(part, columns, draft)
        made += [_weighted(union, replace(c, label=f"{name}__{c.label}"), weight) for c in found]
    return _stacked(union, columns, made, sparse=any(column.sparse for column in made))


def _column_transformer(transformer: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    made: list[Column] = []
    for name, part, _ in transformer.transformers_:
        if isinstance(part, str) and part == "drop":
            continue
        # It has no public word for which columns a part was given, whatever way they were named.
        places = transformer._transformer_to_input_indices[name]  # noqa: SLF001
        given = [columns[place] for place in places]
        weight = (transformer.transformer_weights or {}).get(name)
        found = columns_of(part, given, draft) if given else []
        made += [
            _weighted(transformer, replace(c, label=f"{name}__{c.label}"), weight) for c in found
        ]
    return _stacked(
        transformer, columns, made, sparse=getattr(transformer, "sparse_output_", False)
    )


def _weighted(owner: Any, column: Column, weight: float | None) -> Column:
    if weight is None:
        return column
    text = f"{floating(owner, column)} * {operand(spelled(weight))}"
    return column.becomes(text, "weighted", sparse=column.sparse)


def _stacked(
    owner: Any, given: Sequence[Column], made: Sequence[Column], *, sparse: bool
) -> list[Column]:
    """Return columns that stand side by side in one matrix, which has one type."""
    labels = labels_of(owner, given, [column.label for column in made])
    # A matrix of float32 alone is float32; integers beside it may be too.
    single = any(column.dtype in {np.dtype(np.float32), np.dtype(np.float16)} for column in made)
    return [
        replace(
            column,
            label=label,
            sparse=bool(sparse),
            dtype=np.dtype(np.float32) if single and column.dtype.kind in "biuf" else column.dtype,
        )
        for column, label in zip(made, labels, strict=True)
    ]


def _selected(selector: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:  # noqa: ARG001
    """Return the columns that a selector keeps."""
    return [columns[place] for place in selector.get_support(indices=True)]


SAME = "every bit of float64"
"""The operations of float64 are the original's, in its order."""

ROUNDED = "float32"
"""NumPy's function may differ from ours in the last bit of float64, which rounding absorbs."""


@dataclass(frozen=True)
class SupportedTransformer:
    """A class of transformers that becomes expressions."""

    read: Handler
    """Makes columns of columns."""

    becomes: str
    """What its expressions look like."""

    exactness: str = SAME
    """Up to where its numbers are the original's."""

    refused: str = ""
    """Settings and data that are refused."""


_SINGLE = "float32 columns, in which scikit-learn computes with fewer bits"

SUPPORTED: Mapping[str, SupportedTransformer] = {
    "Binarizer": SupportedTransformer(scaling.binarizer, "`indicator(x > 0.5)`"),
    "ColumnTransformer": SupportedTransformer(
        _column_transformer, "what is inside, also `passthrough`, `drop`, `remainder`, weights"
    ),
    "FeatureUnion": SupportedTransformer(_union, "what is inside, with weights"),
    "FunctionTransformer": SupportedTransformer(
        scaling.function,
        "`log1p(x)`, `log(x)`, `sqrt(x)`, `abs(x)`, `exp(x)`, `expm1(x)`, `square(x)`, `sign(x)`,"
        " or `x`",
        ROUNDED,
        "other functions, also lambdas; integers where NumPy's wrap around",
    ),
    "KBinsDiscretizer": SupportedTransformer(
        binning.k_bins,
        "`bucketize(x, edges)`, `indicator(bucketize(x, edges) == 2)`",
        refused="`dtype=np.float32`",
    ),
    "MaxAbsScaler": SupportedTransformer(
        scaling.max_abs, "`affine(x, scaler)`, in `clip()` if it clips", refused=_SINGLE
    ),
    "MinMaxScaler": SupportedTransformer(
        scaling.min_max, "`x * 0.25 - 1.5`, in `clip()` if it clips", refused=_SINGLE
    ),
    "MissingIndicator": SupportedTransformer(
        imputing.missing_indicator, "`indicator(is_null(x))`"
    ),
    "Normalizer": SupportedTransformer(
        scaling.normalizer,
        "`x / sum_of(abs(x), abs(y))`, `x / greatest(abs(x), abs(y))`",
        refused="`l2`, and `l1` of eight columns or more, whose sums have no fixed order",
    ),
    "OneHotEncoder": SupportedTransformer(
        encoding.one_hot,
        "`element(one_hot(x, categories), 2)`, `indicator(is_null(x))`, and for infrequent"
        " categories `indicator(not in_set(x, frequent))`",
        refused="`handle_unknown='error'` of integers with gaps, or of more than 256 texts",
    ),
    "OrdinalEncoder": SupportedTransformer(
        encoding.ordinal,
        "`ordinal(x, codes)`, with infrequent categories `to_int(lookup(x, codes))`",
        refused="as OneHotEncoder",
    ),
    "Pipeline": SupportedTransformer(_pipeline, "one expression inside another"),
    "PolynomialFeatures": SupportedTransformer(scaling.polynomial, "`y * x * x`", refused=_SINGLE),
    "PowerTransformer": SupportedTransformer(
        scaling.power,
        "`affine(yeo_johnson(x, power), scaler)`, `affine(box_cox(x, power), scaler)`",
        ROUNDED,
        _SINGLE,
    ),
    "QuantileTransformer": SupportedTransformer(
        quantiles.quantile,
        "`piecewise(x, quantiles)`, and the original's steps below the second quantile",
        ROUNDED,
        "`output_distribution='normal'`, whose inverse the language has not; sparse columns",
    ),
    "RobustScaler": SupportedTransformer(scaling.robust, "`affine(x, scaler)`", refused=_SINGLE),
    "SimpleImputer": SupportedTransformer(
        imputing.simple_imputer,
        '`impute(x, median)`, `coalesce(x, "NO")`, with `indicator(is_null(x))` if it adds them',
    ),
    "StandardScaler": SupportedTransformer(
        scaling.standard, "`affine(x, scaler)`", refused=_SINGLE
    ),
    "TargetEncoder": SupportedTransformer(
        encoding.target, "`lookup(x, target)`, one for each class of several"
    ),
}
"""What is imported, by the name of its class; selectors of columns are, too."""
