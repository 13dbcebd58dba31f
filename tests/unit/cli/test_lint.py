"""`modelspec lint`: what it finds, where it points, and how it exits."""

import gzip
import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import onnx
import pytest
import yaml
from typer.testing import CliRunner, Result

from modelspec.documents.writer import write_document
from modelspec.notebook.bundle import ArtifactFolder, write_bundle
from modelspec_cli.__main__ import app
from support.pod import joining_graph
from support.specs import DECISION_SPEC, MODEL_BYTES, Body, model_body, sha256, spec_body

NINE_MISTAKES = """\
apiVersion: modelspec.dev/v1alpha1
kind: ModelSpec
metadata:
  name: checkout-fraud
spec:
  info:
    problemType: Regresion
  featureFetching:
    features:
    - {name: amount, type: Float64, default: 0}
    - {name: country, type: String, maxLength: 2, default: "USA"}
    - {name: Avg-Amt, type: Float64}
    - {name: channel, type: String, allowedValues: [NO, SE]}
  preprocessing:
    derived:
    - name: amount_log
      type: Float32
      expr: coalesce(log2p(amount), 0.0)
  models:
  - name: scorer
    artifact: {type: ConfigMap, sha256: abc, configMap: {name: bytes, key: model}}
    inputs:
    - name: X
      featureNames:
      - amount_log
      - amuont
    outputs:
    - {name: score, index: 0}
  serving:
    replicas: 0
"""


def lint(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["lint", *arguments], input=stdin, env={"COLUMNS": "300"})


def model_text(spec: Body | None = None, name: str = "fraud") -> str:
    return write_document({**model_body(spec), "metadata": {"name": name}})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nine_mistakes_are_nine_findings_with_line_and_column() -> None:
    Path("model.yaml").write_text(NINE_MISTAKES)

    result = lint("model.yaml", "-o", "json")

    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [(item["line"], item["column"], item["code"]) for item in found] == [
        (7, 18, "MS103"),
        (10, 46, "MS104"),
        (11, 60, "MS209"),
        (12, 14, "MS108"),
        (13, 53, "MS106"),
        (18, 22, "MS302"),
        (21, 41, "MS402"),
        (26, 9, "MS421"),
        (30, 15, "MS123"),
    ]


def test_a_valid_file_is_quiet() -> None:
    Path("model.yaml").write_text(model_text())

    result = lint("model.yaml")

    assert result.exit_code == 0
    assert result.stdout == "1 file, 0 errors, 0 warnings\n"


def test_a_finding_is_one_line_that_editors_understand() -> None:
    Path("model.yaml").write_text(NINE_MISTAKES)

    lines = lint("model.yaml").stdout.splitlines()

    assert (
        "model.yaml:18:22: error MS302 spec.preprocessing.derived[0].expr: column 10:"
        " unknown function 'log2p'; did you mean 'log2'?"
    ) in lines
    at = lines.index("    coalesce(log2p(amount), 0.0)")
    assert lines[at + 1] == "             ^^^^^^^^^^^^^"
    assert lines[-1] == "1 file, 9 errors, 0 warnings"


def test_the_place_in_an_expression_over_several_lines_is_its_beginning() -> None:
    text = NINE_MISTAKES.replace(
        "expr: coalesce(log2p(amount), 0.0)",
        "expr: >-\n        coalesce(log2p(amount),\n                 0.0)",
    )

    found = json.loads(lint("-", "-o", "json", stdin=text).stdout)

    (finding,) = [item for item in found if item["code"] == "MS302"]
    assert (finding["file"], finding["line"], finding["column"]) == ("-", 18, 13)


def test_many_documents_in_many_files_are_checked() -> None:
    Path("a").mkdir()
    other = yaml.safe_dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}})
    Path("a/models.yaml").write_text(f"{model_text()}---\n{other}---\n{model_text(name='B')}")
    Path("a/kustomization.yml").write_text("resources: [models.yaml]\n")
    Path("a/notes.txt").write_text("no: [yaml")
    Path("model.json").write_text(json.dumps({**model_body(), "metadata": {"name": "c_d"}}))

    result = lint("a", "model.json")

    assert result.exit_code == 1
    places = [line.split(" ")[0] for line in result.stdout.splitlines()]
    text = Path("a/models.yaml").read_text().splitlines()
    at = 1 + text.index("metadata: {name: B}")
    assert places == [f"a/models.yaml:{at}:18:", "model.json:1:84:", "3"]


