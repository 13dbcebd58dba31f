"""Sums that are correct to the last digit, so that the order of the rows makes no difference."""

from collections.abc import Iterator
from math import fsum

import numpy as np

from modelspec.notebook.fit.analyzer import FloatArray, IntegerArray


def exact_sums(values: FloatArray, codes: IntegerArray, size: int) -> FloatArray:
    """Return the sum of the values of each code from 0, rounded once.

    Rump, Ogita, Oishi (2008): from all values are taken the leading digits that any sum of them
    has room for, again and again; only the sums of these layers are rounded.

    Args:
        values: Finite numbers, each below 1e290.
        codes: One for each value.
        size: How many codes there are.
    """
    sums = [layer.tolist() for layer in _layers(values, codes, size)]
    return np.array([*map(fsum, zip(*sums, strict=True))] if sums else [0.0] * size)


def _layers(values: FloatArray, codes: IntegerArray, size: int) -> Iterator[FloatArray]:
    rest = values
    while len(rest):
        exponent = np.frexp(np.abs(rest).max())[1] + len(rest).bit_length()
        unit = float(np.ldexp(1.0, exponent + 1))
        leading = (rest + unit) - unit
        yield np.bincount(codes, leading, size).astype(np.float64)
        rest = rest - leading
        left = np.flatnonzero(rest)
        rest, codes = rest[left], codes[left]


def exact_mean(values: FloatArray) -> float:
    """Return the mean of numbers, rounded where they are added up and where it is divided."""
    scale = _magnitude(values)
    (total,) = exact_sums(values / scale, np.zeros(len(values), np.int64), 1)
    return float(total / len(values) * scale)


def exact_deviation(values: FloatArray, mean: float) -> float:
    """Return the root of the mean square distance from the mean."""
    distances = values - mean
    scale = _magnitude(distances)
    return float(np.sqrt(exact_mean(np.square(distances / scale))) * scale)


def _magnitude(values: FloatArray) -> float:
    """Return the power of two below the largest value: to divide by it keeps the digits.

    Of what it leaves, neither sums nor squares overflow.
    """
    return float(np.ldexp(1.0, int(np.frexp(np.abs(values).max())[1]) - 1))
