"""Rows that try to differ: given rows with one value moved to where something may happen."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf, nextafter
from typing import Any

import numpy as np

from modelspec.compiler.found import find_column
from modelspec.expressions.types import MAX_INTEGER, Kind
from modelspec.notebook.importers.sklearn.drafts import Draft, Feature
from modelspec.notebook.importers.sklearn.frames import Frame
from modelspec.notebook.importers.sklearn.imputing import is_nothing

BASES = 3
"""How many of the given rows values are moved in."""

MAX_TRIALS = 2_000
"""Values that are tried in one column."""

_FLOATS = (0.0, -0.0, 1.0, -1.0, 0.5, 1e-30, -1e-30, 1e30, -1e30, 1e300, -1e300, 5e-324)
_INTEGERS = (0, 1, -1, 2**24 + 1, -(2**31), MAX_INTEGER, -MAX_INTEGER)
_TEXTS = ("", " ", "no such category", "\u2603")


@dataclass(frozen=True)
class Trials:
    """Rows of which each has one value moved."""

    frame: Frame
    changes: tuple[tuple[str, Any], ...]
    """By row the column that was moved, and the value."""

    def named(self, row: int) -> str:
        """Return what to call a row in a message."""
        name, value = self.changes[row]
        return f"a given row with `{name}` = {'null' if value is None else repr(value)}"

    def take(self, rows: Sequence[int]) -> "Trials":
        """Return some of the rows."""
        return Trials(self.frame.take(rows), tuple(self.changes[row] for row in rows))


def null_trials(frame: Frame, base: int) -> Trials:
    """Return a row for each column in which its value is missing."""
    changes = [(name, None) for name in frame.columns]
    return _moved(frame, [base] * len(changes), changes)


def value_trials(frame: Frame, draft: Draft, bases: Sequence[int]) -> Trials:
    """Return rows with each value that is worth trying, column by column."""
    changes = [
        (name, value)
        for name in frame.columns
        if name in draft.features
        for value in _values(frame, draft.features[name])
    ]
    return _moved(frame, [bases[place % len(bases)] for place in range(len(changes))], changes)


def _moved(frame: Frame, rows: Sequence[int], changes: Sequence[tuple[str, Any]]) -> Trials:
    return Trials(frame.take(rows).changed(changes), tuple(changes))


def _values(frame: Frame, feature: Feature) -> list[Any]:
    """Return what is tried in a column, as its type can hold it."""
    place = list(frame.columns).index(feature.name)
    data = frame.data[:, place] if isinstance(frame.data, np.ndarray) else frame.data[feature.name]
    column = frame.columns[feature.name]
    match column.kind:
        case Kind.BOOL:
            return [True, False]
        case Kind.STRING:
            return _texts(feature.trials)
        case Kind.INT64:
            return _integers(data, column.dtype, feature.trials)
        case Kind.FLOAT64 if feature.kind is Kind.INT64:
            whole = _integers(data, np.dtype(np.int64), feature.trials)
            return [float(value) for value in whole]
        case _:
            return _floats(data, feature.trials)


def _floats(data: Any, trials: Iterable[Any]) -> list[float]:
    values = _known(data)
    ends = [float(np.min(values)), float(np.max(values))] if len(values) else []
    jumps = [float(value) for value in (*ends, *trials)][: MAX_TRIALS // 3]
    beside = [nextafter(value, to) for value in jumps for to in (inf, -inf)]
    tried = [value for value in (*_FLOATS, *jumps, *beside) if abs(value) < inf]
    # By their digits, as zeros of both signs are equal.
    return [float(digits) for digits in dict.fromkeys(map(repr, tried))]


def _integers(data: Any, dtype: np.dtype[Any], trials: Iterable[Any]) -> list[int]:
    values = _known(data)
    ends = [int(np.min(values)) - 1, int(np.max(values)) + 1] if len(values) else []
    listed = [int(value) for value in trials if float(value).is_integer()][:MAX_TRIALS]
    tried = dict.fromkeys((*_INTEGERS, *ends, *listed))
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return [value for value in tried if limits.min <= value <= limits.max]
    return list(tried)


def _known(data: Any) -> Any:
    cells: Any = find_column(data).cells
    numbers = (
        np.array([v for v in cells if not is_nothing(v)]) if isinstance(cells, list) else cells
    )
    return numbers[np.isfinite(numbers)] if len(numbers) else numbers


def _texts(trials: Iterable[Any]) -> list[str]:
    known = sorted(str(value) for value in trials)[: MAX_TRIALS // 5]
    variants = [form for text in known for form in (text.upper(), text.lower(), f"{text} ")]
    return list(dict.fromkeys((*_TEXTS, *known, *variants)))


def answered(count: int, answer: Callable[[list[int]], Any]) -> tuple[list[int], list[Any]]:
    """Return the rows that are answered, and their answers; those that raise are left out.

    A few rows that raise are found by halving, so that the others are answered together.

    Args:
        count: How many rows there are.
        answer: Answers several rows at once, or raises for one of them.
    """
    kept: list[int] = []
    answers: list[Any] = []
    waiting = [list(range(count))] if count else []
    while waiting:
        rows = waiting.pop()
        try:
            part = answer(rows)
        except Exception:  # noqa: BLE001  # libraries refuse rows in ways of their own
            middle = len(rows) // 2
            if middle:
                waiting += [rows[middle:], rows[:middle]]
            continue
        kept += rows
        answers += list(part)
    return kept, answers
