"""`modelspec diff`: what it prints of two files, and how it exits."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from modelspec.documents.writer import write_document
from modelspec_cli.__main__ import app
from support.specs import DECISION_SPEC, Body, model_body, spec_body

REFIT = """\
model    fraud
version  f28d09d719 -> 87f5cd59d3
class    behavioral, a new version; callers keep working
change   count_scale: center 1.84 -> 1.9; logic unchanged

preprocessing  90295fa7d4 -> 619e129a02
  ~ parameters[count_scale]  center 1.84 -> 1.9
"""

BREAKING = """\
feature-fetching  8d133d57a3 -> cc073c0554
  + features[ip_country]  String, required true
    breaking: 'ip_country' is required and new; callers do not send it; make it optional first
"""


def diff(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["diff", *arguments], input=stdin, env={"COLUMNS": "80"})


def model_text(spec: Body, name: str = "fraud") -> str:
    return write_document({**model_body(spec), "metadata": {"name": name}})


def changed(change: Callable[[Body], object]) -> Body:
    body = deepcopy(DECISION_SPEC)
    change(body)
    return body


def refit(body: Body) -> None:
    body["preprocessing"]["parameters"][0]["affine"]["center"] = "1.9"


def demand(body: Body) -> None:
    feature = {"name": "ip_country", "type": "String", "required": True}
    body["featureFetching"]["features"].append(feature)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("old.yaml").write_text(model_text(DECISION_SPEC))
    return tmp_path


def test_a_refit_is_four_facts_and_a_line() -> None:
    Path("new.yaml").write_text(model_text(changed(refit)))

    result = diff("old.yaml", "new.yaml")

    assert result.exit_code == 1
    assert result.stdout == REFIT


def test_files_that_mean_the_same_are_equal() -> None:
    Path("new.json").write_text(json.dumps(model_body(deepcopy(DECISION_SPEC)), indent=1))

    result = diff("old.yaml", "new.json")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == [
        "version  f28d09d719",
        "class    none, nothing changes",
    ]


def test_what_breaks_callers_says_why_and_comes_first() -> None:
    def change(body: Body) -> None:
        demand(body)
        body["featureFetching"]["features"][0]["maxLength"] = 65

    Path("new.yaml").write_text(model_text(changed(demand)))
    assert BREAKING in diff("old.yaml", "new.yaml").stdout

    Path("new.yaml").write_text(model_text(changed(change)))
    lines = diff("old.yaml", "new.yaml").stdout.splitlines()
    (title,) = [line for line in lines if line.startswith("feature-fetching")]
    listed = lines[lines.index(title) + 1 :]
    assert listed[0].startswith("  + features[ip_country] ")
    assert listed[2] == "  ~ features[account_id].maxLength  64 -> 65"
    assert "class    breaking, callers would be refused or miss something" in lines


def test_what_makes_no_version_stands_in_a_group_of_its_own() -> None:
    Path("new.yaml").write_text(
        model_text(changed(lambda body: body["serving"].update(replicas=5)))
    )

    assert diff("old.yaml", "new.yaml").stdout.splitlines()[2:] == [
        "class    operational, no new version",
        "change   1 field changed, no new version",
        "",
        "no version",
        "  ~ serving.replicas  3 -> 5",
    ]


def test_many_changes_are_told_in_part_and_kept_in_full() -> None:
    def change(body: Body) -> None:
        derived = [{"name": f"d{i}", "type": "Bool", "expr": "amount > 1.0"} for i in range(50)]
        body["preprocessing"]["derived"] += derived

    Path("new.yaml").write_text(model_text(changed(change)))

    assert diff("old.yaml", "new.yaml").stdout.splitlines()[-1] == "  … 30 more"
    (found,) = json.loads(diff("old.yaml", "new.yaml", "-o", "json").stdout)
    assert len(found["changes"]) == 50


def test_a_name_that_a_terminal_would_obey_is_escaped() -> None:
    owner = {"name": "a\x1b[31m", "role": "Platform"}
    Path("new.yaml").write_text(
        model_text(changed(lambda body: body["info"]["owners"].append(owner)))
    )

    assert diff("old.yaml", "new.yaml").stdout.splitlines()[-1] == (
        "  + info.owners[a\\u001b[31m]  role Platform"
    )


def test_programs_get_all_of_it() -> None:
    Path("new.yaml").write_text(model_text(changed(refit)))

    (found,) = json.loads(diff("old.yaml", "new.yaml", "-o", "json").stdout)

    (part,) = found.pop("parts")
    assert (part["part"], part["before"][:10]) == ("preprocessing.json", "90295fa7d4")
    assert found.pop("before")["digest"].startswith("f28d09d719")
    assert found.pop("after")["hash"] == "87f5cd59d3"
    assert found == {
        "model": "fraud",
        "onlyIn": None,
        "effect": "Behavioral",
        "summary": "count_scale: center 1.84 -> 1.9; logic unchanged",
        "changes": [
            {
                "path": "spec.preprocessing.parameters[count_scale]",
                "kind": "Changed",
                "effect": "Behavioral",
                "part": "preprocessing.json",
                "summary": "center 1.84 -> 1.9",
                "before": {"center": "1.84"},
                "after": {"center": "1.9"},
                "reason": "",
            }
        ],
    }


def test_yaml_says_what_json_says() -> None:
    Path("new.yaml").write_text(model_text(spec_body()))

    as_json: list[Any] = json.loads(diff("old.yaml", "new.yaml", "-o", "json").stdout)
    assert yaml.safe_load(diff("old.yaml", "new.yaml", "-o", "yaml").stdout) == as_json
    assert as_json[0]["effect"] == "Breaking"


def test_of_several_models_those_of_a_name_are_compared() -> None:
    Path("old.yaml").write_text(
        f"{model_text(spec_body(), 'a')}---\n{model_text(spec_body(), 'b')}"
    )
    grown = spec_body(serving={"replicas": 2})
    Path("new.yaml").write_text(f"{model_text(grown, 'b')}---\n{model_text(spec_body(), 'c')}")

    result = diff("old.yaml", "new.yaml", "-o", "json")

    assert result.exit_code == 1
    assert [(item["model"], item["onlyIn"]) for item in json.loads(result.stdout)] == [
        ("a", "old.yaml"),
        ("b", None),
        ("c", "new.yaml"),
    ]
    text = diff("old.yaml", "new.yaml").stdout
    assert text.startswith("model  a\nclass  only in old.yaml\n\nmodel    b\n")
    assert diff("old.yaml", "old.yaml").exit_code == 0


def test_the_only_models_are_compared_whatever_they_are_called() -> None:
    Path("new.yaml").write_text(model_text(DECISION_SPEC, "renamed"))

    result = diff("old.yaml", "new.yaml")

    assert result.exit_code == 0
    assert result.stdout.startswith("model    renamed\nversion  f28d09d719\n")


def test_one_of_them_may_come_from_another_program() -> None:
    result = diff("-", "old.yaml", stdin=model_text(changed(refit)))

    assert result.exit_code == 1
    assert "parameters[count_scale]  center 1.9 -> 1.84" in result.stdout
    assert diff("-", "-", stdin="").exit_code == 2


def test_a_bundle_is_its_specification() -> None:
    Path("bundle").mkdir()
    Path("bundle/modelspec.yaml").write_text(model_text(DECISION_SPEC))
    Path("bundle/configmaps.yaml").write_text("apiVersion: v1\nkind: ConfigMap\n")

    assert diff("old.yaml", "bundle").exit_code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (model_text(spec_body(serving={"replicas": 0})), "error MS123 spec.serving.replicas:"),
        ("spec: [1\n", "error MS117"),
        ("kind: ConfigMap\n", "new.yaml: error MS118 holds no ModelSpec"),
    ],
)
def test_what_is_not_valid_is_trouble(text: str, said: str) -> None:
    Path("new.yaml").write_text(text)

    result = diff("old.yaml", "new.yaml", "-o", "json")

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "warning" not in result.stderr


def test_a_file_that_is_not_there_is_trouble() -> None:
    result = diff("old.yaml", "nowhere.yaml")

    assert result.exit_code == 2
    assert "nowhere.yaml: No such file or directory" in result.stderr
