"""The reference execution of pipeline and postprocessing: for notebook, command line and pod.

A decision takes the raw features of a row, and asks for the outputs of those models only that the
row needs. It cannot fail: what has no value is null, and what follows from that is specified.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from modelspec import parts
from modelspec.choices import OutputType
from modelspec.compiler.columns import compute_columns
from modelspec.compiler.decision_logic import (
    BAND,
    CALIBRATED,
    CHOICE,
    RAW,
    Logic,
    output_input,
    read_logic,
)
from modelspec.compiler.decision_rows import (
    TOLD,
    Answer,
    RowDecision,
    build_ranking,
    compile_choice,
    compile_decision,
    told,
)
from modelspec.compiler.routing import DecidedRows, ReadRows, finite_rows
from modelspec.expressions.columns import (
    BoolArray,
    Column,
    FloatArray,
    Floats,
    IntegerArray,
    broadcast_length,
    rows_of,
    values_of,
)
from modelspec.expressions.graph import Constant, Input
from modelspec.expressions.program import Program


def build_decision(
    program: Program,
    *,
    preprocessing: parts.Preprocessing | None = None,
    models: parts.Models | None = None,
    pipeline: parts.Pipeline | None = None,
    postprocessing: parts.Postprocessing | None = None,
) -> "Decision":
    """Return the decision that parts describe; `program` is that of their features.

    Raises:
        DecisionError: An expression is not valid, or a route names what is no number of a model.
        ValueError: A number is not in its canonical form.
    """
    logic = read_logic(
        program,
        preprocessing=preprocessing,
        models=models,
        pipeline=pipeline,
        postprocessing=postprocessing,
    )
    return Decision(logic)


class Decision:
    """Pipeline and postprocessing of one specification, ready to be executed."""

    def __init__(self, logic: Logic) -> None:
        self.logic = logic
        compiled = compile_decision(logic)
        self.source = compiled.source
        """The generated function, for whoever wants to read it."""

        self.decide: RowDecision = compiled.function
        """Returns the answer for one row, a struct as `build_row_type` builds it, and a function
        that returns an output of a model by its name, ``None`` where it has no answer."""

        self._told = {name: TOLD[name] for name in told(logic)}

    @property
    def columns(self) -> Mapping[str, OutputType]:
        """What callers receive, with its type: the outputs, then what they are told beside."""
        outputs = {name: output_type for name, (output_type, _) in self.logic.outputs.items()}
        return outputs | {name: output_type for name, (output_type, _) in self._told.items()}

    def document(self, answer: Answer) -> dict[str, Any]:
        """Return an answer as callers receive it: a value for each of `columns`."""
        return answer.values | {name: find(answer) for name, (_, find) in self._told.items()}

    @cached_property
    def model_outputs(self) -> frozenset[str]:
        """Every output of a model that some row may need."""
        router = self.logic.router
        return frozenset(self._explaining) | (router.outputs if router else frozenset())

    @cached_property
    def choose(self) -> Callable[[Any], int] | None:
        """What returns the number of the step that a row takes; ``None`` where there is one."""
        logic = self.logic
        if logic.router is None or isinstance(logic.program.values[CHOICE], Constant):
            return None
        return compile_choice(logic)

    def first_outputs(self, choice: int) -> tuple[str, ...]:
        """Return the outputs of models that rows with this choice need in any case."""
        router = self.logic.router
        return router.steps[choice].source.outputs if router else ()

    @cached_property
    def _explaining(self) -> tuple[str, ...]:
        """The outputs of models that the reasons need."""
        program, models = self.logic.program, self.logic.models
        own = [node for name, node in program.values.items() if name.startswith("#")]
        needed = {node.name for node in program.needed(own) if isinstance(node, Input)}
        return tuple(name for name in models if output_input(name) in needed)

    def decide_columns(self, columns: Mapping[str, Column], read: ReadRows) -> "Answers":
        """Return the answers for many rows, each as `decide` gives it for the row.

        Args:
            columns: Every raw feature, as `read_columns` returns them.
            read: Returns an output of a model by its name for the rows with these numbers, as
                float64, NaN where it has no answer.
        """
        rows = broadcast_length(map(rows_of, columns.values())) if columns else 0
        with np.errstate(all="ignore"):
            choices, decided = self._decided(columns, rows, read)
            given = {**columns, RAW: Floats(decided.raw)}
            for name in self._explaining:
                given[output_input(name)] = self._explanation(name, decided, read)
        wanted = [name for name in self.logic.program.values if name.startswith("#")]
        computed = compute_columns(self.logic.program, given, wanted)
        return Answers(self.logic, rows, choices, decided, computed)

    def _decided(
        self, columns: Mapping[str, Column], rows: int, read: ReadRows
    ) -> tuple[IntegerArray, DecidedRows]:
        router = self.logic.router
        if router is None:
            return np.zeros(rows, np.int64), DecidedRows.nothing(rows)
        choice: Any = compute_columns(self.logic.program, columns, [CHOICE])[CHOICE]
        choices = np.broadcast_to(choice.value, rows)
        return choices, router.decide_rows(choices, read)

    def _explanation(self, name: str, decided: DecidedRows, read: ReadRows) -> Column:
        """Return an output of a model that explains only what it has decided."""
        values = np.full(len(decided.raw), np.nan)
        took_part = decided.models.get(self.logic.models[name])
        if took_part is not None and took_part.any():
            rows = np.flatnonzero(took_part)
            values[rows] = finite_rows(read(name, rows))
        return Floats(values)


@dataclass(frozen=True)
class Answers:
    """What was decided for many rows."""

    logic: Logic
    rows: int
    choices: IntegerArray
    decided: DecidedRows
    computed: Mapping[str, Column]
    """The decision's own values by their names in the graph."""

    @property
    def raw(self) -> FloatArray:
        """What the pipeline decided; NaN where nothing could."""
        return self.decided.raw

    @property
    def calibrated(self) -> FloatArray:
        """`raw` after calibration."""
        found: Any = self.computed[CALIBRATED]
        values: FloatArray = np.broadcast_to(found.value, self.rows)
        return values

    def values(self, output: str) -> list[Any]:
        """Return an output of all rows as Python values; ``None`` is null."""
        return self._values(self.logic.outputs[output][1])

    @cached_property
    def bands(self) -> list[parts.Band | None]:
        """The band of every row."""
        if not self.logic.bands:
            return [None] * self.rows
        numbers = self._values(BAND)
        return [None if number is None else self.logic.bands[number] for number in numbers]

    @cached_property
    def reason_codes(self) -> list[tuple[str, ...]]:
        """The reason codes of every row."""
        ranking = build_ranking(self.logic)
        reasons = self.logic.reasons
        ranked = [reason.contribution for reason in reasons if reason.contribution]
        applies = [self._true(reason.when) for reason in reasons]
        numbers = [self._floats(name) for name in ranked]
        empty: list[tuple[Any, ...]] = [()] * self.rows
        return [
            ranking(holds, contributions, fallback)
            for holds, contributions, fallback in zip(
                zip(*applies, strict=True) if applies else empty,
                zip(*numbers, strict=True) if numbers else empty,
                self.decided.fallback.tolist(),
                strict=True,
            )
        ]

    def columns(self) -> dict[str, list[Any]]:
        """Return what callers receive, a list for each of the decision's ``columns``."""
        named = {name: self.values(name) for name in self.logic.outputs}
        return named | {name: self._told(name) for name in told(self.logic)}

    def _told(self, name: str) -> list[Any]:
        """Return what callers are told beside the outputs, row by row."""
        router = self.logic.router
        steps = router.steps if router else ()
        match name:
            case "band":
                return [band.name if band else None for band in self.bands]
            case "action":
                return [band.action if band else None for band in self.bands]
            case "reasonCodes":
                return list(self.reason_codes)
            case "fallback":
                numbers: list[int] = self.decided.fallback.tolist()
                return numbers
            case _:
                # "route" and "arm" are called like the fields that hold them.
                chosen = [getattr(step, name) for step in steps]
                return [chosen[index] for index in self.choices.tolist()]

    def answers(self) -> list[Answer]:
        """Return the answers one by one."""
        names = tuple(self.logic.outputs)
        router = self.logic.router
        steps = [router.steps[choice] for choice in self.choices.tolist()] if router else []
        values = list(zip(*map(self.values, names), strict=True)) if names else [()] * self.rows
        return [
            Answer(
                values=dict(zip(names, row, strict=True)),
                raw=raw,
                calibrated=calibrated,
                route=steps[index].route if steps else None,
                arm=steps[index].arm if steps else None,
                fallback=fallback,
                band=band.name if band else None,
                action=band.action if band else None,
                reason_codes=codes,
            )
            for index, (row, raw, calibrated, fallback, band, codes) in enumerate(
                zip(
                    values,
                    _plain(self.raw.tolist()),
                    self._values(CALIBRATED) if router else [None] * self.rows,
                    self.decided.fallback.tolist(),
                    self.bands,
                    self.reason_codes,
                    strict=True,
                )
            )
        ]

    def _values(self, name: str) -> list[Any]:
        values = _plain(values_of(self.computed[name]))
        return values * self.rows if len(values) == 1 else values

    def _floats(self, name: str) -> list[float]:
        found: Any = self.computed[name]
        values: list[float] = np.broadcast_to(found.value, self.rows).tolist()
        return values

    def _true(self, name: str) -> list[bool]:
        found: Any = self.computed[name]
        truths: BoolArray = np.broadcast_to(found.true, self.rows)
        listed: list[bool] = truths.tolist()
        return listed


def _plain(values: Sequence[Any]) -> list[Any]:
    """Return values with ``None`` for a float's null, which is NaN."""
    return [None if value != value else value for value in values]  # noqa: PLR0124
