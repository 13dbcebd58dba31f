"""What pods answer where pipeline and postprocessing decide, of one model, several or none."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from onnx import TensorProto, helper

from modelspec.sessions import Session, SessionError
from modelspec_serving.lifecycle.load import RefusedError
from support.effort import examples
from support.pod import Caller, Document, Response, call, load, mount, serialized, value

PREDICT, INFER = "/v1/models/gbdt:predict", "/v2/models/gbdt/infer"


def _scaled(factor: float) -> bytes:
    """Return a graph that multiplies its input, a column, and says beside it what it was."""
    node = helper.make_node("Mul", ["x", "factor"], ["scaled"])
    both = helper.make_node("Concat", ["scaled", "x"], ["y"], axis=1)
    weight = helper.make_tensor("factor", TensorProto.FLOAT, [1], [factor])
    x, y = value("x", TensorProto.FLOAT, "N", 1), value("y", TensorProto.FLOAT, "N", 2)
    return serialized(helper.make_graph([node, both], "scaled", [x], [y], [weight]))


GRAPHS = {"gbdt": _scaled(0.5), "nn": _scaled(0.25)}


def _model(name: str) -> Document:
    return {
        "name": name,
        "artifact": {"type": "ConfigMap", "configMap": {"name": name, "key": "m"}},
        "inputs": [{"name": "x", "featureNames": ["x"]}],
        "outputs": [
            {"name": f"{name}_score", "tensor": "y", "index": 0},
            {"name": f"{name}_r001", "tensor": "y", "index": 1},
        ],
    }


SPEC: Document = {
    "featureFetching": {
        "features": [
            {"name": "account", "type": "String", "required": True},
            {"name": "amount", "type": "Float64", "maximum": "1e6"},
            {"name": "x", "type": "Float64"},
        ]
    },
    "models": [_model("gbdt"), _model("nn")],
    "pipeline": {
        "routes": [
            {
                "name": "large",
                "when": "amount > 1000.0",
                "type": "Ensemble",
                "ensemble": {
                    "combine": "WeightedMean",
                    "members": [
                        {"outputName": "gbdt_score", "weight": 75},
                        {"outputName": "nn_score", "weight": 25},
                    ],
                },
            },
            {
                "name": "experiment",
                "when": 'account != "b"',
                "type": "Split",
                "split": {
                    "keyFeatureName": "account",
                    "salt": "exp",
                    "arms": [
                        {"name": "control", "outputName": "gbdt_score", "percent": 90},
                        {"name": "treatment", "outputName": "nn_score", "percent": 10},
                    ],
                },
            },
            {"name": "default", "type": "Single", "single": {"outputName": "gbdt_score"}},
        ],
        "fallback": [{"type": "Constant", "constant": "0.02", "reasonCode": "NO_MODEL"}],
    },
    "postprocessing": {
        "outputs": [
            {"name": "points", "type": "Int64", "expr": "to_int(round(1000.0 * calibrated))"},
            {"name": "probability", "type": "Float64", "expr": "calibrated"},
            {"name": "surprise", "type": "Bool", "expr": "x > amount"},
            {"name": "who", "type": "String", "expr": 'null_if(account, "b")'},
        ],
        "bands": {
            "outputName": "points",
            "ranges": [{"name": "Low", "from": -1000000}, {"name": "High", "from": 400}],
        },
        "reasonCodes": {
            "rules": [
                {"code": "HIGH", "when": "raw >= 0.5"},
                {"code": "LARGE", "when": "amount > 1000.0"},
            ]
        },
    },
}
"""Account 'a' is in bucket 9461 of the salt 'exp', account '7' in 9440, 'account-7' in 3704."""

ROWS: list[Document] = [
    {"account": "a", "amount": 2000.0, "x": 2.0},
    {"account": "a", "amount": 10.0, "x": 1.0},
    {"account": "account-7", "amount": 10.0, "x": 1.0},
    {"account": "b", "x": 0.5},
    {"account": "7"},
]

ANSWERS: list[Document] = [
    {
        "points": 875,
        "probability": 0.875,
        "surprise": False,
        "who": "a",
        "band": "High",
        "action": "High",
        "reasonCodes": ["HIGH", "LARGE"],
        "route": "large",
        "arm": None,
        "fallback": 0,
    },
    {
        "points": 250,
        "probability": 0.25,
        "surprise": False,
        "who": "a",
        "band": "Low",
        "action": "Low",
        "reasonCodes": [],
        "route": "experiment",
        "arm": "treatment",
        "fallback": 0,
    },
    {
        "points": 500,
        "probability": 0.5,
        "surprise": False,
        "who": "account-7",
        "band": "High",
        "action": "High",
        "reasonCodes": ["HIGH"],
        "route": "experiment",
        "arm": "control",
        "fallback": 0,
    },
    {
        "points": 250,
        "probability": 0.25,
        "surprise": None,
        "who": None,
        "band": "Low",
        "action": "Low",
        "reasonCodes": [],
        "route": "default",
        "arm": None,
        "fallback": 0,
    },
    {
        "points": 20,
        "probability": 0.02,
        "surprise": None,
        "who": "7",
        "band": "Low",
        "action": "Low",
        "reasonCodes": ["NO_MODEL"],
        "route": "experiment",
        "arm": "treatment",
        "fallback": 1,
    },
]


class Runs:
    """Counts the rows of each run of each graph, and may let graphs fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: Counter[tuple[str, int]] = Counter()
        self.failing: frozenset[str] = frozenset()
        self._names: dict[int, str] = {}
        run = Session.run

        def counted(session: Session, names: Sequence[str], inputs: Any) -> Any:
            name = self.name_of(session)
            self.rows[name, len(inputs["x"])] += 1
            if name in self.failing:
                raise SessionError("out of memory")
            return run(session, names, inputs)

        monkeypatch.setattr(Session, "run", counted)

    def name_of(self, session: Session) -> str:
        """Return the name of the model, in whose order sessions are built."""
        return self._names.setdefault(id(session), list(GRAPHS)[len(self._names) % 2])


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(monkeypatch)


