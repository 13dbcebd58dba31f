"""`modelspec predict`: files of rows, with what a pod would answer."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

import modelspec as ms
from modelspec.notebook import tables
from modelspec_cli.__main__ import app

ROWS: list[dict[str, Any]] = [
    {"amount": 1.0, "country": "gb", "note": "kept"},
    {"amount": 200.5, "country": None, "note": 'é, "quoted"'},
    {"amount": 0.1, "country": "XK", "note": ""},
    {"amount": 300.0, "country": "xk", "note": "x"},
]


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "ROWS", 3)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    spec = ms.Spec("rules")
    spec.feature("amount", ms.Float64, required=True)
    spec.feature("country", ms.String, max_length=8)
    spec.postprocessing = {
        "outputs": [
            {"name": "is_large", "type": "Bool", "expr": "amount > 100.0"},
            {"name": "score", "type": "Int64", "expr": "to_int(amount)"},
            {"name": "third", "type": "Float64", "expr": "amount / 3.0 if amount > 1.0 else null"},
        ],
        "reasonCodes": {
            "rules": [
                {"code": "LARGE", "when": "amount > 100.0"},
                {"code": "RARE", "when": 'lower(country) == "xk"'},
            ]
        },
    }
    return spec.dump(tmp_path / "bundle")


EXPECTED: list[dict[str, Any]] = [
    {"is_large": False, "score": 1, "third": None, "reasonCodes": []},
    {"is_large": True, "score": 200, "third": 200.5 / 3.0, "reasonCodes": ["LARGE"]},
    {"is_large": False, "score": 0, "third": None, "reasonCodes": ["RARE"]},
    {"is_large": True, "score": 300, "third": 100.0, "reasonCodes": ["LARGE", "RARE"]},
]


def predict(bundle: Path, rows: Path, *others: str) -> Result:
    arguments = ["predict", str(bundle), "--rows", str(rows), *others]
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


def test_lines_of_json_get_their_answers(bundle: Path, tmp_path: Path) -> None:
    rows, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n\n" for row in ROWS))

    result = predict(bundle, rows, "--out", str(out))

    assert (result.exit_code, result.stdout) == (0, f"wrote 4 rows to {out}\n"), result.output
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert found == [{**row, **answer} for row, answer in zip(ROWS, EXPECTED, strict=True)]


def test_csv_keeps_its_cells_and_gets_columns(bundle: Path, tmp_path: Path) -> None:
    rows, out = tmp_path / "rows.csv", tmp_path / "out.csv"
    with rows.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*ROWS[0], "score"])  # a column that is filled
        writer.writeheader()
        writer.writerows(ROWS)

    result = predict(bundle, rows, "--out", str(out))

    assert result.exit_code == 0, result.output
    with out.open(newline="") as file:
        found = list(csv.DictReader(file))
    assert list(found[0]) == [
        *("amount", "country", "note", "score", "is_large", "third", "reasonCodes"),
    ]
    assert found[1]["note"] == ROWS[1]["note"]
    assert [row["third"] for row in found] == ["", repr(200.5 / 3.0), "", "100.0"]
    assert found[3]["reasonCodes"] == "LARGE,RARE"
    assert [row["is_large"] for row in found] == ["false", "true", "false", "true"]


def test_parquet_gets_columns_with_types(bundle: Path, tmp_path: Path) -> None:
    import pyarrow as pa  # noqa: PLC0415  # half a second that the others need not wait for

    rows, out = tmp_path / "rows.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS), rows)

    result = predict(bundle, rows, "--out", str(out))

    assert result.exit_code == 0, result.output
    found = pq.read_table(out).to_pylist()
    assert found == [{**row, **answer} for row, answer in zip(ROWS, EXPECTED, strict=True)]


@pytest.mark.parametrize(
    ("name", "content", "others", "said"),
    [
        ("rows.txt", "", [], "use a file that ends in"),
        ("rows.jsonl", "{}\n", ["--out", "out.csv"], "must end in .jsonl"),
        ("rows.jsonl", '{"amount":1}\n' * 4 + "{}\n", [], "row 4"),
        ("rows.jsonl", '{"amount":1}\n[\n', [], "line 2"),
        ("rows.csv", "amount\n1\n2\n3\nx\n", [], "amount: 'x' is no"),
        ("rows.csv", "other\n1\n", [], "no column is called like a feature"),
    ],
)
def test_what_cannot_be_answered_is_said_and_nothing_is_written(
    bundle: Path, tmp_path: Path, name: str, content: str, others: list[str], said: str
) -> None:
    rows, out = tmp_path / name, tmp_path / f"out{Path(name).suffix}"
    rows.write_text(content)

    result = predict(bundle, rows, *(others or ["--out", str(out)]))

    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", "").split())
    assert [path.name for path in tmp_path.iterdir()] == ["bundle", name] or not out.exists()
    assert not list(tmp_path.glob(".*.new"))
