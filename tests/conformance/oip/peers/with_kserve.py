"""KServe's Python server with a model that doubles a number, for the conformance suite."""

import os
from typing import Any

from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer
from kserve.utils.utils import generate_uuid


class Double(Model):  # type: ignore[misc]  # untyped
    """The model."""

    def __init__(self) -> None:
        super().__init__("double")
        self.ready = True

    async def get_input_types(self) -> list[dict[str, Any]]:
        """Describe what it takes."""
        return [{"name": "x", "datatype": "FP64", "shape": [-1, 1]}]

    async def get_output_types(self) -> list[dict[str, Any]]:
        """Describe what it gives."""
        return [{"name": "y", "datatype": "FP64", "shape": [-1, 1]}]

    async def predict(self, payload: InferRequest, *_: Any, **__: Any) -> InferResponse:
        """Double the number."""
        found = 2.0 * payload.inputs[0].as_numpy()
        output = InferOutput(name="y", shape=list(found.shape), datatype="FP64")
        output.set_data_from_numpy(found, binary_data=False)
        return InferResponse(payload.id or generate_uuid(), "double", [output])


if __name__ == "__main__":
    ModelServer(http_port=int(os.environ["PEER_PORT"]), enable_grpc=False, workers=1).start(
        [Double()]
    )
