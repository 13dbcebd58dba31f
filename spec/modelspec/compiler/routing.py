"""From outputs of models to what a pipeline decides: for one row, and for many at once.

What is not there, or not finite, has not answered. Both forms take the same steps in the same
order, so that they round alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import TypeAlias

import numpy as np

from modelspec import parts
from modelspec.choices import Combination
from modelspec.expressions.columns import BoolArray, FloatArray, IntegerArray
from modelspec.expressions.types import MAX_FLOAT

Read: TypeAlias = Callable[[str], float | None]
"""Returns an output of a model for the row in question; ``None`` or NaN if it has no answer."""

ReadRows: TypeAlias = Callable[[str, IntegerArray], FloatArray]
"""Returns an output of a model for the rows with these numbers; NaN where it has no answer."""

Decided: TypeAlias = tuple[float | None, int, frozenset[str]]
"""What was decided, by which fallback, counted from 1, and by which models."""

ROUTE = 0
"""In place of a fallback's number: the route decided, or nothing could."""


@dataclass(frozen=True)
class Source:
    """Outputs that decide together; one, in most cases."""

    outputs: tuple[str, ...]
    models: tuple[str, ...]
    """The model of each output."""

    weights: tuple[int, ...] = ()
    """Percents of a mean; empty for one output, Max and Min."""

    combination: Combination | None = None
    quorum: int = 1

    everybody: frozenset[str] = field(init=False)
    """All the models."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "everybody", frozenset(self.models))

    def decide(self, read: Read) -> tuple[float | None, frozenset[str]]:
        """Return what one row's outputs decide, and the models that answered."""
        if self.combination is None:
            return finite(read(self.outputs[0])), self.everybody
        answers = [finite(read(name)) for name in self.outputs]
        known = [index for index, answer in enumerate(answers) if answer is not None]
        if len(known) < self.quorum:
            return None, self.everybody
        models = self.everybody
        if len(known) < len(answers):
            models = frozenset(self.models[index] for index in known)
        return self._combined(answers), models

    def _combined(self, answers: Sequence[float | None]) -> float | None:
        if self.combination is Combination.WEIGHTED_MEAN:
            total, weights = 0.0, 0
            for weight, answer in zip(self.weights, answers, strict=True):
                if answer is not None:
                    total += weight * answer
                    weights += weight
            return finite(total / weights) if weights else None
        sign = 1.0 if self.combination is Combination.MAX else -1.0
        best: float | None = None
        for answer in answers:
            if answer is not None and (best is None or sign * answer > sign * best):
                best = answer
        return best

    def decide_rows(
        self, read: ReadRows, rows: IntegerArray
    ) -> tuple[FloatArray, dict[str, BoolArray]]:
        """Return what the outputs of many rows decide, and for each model where it answered."""
        answers = [finite_rows(read(name, rows)) for name in self.outputs]
        known = [~np.isnan(answer) for answer in answers]
        models: dict[str, BoolArray] = {}
        for model, answered in zip(self.models, known, strict=True):
            models[model] = models[model] | answered if model in models else answered
        if self.combination is None:
            return answers[0], models
        count = np.sum(known, axis=0)
        return np.where(count < self.quorum, nan, self._combined_rows(answers, known)), models

    def _combined_rows(
        self, answers: Sequence[FloatArray], known: Sequence[BoolArray]
    ) -> FloatArray:
        if self.combination is Combination.WEIGHTED_MEAN:
            total, weights = np.zeros(len(answers[0])), np.zeros(len(answers[0]))
            for weight, answer, answered in zip(self.weights, answers, known, strict=True):
                # What is added to a sum that began with 0.0 may be 0.0 without any trace.
                total = total + np.where(answered, weight * answer, 0.0)
                weights = weights + np.where(answered, weight, 0)
            return finite_rows(total / weights)
        sign = 1.0 if self.combination is Combination.MAX else -1.0
        best = answers[0]
        for answer in answers[1:]:
            best = np.where((sign * answer > sign * best) | np.isnan(best), answer, best)
        return best


@dataclass(frozen=True)
class Step:
    """What one choice means: a route, and the arm where it has arms."""

    route: str
    arm: str | None
    source: Source


@dataclass(frozen=True)
class Stand:
    """What decides when a route cannot: outputs, or a number."""

    source: Source | None
    constant: float = nan
    reason_code: str | None = None


