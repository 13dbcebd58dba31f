"""What a pod makes of values that a feature may not have, and of features that there are not."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from support.pod import Caller, Document, Response, call, joining_graph, load, mount

PREDICT = "/v1/models/limited:predict"
INFER = "/v2/models/limited/infer"

COLUMNS = ["age", "amount", "ratio", "is_no", "is_known"]

SPEC: Document = {
    "featureFetching": {
        "features": [
            {"name": "age", "type": "Int64", "minimum": "18", "maximum": "120"},
            {
                "name": "amount",
                "type": "Float64",
                "required": True,
                "minimum": "0",
                "maximum": "1e6",
                "onOutOfRange": "Clamp",
            },
            {"name": "country", "type": "String", "allowedValues": ["SE", "NO"]},
            {
                "name": "ratio",
                "type": "Float64",
                "default": "0.5",
                "minimum": "0.25",
                "maximum": "1",
                "onOutOfRange": "UseNull",
            },
            {
                "name": "region",
                "type": "String",
                "onOutOfRange": "UseNull",
                "allowedValues": ["Oslo", "Bergen"],
            },
        ]
    },
    "preprocessing": {
        "derived": [
            {"name": "is_no", "type": "Bool", "expr": 'country == "NO"'},
            {"name": "is_known", "type": "Bool", "expr": "not_null(region)"},
        ]
    },
    "models": [
        {
            "name": "limited",
            "artifact": {"type": "ConfigMap", "configMap": {"name": "limited", "key": "m"}},
            "inputs": [{"name": "X", "featureNames": COLUMNS}],
            "outputs": [{"name": "row"}],
        }
    ],
}

KNOWN = "features: age, amount, country, ratio, region"

ROW = {"age": 30, "amount": 5.0, "country": "NO", "ratio": 0.75, "region": "Oslo"}


def _mounted(root: Path, unknown_fields: str | None) -> Any:
    spec = deepcopy(SPEC)
    if unknown_fields:
        request = {"unknownFields": unknown_fields}
        sources = [{"name": "request", "type": "Request", "request": request}]
        spec["featureFetching"]["sources"] = sources
    return mount(root, spec, joining_graph(("X", len(COLUMNS))))


@pytest.fixture(scope="module")
def open_pod(tmp_path_factory: pytest.TempPathFactory) -> Caller:
    """Return a caller of a pod that ignores what it does not know."""
    return call(_mounted(tmp_path_factory.mktemp("open"), None))


@pytest.fixture(scope="module")
def strict_pod(tmp_path_factory: pytest.TempPathFactory) -> Caller:
    """Return a caller of a pod that refuses what it does not know."""
    return call(_mounted(tmp_path_factory.mktemp("strict"), "Reject"))


def predict(pod: Caller, *rows: object) -> Response:
    return pod.post(PREDICT, {"instances": rows})


def infer(pod: Caller, *rows: Document) -> Response:
    """Return the answer to rows as tensors: one input for each key of the first row."""
    inputs = [_tensor(name, *(row[name] for row in rows)) for name in rows[0]]
    return pod.post(INFER, {"inputs": inputs})


def _tensor(name: str, *data: Any) -> Document:
    datatypes = {"age": "INT64", "country": "BYTES", "region": "BYTES"}
    datatype = datatypes.get(name, "FP64")
    return {"name": name, "datatype": datatype, "shape": [len(data)], "data": data}


def _cells(answer: Response) -> list[Any]:
    """Return the last row that the graph got, whichever protocol it came by."""
    document = answer.json
    if "predictions" in document:
        cells: list[Any] = document["predictions"][-1]["row"]
        return cells
    return list(document["outputs"][0]["data"][-len(COLUMNS) :])


@pytest.mark.parametrize("ask", [predict, infer])
@pytest.mark.parametrize(
    ("change", "column", "expected"),
    [
        pytest.param({"amount": -0.5}, "amount", 0, id="clamped from below"),
        pytest.param({"amount": 1e300}, "amount", 1e6, id="clamped from above"),
        pytest.param({"amount": 1e6}, "amount", 1e6, id="a bound itself"),
        pytest.param({"ratio": 0.125}, "ratio", None, id="null, not the default"),
        pytest.param({"ratio": None}, "ratio", 0.5, id="the default when missing"),
        pytest.param({"region": "Paris"}, "is_known", 0, id="null for another text"),
        pytest.param({"region": "Bergen"}, "is_known", 1, id="an allowed text"),
        pytest.param({"age": 18}, "age", 18, id="the smallest"),
        pytest.param({"age": None}, "age", None, id="missing is not out of range"),
        pytest.param({"age": 2**53}, "age", None, id="an inexact integer is missing"),
        pytest.param({"country": None}, "is_no", None, id="a missing text, too"),
    ],
)
def test_a_value_is_what_its_policy_makes_of_it(
    open_pod: Caller, ask: Any, change: Document, column: str, expected: object
) -> None:
    answer = ask(open_pod, {**ROW, **change})

    assert answer.status == 200, answer.json
    assert dict(zip(COLUMNS, _cells(answer), strict=True))[column] == expected


@pytest.mark.parametrize(
    ("change", "feature", "problem"),
    [
        ({"age": -3}, "age", "must be at least 18, got -3"),
        ({"age": 121}, "age", "must be at most 120, got 121"),
        ({"country": "Norway"}, "country", "must be one of 'NO', 'SE', got 'Norway'"),
    ],
)
def test_a_refused_value_is_named_with_its_row(
    open_pod: Caller, change: Document, feature: str, problem: str
) -> None:
    rows = [ROW, ROW, ROW, {**ROW, **change}]
    by_rows, by_tensors = predict(open_pod, *rows), infer(open_pod, *rows)

    assert (by_rows.status, by_tensors.status) == (400, 400)
    assert by_rows.json == {"error": f"instances[3].{feature}: {problem}"}
    assert by_tensors.json == {"error": f"inputs[{feature}].data[3]: {problem}"}


def test_a_required_feature_must_still_be_there(open_pod: Caller) -> None:
    answer = predict(open_pod, ROW, {**ROW, "amount": None})

    assert (answer.status, answer.json) == (400, {"error": "instances[1].amount: required"})


def test_what_is_unknown_is_ignored_by_default(open_pod: Caller) -> None:
    rows = [{**ROW, "agee": 5.0}, {**ROW, "agee": 7.0}]
    stranger = {**_tensor("agee"), "datatype": "?", "shape": [], "data": {"a": 1}}
    tensors = [_tensor(name, value) for name, value in ROW.items()]

    answers = [
        predict(open_pod, *rows),
        infer(open_pod, *rows),
        open_pod.post(INFER, {"inputs": [stranger, *tensors]}),
    ]

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert {tuple(_cells(answer)) for answer in answers} == {(30, 5, 0.75, 1, 1)}


def test_tensors_of_which_none_is_known_tell_of_no_rows(open_pod: Caller) -> None:
    answer = open_pod.post(INFER, {"inputs": [_tensor("agee", 5.0)]})

    expected = "inputs[0].name: 'agee' is not an input; did you mean 'age'?"
    assert (answer.status, answer.json) == (400, {"error": expected})


def test_the_rows_of_known_tensors_are_compared_by_their_own_positions(open_pod: Caller) -> None:
    inputs = [_tensor("x", 1.0, 2.0), _tensor("amount", 1.0), _tensor("age", 18, 19)]

    answer = open_pod.post(INFER, {"inputs": inputs})

    expected = "inputs[2].shape: 2 rows, but inputs[1] has 1"
    assert (answer.status, answer.json) == (400, {"error": expected})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("agee", "agee: unknown feature; did you mean 'age'?"),
        ("f0", f"f0: unknown feature; {KNOWN}"),
        ("a` - at `$x", f"a` - at `$x: unknown feature; {KNOWN}"),
        ("z" * 99, f"{'z' * 64}: unknown feature; {KNOWN}"),
        ("\n", f"\n: unknown feature; {KNOWN}"),
    ],
)
def test_an_unknown_key_is_refused_where_that_is_asked_for(
    strict_pod: Caller, name: str, message: str
) -> None:
    answer = predict(strict_pod, ROW, {**ROW, name: [{}]})

    assert (answer.status, answer.json) == (400, {"error": f"instances[1].{message}"})


def test_an_unknown_input_is_refused_where_that_is_asked_for(strict_pod: Caller) -> None:
    answer = infer(strict_pod, {**ROW, "agee": 5.0})

    expected = "inputs[5].name: 'agee' is not an input; did you mean 'age'?"
    assert (answer.status, answer.json) == (400, {"error": expected})


def test_a_pod_that_refuses_what_it_does_not_know_takes_all_that_it_knows(
    strict_pod: Caller,
) -> None:
    for answer in (predict(strict_pod, ROW), infer(strict_pod, ROW)):
        assert (answer.status, _cells(answer)) == (200, [30, 5, 0.75, 1, 1])


def test_a_pod_becomes_ready_with_a_row_within_the_limits(tmp_path: Path) -> None:
    decision = load(_mounted(tmp_path, "Reject"))

    (answer,) = decision.answering.answer([decision.shape.blank()])
    assert answer["row"] == [18, 0, 0.25, 1, 1]
