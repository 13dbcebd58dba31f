"""The program as a whole, and the commands that only print: schema, init, explain."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from modelspec import __version__
from modelspec.errors import Code
from modelspec.names import API_VERSION
from modelspec_cli.__main__ import app
from support.specs import DECISION_SPEC, PREPROCESSED_SPEC, SPEC, Body, model_body

PROGRAM = Path(sys.executable).with_name("modelspec")


def call(*arguments: str, columns: str = "300") -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": columns})


@pytest.mark.parametrize("name", ["modelspec", "kubectl-modelspec"])
def test_the_program_is_installed_also_for_kubectl(name: str) -> None:
    done = subprocess.run(
        [PROGRAM.with_name(name), "--version"], capture_output=True, text=True, check=True
    )

    assert done.stdout == f"modelspec {__version__}\n"


def test_the_help_names_every_command_and_the_exit_codes() -> None:
    text = call("--help").stdout

    for command in ("diff", "eval", "explain", "init", "lint", "plan", "schema", "snapshot"):
        assert f" {command} " in text
    assert "3 if the cluster does not answer" in text


def test_a_reader_that_goes_away_is_no_error() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{PROGRAM} schema | head -1"], capture_output=True, text=True, check=True
    )

    assert (done.stdout, done.stderr) == ("{\n", "")


# schema


def _complaints(schema: Any, value: Any, path: str = "") -> list[str]:
    """Return where a value is not what a schema says, as far as ours say anything."""
    found: list[str] = []
    if "const" in schema and value != schema["const"]:
        found.append(f"{path}: const")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path}: enum")
    if isinstance(value, dict) and "properties" in schema:
        fields = schema["properties"]
        if schema.get("additionalProperties") is False:
            found += [f"{path}.{name}: unknown" for name in value if name not in fields]
        found += [f"{path}: no {name}" for name in schema.get("required", ()) if name not in value]
        for name in filter(value.__contains__, fields):
            found += _complaints(fields[name], value[name], f"{path}.{name}")
    if isinstance(value, list):
        for index, item in enumerate(value):
            found += _complaints(schema["items"], item, f"{path}[{index}]")
    return found


def _schema() -> Any:
    return json.loads(call("schema").stdout)


@pytest.mark.parametrize("spec", [SPEC, PREPROCESSED_SPEC, DECISION_SPEC])
def test_editors_have_nothing_to_say_against_a_valid_file(spec: Body) -> None:
    assert _complaints(_schema(), {**model_body(spec), "metadata": {"name": "fraud"}}) == []


def test_editors_complain_of_what_is_wrong() -> None:
    model = {**model_body({**SPEC, "featureFeching": {}}), "kind": "Modelspec"}

    assert _complaints(_schema(), model) == [".kind: const", ".spec.featureFeching: unknown"]


def test_the_schema_for_editors_is_closed_and_has_nothing_of_kubernetes() -> None:
    text = call("schema").stdout

    assert "x-kubernetes" not in text
    assert _schema()["properties"]["apiVersion"] == {"const": API_VERSION}
    assert _schema()["properties"]["spec"]["additionalProperties"] is False
    assert '"description"' in text


# init


def test_a_starter_is_valid_and_tells_what_there_is(tmp_path: Path) -> None:
    directory = tmp_path / "checkout-fraud"

    assert call("init", str(directory)).exit_code == 0

    result = call("lint", str(directory))
    assert (result.exit_code, result.stdout) == (0, "2 files, 0 errors, 0 warnings\n")
    text = (directory / "modelspec.yaml").read_text()
    assert yaml.safe_load(text)["metadata"]["name"] == "checkout-fraud"
    assert text.count("#") > 10


@pytest.mark.parametrize("name", ["no", "on", "y", "null", "true", "e1"])
def test_a_starter_may_be_called_as_yaml_calls_something_else(tmp_path: Path, name: str) -> None:
    assert call("init", str(tmp_path), "--name", name).exit_code == 0

    assert call("lint", str(tmp_path), "--strict").exit_code == 0
    text = (tmp_path / "modelspec.yaml").read_text()
    assert yaml.safe_load(text)["metadata"]["name"] == name


def test_a_starter_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("mine")

    result = call("init", str(tmp_path), "--name", "fraud")

    assert result.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["kustomization.yaml"]


def test_a_starter_needs_a_name_that_a_cluster_takes(tmp_path: Path) -> None:
    result = call("init", str(tmp_path / "Checkout_Fraud"))

    assert result.exit_code == 2
    assert "try 'checkout-fraud'" in result.stderr


# explain


@pytest.mark.parametrize("code", list(Code), ids=lambda code: code.name)
def test_every_code_is_explained(code: Code) -> None:
    result = call("explain", code.name)

    assert result.exit_code == 0
    assert result.stdout.startswith(f"{code.name} {code.reason}: ")


def test_all_codes_are_listed() -> None:
    text = call("explain").stdout

    assert all(f"  {code.name}  " in text for code in Code)


def test_a_code_may_be_written_in_short() -> None:
    assert call("explain", "505").stdout == call("explain", "ms505").stdout


def test_a_code_that_does_not_exist_is_a_wrong_call() -> None:
    result = call("explain", "MS4006")

    assert result.exit_code == 2
    assert "'MS4006' is no code; did you mean MS406?" in result.stderr


def test_an_explanation_can_be_read_by_programs() -> None:
    found = json.loads(call("explain", "MS105", "-o", "json").stdout)

    assert (found["code"], found["severity"]) == ("MS105", "warning")
    assert yaml.safe_load(call("explain", "MS105", "-o", "yaml").stdout) == found
    assert len(json.loads(call("explain", "-o", "json").stdout)) == len(Code)
