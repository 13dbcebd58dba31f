"""Scalers and other transformers of numbers, in the steps of float64 that scikit-learn takes."""

from collections.abc import Sequence
from math import nextafter
from typing import Any

import numpy as np

from modelspec.expressions.types import Kind
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

_SUM_MOST = 7
"""NumPy adds fewer than eight numbers from left to right, more of them in an order of its own."""


def standard(scaler: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Return ``(x - mean) / scale``."""
    computes_in_float64(scaler, columns)
    centers = scaler.mean_ if scaler.with_mean else None
    return _affine(scaler, columns, draft, centers, scaler.scale_ if scaler.with_std else None)


def robust(scaler: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Return ``(x - center) / scale``."""
    computes_in_float64(scaler, columns)
    centers = scaler.center_ if scaler.with_centering else None
    return _affine(scaler, columns, draft, centers, scaler.scale_ if scaler.with_scaling else None)


def max_abs(scaler: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Return ``x / scale``, cut to -1 and 1 if the scaler says so."""
    computes_in_float64(scaler, columns)
    scaled = _affine(scaler, columns, draft, None, scaler.scale_)
    if not getattr(scaler, "clip", False):
        return scaled
    return [c.becomes(f"clip({c.text}, -1.0, 1.0)", "scaled", sparse=c.sparse) for c in scaled]


def _affine(
    scaler: Any, columns: Sequence[Column], draft: Draft, centers: Any, scales: Any
) -> list[Column]:
    made = []
    for index, column in enumerate(columns):
        center = 0.0 if centers is None else centers[index]
        scale = 1.0 if scales is None else scales[index]
        text = number(scaler, column)
        if centers is None and scales is None:
            made.append(column.becomes(text, "scaled", column.kind, sparse=column.sparse))
        elif column.sparse:
            # Sparse columns are multiplied by the inverse, which rounds otherwise.
            text = f"{floating(scaler, column)} * {operand(spelled(1.0 / scale))}"
            made.append(column.becomes(text, "scaled", sparse=True))
        else:
            made.append(column.becomes(affine(draft, column, text, center, scale), "scaled"))
    return relabeled(scaler, columns, made)


def affine(draft: Draft, column: Column, text: str, center: Any, scale: Any) -> str:
    """Return the expression that centers and scales, with a parameter of its own."""
    member = {"center": spelled(center), "scale": spelled(scale)}
    return f"affine({text}, {draft.parameter(column, 'scaler', 'Affine', **member)})"


def min_max(scaler: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:  # noqa: ARG001
    """Return ``x * scale + min``: one product and one sum, which no Affine would round alike."""
    computes_in_float64(scaler, columns)
    low, high = map(spelled, scaler.feature_range)
    made = []
    for column, scale, shift in zip(columns, scaler.scale_, scaler.min_, strict=True):
        sign, size = ("+", shift) if shift >= 0 else ("-", -shift)
        text = f"{floating(scaler, column)} * {operand(spelled(scale))} {sign} {spelled(size)}"
        made.append(
            column.becomes(f"clip({text}, {low}, {high})" if scaler.clip else text, "scaled")
        )
    return relabeled(scaler, columns, made)


def power(transformer: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Return the Yeo-Johnson or Box-Cox transformation, standardized if the original does."""
    computes_in_float64(transformer, columns)
    function = transformer.method.replace("-", "_")
    # scikit-learn has no other name for what it standardizes with.
    scaler = transformer._scaler if transformer.standardize else None  # noqa: SLF001
    made = []
    for index, column in enumerate(columns):
        exponent = spelled(transformer.lambdas_[index])
        parameter = draft.parameter(column, "power", "PowerTransform", exponent=exponent)
        text = f"{function}({number(transformer, column)}, {parameter})"
        if function == "box_cox":
            draft.bound(column, low=nextafter(0, 1))
            draft.refuses(column, low=nextafter(0, 1))
        if scaler is not None:
            text = affine(draft, column, text, scaler.mean_[index], scaler.scale_[index])
        made.append(column.becomes(text, "power"))
    return relabeled(transformer, columns, made)


def polynomial(transformer: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Return products, multiplied in the order in which scikit-learn multiplies."""
    computes_in_float64(transformer, columns)
    if transformer.powers_.sum(axis=1).max() > 2 and any(c.sparse for c in columns):  # noqa: PLR2004
        what = "products of sparse columns are multiplied in another order"
        raise refused(
            transformer, what, "make what is before it dense, as sparse_output=False does"
        )
    parts = [draft.part(column) for column in columns]
    made = [_product(transformer, parts, powers) for powers in transformer.powers_]
    return relabeled(transformer, columns, made)


def _product(transformer: Any, columns: Sequence[Column], powers: Any) -> Column:
    """Return one product: the last factors come first, as scikit-learn has it."""
    factors = [column for column, power in zip(columns, powers, strict=True) for _ in range(power)]
    if not factors:
        return columns[0].becomes("1.0", "bias")
    if len(factors) == 1:
        return factors[0].becomes(number(transformer, factors[0]), "value", factors[0].kind)
    text = " * ".join(floating(transformer, factor) for factor in reversed(factors))
    label = "_".join(dict.fromkeys(factor.label for factor in factors))
    return factors[0].becomes(text, "product", label=label)


def binarizer(transformer: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Return 1.0 above the threshold, else 0.0."""
    made = []
    for column in columns:
        # NumPy compares float32 with the threshold in float32.
        threshold = (
            float(np.float32(transformer.threshold))
            if _is_single(column)
            else float(transformer.threshold)
        )
        draft.tries(column, [threshold])
        text = f"indicator({operand(number(transformer, column))} > {operand(spelled(threshold))})"
        made.append(column.becomes(text, "flag", sparse=column.sparse))
    return relabeled(transformer, columns, made)


def _is_single(column: Column) -> bool:
    return column.dtype == np.float32


def normalizer(transformer: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Return each number divided by the norm of its row."""
    computes_in_float64(transformer, columns)
    if transformer.norm == "l2":
        what = "norm='l2' adds squares with one rounding or two, as the processor can"
        raise refused(transformer, what, "use norm='l1' or norm='max', or scale each column")
    if transformer.norm == "l1" and len(columns) > _SUM_MOST:
        what = f"norm='l1' of {len(columns)} columns adds them in an order of its own"
        raise refused(transformer, what, f"use norm='max', or at most {_SUM_MOST} columns")
    if any(column.sparse for column in columns):
        what = "norms of sparse rows are computed otherwise"
        raise refused(transformer, what, "make what is before it dense")
    parts = [draft.part(column) for column in columns]
    sizes = ", ".join(f"abs({number(transformer, part)})" for part in parts)
    norm = f"{_NORMS[transformer.norm]}({sizes})"
    made = []
    for part in parts:
        value = floating(transformer, part)
        made.append(part.becomes(f"{value} if {norm} == 0.0 else {value} / {norm}", "share"))
    return relabeled(transformer, columns, made)


_NORMS = {"l1": "sum_of", "max": "greatest"}

UFUNCS = {
    "absolute": "abs",
    "exp": "exp",
    "expm1": "expm1",
    "log": "log",
    "log1p": "log1p",
    "sign": "sign",
    "sqrt": "sqrt",
    "square": "square",
}
"""NumPy's functions that FunctionTransformer may apply, and ours."""

_DOMAINS: dict[str, dict[str, float]] = {
    "exp": {"high": 709.782712893384},
    "expm1": {"high": 709.782712893384},
    "log": {"low": nextafter(0, 1)},
    "log1p": {"low": nextafter(-1, 0)},
    "sqrt": {"low": 0.0},
}


def function(transformer: Any, columns: Sequence[Column], draft: Draft) -> list[Column]:
    """Return a function of NumPy, which is known by being that function."""
    if transformer.func is None:
        return relabeled(transformer, columns, columns)
    name = _ufunc(transformer)
    made = []
    for column in columns:
        text = f"{UFUNCS[name]}({number(transformer, column)})"
        _computes_as_float64(transformer, name, column)
        draft.bound(column, **_DOMAINS.get(name, {}))
        kind = column.kind if name in {"absolute", "sign"} else Kind.FLOAT64
        made.append(column.becomes(text, UFUNCS[name], kind, sparse=column.sparse))
    return relabeled(transformer, columns, made)


def _ufunc(transformer: Any) -> str:
    known = {getattr(np, name): name for name in UFUNCS}
    func = transformer.func
    if not isinstance(func, np.ufunc) or func not in known or transformer.kw_args:
        spelling = getattr(func, "__qualname__", None) or repr(func)
        what = f"func={spelling}{' with kw_args' if transformer.kw_args else ''} is not known"
        listed = ", ".join(f"np.{name}" for name in sorted(known.values()))
        raise refused(
            transformer,
            what,
            f"use one of {listed}, or write it with `Spec.derive` as an expression",
        )
    return known[func]


def _computes_as_float64(transformer: Any, name: str, column: Column) -> None:
    """Refuse what NumPy computes in fewer bits, or in integers that wrap around."""
    exact = name in {"absolute", "sign"} and column.dtype.kind == "f"
    wide = column.dtype in {np.dtype(np.float64), np.dtype(np.int64), np.dtype(np.int32)}
    if transformer.validate and column.dtype.kind in "biu":
        # check_array makes floats of integers only where it is told to; they stay what they are.
        wide = wide and column.dtype.kind != "b"
    wraps = name == "square" and column.dtype.kind in "iu"
    if not exact and (not wide or wraps):
        what = f"np.{name} of column '{column.label}', which is {column.dtype},"
        raise refused(transformer, f"{what} is not computed in float64", "convert it to float64")
