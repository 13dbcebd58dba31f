"""Calibration fitted from data: from what a model says to how often it is right.

Each fit gives ``spec.postprocessing.calibration``: Platt's sigmoid (Platt, 1999, with the targets
and Newton's method of Lin, Lin and Weng, 2007), isotonic regression (pool adjacent violators), or
beta calibration (Kull, Silva Filho and Flach, 2017).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from modelspec.schema.postprocessing import MAX_POINTS

Floats: TypeAlias = NDArray[np.float64]
Document: TypeAlias = dict[str, Any]

BINS = 10
_ITERATIONS = 100
_TOLERANCE = 1e-12
_RIDGE = 1e-12
"""Keeps Newton's matrix regular; far below what a fit can tell apart."""


class CalibrationError(ValueError):
    """Data that nothing can be calibrated with; says what is wrong with them."""


@dataclass(frozen=True)
class Quality:
    """How good probabilities are, on the data that they are measured with."""

    brier: float
    """Mean squared distance from what happened."""

    log_loss: float
    """Mean negative logarithm of the probability of what happened, in nats."""

    calibration_error: float
    """Expected calibration error over ten bins with equally many rows."""


@dataclass(frozen=True)
class Calibrated:
    """A fitted calibration, and what it did to the data that it was fitted with."""

    document: Document
    """``spec.postprocessing.calibration``."""

    before: Quality | None
    """Of what was given, if that were probabilities."""

    after: Quality

    @override
    def __repr__(self) -> str:
        """Return the kind, and the quality before and after."""
        was = f"Brier {self.before.brier:.5f} -> " if self.before else "Brier "
        error = self.after.calibration_error
        return f"<{self.document['type']}: {was}{self.after.brier:.5f}, error {error:.5f}>"


def fit_platt(raw: Any, labels: Any, weights: Any = None) -> Calibrated:
    """Return the sigmoid that fits best: ``1 / (1 + exp(-(slope * raw + intercept)))``.

    Args:
        raw: What the model says, shape ``(rows,)``; better margins than probabilities.
        labels: 0 or 1 for each row.
        weights: Weight of each row; 1 when omitted.

    Raises:
        CalibrationError: The data cannot be calibrated with.
    """
    data = _read(raw, labels, weights)
    positive = float(data.weights[data.labels == 1].sum())
    negative = float(data.weights.sum()) - positive
    targets = np.where(
        data.labels == 1, (positive + 1.0) / (positive + 2.0), 1.0 / (negative + 2.0)
    )
    # Of a scale where one step of Newton's method means the same for every model.
    center, scale = float(data.raw.mean()), float(data.raw.std())
    columns = np.column_stack([(data.raw - center) / scale, np.ones(len(data.raw))])
    found = _logistic(columns, targets, data.weights)
    slope = float(found[0]) / scale
    intercept = float(found[1]) - slope * center
    sigmoid = {"slope": repr(slope), "intercept": repr(intercept)}
    return _result(
        data, {"type": "Sigmoid", "sigmoid": sigmoid}, _sigmoid(slope * data.raw + intercept)
    )


def fit_isotonic(raw: Any, labels: Any, weights: Any = None) -> Calibrated:
    """Return the best function that never falls, linear between its points, constant outside.

    The points are those of scikit-learn's ``IsotonicRegression(out_of_bounds="clip")``, without
    those that lie on a line with their neighbors.

    Args:
        raw: What the model says, shape ``(rows,)``.
        labels: 0 or 1 for each row.
        weights: Weight of each row; 1 when omitted.

    Raises:
        CalibrationError: The data cannot be calibrated with, or need more than 1000 points.
    """
    data = _read(raw, labels, weights)
    x, values = _pooled(data)
    kept = _corners(values)
    if len(kept) > MAX_POINTS:
        raise CalibrationError(
            f"{len(kept)} points are more than the {MAX_POINTS} of a specification;"
            " use platt or beta, or fewer rows"
        )
    points = {
        "x": [repr(float(x[index])) for index in kept],
        "values": [repr(float(values[index])) for index in kept],
    }
    document = {"type": "PiecewiseLinear", "piecewiseLinear": points}
    return _result(data, document, np.interp(data.raw, x, values))


