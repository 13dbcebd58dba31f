"""What pipeline and postprocessing decide; of several models only those run that a row needs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from modelspec.choices import OutputType
from modelspec.compiler.decision import Decision
from modelspec.compiler.decision_rows import Answer
from modelspec.compiler.rows import RefusedFeatureError
from modelspec.sessions import SessionError
from modelspec_serving.dataplane.answers import OutputColumn, Rows
from modelspec_serving.dataplane.scoring import RefusedRowError, Scorer

_ELEMENTS: Mapping[OutputType, str] = {
    OutputType.BOOL: "bool",
    OutputType.INT64: "int64",
    OutputType.FLOAT64: "float64",
    OutputType.STRING: "object",
}


class Decisions:
    """Answers what a decision makes of the models' outputs."""

    def __init__(self, decision: Decision, scorers: Sequence[Scorer]) -> None:
        self._decision = decision
        self._scorers = {item.name: scorer for scorer in scorers for item in scorer.outputs}
        self.columns = tuple(
            OutputColumn(name, _ELEMENTS[output_type])
            for name, output_type in decision.columns.items()
        )

    def answer(self, rows: Rows) -> list[dict[str, Any]]:
        """Return the answer for each row, by output."""
        return list(map(self._decision.document, self._answers(rows)))

    def _answers(self, rows: Rows) -> list[Answer]:
        if len(rows) == 1:
            return [self._answer(0, rows[0], {})]
        known = self._scored(rows)
        return [
            self._answer(number, row, outputs)
            for number, (row, outputs) in enumerate(zip(rows, known, strict=True))
        ]

    def _answer(self, number: int, row: msgspec.Struct, known: dict[str, Any]) -> Answer:
        reading = _Reading(self._scorers, row, known)
        try:
            answer = self._decision.decide(row, reading.read)
        except RefusedFeatureError as error:
            raise RefusedRowError(number, error) from error
        if reading.failure is not None and answer.raw is None:
            raise reading.failure
        return answer

    def _scored(self, rows: Rows) -> list[dict[str, Any]]:
        """Return what is known of each row after every model ran once, for its rows together."""
        known: list[dict[str, Any]] = [{} for _ in rows]
        for scorer, numbers in self._groups(rows).items():
            try:
                scores = scorer.score([rows[number] for number in numbers])
            except SessionError:
                continue  # each row asks again, and what stands in is found there
            for name, array in scores.items():
                for number, value in zip(numbers, array.tolist(), strict=True):
                    known[number][name] = value
        return known

    def _groups(self, rows: Rows) -> dict[Scorer, list[int]]:
        """Return for each model the numbers of the rows that need it in any case."""
        groups: dict[Scorer, list[int]] = {}
        for number, choice in enumerate(self._choices(rows)):
            for scorer in self._first_scorers(choice):
                groups.setdefault(scorer, []).append(number)
        return groups

    def _first_scorers(self, choice: int) -> set[Scorer]:
        return {self._scorers[name] for name in self._decision.first_outputs(choice)}

    def _choices(self, rows: Rows) -> Iterator[int]:
        choose = self._decision.choose
        for number, row in enumerate(rows):
            try:
                yield 0 if choose is None else choose(row)
            except RefusedFeatureError as error:
                raise RefusedRowError(number, error) from error


class _Reading:
    """Reads outputs of models for one row; a model runs when the first of its outputs is asked."""

    __slots__ = ("_known", "_row", "_scorers", "failure")

    def __init__(
        self, scorers: Mapping[str, Scorer], row: msgspec.Struct, known: dict[str, Any]
    ) -> None:
        self._scorers = scorers
        self._row = row
        self._known = known
        self.failure: SessionError | None = None

    def read(self, output: str) -> float | None:
        """Return an output; ``None`` where the runtime failed."""
        if output not in self._known:
            scorer = self._scorers[output]
            try:
                self._known.update(scorer.score_row(self._row))
            except SessionError as error:
                self.failure = error
                self._known.update(dict.fromkeys(item.name for item in scorer.outputs))
        value = self._known[output]
        return None if value is None else float(value)
