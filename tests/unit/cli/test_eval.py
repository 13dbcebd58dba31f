"""`modelspec eval`: what it prints, what it refuses, and how it exits."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from modelspec_cli.__main__ import app
from modelspec_cli.commands import trial

PROGRAM = Path(sys.executable).with_name("modelspec")


def evaluate(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["eval", *arguments], input=stdin, env={"COLUMNS": "200"})


def lines_of(*arguments: str) -> list[str]:
    result = evaluate(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def document_of(*arguments: str, stdin: str | None = None) -> dict[str, Any]:
    result = evaluate(*arguments, "-o", "json", stdin=stdin)
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def refused(*arguments: str, stdin: str | None = None) -> str:
    """Return what is said of a call that is wrong in itself."""
    result = evaluate(*arguments, stdin=stdin)
    assert result.exit_code == 2
    assert result.stdout == ""
    return " ".join(result.stderr.split())


def test_the_text_says_what_the_expression_is_and_gives() -> None:
    assert lines_of("log1p( amount )/2", "--row", '{"amount": 12.5}') == [
        "canonical  log1p(amount) / 2",
        "type       float64?",
        "cost       3 units, about 0.15 us a row",
        "class      R, other engines may differ in the last bits; T, a tensor runtime can run it",
        "value      1.3013448427221919",
    ]


def test_the_json_has_everything_for_a_program_with_all_digits() -> None:
    assert document_of("x / 3", "--row", '{"x": 1}') == {
        "canonical": "x / 3",
        "type": "float64",
        "nullable": True,
        "cost": 2.0,
        "values": [1 / 3],
    }


def test_a_constant_needs_no_row() -> None:
    assert document_of("1 + 2")["values"] == [3]


@pytest.mark.parametrize(
    ("values", "declared"),
    [
        ([1, 2], "int64"),
        ([1, 2.0], "float64"),
        ([None, True], "bool"),
        (["a", None], "string"),
        ([[1], []], "list<int64>"),
        ([[1], [0.5]], "list<float64>"),
        ([["a"]], "list<string>"),
    ],
)
def test_types_are_inferred_from_all_rows(
    values: Sequence[Any], declared: str, tmp_path: Path
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps({"x": value}) + "\n" for value in values))

    document = document_of("x", "--rows", str(file))

    assert document["type"] == declared
    assert document["values"] == values


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "has no value in any row"),
        ([], "has only empty lists"),
        ([1, "a"], "has values of several types: int64, string"),
        ([True], "has values of type list<bool>, which no feature takes"),
        ({"a": 1}, "has JSON objects as values, which no feature takes"),
    ],
)
def test_a_type_that_no_value_shows_must_be_given(value: Any, why: str) -> None:
    message = refused("x", "--row", json.dumps({"x": value}))

    assert f"feature 'x' {why}; say its type, as in --types x=float64" in message


def test_what_the_expression_does_not_use_may_be_anything() -> None:
    assert document_of("x", "--row", '{"x": 1, "Other-One": {"deep": [null]}}')["values"] == [1]


def test_a_given_type_decides() -> None:
    row = '{"x": 1, "at": "2026-03-29T03:30:00+02:00"}'

    assert document_of("x", "--types", "x=float64", "--row", row)["values"] == [1.0]
    assert document_of("at", "--types", "at=timestamp", "--row", row) == {
        "canonical": "at",
        "type": "timestamp",
        "nullable": True,
        "cost": 0.0,
        "values": ["2026-03-29T01:30:00Z"],
    }


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2026-01-02T03:04:05.25Z", "2026-01-02T03:04:05.25Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00+14:00", "0000-12-31T10:00:00Z"),
    ],
)
def test_a_time_is_shown_in_utc(given: str, shown: str) -> None:
    assert lines_of("at", "--types", "at=timestamp", "--row", json.dumps({"at": given}))[-1] == (
        f"value      {shown}"
    )


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ("x=flot64", "unknown type 'flot64' of 'x'; did you mean 'float64'?"),
        ("x=Float64", "unknown type 'Float64' of 'x'; did you mean 'float64'?"),
        ("x=decimal", "unknown type 'decimal' of 'x'; use bool, int64, float64, string,"),
        ("x", "'x' must be like amount=float64"),
        ("x=bool,x=bool", "'x' is given twice"),
    ],
)
def test_a_type_that_is_none_is_a_usage_error(types: str, message: str) -> None:
    assert f"--types: {message}" in refused("x", "--types", types)


def test_each_problem_of_an_expression_is_shown_with_its_place() -> None:
    result = evaluate("amout + foo(2)", "--row", '{"amount": 1}')

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        "MS301 column 1: unknown name 'amout'; did you mean 'amount'?\n"
        "  amout + foo(2)\n"
        "  ^^^^^\n"
        "MS302 column 9: unknown function 'foo'; did you mean 'floor'?\n"
        "  amout + foo(2)\n"
        "          ^^^^^^\n"
    )


def test_a_name_that_resembles_nothing_may_be_a_feature_without_a_type() -> None:
    result = evaluate("visits > 3", "--row", '{"amount": 1}')

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        "if 'visits' is a feature, give it a value in --row, or a type: --types visits=float64"
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('{"x": 1,}', "--row: invalid JSON at column 9: Expecting property name"),
        ('{\n"x": 1 2}', "--row: invalid JSON at line 2, column 8: Expecting ',' delimiter"),
        ('{"x": NaN}', "--row: invalid JSON: NaN is no JSON; write null"),
        ('{"x": 1e400}', "--row: invalid JSON: 1e400 is too large for float64"),
        ("[" * 100_000, "--row: invalid JSON: maximum recursion depth exceeded"),
        ("[1]", '--row: a row is a JSON object like {"amount": 12.5}, got [1]'),
    ],
)
def test_a_row_that_is_no_json_object_is_refused_with_its_place(row: str, message: str) -> None:
    assert message in refused("x", "--row", row)


@pytest.mark.parametrize(
    ("types", "row", "message"),
    [
        ("x=int64", '{"x": "a"}', "feature 'x' is Int64, row 0 holds 'a', a str; convert it"),
        ("x=int64", '{"x": 5.0}', "row 0: Expected `int | null`, got `float` - at `$.x`"),
        ("x=timestamp", '{"x": "2026-01-02T03:04:05"}', "row 0 holds '2026-01-02T03:04:05'"),
        ("x=float64", '{"x": true}', "row 0 holds True, a bool"),
    ],
)
def test_a_row_is_read_as_a_request_is(types: str, row: str, message: str) -> None:
    assert message in refused("x", "--types", types, "--row", row)


def test_an_integer_that_is_not_exact_is_null() -> None:
    assert document_of("x", "--row", '{"x": 9007199254740992}')["values"] == [None]


def test_rows_may_come_from_standard_input_with_empty_lines() -> None:
    document = document_of("x * 2", "--rows", "-", stdin='{"x": 1}\n\n{"x": null}\n{}\r\n')

    assert document["values"] == [2, None, None]


def test_many_rows_are_a_table_of_the_first_twenty() -> None:
    rows = "".join(f'{{"n": {n}, "s": "é{n}", "other": 0}}\n' for n in range(8, 33))

    result = evaluate("left(s, 2) if n > 9 else null", "--rows", "-", stdin=rows)

    table = result.stdout.splitlines()[5:]
    assert table[:4] == [
        "row   n  s      value",
        '  0   8  "é8"   null',
        '  1   9  "é9"   null',
        '  2  10  "é10"  "é1"',
    ]
    assert table[20:] == [' 19  27  "é27"  "é2"', "… 5 more"]


def test_a_bad_line_is_named() -> None:
    assert "--rows: -, line 3: invalid JSON at column 2" in refused(
        "x", "--rows", "-", stdin='{"x": 1}\n\n{x}\n'
    )


def test_the_number_and_the_size_of_rows_are_bounded(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("{}\n" * 10_001)
    assert "must have at most 10000 rows, got 10001" in refused("1", "--rows", str(file))

    file.write_bytes(b" " * 10_000_001)
    assert "must have at most 10 MB; take a part of it" in refused("1", "--rows", str(file))


def test_a_file_that_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    assert "rows.jsonl: No such file or directory" in refused("1", "--rows", str(file))

    file.write_bytes(b'{"x": "\xff"}')
    assert "rows.jsonl: byte 8 is not UTF-8" in refused("1", "--rows", str(file))

    file.write_text("\n")
    assert "rows.jsonl has no rows; write one JSON object a line" in refused(
        "1", "--rows", str(file)
    )


def test_one_row_and_many_exclude_each_other() -> None:
    assert "give --row or --rows, not both" in refused("1", "--row", "{}", "--rows", "-")


PARAMETERS = """
- name: scaler
  type: Affine
  affine: {center: "2", scale: "4"}
