"""A specification with its artifacts, executed over people's data as the pod executes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from modelspec import parts
from modelspec.artifacts import verified
from modelspec.compiler.decision import Decision, build_decision
from modelspec.compiler.frames import read_columns
from modelspec.compiler.programs import read_program
from modelspec.compiler.scalar import column_count
from modelspec.compiler.tensors import Float32Array, to_float32
from modelspec.errors import Code, fail
from modelspec.expressions.columns import Column, broadcast_length, rows_of
from modelspec.names import (
    FEATURE_FETCHING_KEY,
    MODELS_KEY,
    PIPELINE_KEY,
    POSTPROCESSING_KEY,
    PREPROCESSING_KEY,
)
from modelspec.notebook.importers.extras import require
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.golden import without_nan
from modelspec.snapshot.identity import spec_parts

Array: TypeAlias = NDArray[Any]
FindBytes: TypeAlias = Callable[[str], bytes | None]
"""Returns an artifact by its SHA-256."""

BATCH = 4096
"""Rows that a graph is given at a time; how many never changes a bit of an answer."""


@dataclass(frozen=True)
class Scored:
    """What models take of some rows, and give."""

    features: Mapping[str, Float32Array]
    """By feature: shape ``(rows,)``, or ``(rows, width)`` for a vector."""

    outputs: Mapping[str, Array]
    """By output of a model, all of them."""


class Runtime:
    """A specification that was built, with a session for each model object."""

    def __init__(self, spec: ModelSpecSpec, find: FindBytes) -> None:
        found: Mapping[str, Any] = spec_parts(spec)
        models: parts.Models | None = found.get(MODELS_KEY)
        self.program = read_program(found[FEATURE_FETCHING_KEY], found.get(PREPROCESSING_KEY))
        self.models = models.models if models else ()
        self._find = find
        self._decision: Decision | None = None
        if PIPELINE_KEY in found or POSTPROCESSING_KEY in found:
            self._decision = build_decision(
                self.program,
                preprocessing=found.get(PREPROCESSING_KEY),
                models=models,
                pipeline=found.get(PIPELINE_KEY),
                postprocessing=found.get(POSTPROCESSING_KEY),
            )

    @cached_property
    def _sessions(self) -> dict[str, Any]:
        build = require("modelspec.sessions", "notebook").Session
        return {model.name: build(self._content(model)) for model in self.models}

    def _content(self, model: parts.Model) -> bytes:
        content = self._find(model.sha256)
        path = f"spec.models['{model.name}'].artifact"
        if content is None:
            raise fail(Code.MS407, path, f"no artifact has the sha256 {model.sha256}")
        return verified(path, content, model.sha256)

    def score(self, data: Any) -> Scored:
        """Return what all models take and give.

        Raises:
            FrameError: The data lack a required feature, or a value is none of its feature.
        """
        return self._score(read_columns(data, self.program.features))

    def _score(self, columns: Mapping[str, Column]) -> Scored:
        features: dict[str, Float32Array] = {}
        outputs: dict[str, Array] = {}
        for model in self.models:
            names = [name for item in model.inputs for name in item.feature_names]
            features |= self._features(columns, list(dict.fromkeys(names)))
            outputs |= self._outputs(model, features)
        return Scored(features, outputs)

    def _features(
        self, columns: Mapping[str, Column], names: Sequence[str]
    ) -> dict[str, Float32Array]:
        matrix = to_float32(self.program, columns, names)
        found, start = {}, 0
        for name in names:
            end = start + column_count(self.program, [name])
            found[name] = matrix[:, start:end] if end - start > 1 else matrix[:, start]
            start = end
        return found

    def _outputs(
        self, model: parts.Model, features: Mapping[str, Float32Array]
    ) -> dict[str, Array]:
        inputs = {
            item.name: np.column_stack([features[name] for name in item.feature_names])
            for item in model.inputs
        }
        names = sorted({output.graph_name for output in model.outputs})
        rows = len(next(iter(inputs.values())))
        batches = [
            self._sessions[model.name].run(
                names, {name: block[start : start + BATCH] for name, block in inputs.items()}
            )
            for start in range(0, rows, BATCH)
        ]
        tensors = {
            name: np.concatenate([batch[number] for batch in batches])
            for number, name in enumerate(names)
        }
        return {
            output.name: tensors[output.graph_name]
            if output.index is None
            else tensors[output.graph_name][:, output.index]
            for output in model.outputs
        }

    def answer(self, data: Any, scored: Scored | None = None) -> list[dict[str, Any]]:
        """Return what callers receive for each row: the value of each output, bands, reasons.

        Args:
            data: People's data.
            scored: What the models give for them, if it is known already.

        Raises:
            FrameError: The data lack a required feature, or a value is none of its feature.
        """
        columns = self.answer_columns(data, scored)
        return [
            dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
        ]

    def answer_columns(self, data: Any, scored: Scored | None = None) -> dict[str, list[Any]]:
        """Return what callers receive: a list for each output, for bands and reasons.

        Args:
            data: People's data.
            scored: What the models give for them, if it is known already.

        Raises:
            FrameError: The data lack a required feature, or a value is none of its feature.
        """
        columns = read_columns(data, self.program.features)
        known = scored or self._score(columns)
        if self._decision is None:
            return {name: without_nan(values.tolist()) for name, values in known.outputs.items()}

        def read(name: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
            return known.outputs[name][rows].astype(np.float64)

        return self._decision.decide_columns(columns, read).columns()

    def count(self, data: Any) -> int:
        """Return how many rows people's data have."""
        return broadcast_length(map(rows_of, read_columns(data, self.program.features).values()))
