"""Tensors as bytes: the binary extension, from bytes to bytes."""

import json
import struct
from typing import Any

import numpy as np
import pytest

from support.pod import Caller, Document, Response

INFER = "/v2/models/echo/infer"


def tensor(name: str, datatype: str, content: bytes, *shape: int) -> tuple[Document, bytes]:
    """Return an input whose elements follow as bytes, and them."""
    parameters = {"binary_data_size": len(content)}
    item = {"name": name, "datatype": datatype, "shape": list(shape), "parameters": parameters}
    return item, content


def infer(
    echo: Caller,
    *tensors: tuple[Document, bytes],
    size: str | None = None,
    tail: bytes = b"",
    **members: Any,
) -> Response:
    document = json.dumps({"inputs": [item for item, _ in tensors], **members}).encode()
    body = document + b"".join(content for _, content in tensors) + tail
    headers = {"inference-header-content-length": size or str(len(document))}
    return echo.request("POST", INFER, [body], headers=headers)


def answered(answer: Response) -> dict[str, Any]:
    """Return the outputs, each as an array."""
    length = int(answer.headers["inference-header-content-length"])
    document, tail = json.loads(answer.body[:length]), answer.body[length:]
    assert answer.headers["content-type"] == "application/octet-stream"
    found = {}
    kinds = {"FP32": "<f4", "FP64": "<f8", "INT64": "<i8"}
    for output in document["outputs"]:
        if "data" in output:
            found[output["name"]] = output["data"]
            continue
        size = output["parameters"]["binary_data_size"]
        array = np.frombuffer(tail[:size], kinds[output["datatype"]])
        found[output["name"]], tail = array.reshape(output["shape"]), tail[size:]
    assert tail == b""
    return found


ONE = tensor("class", "FP64", np.array([1.5, 2.5]).tobytes(), 2)
BINARY: Any = {"parameters": {"binary_data_output": True}}


def test_bytes_in_and_bytes_out_have_the_same_bits(echo: Caller) -> None:
    rate = np.array([np.float32(0.1), np.nan], "<f4")

    found = answered(infer(echo, ONE, tensor("rate", "FP32", rate.tobytes(), 2, 1), **BINARY))

    assert found["class"].tolist() == [[1.5], [2.5]]
    # What is not finite is missing, and its default stands in.
    assert found["rate"].ravel().tolist() == [np.float32(0.1)] * 2
    assert found["row"].shape == (2, 4)
    assert np.isnan(found["count"]).all()


@pytest.mark.parametrize(
    ("datatype", "element"),
    [("FP16", "<f2"), ("FP64", "<f8"), ("INT8", "i1"), ("UINT16", "<u2"), ("UINT64", "<u8")],
)
def test_any_number_may_be_bytes(echo: Caller, datatype: str, element: str) -> None:
    count = np.array([7, 3], element).tobytes()

    answer = infer(echo, ONE, tensor("count", datatype, count, 2), outputs=[{"name": "count"}])

    assert answer.json["outputs"][0]["data"] == [7, 3]


def test_truths_are_bytes(echo: Caller) -> None:
    answer = infer(echo, ONE, tensor("flag", "BOOL", b"\1\0", 2), outputs=[{"name": "flag"}])

    assert answer.json["outputs"][0]["data"] == [1.0, 0.0]


def test_json_and_bytes_may_be_mixed(echo: Caller) -> None:
    plain = {"name": "rate", "datatype": "FP64", "shape": [2], "data": [0.25, 0.75]}

    answer = infer(echo, (plain, b""), ONE, outputs=[{"name": "rate"}, {"name": "class"}])

    assert [output["data"] for output in answer.json["outputs"]] == [[0.25, 0.75], [1.5, 2.5]]


def test_an_output_may_say_otherwise_than_the_request(echo: Caller) -> None:
    outputs = [{"name": "class"}, {"name": "whole", "parameters": {"binary_data": False}}]

    found = answered(infer(echo, ONE, outputs=outputs, **BINARY))

    assert found["class"].tolist() == [[1.5], [2.5]]
    assert isinstance(found["whole"], list)


RAGGED = tensor("class", "FP64", b"\0" * 7, 1)


@pytest.mark.parametrize(
    ("tensors", "others", "message"),
    [
        pytest.param(
            [ONE], {"size": "999"}, "Inference-Header-Content-Length: 999 is more", id="header"
        ),
        pytest.param([ONE], {"size": "-1"}, "Inference-Header-Content-Length: must", id="minus"),
        pytest.param([ONE], {"tail": b"x"}, "body: 1 bytes follow the last tensor", id="trailing"),
        pytest.param(
            [RAGGED], {}, "inputs[0].data: 7 bytes are no multiple of the 8 of FP64", id="ragged"
        ),
        pytest.param(
            [tensor("class", "FP64", b"\0" * 16, 1)],
            {},
            "inputs[0].data: 2 elements do not fill shape [1]",
            id="size and shape",
        ),
        pytest.param(
            [({**ONE[0], "data": [1.5, 2.5]}, ONE[1])],
            {},
            "inputs[0]: needs either data or binary_data_size",
            id="both",
        ),
        pytest.param(
            [({"name": "class", "datatype": "FP64", "shape": [1]}, b"")],
            {},
            "inputs[0]: needs either data or binary_data_size",
            id="neither",
        ),
        pytest.param(
            [({**ONE[0], "parameters": {"binary_data_size": 99}}, ONE[1])],
            {},
            "inputs[0].parameters.binary_data_size: 99 is more than the 16 bytes left",
            id="beyond",
        ),
        pytest.param(
            [ONE, tensor("flag", "BOOL", b"\1\2", 2)],
            {},
            "inputs[1].data: a BOOL must be a byte 0 or 1",
            id="neither true nor false",
        ),
    ],
)
def test_wrong_bytes_are_explained(
    echo: Caller, tensors: list[Any], others: dict[str, Any], message: str
) -> None:
    answer = infer(echo, *tensors, **others)

    assert answer.status == 400
    assert answer.json["error"].startswith(message)


def test_a_size_without_its_header_is_explained(echo: Caller) -> None:
    answer = echo.post(INFER, {"inputs": [ONE[0]]})

    assert answer.status == 400
    assert answer.json["error"] == (
        "inputs[0].parameters.binary_data_size: needs the header Inference-Header-Content-Length"
    )


def test_half_precision_has_no_form_in_json(echo: Caller) -> None:
    half = {"name": "class", "datatype": "FP16", "shape": [1], "data": [1.0]}

    answer = echo.post(INFER, {"inputs": [half]})

    assert answer.status == 400
    assert "use the binary data format" in answer.json["error"]


def test_a_raw_body_needs_a_model_of_one_input(echo: Caller) -> None:
    answer = infer(echo, ONE, size="0")

    assert answer.status == 400
    assert "needs a model with one input" in answer.json["error"]


def text(value: bytes) -> bytes:
    return struct.pack("<I", len(value)) + value
