"""Reason codes from models: rules whose contributions are what the model did."""

import pytest

from modelspec.notebook.reasons import ReasonError, linear_reasons, output_reasons


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
