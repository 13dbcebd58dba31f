"""``spec.fit``: which parameters a fit has to find, declared before there are any data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from modelspec.expressions.syntax import Expression, Name
from modelspec.notebook.fit.analyzer import Analyzer
from modelspec.notebook.fit.keys import Frequency, TargetMean, Vocabulary
from modelspec.notebook.fit.numeric import (
    Impute,
    MeanStd,
    MinMax,
    QuantileEdges,
    Robust,
    Winsorize,
)
from modelspec.notebook.fit.power import Power
from modelspec.notebook.symbols import NOWHERE, Symbol, tree_of


@dataclass(frozen=True)
class Declared:
    """One parameter that a fit finds."""

    name: str
    analyzer: Analyzer
    column: Expression
    """What it is fitted to: a feature, or an expression."""

    takes_keys: bool


class Fits:
    """Declares fitted parameters; each is a symbol for the functions that take it.

    The column is a feature or any expression over features. Nothing is computed before
    ``fit_transform``; a refit changes the parameters and no expression.
    """

    def __init__(self, declare: Callable[[Declared], None]) -> None:
        self._declare = declare

    def mean_std(self, name: str, column: Any) -> Symbol:
        """Mean and standard deviation, for ``affine``."""
        return self._numbers(name, column, MeanStd())

    def min_max(self, name: str, column: Any) -> Symbol:
        """Minimum and range, for ``affine``."""
        return self._numbers(name, column, MinMax())

    def robust(self, name: str, column: Any, low: float = 0.25, high: float = 0.75) -> Symbol:
        """Median and distance of two quantiles, for ``affine``."""
        return self._numbers(name, column, Robust(low, high))

    def winsorize(self, name: str, column: Any, low: float = 0.01, high: float = 0.99) -> Symbol:
        """Two quantiles, for ``winsorize``."""
        return self._numbers(name, column, Winsorize(low, high))

    def quantile_edges(self, name: str, column: Any, bins: int = 10) -> Symbol:
        """Edges of bins with equally many rows, for ``bucketize``."""
        return self._numbers(name, column, QuantileEdges(bins))

    def impute(
        self,
        name: str,
        column: Any,
        strategy: Literal["mean", "median", "most_frequent"] = "median",
    ) -> Symbol:
        """What stands in for null, for ``impute``."""
        return self._numbers(name, column, Impute(strategy))

    def yeo_johnson(self, name: str, column: Any) -> Symbol:
        """An exponent for any number, for ``yeo_johnson``."""
        return self._numbers(name, column, Power("yeo-johnson"))

    def box_cox(self, name: str, column: Any) -> Symbol:
        """An exponent for positive numbers, for ``box_cox``."""
        return self._numbers(name, column, Power("box-cox"))

    def vocabulary(
        self, name: str, column: Any, min_count: int = 1, max_size: int | None = None
    ) -> Symbol:
        """Codes of the frequent keys, and one for all others, for ``ordinal`` and ``one_hot``."""
        return self._keys(name, column, Vocabulary(min_count, max_size))

    def frequency(self, name: str, column: Any, min_count: int = 1) -> Symbol:
        """Share of the rows that each key has, for ``lookup``."""
        return self._keys(name, column, Frequency(min_count))

    def target_mean(
        self, name: str, column: Any, smoothing: float = 20.0, folds: int = 5, seed: int = 0
    ) -> Symbol:
        """Mean target of each key, for ``lookup``; out of fold in the training matrix."""
        return self._keys(name, column, TargetMean(smoothing, folds, seed))

    def _numbers(self, name: str, column: Any, analyzer: Analyzer) -> Symbol:
        return self._add(Declared(name, analyzer, _tree(column), takes_keys=False))

    def _keys(self, name: str, column: Any, analyzer: Analyzer) -> Symbol:
        return self._add(Declared(name, analyzer, _tree(column), takes_keys=True))

    def _add(self, declared: Declared) -> Symbol:
        self._declare(declared)
        return Symbol(Name(declared.name, NOWHERE))


def _tree(column: Any) -> Expression:
    """Return what is fitted to; a feature may be given by its name."""
    return Name(column, NOWHERE) if isinstance(column, str) else tree_of(column)
