"""Every decision is what the cases say, row by row and as columns."""

import json
from typing import Any

import pytest

from modelspec.compiler.decision_rows import Answer
from support.decisions import by_column, by_row, decision_of, load_cases

CASES = load_cases()
GROUPS = ("pipeline", "postprocessing")


def _text(fields: dict[str, Any]) -> str:
    """Return what tells apart also 1 from 1.0, and -0.0 from 0.0."""
    return json.dumps(fields, sort_keys=True)


def _told(answer: Answer, fields: dict[str, Any]) -> dict[str, Any]:
    """Return those fields of an answer that a case tells."""
    return {name: getattr(answer, name) for name in fields}


@pytest.mark.parametrize("name", CASES)
def test_both_executors_answer_what_the_case_says(name: str) -> None:
    case = CASES[name]
    decision = decision_of(**{group: case[group] for group in GROUPS if group in case})
    rows = [item.get("row", {}) for item in case["rows"]]
    outputs = [item.get("outputs", {}) for item in case["rows"]]

    answers = by_row(decision, rows, outputs)

    for answer, item in zip(answers, case["rows"], strict=True):
        assert _text(_told(answer, item["answer"])) == _text(item["answer"])
    assert list(map(repr, by_column(decision, rows, outputs))) == list(map(repr, answers))
