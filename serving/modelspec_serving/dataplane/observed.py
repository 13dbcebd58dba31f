"""Answers, and counts what was answered."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import astuple

from modelspec.compiler.decision_logic import Logic
from modelspec.expressions.program import RawFeature
from modelspec.expressions.types import Kind
from modelspec_serving.dataplane.answers import Answering, OutputColumn, Rows
from modelspec_serving.monitoring.counters import Counters
from modelspec_serving.monitoring.decisions import Decisions

_NUMBERS = frozenset({Kind.BOOL, Kind.INT64, Kind.FLOAT64})


class Observed:
    """What answers, with every answer counted."""

    def __init__(self, answering: Answering, decisions: Decisions, *, bins: bool) -> None:
        self._answering = answering
        self._decisions = decisions
        self._bins = bins
        self.columns = answering.columns

    def answer(self, rows: Rows) -> list[dict[str, Any]]:
        """Return the answer for each row, by output."""
        answers = self._answering.answer(rows)
        decisions = self._decisions
        for answer in answers:
            decisions.add_answer(answer)
        if self._bins:
            for row in rows:
                if decisions.is_sample():
                    decisions.add_row(astuple(row))
        return answers


def build_decisions(
    counters: Counters,
    columns: Sequence[OutputColumn],
    features: Sequence[RawFeature],
    logic: Logic | None,
    *,
    bins: bool,
) -> Decisions:
    """Return what counts the answers of a decision.

    Args:
        counters: Where.
        columns: What callers receive.
        features: What they send.
        logic: Pipeline and postprocessing, if there are any.
        bins: Whether distributions of numbers are counted.
    """
    texts = dict(_texts(logic)) if logic else {}
    told = {column.name for column in columns}
    numbers = [
        column.name
        for column in columns
        if column.width == 1 and column.element != "object" and column.name not in texts
    ]
    return Decisions(
        counters,
        numbers=numbers if bins else [],
        texts={name: listed for name, listed in texts.items() if name in told},
        features=[(item.name, item.type.kind in _NUMBERS) for item in features] if bins else [],
    )


def default_fallbacks(logic: Logic | None) -> frozenset[str]:
    """Return the fallbacks that are numbers and no model, by their places from 1, as texts."""
    stands = logic.router.fallbacks if logic and logic.router else ()
    return frozenset(str(place) for place, item in enumerate(stands, 1) if item.source is None)


def _texts(logic: Logic) -> Iterator[tuple[str, Sequence[Any]]]:
    """Yield what callers are told beside the outputs, with all that it can be."""
    steps = logic.router.steps if logic.router else ()
    fallbacks = logic.router.fallbacks if logic.router else ()
    codes = [reason.code for reason in logic.reasons]
    found: Mapping[str, Sequence[str | None]] = {
        "band": [band.name for band in logic.bands],
        "action": [band.action for band in logic.bands],
        "reasonCodes": [*codes, *(item.reason_code for item in fallbacks)],
        "route": [step.route for step in steps],
        "arm": [step.arm for step in steps],
        "fallback": [str(place) for place in range(1, len(fallbacks) + 1)],
    }
    for name, listed in found.items():
        yield name, tuple(dict.fromkeys(text for text in listed if text is not None))
