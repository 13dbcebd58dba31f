"""From a request with texts, times and lists to the tensors that the graph gets."""

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelspec.compiler.programs import read_program
from modelspec.compiler.tensors import transform
from modelspec.snapshot.reader import read_snapshot
from modelspec_serving.artifacts import read_files
from modelspec_serving.lifecycle.load import RefusedError
from modelspec_serving.settings import Settings
from support.pod import Caller, Document, Response, call, echo_graph, joining_graph, load, mount
from support.specs import PREPROCESSED_SPEC

PREDICT = "/v1/models/scorer:predict"
INFER = "/v2/models/scorer/infer"

CONTEXT = PREPROCESSED_SPEC["models"][0]["inputs"][0]["featureNames"]
NUMBERS = PREPROCESSED_SPEC["models"][0]["inputs"][1]["featureNames"]

COLUMNS = [*("hour_of_day", "mcc_5967", "mcc_4111", "is_gift"), *NUMBERS]
"""The vector takes two columns."""

ROW = {
    "amount": 50.0,
    "avg_amount": 20,
    "at": "2026-03-01T14:30:00+01:00",
    "opened": "2026-02-20T13:30:00Z",
    "mcc": "5967",
    "branch": 7,
    "tags": ["gift", "new"],
    "amounts": [1.5, 2, 3.25],
}

EXPECTED = {
    "hour_of_day": 13,
    "mcc_5967": 1,
    "mcc_4111": 0,
    "is_gift": 1,
    "amount": 50,
    "ratio": 2.5,
    "age_bin": 2,
    "scaled": 9.375,
    "limited": 50,
    "imputed": 20,
    "risk": np.float32(0.3).item(),
    "curved": np.float32(0.5 + 0.5 * 40 / 90).item(),
    "powered": np.float32((51.0**0.5 - 1) / 0.5).item(),
    "is_branch": 1,
    "mcc_code": 0,
    "total": 6.75,
}


@pytest.fixture(scope="module")
def spec() -> Document:
    """Return a specification with everything, whose model answers what it was given."""
    spec = deepcopy(PREPROCESSED_SPEC)
    spec["models"][0]["outputs"] = [{"name": "row"}]
    return spec


@pytest.fixture(scope="module")
def mounted(spec: Document, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    graph = joining_graph(("context", 4), ("numbers", len(NUMBERS)))
    return mount(tmp_path_factory.mktemp("scorer"), spec, graph)


@pytest.fixture(scope="module")
def scorer(mounted: Settings) -> Caller:
    return call(mounted)


def predict(scorer: Caller, *rows: object) -> Response:
    return scorer.post(PREDICT, {"instances": rows})


def cells(answer: Response, row: int = 0) -> dict[str, Any]:
    return dict(zip(COLUMNS, answer.json["predictions"][row]["row"], strict=True))


def test_a_request_of_every_type_is_preprocessed(scorer: Caller) -> None:
    answer = predict(scorer, ROW)

    assert answer.status == 200
    assert cells(answer) == EXPECTED


@pytest.mark.parametrize(
    ("change", "column", "expected"),
    [
        pytest.param({"mcc": "0000"}, "risk", np.float32(0.0131).item(), id="an unknown key"),
        pytest.param({"mcc": None}, "risk", np.float32(0.1).item(), id="the default text: ''"),
        pytest.param({"mcc": "0000"}, "mcc_code", 9, id="the code of an unknown key"),
        pytest.param({"opened": None}, "age_bin", 3, id="the default time"),
        pytest.param({"avg_amount": None}, "ratio", 0, id="null that coalesce() ends"),
        pytest.param({"avg_amount": 0}, "ratio", 0, id="a division by zero is null"),
        pytest.param({"avg_amount": None}, "imputed", 20.5, id="null that a parameter ends"),
        pytest.param({"tags": None}, "is_gift", None, id="null that nothing ends"),
        pytest.param({"tags": []}, "is_gift", 0, id="an empty list is not null"),
        pytest.param({"branch": 2**53}, "is_branch", 0, id="an inexact integer is null: no key"),
        pytest.param({"branch": -3}, "is_branch", 1, id="a negative key"),
        pytest.param({"amounts": [1e308, 1e308]}, "total", None, id="an overflow is null"),
        pytest.param({"amounts": [1e39]}, "total", None, id="too large for float32"),
        pytest.param(
            {"at": "2026-03-01T23:59:59.999999-08:00"}, "hour_of_day", 7, id="times are in UTC"
        ),
    ],
)
def test_what_is_missing_or_unusual_has_a_meaning(
    scorer: Caller, change: Document, column: str, expected: object
) -> None:
    assert cells(predict(scorer, {**ROW, **change}))[column] == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"at": None}, "instances[0].at: required", id="no time"),
        pytest.param(
            {"at": 5},
            "instances[0].at: expected RFC 3339 time or null, got integer",
            id="a number",
        ),
        pytest.param(
            {"at": "yesterday"},
            "instances[0].at: invalid RFC3339 encoded datetime",
            id="no RFC 3339",
        ),
        pytest.param(
            {"at": "2026-01-02T03:04:05"},
            "instances[0].at: expected RFC 3339 time with a timezone component",
            id="a time without an offset",
        ),
        pytest.param(
            {"mcc": "59670"}, "instances[0].mcc: expected string of length <= 4", id="a long text"
        ),
        pytest.param(
            {"mcc": 5967},
            "instances[0].mcc: expected string or null, got integer",
            id="a number for a text",
        ),
        pytest.param(
            {"tags": "gift"}, "instances[0].tags: expected array or null, got string", id="no list"
        ),
        pytest.param(
            {"tags": ["a", "b", "c", "d"]},
            "instances[0].tags: expected array of length <= 3",
            id="a long list",
        ),
        pytest.param(
            {"tags": ["a", "123456789"]},
            "instances[0].tags[1]: expected string of length <= 8",
            id="a long item",
        ),
        pytest.param(
            {"amounts": [1, None]},
            "instances[0].amounts[1]: expected number, got null",
            id="a hole in a list",
        ),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_path(
    scorer: Caller, change: Document, message: str
) -> None:
    answer = predict(scorer, {**ROW, **change})

    assert (answer.status, answer.json) == (400, {"error": message})