def test_a_file_that_is_named_must_hold_a_model() -> None:
    Path("values.yaml").write_text("replicas: 3\n")

    assert lint("values.yaml").stdout.startswith("values.yaml: error MS118 holds no ModelSpec\n")
    assert lint(".").exit_code == 0


def test_a_file_that_is_no_yaml_does_not_stop_the_others() -> None:
    Path("a.yaml").write_text("spec: [1\n")
    Path("b.yaml").write_text(model_text(name="B"))

    found = json.loads(lint(".", "-o", "json").stdout)

    assert [(item["file"], item["code"]) for item in found] == [
        ("a.yaml", "MS117"),
        ("b.yaml", "MS107"),
    ]


def test_warnings_count_only_when_asked_to() -> None:
    loose = deepcopy(DECISION_SPEC)
    loose["verification"]["outputTolerance"] = {"absolute": "0.1"}
    Path("model.yaml").write_text(model_text(loose))

    result = lint("model.yaml")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].startswith("model.yaml:")
    assert " warning MS527 spec." in result.stdout.splitlines()[0]
    assert result.stdout.splitlines()[-1] == "1 file, 0 errors, 1 warning"
    assert lint("model.yaml", "--strict").exit_code == 1


@pytest.mark.parametrize("content", [b"\xff\xfeq\0", b"a: \0", b"a: 1\na: 2\n", b"\t- x"])
def test_a_hostile_file_is_a_finding(content: bytes) -> None:
    result = lint("-", "-o", "json", stdin=content)

    (found,) = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["code"] == "MS117"


def test_the_same_is_said_as_json_and_as_yaml() -> None:
    Path("model.yaml").write_text(NINE_MISTAKES)

    as_json: list[Any] = json.loads(lint("model.yaml", "-o", "json").stdout)
    assert yaml.safe_load(lint("model.yaml", "-o", "yaml").stdout) == as_json
    assert as_json[5]["excerpt"].endswith("^^^^^^^^^^^^^")


def test_a_file_that_is_not_there_is_a_wrong_call() -> None:
    result = lint("nowhere.yaml")

    assert result.exit_code == 2
    assert "nowhere.yaml: No such file or directory" in result.stderr
    assert lint().exit_code == 2


def test_what_lint_says_of_a_small_spec_it_says_of_the_same_in_json() -> None:
    spec = spec_body(serving={"replicas": 0})
    model = {**model_body(spec), "metadata": {"name": "fraud"}}

    found = json.loads(lint("-", "-o", "json", stdin=json.dumps(model, indent=1)).stdout)

    assert [(item["code"], item["path"]) for item in found] == [("MS123", "spec.serving.replicas")]


GRAPH = joining_graph(("X", 2))


def bundle(graph: bytes = GRAPH, **changes: Any) -> None:
    """Write a bundle whose model takes two columns, with some of its artifact's fields changed."""
    features = [{"name": name, "type": "Float64"} for name in ("a", "b")]
    model = {
        "name": "m",
        "inputs": [{"name": "X", "featureNames": ["a", "b"]}],
        "outputs": [
            {"name": "whole", "tensor": "row"},
            {"name": "first", "tensor": "row", "index": 0},
        ],
    }
    spec = {"featureFetching": {"features": features}, "models": [model]}
    filled = write_bundle(
        Path("bundle"), {**model_body(spec), "metadata": {"name": "joined"}}, {"m": graph}
    )
    filled["spec"]["models"][0]["artifact"].update(changes)
    Path("bundle/modelspec.yaml").write_text(write_document(filled))


def test_a_bundle_is_checked_with_its_artifacts() -> None:
    bundle()

    result = lint("bundle")

    assert (result.exit_code, result.stdout) == (0, "3 files, 0 errors, 0 warnings\n")


def test_bytes_that_are_missing_or_of_another_size_are_found() -> None:
    bundle(sizeBytes=1)

    (found,) = json.loads(lint("bundle", "-o", "json").stdout)
    assert (found["code"], found["path"]) == ("MS409", "spec.models[0].artifact.sizeBytes")
    assert found["message"] == f"expected 1, got {len(GRAPH)}"

    Path("bundle/artifacts/m.onnx").unlink()
    (found,) = json.loads(lint("bundle", "-o", "json").stdout)
    assert (found["code"], found["path"]) == ("MS407", "spec.models[0].artifact")


