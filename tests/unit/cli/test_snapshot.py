"""`modelspec snapshot`: the digests that it prints, and the bytes that it writes."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from modelspec.documents.writer import write_document
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import take_snapshot
from modelspec.snapshot.reader import read_snapshot
from modelspec_cli.__main__ import app
from support.specs import DECISION_SPEC, Body, model_body, spec_body

DIGEST = "f28d09d719576c72142184da775c86ad82fa4ea1cf080ebf29e8c39ac690135d"

TEXT = f"""\
model   fraud
digest  {DIGEST}
hash    f28d09d719

part                   digest      bytes
feature-fetching.json  8d133d57a3    510
preprocessing.json     90295fa7d4    404
models.json            a52f361933    528
pipeline.json          51e5b64b1d    667
postprocessing.json    008cc7e143    650
verification.json      b429bd4856    118
"""


def snapshot(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["snapshot", *arguments], input=stdin, env={"COLUMNS": "300"})


def model_text(spec: Body, name: str = "fraud") -> str:
    return write_document({**model_body(spec), "metadata": {"name": name}})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("model.yaml").write_text(model_text(DECISION_SPEC))
    return tmp_path


def test_every_part_is_a_line_with_its_digest_and_its_size() -> None:
    result = snapshot("model.yaml")

    assert result.exit_code == 0
    assert result.stdout == TEXT


def test_programs_get_the_manifest_and_exactly_what_was_hashed() -> None:
    (found,) = json.loads(snapshot("model.yaml", "-o", "json").stdout)

    taken = take_snapshot(ModelSpecSpec.model_validate(DECISION_SPEC))
    assert found["documents"] == dict(taken.documents)
    assert found["manifest"]["digest"] == found["digest"] == DIGEST
    assert yaml.safe_load(snapshot("model.yaml", "-o", "yaml").stdout) == [found]


def test_a_folder_gets_the_files_that_a_pod_mounts() -> None:
    result = snapshot("model.yaml", "--output-directory", "deep/snapshot")

    assert result.exit_code == 0
    files = {path.name: path.read_bytes() for path in Path("deep/snapshot").iterdir()}
    assert read_snapshot(files, expected_digest=DIGEST).digest == DIGEST


def test_writing_the_same_twice_changes_nothing_and_completes_what_is_missing() -> None:
    snapshot("model.yaml", "--output-directory", "out")
    Path("out/models.json").unlink()

    assert snapshot("model.yaml", "--output-directory", "out").exit_code == 0
    assert Path("out/models.json").exists()


@pytest.mark.parametrize("name", ["notes.txt", "models.json"])
def test_a_folder_with_other_files_is_refused_as_it_is(name: str) -> None:
    Path("out").mkdir()
    Path("out", name).write_text("{}")

    result = snapshot("model.yaml", "--output-directory", "out")

    assert result.exit_code == 2
    assert f"out/{name} is not of this snapshot; give an empty folder" in result.stderr
    assert [path.name for path in Path("out").iterdir()] == [name]
    assert Path("out", name).read_text() == "{}"


def test_a_folder_in_the_folder_is_refused() -> None:
    Path("out/models.json").mkdir(parents=True)

    assert snapshot("model.yaml", "--output-directory", "out").exit_code == 2


def test_what_cannot_be_written_is_said() -> None:
    result = snapshot("model.yaml", "--output-directory", "model.yaml")

    assert result.exit_code == 2
    assert "model.yaml: File exists" in result.stderr


def test_one_folder_takes_one_snapshot() -> None:
    both = f"{model_text(spec_body(), 'a')}---\n{model_text(spec_body(), 'b')}"

    assert snapshot("-", "--output-directory", "out", stdin=both).exit_code == 2
    assert not Path("out").exists()
    text = snapshot("-", stdin=both).stdout
    assert [line for line in text.splitlines() if line.startswith("model ")] == [
        "model   a",
        "model   b",
    ]


def test_what_is_not_valid_has_no_snapshot() -> None:
    Path("model.yaml").write_text(model_text(spec_body(serving={"replicas": 0})))

    result = snapshot("model.yaml", "--output-directory", "out")

    assert result.exit_code == 1
    assert "error MS123 spec.serving.replicas:" in result.stdout
    assert not Path("out").exists()
    assert snapshot("model.yaml", "-o", "json").stdout == ""


def test_a_file_that_is_not_there_is_a_wrong_call() -> None:
    assert snapshot("nowhere.yaml").exit_code == 2
