"""MLServer with a model that doubles a number, for the conformance suite."""

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class Double(MLModel):  # type: ignore[misc]  # untyped
    """The model; its settings describe its tensors."""

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Double the number."""
        found = 2.0 * NumpyCodec.decode_input(payload.inputs[0])
        output = NumpyCodec.encode_output("y", found)
        return InferenceResponse(model_name=self.name, outputs=[output])
