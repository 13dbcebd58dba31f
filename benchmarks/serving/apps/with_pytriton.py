"""PyTriton around the same engine: the row as one text, the probability back."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

from benchmarks.serving.engine import Engine

engine = Engine(Path(os.environ["BENCHMARK_FOLDER"]))


@batch  # type: ignore[untyped-decorator]
def infer(row: Any) -> dict[str, Any]:
    """Answer a batch of rows."""
    found = [engine.answer_text(item)["probability"] for item in row.ravel()]
    return {"probability": np.array(found).reshape(-1, 1)}


if __name__ == "__main__":
    port = int(os.environ["BENCHMARK_PORT"])
    config = TritonConfig(http_port=port, grpc_port=port + 1, metrics_port=port + 2)
    with Triton(config=config) as triton:
        triton.bind(
            model_name="fraud",
            infer_func=infer,
            inputs=[Tensor(name="row", dtype=np.bytes_, shape=(1,))],
            outputs=[Tensor(name="probability", dtype=np.float64, shape=(1,))],
            config=ModelConfig(max_batch_size=64, batcher=DynamicBatcher()),
        )
        triton.serve()