@pytest.mark.parametrize("name", ["m.onnx", "m.onnx.gz"])
def test_bytes_that_changed_after_they_were_written_are_named(name: str) -> None:
    bundle()
    expected = sha256(Path("bundle/artifacts/m.onnx").read_bytes())
    Path("bundle/artifacts/m.onnx").unlink()
    stored = gzip.compress(b"other") if name.endswith("gz") else b"other"
    Path("bundle/artifacts", name).write_bytes(stored)

    (found,) = json.loads(lint("bundle", "-o", "json").stdout)

    assert (found["code"], found["path"]) == ("MS408", "spec.models[0].artifact")
    assert found["message"] == (
        f"sha256 mismatch: expected {expected}, got {sha256(b'other')}; the bytes changed"
    )


def test_a_size_that_is_wrong_does_not_hide_a_graph_that_is() -> None:
    bundle(sizeBytes=1)
    text = Path("bundle/modelspec.yaml").read_text()
    Path("bundle/modelspec.yaml").write_text(text.replace("index: 0", "index: 7"))

    found = json.loads(lint("bundle", "-o", "json").stdout)

    assert [item["code"] for item in found] == ["MS409", "MS426"]


def test_packed_bytes_are_as_good(folder: Path) -> None:
    bundle()
    plain = folder / "bundle/artifacts/m.onnx"
    plain.with_name("any.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()

    assert lint("bundle", "--strict").exit_code == 0


def test_packed_artifacts_of_a_bundle_may_be_larger_than_a_file_of_models() -> None:
    bundle()
    Path("bundle/configmaps.yaml").write_bytes(b"#" * (16 * 2**20 + 1))

    assert lint("bundle").exit_code == 0
    assert "MS117" in lint("bundle/configmaps.yaml").stdout


def test_artifacts_that_many_files_share_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle()
    Path("bundle/again.yaml").write_bytes(Path("bundle/modelspec.yaml").read_bytes())
    indexed: list[ArtifactFolder] = []
    index = ArtifactFolder._index

    def counted(folder: ArtifactFolder) -> Iterator[tuple[str, Path]]:
        indexed.append(folder)
        return index(folder)

    monkeypatch.setattr(ArtifactFolder, "_index", counted)

    assert lint("bundle").stdout == "4 files, 0 errors, 0 warnings\n"
    assert len(indexed) == 1


def test_a_graph_that_contradicts_the_specification_is_found_where_the_author_wrote_it() -> None:
    bundle()
    text = Path("bundle/modelspec.yaml").read_text()
    Path("bundle/modelspec.yaml").write_text(
        text.replace("[a, b]", "[a]")
        .replace("index: 0", "index: 7")
        .replace("tensor: row}", "tensor: rwo}")
    )

    found = json.loads(lint("bundle", "-o", "json").stdout)

    assert [(item["code"], item["path"]) for item in found if item["severity"] == "error"] == [
        ("MS419", "spec.models[0].inputs[0].featureNames"),
        ("MS426", "spec.models[0].outputs[0].tensor"),
        ("MS426", "spec.models[0].outputs[1].index"),
    ]


def test_a_graph_that_no_pod_can_load_is_found() -> None:
    file = onnx.load_model_from_string(GRAPH)
    file.opset_import[0].version = 99
    bundle(file.SerializeToString())

    (found,) = json.loads(lint("bundle", "-o", "json").stdout)

    assert (found["code"], found["path"]) == ("MS414", "spec.models[0]")


def test_bytes_that_are_no_model_are_found() -> None:
    Path("artifacts").mkdir()
    Path("artifacts/model").write_bytes(MODEL_BYTES)
    Path("model.yaml").write_text(model_text())

    (found,) = json.loads(lint("model.yaml", "-o", "json").stdout)

    assert found["code"] == "MS412"
    assert found["message"].startswith("not a valid ONNX model: ")


def test_artifacts_may_lie_elsewhere() -> None:
    Path("elsewhere").mkdir()
    Path("model.yaml").write_text(model_text())

    assert lint("model.yaml").exit_code == 0
    assert "MS407" in lint("model.yaml", "--artifacts", "elsewhere").stdout
    assert lint("model.yaml", "--artifacts", "nowhere").exit_code == 2
