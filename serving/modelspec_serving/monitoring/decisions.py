"""What was decided: distributions of numbers, shares of texts, features that are missing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from modelspec_serving.monitoring.bins import Distribution, Shares, count_numbers
from modelspec_serving.monitoring.counters import Counters

SAMPLE = 16
"""Features are counted of every so many rows; answers of every row."""

Pick: TypeAlias = Callable[[Any], Sequence[Any]]


class Presence:
    """How often a feature was missing, among those whose values are not counted."""

    def __init__(self, name: str, counters: Counters) -> None:
        self.name = name
        self._counters = counters
        self._cells = counters.cells
        self._cell = counters.take()

    def add(self, value: object) -> None:
        """Count one value."""
        if value is None:
            self._cells[self._cell] += 1

    @property
    def nulls(self) -> int:
        """How many had no value."""
        return self._counters.total(self._cell)


class Decisions:
    """Counts what rows bring and what is answered."""

    def __init__(
        self,
        counters: Counters,
        *,
        numbers: Iterable[str],
        texts: Mapping[str, Sequence[str]],
        features: Sequence[tuple[str, bool]],
    ) -> None:
        """Take cells for what is counted.

        Args:
            counters: Where.
            numbers: Outputs that are numbers.
            texts: Outputs that are texts or several texts, each with all that it can be.
            features: Raw features in the order of a row's values, and whether each is a number.
        """
        self._cells = counters.cells
        self._counters = counters
        self._seen = counters.take()
        self.outputs = [Distribution(name, counters) for name in numbers]
        self.shares = [Shares(name, listed, counters) for name, listed in texts.items()]
        self.features = [Distribution(name, counters) for name, is_number in features if is_number]
        self.others = [Presence(name, counters) for name, is_number in features if not is_number]
        self._firsts = [item.first for item in self.outputs]
        self._feature_firsts = [item.first for item in self.features]
        self._numbers = _pick([item.name for item in self.outputs])
        self._feature_numbers = _pick([i for i, (_, number) in enumerate(features) if number])
        self._feature_others = _pick([i for i, (_, number) in enumerate(features) if not number])

    def add_answer(self, answer: Mapping[str, Any]) -> None:
        """Count what one row was answered."""
        count_numbers(self._cells, self._firsts, self._numbers(answer))
        for shares in self.shares:
            value = answer[shares.name]
            for text in value if isinstance(value, tuple) else (value,):
                shares.add(text)

    def is_sample(self) -> bool:
        """Return whether the features of the row that comes now are counted."""
        self._cells[self._seen] += 1
        return self._cells[self._seen] % SAMPLE == 1

    def add_row(self, values: Sequence[Any]) -> None:
        """Count the raw features of one row, in their order."""
        count_numbers(self._cells, self._feature_firsts, self._feature_numbers(values))
        for presence, value in zip(self.others, self._feature_others(values), strict=True):
            presence.add(value)

    @property
    def sampled(self) -> int:
        """Rows whose features were counted, about."""
        return -(-self._counters.total(self._seen) // SAMPLE)


def _pick(keys: Sequence[Any]) -> Pick:
    """Return what picks the values of some keys, as a sequence of any length."""
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda values: [values[key] for key in keys]