def _pod(root: Path, spec: Document = SPEC) -> Caller:
    return call(mount(root, spec, *(GRAPHS[model["name"]] for model in spec.get("models", []))))


@pytest.fixture(scope="module")
def pod(tmp_path_factory: pytest.TempPathFactory) -> Caller:
    return _pod(tmp_path_factory.mktemp("decisions"))


def _predict(pod: Caller, *rows: Document) -> Any:
    answer = pod.post(PREDICT, {"instances": rows})
    assert answer.status == 200, answer.body
    return answer.json["predictions"]


def _infer(pod: Caller, rows: Sequence[Document], **members: Any) -> Response:
    types = {"account": "BYTES", "amount": "FP64", "x": "FP64"}
    inputs = [
        {"name": n, "datatype": t, "shape": [len(rows)], "data": [row.get(n) for row in rows]}
        for n, t in types.items()
    ]
    return pod.post(INFER, {"inputs": inputs, **members})


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_v1_answers_what_was_decided_for_a_row(pod: Caller, number: int) -> None:
    assert _predict(pod, ROWS[number]) == [ANSWERS[number]]


def test_v1_answers_many_rows_as_it_answers_each(pod: Caller) -> None:
    assert _predict(pod, *ROWS) == ANSWERS


@pytest.mark.parametrize("numbers", [[0], [4, 1, 3, 2, 0]], ids=["one", "many"])
def test_v2_answers_a_tensor_for_each_output(pod: Caller, numbers: list[int]) -> None:
    tensors = _infer(pod, [ROWS[number] for number in numbers]).json["outputs"]

    columns = {tensor["name"]: tensor["data"] for tensor in tensors}
    wanted = {name: [ANSWERS[number][name] for number in numbers] for name in ANSWERS[0]}
    wanted["reasonCodes"] = [",".join(codes) for codes in wanted["reasonCodes"]]
    assert columns == wanted
    assert {tuple(tensor["shape"]) for tensor in tensors} == {(len(numbers), 1)}
    assert {tensor["name"]: tensor["datatype"] for tensor in tensors} == {
        "points": "INT64",
        "probability": "FP64",
        "surprise": "BOOL",
        "who": "BYTES",
        "band": "BYTES",
        "action": "BYTES",
        "reasonCodes": "BYTES",
        "route": "BYTES",
        "arm": "BYTES",
        "fallback": "INT64",
    }


def test_v2_answers_only_what_is_asked_for(pod: Caller) -> None:
    answer = _infer(pod, ROWS, outputs=[{"name": "action"}, {"name": "points"}])

    assert [tensor["name"] for tensor in answer.json["outputs"]] == ["action", "points"]


def test_metadata_lists_what_answers_carry(pod: Caller) -> None:
    outputs = pod.request("GET", "/v2/models/gbdt").json["outputs"]

    assert [output["name"] for output in outputs] == list(ANSWERS[0])
    assert {"name": "points", "datatype": "INT64", "shape": [-1, 1]} in outputs


def test_only_the_models_run_that_a_row_needs(runs: Runs, tmp_path: Path) -> None:
    pod = _pod(tmp_path)
    for row, wanted in zip(ROWS, (("gbdt", "nn"), ("nn",), ("gbdt",), ("gbdt",)), strict=False):
        runs.rows.clear()

        _predict(pod, row)

        assert runs.rows == {(name, 1): 1 for name in wanted}


def test_each_model_runs_once_for_all_its_rows(runs: Runs, tmp_path: Path) -> None:
    pod = _pod(tmp_path)
    runs.rows.clear()

    _predict(pod, *ROWS)

    assert runs.rows == {("gbdt", 3): 1, ("nn", 3): 1}


