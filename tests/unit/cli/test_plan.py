"""`modelspec plan`: what it says would happen, whom it asks, and how it exits."""

import json
import stat
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from modelspec.documents.writer import write_document
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.difference import part_digests
from modelspec.snapshot.identity import take_snapshot
from modelspec_cli.__main__ import app
from support.specs import SPEC, Body, model_body, spec_body

KUBECTL = """\
#!{python} -I
import json, pathlib, sys
folder = pathlib.Path(__file__).parent
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
answer = json.loads((folder / "answers.json").read_text()).get(sys.argv[2], {{}})
sys.stdout.write(answer.get("stdout", ""))
sys.stderr.write(answer.get("stderr", ""))
sys.exit(answer.get("code", 0))
"""
"""Answers what a test wrote down for the kind that is asked for, and keeps how it was called."""

MODELS, CONFIG_MAPS = "modelspecs.modelspec.dev", "configmaps"

SNAPSHOT = take_snapshot(ModelSpecSpec.model_validate(SPEC))
DIGEST, HASH, DIGESTS = SNAPSHOT.digest, SNAPSHOT.hash, part_digests(SNAPSHOT)


class Kubectl:
    """The program on the PATH, as a test wants it to be."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._answers: dict[str, Any] = {}
        program = folder / "kubectl"
        program.write_text(KUBECTL.format(python=sys.executable))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.says(CONFIG_MAPS, {"items": []})

    def says(self, kind: str, body: Body) -> None:
        self.answers(kind, stdout=json.dumps(body))

    def answers(self, kind: str, **answer: object) -> None:
        self._answers[kind] = answer
        (self._folder / "answers.json").write_text(json.dumps(self._answers))

    @property
    def calls(self) -> list[list[str]]:
        """The arguments of every call."""
        return list(map(json.loads, (self._folder / "calls").read_text().splitlines()))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("model.yaml").write_text(model_text(SPEC))
    return tmp_path


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kubectl:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return Kubectl(tmp_path / "bin")


def plan(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["plan", *arguments], input=stdin, env={"COLUMNS": "300"})


def model_text(spec: Body, name: str = "fraud", **metadata: str) -> str:
    return write_document({**model_body(spec), "metadata": {"name": name, **metadata}})


def changed(change: Callable[[Body], object]) -> Body:
    body = deepcopy(SPEC)
    change(body)
    return body


def retrain(body: Body) -> None:
    body["models"][0]["artifact"]["sha256"] = "0" * 64


def rename(body: Body) -> None:
    body["models"][0]["outputs"][0]["name"] = "chance"


def scale(body: Body) -> None:
    body["serving"] = {"replicas": 5}


def in_cluster(spec: Body, **status: Any) -> Body:
    return {**model_body(spec, managedFields=[], labels={"a": "b"}), "status": status}


# against a cluster


def test_a_new_model_would_be_created(kubectl: Kubectl) -> None:
    kubectl.answers(MODELS, stdout="")

    result = plan("model.yaml")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "model    fraud",
        f"version  {HASH}",
        "class    behavioral, it would be created",
        "",
        f"  + feature-fetching  {DIGESTS['feature-fetching.json'][:10]}",
        f"  + models            {DIGESTS['models.json'][:10]}",
    ]


def test_what_is_there_already_is_no_change(kubectl: Kubectl) -> None:
    kubectl.says(MODELS, in_cluster(SPEC, stable={"version": "v3", "hash": HASH, "since": "x"}))

    result = plan("model.yaml", "--fail-on", "operational")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "model    fraud",
        f"version  {HASH}",
        "class    none, nothing changes",
        f"serving  v3, {HASH}",
    ]


def test_a_change_is_told_with_the_version_that_it_makes(kubectl: Kubectl) -> None:
    kubectl.says(MODELS, in_cluster(changed(retrain)))

    result = plan("model.yaml")

    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[1].startswith("version  ")
    assert lines[1].endswith(f" -> {HASH}, which is new")
    assert lines[2:4] == [
        "class    behavioral, a new version; callers keep working",
        "change   model scorer changed; logic unchanged",
    ]
    assert lines[-1].startswith("  ~ models[scorer].artifact.sha256  0000000000 -> ")


def test_a_version_that_was_there_before_is_recognized(kubectl: Kubectl) -> None:
    kubectl.says(MODELS, in_cluster(changed(retrain)))
    metadata = {
        "labels": {"modelspec.dev/version": "2"},
        "annotations": {"modelspec.dev/digest": DIGEST},
    }
    kubectl.says(CONFIG_MAPS, {"items": [{"metadata": metadata}]})

    assert f" -> {HASH}, which is v2 again" in plan("model.yaml").stdout
    (found,) = json.loads(plan("model.yaml", "-o", "json").stdout)
    assert found["appearedAs"] == "v2"


@pytest.mark.parametrize(
    "metadata",
    [
        {
            "labels": {"modelspec.dev/version": "2"},
            "annotations": {"modelspec.dev/digest": "0" * 64},
        },
        {"labels": {"modelspec.dev/version": "2"}},
        {
            "labels": {"modelspec.dev/version": "x"},
            "annotations": {"modelspec.dev/digest": DIGEST},
        },
        {"labels": {}, "annotations": {"modelspec.dev/digest": DIGEST}},
    ],
)
def test_another_config_map_is_not_taken_for_the_version(kubectl: Kubectl, metadata: Body) -> None:
    kubectl.says(MODELS, in_cluster(changed(retrain)))
    kubectl.says(CONFIG_MAPS, {"items": [{"metadata": metadata}]})

    assert "which is new" in plan("model.yaml").stdout


def test_who_may_not_read_config_maps_is_told_nothing_of_versions(kubectl: Kubectl) -> None:
    kubectl.says(MODELS, in_cluster(changed(retrain)))
    kubectl.answers(CONFIG_MAPS, stderr="Error from server (Forbidden)", code=1)

    result = plan("model.yaml")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].endswith(f" -> {HASH}")


def test_kubectl_is_asked_for_two_things_and_nothing_else(kubectl: Kubectl) -> None:
    kubectl.answers(MODELS, stdout="")

    plan("model.yaml", "-n", "risk", "--context", "prod")

    common = ["--output=json", "--request-timeout=30s", "--context=prod", "--namespace=risk"]
    labels = f"modelspec.dev/model=fraud,modelspec.dev/snapshot={HASH}"
    assert kubectl.calls == [
        ["get", MODELS, "fraud", "--ignore-not-found", *common],
        ["get", CONFIG_MAPS, f"--selector={labels}", *common],
    ]


def test_the_namespace_of_the_file_is_where_to_look(kubectl: Kubectl) -> None:
    kubectl.answers(MODELS, stdout="")
    Path("model.yaml").write_text(model_text(SPEC, namespace="risk"))

    plan("model.yaml")

    assert "--namespace=risk" in kubectl.calls[0]
    result = plan("model.yaml", "-n", "other")
    assert result.exit_code == 2
    assert "'other' is not the namespace of 'fraud' in the file, which is 'risk'" in result.stderr


def test_a_cluster_that_does_not_answer_is_told_in_the_words_of_kubectl(kubectl: Kubectl) -> None:
    said = "The connection to the server localhost:8080 was refused"
    logged = 'E1123 06:07:40.240470     537 memcache.go:265] "Unhandled Error"\n'
    kubectl.answers(MODELS, stderr=f"{logged}{logged}{said}\n", code=1)

    result = plan("model.yaml", "-o", "json")

    assert (result.exit_code, result.stdout, result.stderr) == (3, "", f"{said}\n")


@pytest.mark.parametrize("printed", ["no json", "[1]", "3"])
def test_an_answer_that_is_no_object_is_no_answer(kubectl: Kubectl, printed: str) -> None:
    kubectl.answers(MODELS, stdout=printed)

    result = plan("model.yaml")

    assert result.exit_code == 3
    assert result.stderr.startswith("kubectl does not answer with JSON: ")


def test_without_kubectl_the_exit_code_is_that_of_no_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    result = plan("model.yaml")

    assert result.exit_code == 3
    assert "kubectl is not on the PATH" in result.stderr


def test_what_cannot_be_compared_fails_because_nobody_knows(kubectl: Kubectl) -> None:
    kubectl.says(MODELS, in_cluster(spec_body(serving={"replicas": 0})))

    result = plan("model.yaml")

    assert result.exit_code == 1
    assert "class    unknown, what is there is not valid: MS123 spec.serving.repl" in result.stdout


def test_the_cluster_is_not_asked_about_what_is_not_valid(kubectl: Kubectl) -> None:
    kubectl.answers(MODELS, stdout="")
    broken = model_text(spec_body(serving={"replicas": 0}), "broken")
    Path("model.yaml").write_text(f"{broken}---\n{model_text(SPEC)}")

    result = plan("model.yaml", "-o", "json")

    assert result.exit_code == 1
    first, second = json.loads(result.stdout)
    assert (first["isValid"], first["exists"], first["effect"]) == (False, None, None)
    assert [item["code"] for item in first["findings"]] == ["MS123"]
    assert (second["isValid"], second["exists"], second["effect"]) == (True, False, "Behavioral")
    assert [call[2] for call in kubectl.calls if call[1] == MODELS] == ["fraud"]


# against a file


@pytest.mark.parametrize(
    ("change", "limit", "code"),
    [
        (scale, "breaking", 0),
        (scale, "behavioral", 0),
        (scale, "operational", 1),
        (retrain, "breaking", 0),
        (retrain, "behavioral", 1),
        (retrain, "operational", 1),
        (rename, "breaking", 1),
        (rename, "operational", 1),
        (lambda body: body, "operational", 0),
    ],
)
def test_a_change_of_the_class_or_worse_fails(
    change: Callable[[Body], object], limit: str, code: int
) -> None:
    Path("new.yaml").write_text(model_text(changed(change)))

    result = plan("new.yaml", "--against", "model.yaml", "--fail-on", limit)

    assert result.exit_code == code, result.output


def test_breaking_changes_fail_when_nothing_else_is_said() -> None:
    Path("new.yaml").write_text(model_text(changed(rename)))

    result = plan("new.yaml", "--against", "model.yaml")

    assert result.exit_code == 1
    assert "    breaking: 'score' was returned and is removed;" in result.stdout


def test_a_new_model_is_a_new_version() -> None:
    Path("new.yaml").write_text(model_text(SPEC, "other"))

    assert plan("new.yaml", "--against", "model.yaml").exit_code == 0
    assert plan("new.yaml", "--against", "model.yaml", "--fail-on", "behavioral").exit_code == 1


def test_what_the_api_server_would_refuse_is_a_finding_with_its_place() -> None:
    Path("model.yaml").write_text(model_text(spec_body(info={"problemType": "Regression"})))
    text = model_text(spec_body(info={"problemType": "AnomalyDetection"}))
    Path("new.yaml").write_text(text)

    result = plan("new.yaml", "--against", "model.yaml")

    assert result.exit_code == 1
    before, _, _ = text.partition("AnomalyDetection")
    line, column = before.count("\n") + 1, len(before.splitlines()[-1]) + 1
    assert result.stdout.splitlines()[0] == (
        f"new.yaml:{line}:{column}: error MS609 spec.info.problemType:"
        " is immutable; create a new ModelSpec"
    )


def test_programs_get_all_of_it() -> None:
    Path("new.yaml").write_text(model_text(changed(retrain), namespace="risk"))

    result = plan("new.yaml", "--against", "model.yaml", "-o", "json")

    (found,) = json.loads(result.stdout)
    assert (found["model"], found["namespace"], found["exists"]) == ("fraud", "risk", True)
    assert found["before"] == {"hash": HASH, "digest": DIGEST}
    assert [part["part"] for part in found["parts"]] == ["models.json"]
    assert [change["path"] for change in found["changes"]] == [
        "spec.models[scorer].artifact.sha256"
    ]
    as_yaml = plan("new.yaml", "--against", "model.yaml", "-o", "yaml").stdout
    assert yaml.safe_load(as_yaml) == [found]


def test_what_it_is_compared_with_must_be_valid() -> None:
    Path("old.yaml").write_text(model_text(spec_body(serving={"replicas": 0})))

    result = plan("model.yaml", "--against", "old.yaml")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "old.yaml:" in result.stderr
    assert "MS123" in result.stderr


def test_warnings_are_told_and_fail_nothing() -> None:
    lonely = {"name": "lonely", "type": "Bool"}
    body = changed(lambda spec: spec["featureFetching"]["features"].append(lonely))
    Path("new.yaml").write_text(model_text(body))

    result = plan("-", "--against", "model.yaml", stdin=Path("new.yaml").read_text())

    assert result.exit_code == 0
    assert result.stdout.startswith("-:")
    assert " warning MS223 " in result.stdout


def test_only_one_file_can_be_standard_input() -> None:
    assert plan("-", "--against", "-", stdin="").exit_code == 2


@pytest.mark.parametrize("text", ["kind: ConfigMap\n", "spec: [1\n"])
def test_a_file_without_a_model_is_a_finding(text: str) -> None:
    result = plan("-", "--against", "model.yaml", stdin=text)

    assert result.exit_code == 1
    assert " MS11" in result.stdout


def test_a_file_that_is_not_there_is_a_wrong_call() -> None:
    assert plan("nowhere.yaml").exit_code == 2
