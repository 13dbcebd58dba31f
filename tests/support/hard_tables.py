"""Random tables for models: extremes, numbers near zero, constants, codes, missing values."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SPECIAL = (0, -0.0, 1e-36, -1e-36, 1e-35, -1e-35, 2e-35, 1e-45, -1e-45, 1e30, -1e30, 3e38, 1, 0.5)
"""Zeros, numbers that LightGBM takes for zero and their neighbors, subnormals, large ones."""

CODES = 30


@dataclass(frozen=True)
class Table:
    """Rows of float32, and something to learn of them."""

    rows: NDArray[np.float32]

    target: NDArray[np.float64]

    codes: tuple[int, ...]
    """Columns that hold codes of categories; some below zero."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(f"f{column}" for column in range(self.rows.shape[1]))

    @property
    def labels(self) -> NDArray[np.int64]:
        """Two classes."""
        return (self.target > np.median(self.target)).astype(np.int64)

    @property
    def classes(self) -> NDArray[np.int64]:
        """Three classes."""
        return np.digitize(self.target, np.quantile(self.target, [0.3, 0.6]))


def random_table(seed: int, *, missing: bool = True) -> Table:
    """Return a table; the same one for the same seed."""
    generator = np.random.default_rng(seed)
    count, width = int(generator.integers(40, 250)), int(generator.integers(2, 6))
    kinds = generator.integers(0, len(_COLUMNS), width)
    rows = np.column_stack([_COLUMNS[kind](generator, count) for kind in kinds])
    rows = rows.astype(np.float32)
    if missing:
        rows[generator.random(rows.shape) < 0.15] = np.nan
    seen = np.clip(np.nan_to_num(rows), -5, 5).astype(np.float64)
    parity = np.nan_to_num(rows) % 3
    noise = generator.normal(size=count)
    target = seen @ generator.normal(size=width) + parity @ generator.normal(size=width) + noise
    codes = tuple(int(column) for column in np.flatnonzero(kinds == 0))
    return Table(rows, target, codes)


_COLUMNS = (
    lambda generator, count: generator.integers(-2, CODES, count),
    lambda generator, count: generator.normal(size=count),
    lambda generator, count: generator.choice(SPECIAL, count),
    lambda generator, count: np.full(count, generator.choice(SPECIAL)),
    lambda generator, count: generator.normal(size=count) * 10.0 ** generator.integers(-30, 30),
)
