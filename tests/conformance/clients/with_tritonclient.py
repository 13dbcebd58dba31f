"""Triton's own client against our runtime: JSON, bytes, packed; its errors are ours."""

import sys

import numpy as np
import tritonclient.http as triton

HALVES, TWICE, LOWER = [0.75, 1.25], [6, 8], ["gb", "fr"]


def inputs(*, binary: bool) -> list[triton.InferInput]:
    """Return two rows."""
    found = []
    for name, datatype, values in (
        ("amount", "FP64", np.array([[1.5], [2.5]])),
        ("count", "INT64", np.array([[3], [4]])),
        ("country", "BYTES", np.array([["GB"], ["FR"]], dtype=object)),
    ):
        found.append(triton.InferInput(name, [2, 1], datatype))
        found[-1].set_data_from_numpy(values, binary_data=binary)
    return found


def refusal(client: triton.InferenceServerClient) -> str:
    """Return what the client says of a request that is refused."""
    wanted = [triton.InferRequestedOutput("x")]
    try:
        client.infer("rules", inputs(binary=True), outputs=wanted)
    except triton.InferenceServerException as error:
        return str(error)
    raise AssertionError("it was answered")


def main() -> None:
    """Ask in every way; fail where an answer is another."""
    client = triton.InferenceServerClient(sys.argv[1].removeprefix("http://"))
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("rules")
    assert client.get_model_metadata("rules")["name"] == "rules"
    assert client.get_model_repository_index()[0]["state"] == "READY"
    for binary in (False, True):
        for packing in (None, "gzip", "deflate"):
            wanted = [
                triton.InferRequestedOutput(name, binary_data=binary)
                for name in ("half", "twice", "lower")
            ]
            answer = client.infer(
                "rules",
                inputs(binary=binary),
                outputs=wanted,
                request_id="7",
                request_compression_algorithm=packing,
                response_compression_algorithm=packing,
            )
            texts = [
                text.decode() if isinstance(text, bytes) else text
                for text in answer.as_numpy("lower").ravel()
            ]
            assert answer.get_response()["id"] == "7"
            assert answer.as_numpy("half").ravel().tolist() == HALVES
            assert answer.as_numpy("twice").ravel().tolist() == TWICE
            assert texts == LOWER
    # It asks for bytes where nothing is said.
    assert client.infer("rules", inputs(binary=True)).as_numpy("twice").ravel().tolist() == TWICE
    assert "'x' is not an output" in refusal(client)
    print("tritonclient: JSON, bytes, gzip, deflate, errors")


if __name__ == "__main__":
    main()