- name: risk
  type: LookupTable
  lookupTable:
    keyType: String
    entries: [{key: "5967", value: "0.25"}]
    default: "0.01"
"""


def test_fitted_parameters_come_as_a_specification_has_them(tmp_path: Path) -> None:
    file = tmp_path / "parameters.yaml"
    file.write_text(PARAMETERS)

    document = document_of(
        "affine(x, scaler) + lookup(mcc, risk)",
        *("--row", '{"x": 5, "mcc": "5967"}', "--parameters", str(file)),
    )

    assert document["values"] == [1.0]


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (PARAMETERS.replace('"4"', '"0"'), 1, "MS329 [0].affine.scale: must not be '0'"),
        (PARAMETERS.replace('"4"', "4"), 2, "[0].affine.scale: Input should be a valid string"),
        (PARAMETERS.replace("risk", "scaler"), 2, "each parameter must have a name of its own"),
        ("name: scaler", 2, "the document: Input should be a valid list"),
        ("- {", 2, "line 1, column 4"),
    ],
)
def test_parameters_that_cannot_be_used_are_refused(
    text: str, code: int, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "parameters.yaml"
    file.write_text(text)

    result = evaluate("1", "--parameters", str(file))

    assert result.exit_code == code
    assert message in result.stderr


def test_a_name_is_a_feature_or_a_parameter(tmp_path: Path) -> None:
    file = tmp_path / "parameters.yaml"
    file.write_text(PARAMETERS)

    message = refused("scaler", "--row", '{"scaler": 1}', "--parameters", str(file))

    assert "'scaler' is both a feature and a parameter" in message


def test_executors_that_differ_are_told_of_and_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "_run_columns", lambda _program, _rows: [-0.0])

    result = evaluate("x", "--row", '{"x": 0.0}')

    assert result.exit_code == 1
    assert result.stdout.splitlines()[-2:] == ["by row     0.0", "by column  -0.0"]
    assert "the executors differ in 1 of 1 rows, first in row 0" in result.stderr


def test_an_unknown_format_is_a_usage_error() -> None:
    assert "'yaml' is not one of" in refused("1", "-o", "yaml")


def test_the_installed_program_does_the_same() -> None:
    call = [str(PROGRAM), "eval", "concat(s, s)", "--row", '{"s": "\\u001b[31mé"}']

    done = subprocess.run(call, capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == 'value      "\\u001b[31mé\\u001b[31mé"'
    assert "\x1b" not in done.stdout, "colours are for terminals"


def test_help_shows_examples() -> None:
    for call in (["--help"], ["eval", "--help"]):
        result = CliRunner().invoke(app, call, env={"COLUMNS": "100"})

        assert result.exit_code == 0
        assert max(map(len, result.stdout.splitlines())) <= 100
    assert """modelspec eval 'log1p(amount)' --row '{"amount": 12.5}'""" in result.stdout


def test_the_program_starts_without_what_only_commands_need() -> None:
    code = "import sys, modelspec_cli.__main__; print({'numpy', 'modelspec'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"