def fit_beta(raw: Any, labels: Any, weights: Any = None, *, margins: bool = True) -> Calibrated:
    """Return beta calibration: ``sigmoid(a * log(p) - b * log(1 - p) + c)``, ``a`` and ``b`` >= 0.

    Args:
        raw: What the model says, shape ``(rows,)``.
        labels: 0 or 1 for each row.
        weights: Weight of each row; 1 when omitted.
        margins: Whether ``p`` is the sigmoid of what is given, as of a boosted model's margin;
            otherwise it is a probability in 0 to 1, both excluded.

    Raises:
        CalibrationError: The data cannot be calibrated with.
    """
    data = _read(raw, labels, weights)
    if not margins and not ((data.raw > 0.0) & (data.raw < 1.0)).all():
        raise CalibrationError("probabilities must lie between 0 and 1, both excluded")
    # log(sigmoid(m)) is -softplus(-m): exact where the sigmoid itself is 0 or 1.
    low = -np.logaddexp(0.0, -data.raw) if margins else np.log(data.raw)
    high = np.logaddexp(0.0, data.raw) if margins else -np.log1p(-data.raw)
    a, b, c = _beta(np.column_stack([low, high]), data)
    texts = ("-softplus(-raw)", "softplus(raw)") if margins else ("log(raw)", "-log1p(-raw)")
    expression = f"sigmoid({a!r} * ({texts[0]}) + {b!r} * ({texts[1]}) + {c!r})"
    probabilities = _sigmoid(a * low + b * high + c)
    return _result(data, {"type": "Expr", "expr": expression}, probabilities)


def _beta(columns: Floats, data: "_Data") -> tuple[float, float, float]:
    """Return the coefficients; one that would be negative is 0, as in the paper."""
    labels = data.labels.astype(np.float64)
    used = [0, 1]
    while True:
        chosen = np.column_stack([columns[:, used], np.ones(len(labels))])
        found = _logistic(chosen, labels, data.weights)
        falling = [column for column, value in zip(used, found, strict=False) if value < 0.0]
        if not falling or len(used) == 1:
            break
        used.remove(min(falling, key=lambda column: found[used.index(column)]))
    values = dict(zip(used, map(float, found), strict=False))
    return max(values.get(0, 0.0), 0.0), max(values.get(1, 0.0), 0.0), float(found[-1])


@dataclass(frozen=True)
class _Data:
    raw: Floats
    labels: NDArray[np.int64]
    weights: Floats


def _read(raw: Any, labels: Any, weights: Any) -> _Data:
    values = np.asarray(raw, dtype=np.float64).reshape(-1)
    found = np.asarray(labels).reshape(-1)
    given = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not len(values) == len(found) == len(given):
        raise CalibrationError(
            f"{len(values)} values, {len(found)} labels, {len(given)} weights; one of each a row"
        )
    if not np.isfinite(values).all():
        raise CalibrationError(f"{int((~np.isfinite(values)).sum())} values are not finite")
    if not np.isin(found, (0, 1)).all():
        raise CalibrationError("labels must be 0 or 1")
    if not np.isfinite(given).all() or (given < 0.0).any():
        raise CalibrationError("weights must be finite and not negative")
    used = given > 0.0
    data = _Data(values[used], found[used].astype(np.int64), given[used])
    if len(np.unique(data.labels)) < 2:  # noqa: PLR2004  # what happened, and what did not
        raise CalibrationError("labels of both kinds are needed, and there is only one")
    if data.raw.min() == data.raw.max():
        raise CalibrationError("all values are equal; they say nothing")
    return data


