"""Whole decisions on a real cluster: rules alone, golden rows, and what a broken one says."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

import modelspec as ms
from support.cluster import ROOT
from support.kube import Json, Kubectl, eventually

CREDIT = "credit-scorecard"


@pytest.fixture(scope="module")
def scorecard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the bundle of the credit example, which has no model file."""
    folder = tmp_path_factory.mktemp("credit") / "bundle"
    script = ROOT / "examples" / "03-credit" / "scorecard.py"
    subprocess.run([sys.executable, str(script), str(folder)], check=True, stdout=subprocess.PIPE)
    return folder


def _serve(kubectl: Kubectl, bundle: Path, name: str) -> Json:
    kubectl.run("apply", "--server-side", "--force-conflicts", "-k", str(bundle))
    eventually(lambda: kubectl.is_promoted(name), within=60, what=f"{name} is promoted")
    found = kubectl.get("modelspec", name)
    assert found is not None
    return found


def _predict(http: httpx.Client, kubectl: Kubectl, name: str, rows: list[Any]) -> Any:
    path = f"/api/v1/namespaces/{kubectl.namespace}/services/{name}:80/proxy"
    answer = http.post(f"{path}/v1/models/{name}:predict", json={"instances": rows})
    return answer.json()["predictions"]


def test_a_scorecard_without_a_model_file_answers_its_golden_rows(
    kubectl: Kubectl, http: httpx.Client, scorecard: Path
) -> None:
    _serve(kubectl, scorecard, CREDIT)
    lines = (scorecard / "artifacts" / "golden.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines]

    answers = _predict(http, kubectl, CREDIT, [case["row"] for case in cases])

    assert len(cases) > 100
    assert answers == [case["answer"] for case in cases]


def test_a_version_that_breaks_its_golden_rows_never_serves_and_says_which(
    kubectl: Kubectl, http: httpx.Client, scorecard: Path, tmp_path: Path
) -> None:
    before = _serve(kubectl, scorecard, CREDIT)
    changed = ms.Spec.load(scorecard)
    outputs = changed.postprocessing["outputs"]
    (probability,) = [item for item in outputs if item["name"] == "default_probability"]
    probability["expr"] = f"0.5 * ({probability['expr']})"
    changed.dump(tmp_path / "broken")

    kubectl.run("apply", "--server-side", "--force-conflicts", "-k", str(tmp_path / "broken"))

    def told() -> bool:
        stalled = kubectl.condition(CREDIT, "Stalled")
        return stalled.get("reason") == "GoldenOutputDiffers"

    eventually(told, within=60, what="the pod's words are in a condition")
    message = kubectl.condition(CREDIT, "Stalled")["message"]
    assert "row 0: 'default_probability' expected" in message
    assert kubectl.condition(CREDIT, "Ready")["reason"] == "ServingStable"
    now = kubectl.get("modelspec", CREDIT)
    assert now is not None
    assert now["status"]["stable"] == before["status"]["stable"]


def test_rules_without_any_artifact_serve(
    kubectl: Kubectl, http: httpx.Client, tmp_path: Path
) -> None:
    spec = ms.Spec("rules")
    spec.feature("amount", ms.Float64, required=True)
    spec.postprocessing = {
        "outputs": [{"name": "is_large", "type": "Bool", "expr": "amount > 100.0"}]
    }
    spec.dump(tmp_path / "bundle")

    _serve(kubectl, tmp_path / "bundle", "rules")

    answers = _predict(http, kubectl, "rules", [{"amount": 101}, {"amount": 1}])
    assert answers == [{"is_large": True}, {"is_large": False}]
