"""The inference port: statuses, limits, and that nothing a caller sends is our failure."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings, strategies as st

from support.pod import Caller

PREDICT = "/v1/models/echo:predict"
INFER = "/v2/models/echo/infer"
ROW = b'{"instances":[{"class":1}]}'


@pytest.mark.parametrize(
    "path", ["/x", "/v2/models/other", "/v1/models/other:predict", "/healthz", "/é"]
)
def test_an_unknown_path_is_not_found(echo: Caller, path: str) -> None:
    answer = echo.request("GET", path)

    assert answer.status == 404
    assert list(answer.json) == ["error"]
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        pytest.param("GET", PREDICT, "POST", id="predict"),
        pytest.param("DELETE", INFER, "POST", id="infer"),
        pytest.param("POST", "/v2", "GET, HEAD", id="metadata"),
    ],
)
def test_another_method_is_not_allowed(echo: Caller, method: str, path: str, allowed: str) -> None:
    answer = echo.request(method, path)

    assert (answer.status, answer.headers["allow"]) == (405, allowed)
    assert list(answer.json) == ["error"]


def test_a_body_may_come_in_pieces(echo: Caller) -> None:
    answer = echo.request("POST", PREDICT, [ROW[:5], ROW[5:], b""])

    assert answer.status == 200


def test_a_body_is_read_up_to_the_limit_and_no_further(echo: Caller) -> None:
    def pieces() -> Iterator[bytes]:
        yield b" " * 4096
        yield b" "
        pytest.fail("more was read")

    answer = echo.request("POST", PREDICT, pieces())

    assert answer.json == {"error": "body: longer than 4096 bytes"}
    assert answer.status == 413


def test_a_failure_of_ours_says_nothing_about_itself(
    echo: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelspec_serving.dataplane.scoring._pick", lambda *_: 1 / 0)

    answer = echo.request("POST", PREDICT, [ROW])

    assert (answer.status, answer.json) == (500, {"error": "internal error"})


def test_a_stopping_pod_is_alive_but_not_ready_and_lets_its_clients_go(echo: Caller) -> None:
    echo.readiness.is_draining = True
    try:
        ready = [
            *(
                echo.request("GET", f"/v2/{path}")
                for path in ("health/ready", "models/echo/ready")
            ),
            echo.request("GET", "/v1/models/echo"),
            echo.request("GET", "/readyz", admin=True),
        ]
        live = [
            echo.request("GET", "/v2/health/live"),
            echo.request("GET", "/healthz", admin=True),
            echo.request("POST", PREDICT, [ROW]),
        ]
    finally:
        echo.readiness.is_draining = False

    assert [answer.status for answer in ready] == [503] * 4
    assert all(list(answer.json) == ["error"] for answer in ready)
    assert [answer.status for answer in live] == [200] * 3
    assert live[2].headers["connection"] == "close"


def test_the_admin_port_tells_what_is_served(echo: Caller) -> None:
    document = echo.request("GET", "/snapshot", admin=True).json

    assert (document["name"], document["version"]) == ("echo", 3)
    assert sorted(document["parts"]) == ["feature-fetching.json", "models.json"]


@pytest.mark.parametrize(("method", "status"), [("GET", 404), ("POST", 405)])
def test_errors_of_the_admin_port_have_the_same_shape(
    echo: Caller, method: str, status: int
) -> None:
    path = "/v2" if method == "GET" else "/snapshot"
    answer = echo.request(method, path, admin=True)

    assert answer.status == status
    assert list(answer.json) == ["error"]


NAMES = st.sampled_from(
    ["instances", "inputs", "outputs", "name", "shape", "datatype", "data", "id", "class", "count"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
INPUT = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["class", "count", "flag", "rate", "x"]),
        "shape": st.lists(st.integers(-1, 3), max_size=3) | st.just([1]),
        "datatype": st.sampled_from(["FP64", "FP32", "INT64", "INT8", "UINT64", "BOOL", "BYTES"]),
        "data": JSON | st.lists(st.floats(allow_nan=False) | st.integers() | st.none()),
    }
)
ANY_BODY = st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode())


@pytest.mark.parametrize("path", [PREDICT, INFER])
@given(body=ANY_BODY)
@example(body=b'{"inputs":[],"id":"\xff"}')
@example(body=b'{"instances":[{"class":1,"count":' + b"9" * 4300 + b"}]}")
@settings(max_examples=50, deadline=None)
def test_no_body_is_our_failure(echo: Caller, path: str, body: bytes) -> None:
    assert echo.request("POST", path, [body]).status in {200, 400, 413}


@given(rows=st.lists(st.dictionaries(st.sampled_from(["class", "count", "flag", "rate"]), JSON)))
@settings(max_examples=50, deadline=None)
def test_no_row_is_our_failure(echo: Caller, rows: Any) -> None:
    assert echo.post(PREDICT, {"instances": rows}).status in {200, 400, 413}


@given(inputs=st.lists(INPUT, max_size=3))
@settings(max_examples=100, deadline=None)
def test_no_tensor_is_our_failure(echo: Caller, inputs: Any) -> None:
    assert echo.post(INFER, {"inputs": inputs}).status in {200, 400, 413}
