"""The V2 protocol, from bytes to bytes."""

from typing import Any

import numpy as np
import pytest

from support.pod import Caller, Response

INFER = "/v2/models/echo/infer"


def tensor(name: str, datatype: str, data: Any, shape: list[int] | None = None) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape or [len(data)], "data": data}


def infer(echo: Caller, *inputs: object, **members: object) -> Response:
    return echo.post(INFER, {"inputs": inputs, **members})


def answered(answer: Response, name: str) -> Any:
    return next(item["data"] for item in answer.json["outputs"] if item["name"] == name)


ONE = tensor("class", "FP64", [1.0])


def test_an_answer_names_what_gave_it(echo: Caller) -> None:
    answer = infer(echo, ONE, id="42")

    document = answer.json
    assert answer.status == 200
    assert document["model_name"] == "echo"
    assert document["model_version"] == "3"
    assert document["id"] == "42"
    assert len(document["parameters"]["snapshot"]) == 64


def test_an_id_is_made_when_none_is_given(echo: Caller) -> None:
    first, second = (infer(echo, ONE).json["id"] for _ in range(2))

    assert first != second


def test_outputs_follow_the_snapshot_with_the_graphs_types(echo: Caller) -> None:
    answer = infer(echo, tensor("class", "FP64", [1.5, 2.5]))

    outputs = [(o["name"], o["datatype"], o["shape"]) for o in answer.json["outputs"]]
    assert outputs == [
        ("class", "FP32", [2, 1]),
        ("count", "FP32", [2, 1]),
        ("flag", "FP32", [2, 1]),
        ("rate", "FP32", [2, 1]),
        ("row", "FP32", [2, 4]),
        ("whole", "INT64", [2, 1]),
        ("wide", "FP64", [2, 1]),
    ]
    assert answered(answer, "row") == [
        *(np.float32(0.1).item(), 1.5, None, None),
        *(np.float32(0.1).item(), 2.5, None, None),
    ]


def test_a_request_filters_and_orders_outputs(echo: Caller) -> None:
    answer = infer(echo, ONE, outputs=[{"name": "whole"}, {"name": "class"}])

    assert [item["name"] for item in answer.json["outputs"]] == ["whole", "class"]


