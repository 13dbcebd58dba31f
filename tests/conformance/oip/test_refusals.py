"""Errors: a status that says whose they are, and a body that says what is wrong."""

import json
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.refusal


def refused(answer: httpx.Response, *statuses: int) -> None:
    """Check that an answer is an error as the specification has it."""
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"].split(";")[0] == "application/json"
    document = answer.json()
    assert list(document) == ["error"], document
    assert isinstance(document["error"], str)
    assert document["error"]
    assert "Traceback" not in document["error"]


@pytest.mark.parametrize("path", ["", "/ready"])
def test_an_unknown_model_is_not_found(target: Any, path: str) -> None:
    refused(target.http.get(f"/v2/models/no-such-model{path}"), 404)


def test_an_unknown_model_infers_nothing(target: Any) -> None:
    refused(target.http.post("/v2/models/no-such-model/infer", json=target.request), 404)


@pytest.mark.parametrize("version", ["99999", "x"])
def test_an_unknown_version_is_not_found(target: Any, version: str) -> None:
    path = f"{target.path}/versions/{version}"

    refused(target.http.get(path), 404)
    refused(target.http.post(f"{path}/infer", json=target.request), 404)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff", b"[" * 10_000, b'{"inputs":{}}']
)
def test_a_body_that_is_no_request_is_refused(target: Any, body: bytes) -> None:
    headers = {"content-type": "application/json"}

    refused(target.http.post(f"{target.path}/infer", content=body, headers=headers), 400)


def changed(target: Any, **members: Any) -> dict[str, Any]:
    """Return the request with members of its first input changed; ``None`` leaves one out."""
    first, *others = json.loads(json.dumps(target.request["inputs"]))
    first = {name: value for name, value in {**first, **members}.items() if value is not None}
    return {"inputs": [first, *others]}


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"name": None}, id="no name"),
        pytest.param({"shape": None}, id="no shape"),
        pytest.param({"datatype": None}, id="no datatype"),
        pytest.param({"data": None}, id="no data"),
        pytest.param({"shape": [7, 1]}, id="too few elements"),
        pytest.param({"shape": [-1, 1]}, id="a negative length"),
        pytest.param({"shape": "x"}, id="a shape that is a text"),
        pytest.param({"datatype": "FP31"}, id="an unknown datatype"),
        pytest.param({"data": {"a": 1}}, id="data that are an object"),
        pytest.param({"name": 5}, id="a name that is a number"),
    ],
)
def test_a_wrong_input_is_refused(target: Any, members: dict[str, Any]) -> None:
    refused(target.infer(changed(target, **members)), 400)


def test_a_request_without_inputs_is_refused(target: Any) -> None:
    refused(target.infer({}), 400)
    refused(target.infer({"inputs": []}), 400)


def test_an_unknown_output_is_refused(target: Any) -> None:
    refused(target.infer({**target.request, "outputs": [{"name": "no-such-output"}]}), 400)


def test_half_precision_is_refused_in_json(target: Any) -> None:
    refused(target.infer(changed(target, datatype="FP16")), 400)


def test_an_id_that_is_no_text_is_refused(target: Any) -> None:
    refused(target.infer({**target.request, "id": {"a": 1}}), 400)


def test_a_path_that_does_not_exist_is_not_found(target: Any) -> None:
    refused(target.http.get("/v2/no/such/path"), 404)


def test_another_method_is_not_allowed(target: Any) -> None:
    refused(target.http.get(f"{target.path}/infer"), 405)
