"""KServe's Python server around the same engine, V1."""

import os
from pathlib import Path
from typing import Any

from kserve import Model, ModelServer

from benchmarks.serving.engine import Engine


class Fraud(Model):  # type: ignore[misc]  # untyped
    """The model."""

    def __init__(self) -> None:
        super().__init__("fraud")
        self._engine = Engine(Path(os.environ["BENCHMARK_FOLDER"]))
        self.ready = True

    async def predict(self, payload: Any, *_: Any, **__: Any) -> dict[str, Any]:
        """Answer the rows of a request."""
        return {"predictions": [self._engine.answer(row) for row in payload["instances"]]}


if __name__ == "__main__":
    ModelServer(
        http_port=int(os.environ["BENCHMARK_PORT"]),
        enable_grpc=False,
        workers=1,
        access_log_format=None,
    ).start([Fraud()])
