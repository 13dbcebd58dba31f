"""Rows in files, and what is said of files that hold none."""

from pathlib import Path

import pytest

from modelspec.compiler.frames import read_columns
from modelspec.expressions.columns import values_of
from modelspec.expressions.program import RawFeature
from modelspec.expressions.types import BOOL, FLOAT64, INT64, Kind, list_of, string
from modelspec.notebook.files import FileError, read_frame

FEATURES = (
    RawFeature("x", FLOAT64.optional()),
    RawFeature("n", INT64.optional()),
    RawFeature("b", BOOL.optional()),
    RawFeature("s", string(9).optional()),
    RawFeature("l", list_of(Kind.FLOAT64, 4).optional()),
)
CSV = 'x,n,b,s,l,more\n1.5,2,true,"a,b",[1.0],9\n,,,,,\n-1e300,-3,0,ü,[],\n'
JSON = """\
{"x": 1.5, "n": 2, "b": true, "s": "a,b", "l": [1.0], "more": 9}

{}
{"x": -1e300, "n": -3, "b": false, "s": "ü", "l": []}
"""


@pytest.mark.parametrize(("name", "text"), [("a.csv", CSV), ("a.jsonl", JSON), ("a.NDJSON", JSON)])
def test_files_of_text_hold_the_same_rows(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")

    columns = read_columns(read_frame(tmp_path / name, FEATURES), FEATURES)

    found = [list(map(repr, values_of(columns[feature.name]))) for feature in FEATURES]
    assert found == [
        ["1.5", "nan", "-1e+300"],
        ["2", "None", "-3"],
        ["True", "None", "False"],
        ["'a,b'", "None", "'ü'"],
        ["(1.0,)", "None", "()"],
    ]


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("a.txt", b"", "use a file that ends in .jsonl, .ndjson, .csv, .parquet"),
        ("a.csv", b"y\n1\n", "no column is called like a feature: b, l, n, s, x"),
        ("a.csv", b"x\n1\nten\n", "line 3: x: 'ten' is no float64"),
        ("a.csv", b"n\n1.5\n", "line 2: n: '1.5' is no int64"),
        ("a.csv", b"b\nyes\n", "line 2: b: 'yes' is no bool"),
        ("a.csv", b'x\n"1\n', "unexpected end of data"),
        ("a.csv", b"x\n\xff\n", "can't decode"),
        ("a.jsonl", b"{}\n[1]\n", "line 2: Expected `object`"),
        ("a.jsonl", b"{}\n\xff\n", "line 2:"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, name: str, content: bytes, refusal: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(FileError) as caught:
        read_frame(tmp_path / name, FEATURES)

    assert refusal in str(caught.value)
