"""Tensors as bytes, packed bodies, and the list of models: where a server knows them."""

import gzip
import json
import struct
import zlib
from math import prod
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.extension

SIZE = "inference-header-content-length"
BINARY = ("binary_tensor_data", "binary_data", "binary")
FORMATS = {"FP32": "f", "FP64": "d", "INT64": "q", "INT32": "i", "BOOL": "?"}


def packed(tensor: dict[str, Any]) -> bytes:
    """Return the elements of a tensor as bytes."""
    if tensor["datatype"] == "BYTES":
        texts = [text.encode() for text in tensor["data"]]
        return b"".join(struct.pack("<I", len(text)) + text for text in texts)
    if tensor["datatype"] not in FORMATS:
        pytest.skip(f"this suite packs no {tensor['datatype']}")
    return struct.pack(f"<{len(tensor['data'])}{FORMATS[tensor['datatype']]}", *tensor["data"])


def send(target: Any, document: Any, tail: bytes, **headers: str) -> httpx.Response:
    text = json.dumps(document).encode()
    given = {SIZE: str(len(text)), "content-type": "application/octet-stream", **headers}
    answer: httpx.Response = target.http.post(
        f"{target.path}/infer", content=text + tail, headers=given
    )
    return answer


@pytest.fixture
def binary(target: Any) -> tuple[dict[str, Any], bytes]:
    """Return the request with its tensors as bytes, and these."""
    if not set(BINARY) & set(target.extensions()):
        pytest.skip("not advertised")
    inputs, tail = [], b""
    for tensor in target.request["inputs"]:
        content = packed(tensor)
        tail += content
        described = {name: tensor[name] for name in ("name", "shape", "datatype")}
        inputs.append({**described, "parameters": {"binary_data_size": len(content)}})
    return {"inputs": inputs}, tail


def test_bytes_give_the_answers_of_json(target: Any, binary: Any) -> None:
    document, tail = binary

    answer = send(target, document, tail)

    assert answer.status_code == 200, answer.text
    assert answer.json()["outputs"] == target.infer(target.request).json()["outputs"]


def test_answers_may_be_bytes(target: Any, binary: Any) -> None:
    document, tail = binary
    expected = {item["name"]: item for item in target.infer(target.request).json()["outputs"]}

    answer = send(target, {**document, "parameters": {"binary_data_output": True}}, tail)

    size = int(answer.headers[SIZE])
    found, rest = json.loads(answer.content[:size]), answer.content[size:]
    for output in found["outputs"]:
        length = output["parameters"]["binary_data_size"]
        assert rest[:length] == packed(expected[output["name"]])
        rest = rest[length:]
    assert rest == b""


@pytest.mark.parametrize("case", ["size", "beyond", "trailing", "header", "no header"])
def test_sizes_that_are_wrong_are_refused(target: Any, binary: Any, case: str) -> None:
    document, tail = binary
    first = document["inputs"][0]["parameters"]
    headers = {}
    match case:
        case "size":
            first["binary_data_size"] -= 1
        case "beyond":
            first["binary_data_size"] += 10_000
        case "trailing":
            tail += b"x"
        case "header":
            headers = {SIZE: "999999"}
        case _:
            answer = target.infer(document)
            assert (answer.status_code, list(answer.json())) == (400, ["error"])
            return

    answer = send(target, document, tail, **headers)

    assert answer.status_code == 400, answer.text
    assert list(answer.json()) == ["error"]


def test_a_shape_that_the_bytes_do_not_fill_is_refused(target: Any, binary: Any) -> None:
    document, tail = binary
    shape = document["inputs"][0]["shape"]
    document["inputs"][0]["shape"] = [prod(shape) + 1, *shape[1:]]

    assert send(target, document, tail).status_code == 400


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_a_request_may_be_packed(target: Any, encoding: str, pack: Any) -> None:
    body = pack(json.dumps(target.request).encode())
    headers = {"content-encoding": encoding, "content-type": "application/json"}

    answer = target.http.post(f"{target.path}/infer", content=body, headers=headers)

    assert answer.status_code == 200, answer.text
    assert answer.json()["outputs"] == target.infer(target.request).json()["outputs"]


def test_the_index_lists_the_model(target: Any) -> None:
    answer = target.http.post("/v2/repository/index", json={})
    if answer.status_code == 404:
        pytest.skip("there is no index")

    found = {item["name"]: item for item in answer.json()}
    assert found[target.model]["state"] == "READY"


def test_models_can_be_listed(target: Any) -> None:
    answer = target.http.get("/v2/models")
    if answer.status_code == 404:
        pytest.skip("there is no list")

    assert target.model in answer.json()["models"]


def test_health_has_a_body(target: Any) -> None:
    """The text of the specification shows bodies, its OpenAPI document has none."""
    live, ready = (target.http.get(f"/v2/health/{state}") for state in ("live", "ready"))
    model = target.http.get(f"{target.path}/ready")

    assert (live.json(), ready.json()) == ({"live": True}, {"ready": True})
    assert model.json() == {"name": target.model, "ready": True}
