"""`modelspec golden` and `modelspec verify`: what they write, print and return."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import modelspec as ms
from modelspec_cli.__main__ import app


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    spec = ms.Spec("rules")
    spec.feature("amount", ms.Float64, required=True)
    spec.feature("country", ms.String, max_length=8)
    spec.postprocessing = {
        "outputs": [
            {"name": "is_large", "type": "Bool", "expr": "amount > 100.0"},
            {"name": "half", "type": "Float64", "expr": "amount / 2.0"},
        ]
    }
    return spec.dump(tmp_path / "bundle")


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "rows.csv"
    file.write_text("amount,country\n1,GB\n200,\n50.5,FR\n")
    return file


def test_golden_rows_are_written_and_reproduced(bundle: Path, rows: Path) -> None:
    written = run("golden", str(bundle), "--rows", str(rows), "-n", "5")
    found = run("verify", str(bundle), "--rows", str(rows))

    assert (written.exit_code, written.stdout) == (0, f"wrote 7 golden rows to {bundle}\n")
    assert found.exit_code == 0
    assert found.stdout == (
        "7 golden rows reproduced; features of 3 rows bit-equal in both executors\n"
    )
    assert run("lint", str(bundle)).exit_code == 0


def test_a_bundle_without_golden_rows_is_told_how_to_get_some(bundle: Path) -> None:
    result = run("verify", str(bundle))

    assert result.exit_code == 0
    assert "has no golden rows; add some with modelspec golden" in result.stdout


def test_what_differs_is_printed_and_the_exit_code_says_so(bundle: Path, rows: Path) -> None:
    run("golden", str(bundle), "--rows", str(rows))
    file = bundle / "modelspec.yaml"
    file.write_text(file.read_text().replace("amount / 2.0", "amount / 2.5"))

    result = run("verify", str(bundle))

    assert result.exit_code == 1
    first = result.stdout.splitlines()[0]
    assert "MS525 spec.verification: row 0: 'half' expected 0.5, got 0.4" in first


def test_an_invalid_bundle_is_told_with_its_findings(bundle: Path, rows: Path) -> None:
    file = bundle / "modelspec.yaml"
    file.write_text(file.read_text().replace("amount / 2.0", "amuont / 2.0"))

    result = run("verify", str(bundle), "--rows", str(rows))

    assert result.exit_code == 1
    assert "did you mean 'amount'" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["verify", "nowhere"], "no such file or folder"),
        (["verify", "{bundle}", "--rows", "nowhere.csv"], "No such file"),
        (["verify", "{bundle}", "--rows", "{bundle}/modelspec.yaml"], "use a file that ends in"),
        (["golden", "{bundle}"], "--rows"),
    ],
    ids=["bundle", "rows", "kind", "without"],
)
def test_wrong_calls_exit_with_2(bundle: Path, arguments: list[str], said: str) -> None:
    result = run(*(argument.format(bundle=bundle) for argument in arguments))

    assert result.exit_code == 2
    assert said in result.stderr
