"""MLServer around the same engine: the row as one text."""

import os
from pathlib import Path

from mlserver import MLModel
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput

from benchmarks.serving.engine import Engine


class Fraud(MLModel):  # type: ignore[misc]  # untyped
    """The model."""

    async def load(self) -> bool:
        """Build the engine."""
        self._engine = Engine(Path(os.environ["BENCHMARK_FOLDER"]))
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Answer a request."""
        answer = self._engine.answer_text(payload.inputs[0].data[0])
        kinds = {float: "FP64", int: "INT64", str: "BYTES"}
        outputs = [
            ResponseOutput(name=name, shape=[1, 1], datatype=kinds[type(value)], data=[value])
            for name, value in answer.items()
            if value is not None
        ]
        return InferenceResponse(model_name=self.name, outputs=outputs)
