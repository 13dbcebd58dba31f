"""Calibration fitted from data: from what a model says to how often it is right.

Each fit gives ``spec.postprocessing.calibration``: Platt's sigmoid (Platt, 1999, with the targets
and Newton's method of Lin, Lin and Weng, 2007), isotonic regression (pool adjacent violators), or
beta calibration (Kull, Silva Filho and Flach, 2017).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import frexp, isfinite
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

_RESOLUTION = 1e-15
"""Values nearer to each other are one point of an isotonic calibration, as in scikit-learn."""


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

    Newton's method ends where no step makes it likelier; scikit-learn's ``CalibratedClassifierCV``
    looks for the same sigmoid and stops earlier, so that its numbers agree in about four digits.

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
    # A power of two, which loses no bit: squares of values near the largest overflow.
    unit = 2.0 ** (frexp(float(np.abs(data.raw).max()))[1] - 1)
    values = data.raw / unit
    # Of a scale where one step of Newton's method means the same for every model.
    center, scale = float(values.mean()), float(values.std())
    columns = np.column_stack([(values - center) / scale, np.ones(len(values))])
    found = _logistic(columns, targets, data.weights)
    slope = float(found[0]) / scale
    intercept = float(found[1]) - slope * center
    sigmoid = {"slope": _text(slope / unit), "intercept": _text(intercept)}
    return _result(
        data, {"type": "Sigmoid", "sigmoid": sigmoid}, _sigmoid(slope * values + intercept)
    )


def fit_isotonic(raw: Any, labels: Any, weights: Any = None) -> Calibrated:
    """Return the best function that never falls, linear between its points, constant outside.

    The points are those of scikit-learn's ``IsotonicRegression(out_of_bounds="clip")`` of float64,
    bit for bit: of points with the same value in a row, the first and the last. Between them
    PiecewiseLinear rounds as expressions do, ``y0 + (x - x0) / (x1 - x0) * (y1 - y0)``, and
    ``numpy.interp`` differently, so that a prediction may differ in its last bit.

    Args:
        raw: What the model says, shape ``(rows,)``.
        labels: 0 or 1 for each row.
        weights: Weight of each row; 1 when omitted.

    Raises:
        CalibrationError: The data cannot be calibrated with, or need more than 1000 points.
    """
    data = _read(raw, labels, weights)
    x, values = _pooled(data)
    if len(x) == 1:
        raise CalibrationError(f"all values are within {_RESOLUTION}; multiply them")
    kept = _corners(values)
    if len(kept) > MAX_POINTS:
        raise CalibrationError(
            f"{len(kept)} points are more than the {MAX_POINTS} of a specification;"
            " use platt or beta, or fewer rows"
        )
    points = {
        "x": [_text(x[index]) for index in kept],
        "values": [_text(values[index]) for index in kept],
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
    if data.raw[data.labels == 1].min() >= data.raw[data.labels == 0].max():
        raise CalibrationError(
            "the values separate the labels, and no beta calibration is the best; use platt"
        )
    a, b, c = _beta(np.column_stack([low, high]), data)
    first, second, last = map(_text, (a, b, c))
    texts = ("-softplus(-raw)", "softplus(raw)") if margins else ("log(raw)", "-log1p(-raw)")
    expression = f"sigmoid({first} * ({texts[0]}) + {second} * ({texts[1]}) + {last})"
    probabilities = _sigmoid(a * low + b * high + c)
    return _result(data, {"type": "Expr", "expr": expression}, probabilities)


def _beta(columns: Floats, data: "_Data") -> tuple[float, float, float]:
    """Return the coefficients; without a column whose coefficient is negative, as in the paper."""
    labels = data.labels.astype(np.float64)
    used = [0, 1]
    while True:
        chosen = np.column_stack([columns[:, used], np.ones(len(labels))])
        *slopes, intercept = map(float, _logistic(chosen, labels, data.weights))
        found = dict(zip(used, slopes, strict=True))
        if not used or min(slopes) >= 0.0:
            return found.get(0, 0.0), found.get(1, 0.0), intercept
        used.remove(min(used, key=found.__getitem__))


@dataclass(frozen=True)
class _Data:
    raw: Floats
    labels: NDArray[np.int64]
    weights: Floats


def _read(raw: Any, labels: Any, weights: Any) -> _Data:
    values = _floats("values", raw)
    found = np.asarray(labels).reshape(-1)
    given = np.ones(len(values)) if weights is None else _floats("weights", weights)
    if not len(values) == len(found) == len(given):
        raise CalibrationError(
            f"{len(values)} values, {len(found)} labels, {len(given)} weights; one of each a row"
        )
    _demand(np.isfinite(values), "values are not finite", "leave such rows out")
    _demand(np.isin(found, (0, 1)), "labels are not 0 or 1", "labels must be 0 or 1")
    _demand(
        np.isfinite(given) & (given >= 0.0),
        "weights mean nothing",
        "weights must be finite and not negative",
    )
    used = given > 0.0
    data = _Data(values[used], found[used].astype(np.int64), given[used])
    if len(np.unique(data.labels)) < 2:  # noqa: PLR2004  # what happened, and what did not
        raise CalibrationError("labels of both kinds are needed, and there is only one")
    if data.raw.min() == data.raw.max():
        raise CalibrationError("all values are equal; they say nothing")
    return data


def _floats(what: str, given: Any) -> Floats:
    try:
        return np.asarray(given, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError) as error:
        raise CalibrationError(f"{what}: {error}; give numbers") from error


def _demand(good: NDArray[np.bool_], what: str, remedy: str) -> None:
    bad = np.flatnonzero(~good)
    if len(bad):
        raise CalibrationError(f"{len(bad)} {what}, the first in row {bad[0]}; {remedy}")


def _text(number: float) -> str:
    if not isfinite(number):
        raise CalibrationError("the best fit has no finite numbers; give values of a usual size")
    return repr(float(number))


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
    """Return values that ascend strictly, and for each the mean label of its block.

    Sums are made in the order of scikit-learn, for the same bits.
    """
    order = np.lexsort((data.labels, data.raw))
    x = _distinct(data.raw)
    places = np.searchsorted(x, data.raw[order], side="right") - 1
    weights = np.bincount(places, data.weights[order])
    means = np.bincount(places, (data.weights * data.labels)[order]) / weights
    values, sizes = _blocks(means.tolist(), weights.tolist())
    return x, np.repeat(values, sizes)


def _distinct(values: Floats) -> Floats:
    kept: list[float] = []
    for value in np.unique(values).tolist():
        if not kept or value - kept[-1] >= _RESOLUTION:
            kept.append(value)
    return np.array(kept)


def _blocks(means: list[float], weights: list[float]) -> tuple[list[float], list[int]]:
    """Return the value and the size of each block, by pooling adjacent violators.

    The order is that of Busing (2022): first what follows and is not greater, then what is before.
    """
    blocks: list[tuple[float, float, int]] = []
    end = 0
    while end < len(means):
        value, weight, start, end = means[end], weights[end], end, end + 1
        if blocks and blocks[-1][0] >= value:
            lower, heavy, start = blocks.pop()
            total = heavy * lower + weight * value
            weight += heavy
            value = total / weight
            while end < len(means) and value >= means[end]:
                total += weights[end] * means[end]
                weight += weights[end]
                value, end = total / weight, end + 1
            while blocks and blocks[-1][0] >= value:
                lower, heavy, start = blocks.pop()
                total += heavy * lower
                weight += heavy
                value = total / weight
        blocks.append((value, weight, start))
    starts = [start for _, _, start in blocks]
    return [value for value, _, _ in blocks], np.diff([*starts, len(means)]).tolist()


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