@pytest.mark.parametrize(
    ("item", "name", "expected"),
    [
        pytest.param(tensor("rate", "FP64", [[2], [3]], [2, 1]), "rate", [2, 3], id="nested"),
        pytest.param(tensor("rate", "FP64", [2, 3], [2, 1]), "rate", [2, 3], id="flat, two axes"),
        pytest.param(tensor("rate", "INT8", [2, -3]), "rate", [2, -3], id="small integers"),
        pytest.param(tensor("rate", "UINT64", [2, 3]), "rate", [2, 3], id="unsigned integers"),
        pytest.param(tensor("rate", "FP32", [2.5, None]), "rate", [2.5, 0.1], id="null"),
        pytest.param(tensor("count", "INT64", [2**53, 7]), "count", [None, 7], id="inexact"),
        pytest.param(tensor("count", "UINT64", [2**70, 7]), "count", [None, 7], id="huge"),
        pytest.param(tensor("count", "FP64", [2.0, 1e300]), "count", [2, None], id="whole floats"),
        pytest.param(tensor("flag", "BOOL", [True, 0]), "flag", [1, 0], id="booleans"),
        pytest.param(tensor("count", "FP32", [1e39, 7]), "count", [None, 7], id="beyond float32"),
        pytest.param(tensor("rate", "FP32", [-1e39, 7]), "rate", [0.1, 7], id="infinite: default"),
    ],
)
def test_an_input_is_read(
    echo: Caller, item: Any, name: str, expected: list[float | None]
) -> None:
    answer = infer(echo, tensor("class", "FP64", [1, 1]), item)

    values = [None if value is None else np.float32(value).item() for value in expected]
    assert answered(answer, name) == values


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        pytest.param([], "inputs: at least one input is required", id="no inputs"),
        pytest.param(
            [tensor("rate", "FP64", [1.0])], "inputs[class].data[0]: required", id="not required"
        ),
        pytest.param(
            [tensor("class", "FP64", [1.0, None])], "inputs[class].data[1]: required", id="null"
        ),
        pytest.param(
            [tensor("clas", "FP64", [1.0])],
            "inputs[0].name: 'clas' is not an input; did you mean 'class'?",
            id="a slip",
        ),
        pytest.param(
            [tensor("zzz", "FP64", [1.0])],
            "inputs[0].name: 'zzz' is not an input; inputs: class, count, flag, rate",
            id="a stranger",
        ),
        pytest.param([ONE, ONE], "inputs[1].name: 'class' is given twice", id="twice"),
        pytest.param(
            [ONE, tensor("rate", "FP64", [1, 2])],
            "inputs[1].shape: 2 rows, but inputs[0] has 1",
            id="other rows",
        ),
        pytest.param(
            [tensor("class", "FP64", [1], [1, 2])],
            "inputs[0].shape: must be [rows] or [rows, 1]",
            id="too wide",
        ),
        pytest.param(
            [tensor("class", "FP64", [1], [-1])],
            "inputs[0].shape: at least one row is required",
            id="negative",
        ),
        pytest.param(
            [tensor("class", "FP64", [1], [2])],
            "inputs[0].data: 1 elements do not fill shape [2]",
            id="too few",
        ),
        pytest.param(
            [tensor("class", "FP64", ["a"])],
            "inputs[0].data[0]: expected number or null, got string",
            id="text",
        ),
        pytest.param(
            [tensor("class", "INT8", [300])],
            "inputs[0].data[0]: expected integer <= 127",
            id="outside the datatype",
        ),
        pytest.param(
            [tensor("class", "INT64", [2**53 + 1])],
            "inputs[0].data[0]: 9007199254740993 is not exactly a value of type Float64",
            id="not exact",
        ),
        pytest.param(
            [ONE, tensor("count", "FP64", [2.5])],
            "inputs[1].data[0]: 2.5 is not exactly a value of type Int64",
            id="a fraction",
        ),
        pytest.param(
            [ONE, tensor("flag", "BOOL", [2])],
            "inputs[1].data[0]: 2 is not exactly a value of type Bool",
            id="two is no boolean",
        ),
        pytest.param(
            [tensor("class", "BOOL", [True])],
            "inputs[0].datatype: 'BOOL' is not accepted for a feature of type Float64; accepted:"
            " FP16, FP32, FP64, INT16, INT32, INT64, INT8, UINT16, UINT32, UINT64, UINT8",
            id="a boolean is no number",
        ),
        pytest.param(
            [ONE, tensor("flag", "INT8", [1])],
            "inputs[1].datatype: 'INT8' is not accepted for a feature of type Bool;"
            " accepted: BOOL",
            id="a number is no boolean",
        ),
    ],
)
def test_a_wrong_input_is_explained(echo: Caller, inputs: list[Any], message: str) -> None:
    answer = infer(echo, *inputs)

    assert (answer.status, answer.json) == (400, {"error": message})


def test_an_unknown_output_is_named(echo: Caller) -> None:
    answer = infer(echo, ONE, outputs=[{"name": "hole"}])

    expected = "outputs[0].name: 'hole' is not an output; did you mean 'whole'?"
    assert (answer.status, answer.json) == (400, {"error": expected})


def test_an_enormous_shape_is_refused_before_its_data_is_read(echo: Caller) -> None:
    answer = infer(echo, tensor("class", "FP64", "not even a list", [10**30]))

    assert answer.status == 413


def test_the_server_describes_itself_and_its_model(echo: Caller) -> None:
    metadata = echo.request("GET", "/v2/models/echo").json

    assert echo.request("GET", "/v2").json["name"] == "modelspec-serving"
    assert metadata["versions"] == ["3"]
    assert metadata["platform"] == "onnx_onnxv1"
    assert [(item["name"], item["datatype"]) for item in metadata["inputs"]] == [
        ("class", "FP64"),
        ("count", "INT64"),
        ("flag", "BOOL"),
        ("rate", "FP64"),
    ]
    row = {"name": "row", "datatype": "FP32", "shape": [-1, 4]}
    assert row in metadata["outputs"]


def test_the_own_version_may_be_named_and_no_other(echo: Caller) -> None:
    own = echo.post("/v2/models/echo/versions/3/infer", {"inputs": [ONE]})
    other = echo.post("/v2/models/echo/versions/2/infer", {"inputs": [ONE]})

    assert (own.status, other.status) == (200, 404)
