"""`modelspec plan` against a real API server, read by the real kubectl; also a bundle applied."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from modelspec.documents.writer import write_document
from modelspec.notebook.bundle import write_bundle
from support.kube import Json, Kubectl
from support.specs import MODEL_BYTES, SPEC, changed_body, model_body

PROGRAM = Path(sys.executable).with_name("modelspec")


def _write(path: Path, spec: Json) -> Path:
    path.write_text(write_document({**model_body(spec), "metadata": {"name": "fraud"}}))
    return path


def _plan(kubectl: Kubectl, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(kubectl.command()[0])
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    environment = {**os.environ, "KUBECONFIG": str(kubectl.kubeconfig), "PATH": path}
    return subprocess.run(
        [PROGRAM, "plan", *arguments, "-n", kubectl.namespace],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


def test_a_model_that_is_not_there_would_be_created(kubectl: Kubectl, tmp_path: Path) -> None:
    done = _plan(kubectl, str(_write(tmp_path / "new.yaml", SPEC)))

    assert done.returncode == 0, done.stderr
    assert "created" in done.stdout


@pytest.mark.parametrize(
    ("place", "value", "effect", "code"),
    [
        (["serving"], {"replicas": 3}, "Operational", 0),
        (["featureFetching", "features", 1, "default"], "4", "Behavioral", 0),
        (["models", 0, "outputs", 0, "name"], "points", "Breaking", 1),
    ],
    ids=["operational", "behavioral", "breaking"],
)
def test_a_change_is_compared_with_what_the_cluster_has(  # one row of a table
    kubectl: Kubectl, tmp_path: Path, place: list[str | int], value: object, effect: str, code: int
) -> None:
    kubectl.apply({**model_body(SPEC), "metadata": {"name": "fraud"}})

    done = _plan(
        kubectl, str(_write(tmp_path / "a.yaml", changed_body(place, value))), "-o", "json"
    )

    assert done.returncode == code, done.stderr
    assert f'"{effect}"' in done.stdout
    assert json.loads(done.stdout)


def test_what_is_applied_already_changes_nothing(kubectl: Kubectl, tmp_path: Path) -> None:
    kubectl.apply({**model_body(SPEC), "metadata": {"name": "fraud"}})

    done = _plan(kubectl, str(_write(tmp_path / "same.yaml", SPEC)), "--fail-on", "operational")

    assert done.returncode == 0, done.stdout


def test_a_bundle_is_applied_with_one_command(kubectl: Kubectl, tmp_path: Path) -> None:
    model = {**model_body(SPEC), "metadata": {"name": "fraud"}}
    filled = write_bundle(tmp_path, model, {"scorer": MODEL_BYTES})

    kubectl.run("apply", "--server-side", "-k", str(tmp_path))
    kubectl.run("apply", "--server-side", "-k", str(tmp_path))

    stored = kubectl.get("modelspec", "fraud")
    assert stored is not None
    assert stored["spec"] == filled["spec"]
    artifact = filled["spec"]["models"][0]["artifact"]
    assert kubectl.get("configmap", artifact["configMap"]["name"])