@dataclass(frozen=True)
class Router:
    """The pipeline behind its conditions."""

    steps: tuple[Step, ...]
    fallbacks: tuple[Stand, ...] = ()

    @property
    def outputs(self) -> frozenset[str]:
        """Every output that may decide."""
        sources = [step.source for step in self.steps]
        sources += [item.source for item in self.fallbacks if item.source]
        return frozenset(name for source in sources for name in source.outputs)

    def decide(self, choice: int, read: Read) -> Decided:
        """Return what is decided for one row; what comes later is read only if it is needed."""
        raw, models = self.steps[choice].source.decide(read)
        if raw is not None:
            return raw, ROUTE, models
        for number, item in enumerate(self.fallbacks, 1):
            if item.source is None:
                return item.constant, number, _NOBODY
            raw, models = item.source.decide(read)
            if raw is not None:
                return raw, number, models
        return None, ROUTE, _NOBODY

    def decide_rows(self, choices: IntegerArray, read: ReadRows) -> "DecidedRows":
        """Return what is decided for many rows."""
        decided = DecidedRows.nothing(len(choices))
        for number, step in enumerate(self.steps):
            decided.take(np.flatnonzero(choices == number), step.source, read, ROUTE)
        for number, item in enumerate(self.fallbacks, 1):
            rows = np.flatnonzero(np.isnan(decided.raw))
            if item.source is None:
                decided.raw[rows], decided.fallback[rows] = item.constant, number
            else:
                decided.take(rows, item.source, read, number)
        return decided


_NOBODY: frozenset[str] = frozenset()


@dataclass
class DecidedRows:
    """What was decided for many rows."""

    raw: FloatArray
    """NaN where nothing could decide."""

    fallback: IntegerArray
    """The number of the fallback that decided, from 1; 0 for the route."""

    models: dict[str, BoolArray]
    """For each model, the rows that it decided, alone or with others."""

    @classmethod
    def nothing(cls, rows: int) -> "DecidedRows":
        """Return the state in which nothing is decided."""
        return cls(np.full(rows, nan), np.zeros(rows, np.int64), {})

    def take(self, rows: IntegerArray, source: Source, read: ReadRows, number: int) -> None:
        """Let outputs decide for the rows with these numbers, where they can."""
        if not len(rows):
            return
        raw, models = source.decide_rows(read, rows)
        known = ~np.isnan(raw)
        self.raw[rows[known]], self.fallback[rows[known]] = raw[known], number
        for model, answered in models.items():
            taken = self.models.setdefault(model, np.zeros(len(self.raw), np.bool_))
            taken[rows[known & answered]] = True


def finite(value: float | None) -> float | None:
    """Return a number if it is one; what is not finite is none."""
    return value if value is not None and -MAX_FLOAT <= value <= MAX_FLOAT else None


def finite_rows(values: FloatArray) -> FloatArray:
    """Return numbers with NaN for what is not finite."""
    return np.where(np.isfinite(values), values, nan)


def build_router(pipeline: parts.Pipeline, models: dict[str, str]) -> Router:
    """Return the router of a pipeline.

    Args:
        pipeline: The pipeline; the outputs that it names are known.
        models: The name of the model of every output.
    """
    return Router(
        steps=tuple(
            step
            for route in pipeline.routes
            for step in _steps(route.name, route.decision, models)
        ),
        fallbacks=tuple(_stand(item, models) for item in pipeline.fallback),
    )


def _steps(
    route: str, decision: parts.Single | parts.Split | parts.Ensemble, models: dict[str, str]
) -> list[Step]:
    match decision:
        case parts.Single(output_name=name):
            return [Step(route, None, _single(name, models))]
        case parts.Split(arms=arms):
            return [Step(route, arm.name, _single(arm.output_name, models)) for arm in arms]
        case parts.Ensemble():
            return [Step(route, None, _together(decision, models))]


def _single(name: str, models: dict[str, str]) -> Source:
    return Source((name,), (models[name],))


def _together(ensemble: parts.Ensemble, models: dict[str, str]) -> Source:
    names = tuple(member.output_name for member in ensemble.members)
    return Source(
        outputs=names,
        models=tuple(models[name] for name in names),
        weights=tuple(member.weight or 0 for member in ensemble.members),
        combination=ensemble.combine,
        quorum=ensemble.quorum or len(names),
    )


def _stand(item: parts.Fallback, models: dict[str, str]) -> Stand:
    if item.output_name is None:
        return Stand(None, float(item.constant or "nan"), item.reason_code)
    return Stand(_single(item.output_name, models), reason_code=item.reason_code)
