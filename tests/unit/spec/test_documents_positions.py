"""Where a person looks for what a path names."""

import json

import pytest

from modelspec.documents.document import Document
from modelspec.documents.positions import Position
from modelspec.documents.reader import read_documents

TEXT = """\
kind: ModelSpec
spec:
  features:
    - name: a
      type: Float64
    - {name: b, range: {min: "0"}}
    - &c c
  empty:
  quoted: ""
  "dotted.key": 1
  block: |
    one
  logic: [x > 1, "x > 2", 'é > 3', "x \\t> 4", *c]
  folded: >-
    x > 1
  alias: &base {deep: [1, 2]}
  again: *base
  merged:
    <<: *base
    own: 1
---
kind: Second
"""


def document() -> Document:
    return read_documents(TEXT.encode())[0]


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ("", 1, 1),
        ("kind", 1, 7),
        ("spec", 2, 1),
        ("spec.features", 3, 3),
        ("spec.features[0]", 4, 7),
        ("spec.features[0].name", 4, 13),
        ("spec.features[0].type", 5, 13),
        ("spec.features[1]", 6, 7),
        ("spec.features[1].name", 6, 14),
        ("spec.features[1].range", 6, 17),
        ("spec.features[1].range.min", 6, 30),
        ("spec.features[2]", 7, 7),
        ("spec.empty", 8, 3),
        ("spec.quoted", 9, 11),
        ("spec.block", 11, 10),
        ("spec.alias.deep[1]", 16, 27),
        ("spec.again", 17, 3),
        ("spec.again.deep[1]", 16, 27),
        ("spec.merged", 18, 3),
        ("spec.merged.deep", 16, 17),
        ("spec.merged.own", 20, 10),
    ],
)
def test_a_path_leads_to_a_scalar_itself_and_to_the_key_of_anything_else(
    path: str, line: int, column: int
) -> None:
    assert document().position(path) == Position(line, column)


@pytest.mark.parametrize(
    ("path", "prefix"),
    [
        ("spec.features[0].default", "spec.features[0]"),
        ("spec.features[0].default.a[2]", "spec.features[0]"),
        ("spec.features[3].name", "spec.features"),
        ("spec.features.name", "spec.features"),
        ("spec.features[99999999999999]", "spec.features"),
        ("spec[0]", "spec"),
        ("kind.name", "kind"),
        ("kind[0]", "kind"),
        ("spec.dotted.key", "spec"),
        ("metadata.name", ""),
        ("spec.features[x]", "spec.features"),
        ("spec..features", "spec"),
        ("]", ""),
    ],
)
def test_what_does_not_exist_is_looked_for_where_it_would_belong(path: str, prefix: str) -> None:
    assert document().position(path) == document().position(prefix)


@pytest.mark.parametrize(
    ("path", "column"),
    [
        ("spec.logic[0]", 11 + 2),
        ("spec.logic[1]", 18 + 1 + 2),
        ("spec.logic[2]", 27 + 1 + 2),
        ("spec.logic[3]", 36),
        ("spec.logic[4]", 47),
    ],
)
def test_a_character_of_a_string_is_found_where_the_file_has_the_string_as_it_is(
    path: str, column: int
) -> None:
    assert document().position(path, offset=2) == Position(13, column)


def test_a_character_behind_the_end_of_a_string_is_its_end() -> None:
    assert document().position("spec.logic[0]", offset=99) == Position(13, 11 + len("x > 1"))


def test_an_offset_moves_no_key() -> None:
    assert document().position("spec.features", offset=3) == Position(3, 3)
    assert document().position("kind.name", offset=3) == Position(1, 7)


def test_a_string_that_begins_like_its_source_is_not_taken_for_it() -> None:
    (found,) = read_documents(b"""a: 'it''s'\nb: "x\\\\y"\nc: one\n  two\nd: "\\\\\\\\"\n""")

    assert found.position("a", offset=3) == Position(1, 4)
    assert found.position("b", offset=2) == Position(2, 4)
    assert found.position("c", offset=5) == Position(3, 4)
    assert found.position("d", offset=1) == Position(5, 4)


def test_lines_are_counted_through_the_whole_file() -> None:
    assert read_documents(TEXT.encode())[1].position("kind") == Position(22, 7)


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_break_counts_once(line_break: str) -> None:
    (found,) = read_documents(f"é: 1{line_break}{line_break}b: ü{line_break}".encode())

    assert found.position("b") == Position(3, 4)


def test_line_breaks_that_editors_do_not_show_are_not_counted() -> None:
    (found,) = read_documents("a: 'x\u2028 \u0085'\nb: 1".encode())

    assert found.position("b") == Position(2, 4)


def test_columns_count_characters_and_no_byte_order_mark() -> None:
    (found,) = read_documents("\ufeff{é: 😀, b: x,\nc: yz}".encode())

    assert found.position("b", offset=1) == Position(1, 12)
    assert found.position("c", offset=1) == Position(2, 5)


def test_pairs_of_escapes_count_as_they_are_written() -> None:
    text = '{"a": "\\ud83d\\ude00 😀", "b": "\\uD83D\\uDE00x",\n"c": "\\ud83d\\ude00", "d": 1}'
    (found,) = read_documents(text.encode())

    assert json.loads(text) == found.value
    assert found.position("b") == Position(1, text.index('"\\uD83D') + 1)
    assert found.position("b", offset=1) == Position(1, text.index("x") + 1)
    assert found.position("d") == Position(2, text.splitlines()[1].index("1}") + 1)


def test_line_breaks_of_yaml_count_as_they_are_written_in_json() -> None:
    (found,) = read_documents('{"a": "\u2028", "b": 1}'.encode())

    assert found.position("b") == Position(1, 17)