def test_the_row_that_lacks_a_feature_is_named(scorer: Caller) -> None:
    answer = predict(scorer, ROW, {**ROW, "amount": None})

    assert (answer.status, answer.json) == (400, {"error": "instances[1].amount: required"})


def test_many_rows_have_the_bits_of_single_rows_and_of_columns(
    scorer: Caller, mounted: Settings
) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    rows = [
        {
            **ROW,
            "amount": 0.1 * number,
            "avg_amount": 0.7 * (number % 5) or None,
            "at": (start + timedelta(hours=7 * number)).isoformat(),
            "mcc": ["5967", "4111", "x", None][number % 4],
        }
        for number in range(40)
    ]

    def tensor(*answers: Response) -> Any:
        listed = [item["row"] for answer in answers for item in answer.json["predictions"]]
        return np.array(listed, dtype=np.float32)

    together = tensor(predict(scorer, *rows))
    singly = tensor(*(predict(scorer, row) for row in rows))
    contents = read_snapshot(read_files(mounted.snapshot_directory))
    program = read_program(contents.feature_fetching, contents.preprocessing)
    frame = {name: [row[name] for row in rows] for name in ROW}
    in_columns = transform(program, frame, [*CONTEXT, *NUMBERS])

    assert singly.tobytes() == together.tobytes() == in_columns.tobytes()


def test_a_single_row_leaves_earlier_answers_alone(mounted: Settings) -> None:
    decision = load(mounted)
    blank = decision.shape.blank()
    other = decision.shape.row_type(*[getattr(blank, field) for field in blank.__struct_fields__])
    setattr(other, other.__struct_fields__[0], 7.0)

    first = decision.answering.answer([blank])
    before = deepcopy(first)
    second = decision.answering.answer([other])

    assert repr(first) == repr(before) != repr(second)


def _tensor(name: str, datatype: str, *data: Any) -> Document:
    return {"name": name, "datatype": datatype, "shape": [len(data)], "data": data}


V2_INPUTS = [
    _tensor("amount", "FP64", 50.0),
    _tensor("avg_amount", "FP32", 20),
    _tensor("at", "BYTES", ROW["at"]),
    _tensor("opened", "BYTES", ROW["opened"]),
    _tensor("mcc", "BYTES", "5967"),
    _tensor("branch", "INT64", 7),
]


def infer(scorer: Caller, *inputs: object) -> Response:
    return scorer.post(INFER, {"inputs": inputs})


def test_texts_and_times_are_bytes_in_tensors(scorer: Caller) -> None:
    answer = infer(scorer, *V2_INPUTS)

    row = dict(zip(COLUMNS, answer.json["outputs"][0]["data"], strict=True))
    assert answer.status == 200
    assert row == {**EXPECTED, "is_gift": None, "total": None}