def test_what_is_refused_names_its_row(pod: Caller) -> None:
    rows = [ROWS[0], ROWS[1], {"account": "a", "amount": 2e6}]

    v1 = pod.post(PREDICT, {"instances": rows})
    v2 = _infer(pod, [*ROWS[:2], {"amount": 1.0}])
    alone = pod.post(PREDICT, {"instances": [{}]})

    assert (v1.status, v1.json["error"]) == (
        400,
        "instances[2].amount: must be at most 1000000, got 2000000",
    )
    assert (v2.status, v2.json["error"]) == (400, "inputs[account].data[2]: required")
    assert (alone.status, alone.json["error"]) == (400, "instances[0].account: required")


@pytest.mark.parametrize("rows", [ROWS[:1], ROWS[:3]], ids=["one", "many"])
def test_a_model_that_fails_is_stood_in_for(
    runs: Runs, tmp_path: Path, rows: list[Document]
) -> None:
    pod = _pod(tmp_path)
    runs.failing = frozenset({"nn"})

    answers = _predict(pod, *rows)

    told = [(a["probability"], a["fallback"], a["reasonCodes"]) for a in answers]
    expected = [(0.02, 1, ["NO_MODEL", "LARGE"]), (0.02, 1, ["NO_MODEL"]), (0.5, 0, ["HIGH"])]
    assert told == expected[: len(rows)]


def test_a_model_that_fails_and_has_no_stand_in_is_our_failure(runs: Runs, tmp_path: Path) -> None:
    pod = _pod(tmp_path, {**SPEC, "pipeline": {"routes": SPEC["pipeline"]["routes"]}})
    runs.failing = frozenset({"nn"})

    failed = pod.post(PREDICT, {"instances": ROWS[:1]})
    (other,) = _predict(pod, ROWS[2])

    assert (failed.status, failed.json) == (500, {"error": "internal error"})
    assert other["probability"] == 0.5


def test_nothing_is_decided_where_no_model_has_an_answer(tmp_path: Path) -> None:
    pod = _pod(tmp_path, {**SPEC, "pipeline": {"routes": SPEC["pipeline"]["routes"][2:]}})

    (answer,) = _predict(pod, {"account": "b"})

    assert answer == {
        "points": None,
        "probability": None,
        "surprise": None,
        "who": None,
        "band": None,
        "action": None,
        "reasonCodes": [],
    }


def test_rules_need_no_model(tmp_path: Path) -> None:
    spec = {
        "featureFetching": SPEC["featureFetching"],
        "postprocessing": {
            "outputs": [{"name": "decline", "type": "Bool", "expr": "amount > 1000.0"}],
            "reasonCodes": {"rules": [{"code": "LARGE", "when": "decline"}]},
        },
    }
    pod = _pod(tmp_path, spec)

    v1 = pod.post("/v1/models/rules:predict", {"instances": ROWS[:2]})
    metadata = pod.request("GET", "/v2/models/rules").json

    assert v1.json["predictions"] == [
        {"decline": True, "reasonCodes": ["LARGE"]},
        {"decline": False, "reasonCodes": []},
    ]
    assert [output["name"] for output in metadata["outputs"]] == ["decline", "reasonCodes"]


def test_an_output_of_texts_decides_nothing(tmp_path: Path) -> None:
    node = helper.make_node("Cast", ["x"], ["y"], to=TensorProto.STRING)
    x, y = value("x", TensorProto.FLOAT, "N", 1), value("y", TensorProto.STRING, "N", 1)
    content = serialized(helper.make_graph([node], "texts", [x], [y]))
    model = {**_model("gbdt"), "outputs": [{"name": "gbdt_score", "tensor": "y", "index": 0}]}
    routes = SPEC["pipeline"]["routes"][2:]
    spec = {
        "featureFetching": SPEC["featureFetching"],
        "models": [model],
        "pipeline": {"routes": routes},
    }

    with pytest.raises(RefusedError) as caught:
        load(mount(tmp_path, spec, content))

    assert str(caught.value) == (
        "MS528 spec.models[0].outputs[0]: 'gbdt_score' holds texts; a route decides one number"
    )


ANY = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)


@given(st.lists(st.dictionaries(st.sampled_from(["account", "amount", "x"]), ANY), max_size=4))
@examples(100)
def test_no_row_is_our_failure(pod: Caller, rows: list[Document]) -> None:
    assert pod.post(PREDICT, {"instances": rows}).status in {200, 400}


def test_a_row_is_answered_alike_alone_and_among_others(pod: Caller) -> None:
    rows = [
        {"account": account, "amount": amount, "x": x}
        for account in ("a", "b", "account-7", "é", "")
        for amount in (None, 0.0, 1e3, 1001.0)
        for x in (None, -1.0, 0.3, 3e38)
    ]

    assert _predict(pod, *rows) == [_predict(pod, row)[0] for row in rows]
