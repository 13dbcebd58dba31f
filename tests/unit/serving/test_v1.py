"""The V1 protocol, from bytes to bytes."""

from typing import Any

import numpy as np
import pytest

from support.pod import Caller, Response

PREDICT = "/v1/models/echo:predict"


def predict(echo: Caller, *rows: object) -> Response:
    return echo.post(PREDICT, {"instances": rows})


def test_outputs_come_by_name(echo: Caller) -> None:
    answer = predict(echo, {"class": 1.5, "count": 3, "flag": True, "rate": 2})

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == {
        "predictions": [
            {
                "class": 1.5,
                "count": 3.0,
                "flag": 1.0,
                "rate": 2.0,
                "row": [2.0, 1.5, 1.0, 3.0],
                "wide": 1.5,
                "whole": 1,
            }
        ]
    }


def test_rows_keep_their_order(echo: Caller) -> None:
    answer = predict(echo, *({"class": value} for value in range(8)))

    assert [row["class"] for row in answer.json["predictions"]] == list(range(8))


@pytest.mark.parametrize(
    ("row", "name", "expected"),
    [
        pytest.param({}, "rate", np.float32(0.1).item(), id="absent: the default"),
        pytest.param({"rate": None}, "rate", np.float32(0.1).item(), id="null: the default"),
        pytest.param({}, "count", None, id="absent without default: NaN, written as null"),
        pytest.param({"flag": None}, "flag", None, id="null without default: NaN"),
        pytest.param({"flag": False}, "flag", 0.0, id="false is no missing value"),
        pytest.param({"count": 2**53 - 1}, "count", 2.0**53, id="the largest exact integer"),
        pytest.param({"count": 2**53}, "count", None, id="an inexact integer is missing"),
        pytest.param({"count": -(10**30)}, "count", None, id="a huge integer is missing"),
        pytest.param({"unknown": [{}]}, "class", 1.0, id="unknown keys are ignored"),
        pytest.param({"rate": 1e39}, "rate", None, id="beyond float32: infinite, as null"),
    ],
)
def test_a_value_reaches_the_tensor(echo: Caller, row: Any, name: str, expected: object) -> None:
    answer = predict(echo, {"class": 1, **row})

    assert answer.json["predictions"][0][name] == expected


def test_a_float32_survives_the_way_through_json(echo: Caller) -> None:
    bits = np.array([0, 1, 0x3DCCCCCD, 0x7F7FFFFF, 0x80000001, 0x34000001], dtype=np.uint32)
    values = bits.view(np.float32)

    answer = predict(echo, *({"class": value} for value in values.tolist()))

    answered = np.array([row["class"] for row in answer.json["predictions"]], dtype=np.float32)
    assert answered.view(np.uint32).tolist() == bits.tolist()


def test_a_float64_is_rounded_once(echo: Caller) -> None:
    midpoint_and_a_bit = 1 + 2**-24 + 2**-50

    answer = predict(echo, {"class": midpoint_and_a_bit})

    assert answer.json["predictions"][0]["wide"] == 1 + 2**-23


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(
            {"instances": [{"class": 1}, {"rate": 1}]},
            "instances[1].class: required",
            id="a required feature is absent",
        ),
        pytest.param(
            {"instances": [{"class": None}]}, "instances[0].class: required", id="or null"
        ),
        pytest.param(
            {"instances": [{"class": "1"}]},
            "instances[0].class: expected number or null, got string",
            id="text for a number",
        ),
        pytest.param(
            {"instances": [{"class": True}]},
            "instances[0].class: expected number or null, got boolean",
            id="a boolean is no number",
        ),
        pytest.param(
            {"instances": [{"class": 1, "flag": 1}]},
            "instances[0].flag: expected boolean or null, got integer",
            id="a number is no boolean",
        ),
        pytest.param(
            {"instances": [{"class": 1, "count": 1.5}]},
            "instances[0].count: expected integer or null, got number",
            id="a fraction for an integer",
        ),
        pytest.param(
            {"instances": [[1, 2]]}, "instances[0]: expected object, got array", id="a bare row"
        ),
        pytest.param({"instances": []}, "instances: at least one row is required", id="no rows"),
        pytest.param({}, "body: object missing required field instances", id="no instances"),
        pytest.param([], "body: expected object, got array", id="no object"),
        pytest.param(b"", "body: Input data was truncated", id="no body"),
        pytest.param(
            b'{"instances":[{"class":NaN}]}',
            "body: JSON is malformed: invalid character (byte 23)",
            id="NaN is not JSON",
        ),
        pytest.param(
            b'{"instances":[{"x":' + b"[" * 2000 + b"]" * 2000 + b"}]}",
            "body: nested too deeply",
            id="a tower of lists",
        ),
    ],
)
def test_a_wrong_body_is_explained(echo: Caller, body: object, message: str) -> None:
    answer = echo.post(PREDICT, body)

    assert (answer.status, answer.json) == (400, {"error": message})


def test_too_many_rows_are_too_large(echo: Caller) -> None:
    answer = predict(echo, *[{"class": 1}] * 9)

    assert (answer.status, answer.json) == (413, {"error": "instances: 9 rows are more than 8"})


def test_models_can_be_listed(echo: Caller) -> None:
    assert echo.request("GET", "/v1/models").json == {"models": ["echo"]}
    assert echo.request("GET", "/v1/models/echo").json == {"name": "echo", "ready": True}
