"""What the specification demands: paths, bodies, names and shapes."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.required


def test_the_server_is_live_and_ready(target: Any) -> None:
    live, ready = (target.http.get(f"/v2/health/{state}") for state in ("live", "ready"))

    assert (live.status_code, ready.status_code) == (200, 200)


def test_the_server_names_itself_its_version_and_extensions(target: Any) -> None:
    document = target.http.get("/v2").json()

    assert isinstance(document["name"], str)
    assert isinstance(document["version"], str)
    assert all(isinstance(item, str) for item in document["extensions"])


def test_the_model_is_ready(target: Any) -> None:
    answer = target.http.get(f"{target.path}/ready")

    assert answer.status_code == 200


def test_the_model_describes_its_tensors(target: Any) -> None:
    document = target.metadata()

    assert document["name"] == target.model
    assert isinstance(document["platform"], str)
    for tensor in [*document["inputs"], *document["outputs"]]:
        assert isinstance(tensor["name"], str)
        assert isinstance(tensor["datatype"], str)
        assert all(isinstance(length, int) for length in tensor["shape"])


def test_a_version_that_is_listed_can_be_asked_for(target: Any) -> None:
    versions = target.metadata().get("versions") or []
    if not versions:
        pytest.skip("the model has no versions")

    for version in versions:
        path = f"{target.path}/versions/{version}"
        assert target.http.get(path).json()["name"] == target.model
        assert target.http.get(f"{path}/ready").status_code == 200
        answer = target.http.post(f"{path}/infer", json=target.request)
        assert answer.json()["model_version"] == version


def test_an_answer_names_the_model_and_echoes_the_id(target: Any) -> None:
    document = target.infer({**target.request, "id": "forty-two"}).json()

    assert (document["model_name"], document["id"]) == (target.model, "forty-two")


def test_an_answer_without_an_id_gets_one(target: Any) -> None:
    assert target.infer(target.request).json().get("id")


def test_every_output_has_name_shape_datatype_and_all_its_elements(target: Any) -> None:
    for output in target.infer(target.request).json()["outputs"]:
        count = 1
        for length in output["shape"]:
            count *= length
        assert len(_flat(output["data"])) == count
        assert isinstance(output["name"], str)
        assert isinstance(output["datatype"], str)


def _flat(data: Any) -> list[Any]:
    if isinstance(data, list):
        return [value for item in data for value in _flat(item)]
    return [data]


def test_outputs_are_those_of_the_metadata(target: Any) -> None:
    described = {item["name"]: item["datatype"] for item in target.metadata()["outputs"]}
    found = {
        item["name"]: item["datatype"] for item in target.infer(target.request).json()["outputs"]
    }

    assert found == described


def test_a_request_may_ask_for_some_outputs_in_its_order(target: Any) -> None:
    names = [item["name"] for item in target.infer(target.request).json()["outputs"]][::-1]

    for wanted in (names, names[:1]):
        asked = {**target.request, "outputs": [{"name": name} for name in wanted]}
        found = [item["name"] for item in target.infer(asked).json()["outputs"]]
        assert found == wanted


def test_data_may_be_nested_as_the_shape_says(target: Any) -> None:
    nested = json.loads(json.dumps(target.request))
    for tensor in nested["inputs"]:
        for length in reversed(tensor["shape"][1:]):
            data = tensor["data"]
            tensor["data"] = [data[i : i + length] for i in range(0, len(data), length)]

    flat, deep = target.infer(target.request).json(), target.infer(nested).json()

    assert deep["outputs"] == flat["outputs"]


def test_parameters_are_accepted_everywhere(target: Any) -> None:
    values = {"text": "x", "number": 1.5, "truth": True}
    asked = {
        **target.request,
        "parameters": values,
        "inputs": [{**item, "parameters": values} for item in target.request["inputs"]],
    }

    assert target.infer(asked).status_code == 200


def test_the_order_of_inputs_means_nothing(target: Any) -> None:
    turned = {**target.request, "inputs": target.request["inputs"][::-1]}

    first, second = target.infer(target.request).json(), target.infer(turned).json()

    assert first["outputs"] == second["outputs"]
