"""Reason codes from models: rules whose contributions are what the model did."""

from collections.abc import Callable
from math import inf, nan
from typing import Any

import pytest

import modelspec as ms
from modelspec.notebook.reasons import (
    ReasonError,
    linear_reasons,
    mean_points,
    most_points,
    output_reasons,
    points_reasons,
)


def test_a_linear_model_is_explained_by_its_own_terms() -> None:
    rules = linear_reasons(
        {"age": -0.5, "income": 0.25, "debt": 2.0},
        {"age": 40.0, "income": 3000.0, "debt": 0.1},
        {"WEALTH": ["income", "debt"], "AGE": ["age"]},
        {"AGE": "Age"},
    )

    assert rules == [
        {
            "code": "WEALTH",
            "contribution": (
                "0.25 * coalesce(income - 3000.0, 0.0) + 2.0 * coalesce(debt - 0.1, 0.0)"
            ),
        },
        {
            "code": "AGE",
            "contribution": "-0.5 * coalesce(age - 40.0, 0.0)",
            "message": "Age",
        },
    ]


def test_a_feature_without_a_weight_is_refused() -> None:
    with pytest.raises(ReasonError, match="AGE: `age` has no weight, or no baseline"):
        linear_reasons({"age": 1.0}, {}, {"AGE": ["age"]})


def test_a_graph_explains_by_its_outputs() -> None:
    rules = output_reasons("my-gbdt", ["R001", "SCORE"], {"R001": "Amount"})

    assert rules == [
        {"code": "R001", "contribution": "my_gbdt_r001", "message": "Amount"},
        {"code": "SCORE", "contribution": "my_gbdt_score_1"},
    ]


GROUPS = {"DEBT": ["debt"], "YOUNG": ["age_group"]}

AGE: dict[str, Any] = {
    "type": "LookupTable",
    "lookupTable": {
        "keyType": "Int64",
        "entries": [{"key": "0", "value": "10.0"}, {"key": "1", "value": "40.0"}],
        "default": "5.0",
        "missing": "25.0",
    },
}


def test_the_most_points_are_those_of_the_best_key_or_of_none() -> None:
    table = AGE["lookupTable"]

    assert most_points(AGE) == 40.0
    assert most_points({"lookupTable": {**table, "missing": "60.0"}}) == 60.0
    assert most_points({"lookupTable": {**table, "default": "50.0"}}) == 50.0


def test_the_mean_of_points_is_that_of_a_population() -> None:
    assert mean_points(AGE, [0, 1, 1, None]) == (10.0 + 40.0 + 40.0 + 25.0) / 4
    assert mean_points(AGE, ["0", 7]) == 7.5


@pytest.mark.parametrize(
    ("ask", "refusal"),
    [
        (lambda: most_points({"type": "Edges"}), "type Edges has no points"),
        (lambda: mean_points(AGE, []), "there are no keys"),
        (lambda: mean_points(AGE, [1, 1.0]), "row 1: 1.0 is no key"),
        (lambda: points_reasons({"AGE": "age_points"}, {}), "AGE has no baseline"),
        (lambda: points_reasons({"AGE": "a"}, {"AGE": nan}), "AGE: nan is no weight or baseline"),
        (lambda: linear_reasons({"a": inf}, {"a": 0.0}, {"A": ["a"]}), "A: inf is no weight"),
        (lambda: linear_reasons({}, {}, {"A": []}), "A stands for no feature"),
        (lambda: output_reasons("gbdt", ["A"], {"B": "Bee"}), "'B' has a message and is no code"),
    ],
    ids=["kind", "empty", "float", "baseline", "nan", "infinite", "group", "message"],
)
def test_reasons_that_cannot_be_had_are_refused(ask: Callable[[], object], refusal: str) -> None:
    with pytest.raises(ReasonError, match=refusal):
        ask()


def card() -> ms.Spec:
    spec = ms.Spec("card")
    spec.feature("age_group", ms.Int64)
    spec.feature("debt", ms.Float64)
    spec.parameter("age_table", AGE)
    spec.derive("age_points", ms.Float64, "lookup(age_group, age_table)")
    spec.derive("debt_points", ms.Float64, "20.0 - 2.0 * debt")
    rules = [{"code": "KNOCK", "when": "debt > 9.0"}]
    spec.postprocessing = {
        "outputs": [{"name": "score", "type": "Float64", "expr": "age_points"}],
        "reasonCodes": {"maximum": 3, "rules": rules},
    }
    return spec


ROWS = {"age_group": [1, 0, None, 0], "debt": [0.0, 2.0, 10.0, None]}


def test_a_scorecard_is_explained_by_the_points_that_are_lost() -> None:
    spec = card()
    best = {"AGE": most_points(AGE), "DEBT": 20.0}
    spec.reasons.points({"AGE": "age_points", "DEBT": "debt_points"}, best, {"AGE": "Age"})

    # The rules that people wrote come first; a debt that is not known has lost nothing.
    assert spec.predict(ROWS, progress=False)["reasonCodes"] == [
        (),
        ("AGE", "DEBT"),
        ("KNOCK", "DEBT", "AGE"),
        ("AGE",),
    ]


def test_what_is_ranked_is_replaced_and_what_people_wrote_is_kept() -> None:
    spec = card()
    spec.reasons.points({"AGE": "age_points"}, {"AGE": 40.0}, maximum=2)
    spec.reasons.linear({"debt": 2.0, "age_group": -1.0}, {"debt": 1.0, "age_group": 1.0}, GROUPS)

    reasons = spec.postprocessing["reasonCodes"]
    assert [rule["code"] for rule in reasons["rules"]] == ["KNOCK", "DEBT", "YOUNG"]
    assert reasons["maximum"] == 2
    assert spec.predict(ROWS, progress=False)["reasonCodes"] == [
        (),
        ("DEBT", "YOUNG"),
        ("KNOCK", "DEBT"),
        ("YOUNG",),
    ]


def test_reasons_of_a_model_are_the_only_ones_of_a_specification_without() -> None:
    spec = ms.Spec("plain")
    spec.reasons.from_outputs("gbdt", ["R001"])

    assert spec.postprocessing == {
        "reasonCodes": {"rules": [{"code": "R001", "contribution": "gbdt_r001"}]}
    }
