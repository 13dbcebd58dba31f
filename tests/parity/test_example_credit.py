"""The scorecard: every score is that of the regression it was made from, and it needs no model."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "03-credit"


@pytest.fixture(autouse=True)
def _folder_of_the_example() -> Iterator[None]:
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))


@pytest.fixture
def scorecard() -> ModuleType:
    return importlib.import_module("scorecard")


@pytest.fixture
def made(scorecard: ModuleType) -> Any:
    return scorecard.make(importlib.import_module("applicants").generate(5_000, seed=1))


@pytest.fixture
def unseen() -> Any:
    return importlib.import_module("applicants").generate(5_000, seed=2)


def test_every_score_of_unseen_applicants_is_the_regressions(
    scorecard: ModuleType, made: Any, unseen: Any
) -> None:
    spec, regression = made

    scores = scorecard.verify(spec, regression, unseen)["score"]

    assert scores == scorecard.expected_points(spec, regression, unseen).tolist()
    assert len(set(scores)) > 100


def test_another_regression_is_not_written(scorecard: ModuleType, made: Any, unseen: Any) -> None:
    spec, regression = made
    regression.coef_[0, 0] += 0.05

    with pytest.raises(SystemExit, match=r"scores differ, the first in row .* nothing is written"):
        scorecard.verify(spec, regression, unseen)


def test_rules_refuse_whatever_the_score(scorecard: ModuleType, made: Any, unseen: Any) -> None:
    answers = scorecard.verify(*made, unseen)
    minors = np.flatnonzero(unseen.columns["age"] < 18)

    assert len(minors)
    for row in minors.tolist():
        assert answers["score"][row] == 0
        assert answers["band"][row] == "Decline"
        assert answers["reasonCodes"][row][0] == "MINOR"


def test_reasons_name_first_what_costs_most_points(
    scorecard: ModuleType, made: Any, unseen: Any
) -> None:
    spec, regression = made
    answers = scorecard.verify(spec, regression, unseen)
    evidence = scorecard.evidence_of(spec, unseen)
    lost = regression.coef_[0] * (evidence - evidence.max(axis=0))
    accepted = [row for row in range(500) if answers["score"][row] > 0]

    for row in accepted:
        worst = scorecard.CHARACTERISTICS[int(np.argmax(lost[row]))]
        assert answers["reasonCodes"][row][0] == scorecard.REASONS[worst][0]


def test_the_bundle_has_no_model_and_the_script_says_what_the_page_shows(
    scorecard: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scorecard.main([str(tmp_path)])

    spec = yaml.safe_load((tmp_path / "modelspec.yaml").read_text())["spec"]
    shown = (FOLDER / "README.md").read_text().split("scorecard.py\n")[1].split("wrote")[0]
    assert "models" not in spec
    assert [path.name for path in (tmp_path / "artifacts").iterdir()] == ["golden.jsonl"]
    assert capsys.readouterr().out.split("wrote")[0] == shown