def _logistic(columns: Floats, targets: Floats, weights: Floats) -> Floats:
    """Return the coefficients of a logistic regression, by Newton's method with halved steps."""
    found = np.zeros(columns.shape[1])
    loss = _loss(columns @ found, targets, weights)
    for _ in range(_ITERATIONS):
        probabilities = _sigmoid(columns @ found)
        gradient = columns.T @ (weights * (probabilities - targets))
        curvature = weights * probabilities * (1.0 - probabilities)
        matrix = (columns * curvature[:, np.newaxis]).T @ columns
        matrix += _RIDGE * np.eye(len(found)) * max(1.0, float(np.trace(matrix)))
        step: Floats = np.linalg.solve(matrix, gradient).astype(np.float64)
        found, better = _shortened(
            lambda at: _loss(columns @ at, targets, weights), found, step, loss
        )
        if loss - better <= _TOLERANCE * max(1.0, abs(loss)):
            break
        loss = better
    return found


def _shortened(
    loss_at: Callable[[Floats], float], start: Floats, step: Floats, loss: float
) -> tuple[Floats, float]:
    """Return where half a step, or half of that, makes it better, and how good it is there."""
    size = 1.0
    while size > _TOLERANCE:
        found = start - size * step
        better = loss_at(found)
        if better <= loss:
            return found, better
        size /= 2.0
    return start, loss


def _loss(margins: Floats, targets: Floats, weights: Floats) -> float:
    return float((weights * (np.logaddexp(0.0, margins) - targets * margins)).sum())


def _sigmoid(margins: Floats) -> Floats:
    with np.errstate(over="ignore"):
        result: Floats = 1.0 / (1.0 + np.exp(-margins))
    return result


def _pooled(data: _Data) -> tuple[Floats, Floats]:
    """Return the ends of the blocks of equal values: strictly ascending, never falling."""
    x, places = np.unique(data.raw, return_inverse=True)
    weight = np.bincount(places, data.weights)
    mean = np.bincount(places, data.weights * data.labels) / weight
    blocks: list[tuple[float, float, int, int]] = []
    for index in range(len(x)):
        block = (float(mean[index]), float(weight[index]), index, index)
        while blocks and blocks[-1][0] >= block[0]:
            value, heavy, first, _ = blocks.pop()
            total = heavy + block[1]
            block = ((value * heavy + block[0] * block[1]) / total, total, first, block[3])
        blocks.append(block)
    values = np.empty(len(x))
    for value, _, first, last in blocks:
        values[first : last + 1] = min(max(value, 0.0), 1.0)
    return x, values


def _corners(values: Floats) -> list[int]:
    """Return the points without those between two of the same value."""
    same = values[1:] == values[:-1]
    inner = np.append(False, same) & np.append(same, False)
    kept: list[int] = np.flatnonzero(~inner).tolist()
    return kept


def _result(data: _Data, document: Document, probabilities: Floats) -> Calibrated:
    are_probabilities = bool((data.raw >= 0.0).all() and (data.raw <= 1.0).all())
    before = _quality(data.raw, data) if are_probabilities else None
    return Calibrated(document, before, _quality(probabilities, data))


def _quality(probabilities: Floats, data: _Data) -> Quality:
    total = data.weights.sum()
    squares = data.weights * (probabilities - data.labels) ** 2
    likely = np.where(data.labels == 1, probabilities, 1.0 - probabilities)
    surprise = -np.log(np.maximum(likely, np.finfo(np.float64).tiny))
    bins = np.array_split(np.argsort(probabilities, kind="stable"), BINS)
    gaps = [
        abs(float((data.weights[rows] * (probabilities[rows] - data.labels[rows])).sum()))
        for rows in bins
    ]
    return Quality(
        brier=float(squares.sum() / total),
        log_loss=float((data.weights * surprise).sum() / total),
        calibration_error=float(sum(gaps) / total),
    )
