"""What is written is read again as it was, by us and by others."""

import math
from enum import Enum, IntEnum
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, strategies as st

from modelspec.documents.composer import MAX_DEPTH
from modelspec.documents.levels import MAX_KEY
from modelspec.documents.reader import read_documents
from modelspec.documents.scalars import WORDS
from modelspec.documents.writer import write_document

NASTY_WITH_REPEATS = [
    *WORDS,
    *(word.swapcase() for word in WORDS),
    *("0", "012", "0.5", "1e3", "1_000", "0x1F", "0o17", "0b1", "+1", "-1", ".5", "1:20", "1."),
    *(
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        "2026-1-1 1:1:1",
        "=",
        "-",
        "--",
        "---",
        "...",
        "-.INF",
    ),
    *("a: b", "a:", ":a", "a #b", "#a", "a#b", "&a", "*a", "!a", "!!int 1", "@a", "`a`", "%a"),
    *("[a]", "{a: b}", "a, b", "? a", "- a", "| a", "> a", '"a"', "'a'", "it's", "\\n", "a\\"),
    *(
        " a",
        "a ",
        "\ta",
        "a\t",
        "a\tb",
        " ",
        "\n",
        "a\n",
        "a\n\n",
        "\na",
        "a\n b",
        " a\nb",
        "a \nb",
    ),
    *(
        "a\nb",
        "a\nb\n",
        "a\nb\n\n",
        "a\r\nb",
        "a\rb",
        "a\n\tb",
        "a\n\n\nb",
        "- a\n- b",
        "a\n---\nb",
    ),
    *(
        "\x00",
        "\x07",
        "\x1b",
        "\x7f",
        "\x85",
        "\xa0",
        "a\x85b",
        "a\u2028b",
        "a\u2029b\n",
        "\ufeff",
    ),
    *("\ufeffa", "\ufffe", "\uffff", "😀", "a😀\nb", "é", "٣", "\u202ea", "\u200b", "%TAG\n%TAG"),
    *("x" * 300, "long words " * 50, ("long lines " * 20 + "\n") * 3),
]
NASTY = list(dict.fromkeys(NASTY_WITH_REPEATS))

STRINGS = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text(st.sampled_from("aé0 \n\t:-#'\"\\|>{}[],&*!%@`?=~<.\r\x85\u2028\x00😀")),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    STRINGS,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(STRINGS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read_as_it_was(value: Any) -> None:
    (document,) = read_documents(write_document(value).encode())

    assert document.value == value


@pytest.mark.parametrize("text", NASTY)
def test_every_reader_takes_a_string_for_that_string(text: str) -> None:
    value = {text: [text, {"key": text}]}
    written = write_document(value)

    assert read_documents(written.encode())[0].value == value
    assert yaml.safe_load(written) == value
    assert yaml.load(written, yaml.CSafeLoader) == value


@given(st.recursive(STRINGS, lambda inner: st.lists(inner) | st.dictionaries(STRINGS, inner)))
def test_other_readers_agree_about_strings(value: Any) -> None:
    assert yaml.load(write_document(value), yaml.CSafeLoader) == value


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_other_readers_agree_about_numbers(value: float) -> None:
    read = yaml.load(write_document([value]), yaml.CSafeLoader)[0]

    assert (read, type(read)) == (value, type(value))


def test_the_text_is_what_a_person_would_write() -> None:
    value = {
        "kind": "ModelSpec",
        "spec": {
            "features": [{"name": "a", "default": "0.5", "required": False}, {"name": "b"}],
            "logic": 'if(a > 1, "x", b) + c["d"]',
            "script": "one\n  two\n\nthree\n",
            "country": "no",
            "count": 3,
            "share": 0.25,
            "none": None,
            "empty": {},
            "list": [],
            "nested": [[1, 2], ["x"]],
        },
    }

    assert (
        write_document(value)
        == """\
kind: ModelSpec
spec:
  features:
  - {name: a, default: "0.5", required: false}
  - {name: b}
  logic: if(a > 1, "x", b) + c["d"]
  script: |
    one
      two

    three
  country: "no"
  count: 3
  share: 0.25
  none: null
  empty: {}
  list: []
  nested:
  - [1, 2]
  - [x]
"""
    )


@given(STRINGS)
def test_no_string_gets_a_tag(text: str) -> None:
    events = yaml.parse(write_document([{text: text}]), yaml.CSafeLoader)

    assert all(getattr(event, "tag", None) is None for event in events)


def test_the_same_object_twice_is_written_twice() -> None:
    shared = {"a": ["b"]}

    assert write_document([shared, shared]) == "- a: [b]\n- a: [b]\n"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "no",
            "nO",
            "TrUe",
            "012",
            "",
            "~",
            "y",
            "=",
            "<<",
            "a ",
            " a",
            "1e3",
            "2026-01-01",
            "-a",
        ),
        *("a\n", "\na\nb", " a\nb", "a\nb ", "a\nb\n\n", "a\u200b\nb", "a\x85b\nc", "a\tb", "a😀"),
        *("a: b", "a:", "a #b", "#a", "[a]", "'a'", "*a", "@a", "a\u2028b", "\x00", "\ufeffa"),
    ],
)
def test_what_a_reader_could_take_for_something_else_stands_in_double_quotes(text: str) -> None:
    assert write_document({"a": text}).startswith('a: "')
    assert write_document({text: 1}).removeprefix("? ").startswith('"')


def test_subclasses_are_written_as_what_they_are() -> None:
    class Word(str, Enum):  # noqa: UP042  # as older libraries have them
        NO = "no"

    class Count(IntEnum):
        ONE = 1

    value = {Word.NO: [Word.NO, Count.ONE, np.float64(0.5)]}

    assert write_document(value) == '"no": ["no", 1, 0.5]\n'


def test_long_lines_are_not_folded() -> None:
    for text in ("word " * 100 + "end", "é: " * 100, "a\n" + "word " * 100 + "end"):
        assert max(len(line) for line in write_document(text).splitlines()) >= 300


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (math.inf, "JSON has no infinite number"),
        (math.nan, "no NaN"),
        (10**400, "no integer beyond float64"),
        ("\ud800", "half of a surrogate pair"),
        ({"\ud800": 1}, "half of a surrogate pair"),
        ({"k" * (MAX_KEY + 1): 1}, "a key has 1025 characters; 1024 are allowed"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        write_document([value])


@pytest.mark.parametrize(
    ("value", "message"),
    [({1: 2}, "the key 1 is not a string"), (b"", "JSON has no bytes"), ((1,), "no tuple")],
)
def test_what_json_does_not_know_is_not_written(value: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        write_document([value])


def test_depth_is_bounded_as_it_is_for_reading() -> None:
    value: list[Any] = []
    for _ in range(MAX_DEPTH - 1):
        value = [value]

    assert read_documents(write_document(value).encode())[0].value == value
    with pytest.raises(ValueError, match="values are nested deeper than 64 levels"):
        write_document([value])