@pytest.mark.parametrize(
    ("item", "message"),
    [
        pytest.param(
            _tensor("mcc", "BYTES", "59670"),
            "inputs[2].data[0]: expected string of length <= 4",
            id="long",
        ),
        pytest.param(
            {**_tensor("mcc", "BYTES", 1), "data": [["59670"]]},
            "inputs[2].data[0][0]: expected string of length <= 4",
            id="nested",
        ),
        pytest.param(
            _tensor("opened", "BYTES", "2026-01-02"),
            "inputs[2].data[0]: invalid RFC3339 encoded datetime",
            id="a day",
        ),
        pytest.param(
            _tensor("mcc", "INT64", 5967),
            "inputs[2].datatype: 'INT64' is not accepted for a feature of type String;"
            " accepted: BYTES",
            id="a number for a text",
        ),
        pytest.param(
            _tensor("amount", "BYTES", "1"),
            "inputs[2].datatype: 'BYTES' is not accepted for a feature of type Float64; accepted:"
            " FP16, FP32, FP64, INT16, INT32, INT64, INT8, UINT16, UINT32, UINT64, UINT8",
            id="a text for a number",
        ),
        pytest.param(
            _tensor("tags", "BYTES", "gift"),
            "inputs[2].name: 'tags' is a List; tensors cannot carry lists, use the V1 protocol",
            id="a list",
        ),
    ],
)
def test_a_wrong_input_of_a_new_type_is_explained(
    scorer: Caller, item: Document, message: str
) -> None:
    branch, at = _tensor("branch", "INT64", 7), _tensor("at", "BYTES", ROW["at"])

    answer = infer(scorer, branch, at, item)

    assert (answer.status, answer.json) == (400, {"error": message})


def test_metadata_names_every_feature_that_a_tensor_can_carry(scorer: Caller) -> None:
    inputs = scorer.request("GET", "/v2/models/scorer").json["inputs"]

    assert {item["name"]: item["datatype"] for item in inputs} == {
        "amount": "FP64",
        "at": "BYTES",
        "avg_amount": "FP64",
        "branch": "INT64",
        "mcc": "BYTES",
        "opened": "BYTES",
    }


def test_a_required_list_sends_callers_of_v2_to_v1(spec: Document, tmp_path: Path) -> None:
    spec = deepcopy(spec)
    spec["featureFetching"]["features"][6]["required"] = True
    graph = joining_graph(("context", 4), ("numbers", len(NUMBERS)))

    answer = infer(call(mount(tmp_path, spec, graph)), *V2_INPUTS)

    expected = "inputs[tags]: required; tensors cannot carry lists, use the V1 protocol"
    assert (answer.status, answer.json) == (400, {"error": expected})


def test_the_admin_port_tells_the_digest_of_the_preprocessing(scorer: Caller) -> None:
    parts = scorer.request("GET", "/snapshot", admin=True).json["parts"]

    assert sorted(parts) == ["feature-fetching.json", "models.json", "preprocessing.json"]


def _refusal(root: Path, spec: Document, graph: bytes) -> list[str]:
    with pytest.raises(RefusedError) as caught:
        load(mount(root, spec, graph))
    return str(caught.value).split("\n")


def test_a_vector_counts_with_its_width(spec: Document, tmp_path: Path) -> None:
    graph = joining_graph(("context", 3), ("numbers", len(NUMBERS)))

    assert _refusal(tmp_path, spec, graph) == [
        (
            "MS419 spec.models[0].inputs[0].featureNames: [N,4] does not match graph input"
            " 'context' float[N,3]"
        )
    ]


def test_a_column_that_is_no_number_is_refused(spec: Document, tmp_path: Path) -> None:
    spec = deepcopy(spec)
    spec["models"][0]["inputs"][0]["featureNames"][2] = "mcc"
    graph = joining_graph(("context", 4), ("numbers", len(NUMBERS)))

    assert _refusal(tmp_path, spec, graph) == [
        (
            "MS422 spec.models[0].inputs[0].featureNames[2]: 'mcc' is a string, tensor is Float32;"
            " derive a numeric feature"
        )
    ]


def test_an_expression_that_this_runtime_does_not_know_is_refused(
    spec: Document, tmp_path: Path
) -> None:
    spec = deepcopy(spec)
    spec["preprocessing"]["derived"][0]["expr"] = "from_the_future(amount)"

    assert _refusal(tmp_path, spec, echo_graph()) == [
        "MS302 spec.preprocessing.derived[11].expr: column 1: unknown function 'from_the_future'"
    ]


def test_a_parameter_that_is_not_canonical_is_refused(
    mounted: Settings, spec: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelspec.snapshot.logic.canonical_float", lambda _: "many")

    (refused,) = _refusal(tmp_path, spec, echo_graph())

    assert refused.startswith("MS616 snapshot: cannot be read: ")


def test_one_changed_byte_of_the_preprocessing_is_refused(spec: Document, tmp_path: Path) -> None:
    settings = mount(tmp_path, spec, echo_graph())
    path = tmp_path / "snapshot" / "preprocessing.json"
    changed = json.loads(path.read_text())
    changed["derived"][0]["expr"] += " "
    path.write_text(json.dumps(changed))

    with pytest.raises(RefusedError, match=r"^MS616 snapshot\[preprocessing.json\]: digest"):
        load(settings)
