"""What a file means: what ``kubectl`` would send for it."""

import json
from typing import Any

import pytest

from modelspec.documents.complaints import DocumentError
from modelspec.documents.reader import read_documents


def read(text: str) -> Any:
    (document,) = read_documents(text.encode())
    return document.value


def refusal(text: str) -> str:
    with pytest.raises(DocumentError) as caught:
        read_documents(text.encode())
    return caught.value.finding.message


# Answers of sigs.k8s.io/yaml 1.6.0, the library that reads YAML for kubectl.
SCALARS: list[tuple[str, Any]] = [
    *((word, True) for word in ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE")),
    *((word, True) for word in ("on", "On", "ON")),
    *((word, False) for word in ("n", "N", "no", "No", "NO", "false", "False", "FALSE")),
    *((word, False) for word in ("off", "Off", "OFF")),
    *((word, None) for word in ("null", "Null", "NULL", "~")),
    *((word, word) for word in ("yEs", "oN", "nUll", "tRUE", "=", "<<", "Infinity", "+.NaN")),
    ("0", 0),
    ("-0", 0),
    ("+0", 0),
    ("012", 10),
    ("+012", 10),
    ("00", 0),
    ("08", 8),
    ("09.5", 9.5),
    ("0o17", 15),
    ("-0O17", -15),
    ("0o8", "0o8"),
    ("0x1F", 31),
    ("0X1f", 31),
    ("-0x1f", -31),
    ("0x_1", 1),
    ("0x", "0x"),
    ("0x1.8", "0x1.8"),
    ("0x1p4", "0x1p4"),
    ("0b11", 3),
    ("-0B11", -3),
    ("0b1_0", 2),
    ("0b2", "0b2"),
    ("1_000", 1000),
    ("1__0_", 10),
    ("0_12", 10),
    ("0_o12", 10),
    ("+_1", 1),
    ("_1", "_1"),
    ("-b_c", "-b_c"),
    ("1,000", "1,000"),
    (".5", 0.5),
    ("-.5", -0.5),
    (".5_0", 0.5),
    ("._5", "._5"),
    (".5_", ".5_"),
    (".", "."),
    (".e1", ".e1"),
    ("0.1", 0.1),
    ("1.5e-3", 0.0015),
    ("1_0.5_0", 10.5),
    ("1e", "1e"),
    ("1e400", "1e400"),
    ("-1e400", "-1e400"),
    (".1e999", ".1e999"),
    ("1e-400", 0),
    ("5e-324", 5e-324),
    ("9223372036854775808", 2**63),
    ("18446744073709551615", 2**64 - 1),
    ("0xFFFFFFFFFFFFFFFF", 2**64 - 1),
    ("0xFFFFFFFFFFFFFFFFF", "0xFFFFFFFFFFFFFFFFF"),
    ("-0x8000000000000000", -(2**63)),
    ("-0x8000000000000001", "-0x8000000000000001"),
    ("+0x8000000000000000", "+0x8000000000000000"),
    ("0777777777777777777777777", 7.777777777777778e23),
    ("1" * 400, "1" * 400),
    ("1:20", "1:20"),
    ("190:20:30", "190:20:30"),
    ("2026-01-01", "2026-01-01"),
    ("2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"),
    ("2026-01-01 10:00:00", "2026-01-01 10:00:00"),
    ("50cent", "50cent"),
    ("1.2.3", "1.2.3"),
    ("٣", "٣"),
    ("! 12", "12"),
    ("! no", "no"),
    ("!!str 12", "12"),
    ("!!str", ""),
    ("!!str 2026-01-01", "2026-01-01"),
    ('!!int "012"', 10),
    ("!!float 3", 3),
    ('!!float "3.5"', 3.5),
    ('!!float "1.0"', 1),
    ("!!float 9007199254740993", 9007199254740992),
    ('!!bool "yes"', True),
    ('!!null ""', None),
    ("!!binary aGVsbG8=", "hello"),
    ("!!binary |\n  aGVs\n  bG8=", "hello"),
    ("!!map {a: 1}", {"a": 1}),
    ("!!seq [1]", [1]),
    *((f"'{word}'", word) for word in ("no", "1", "~", "", "<<", ".inf")),
    *((f'"{word}"', word) for word in ("no", "1", "~", "", "<<", ".inf")),
]


@pytest.mark.parametrize(("written", "meant"), SCALARS)
def test_a_scalar_means_what_kubectl_would_send(written: str, meant: Any) -> None:
    (value,) = read(f"- {written}")

    assert value == meant
    assert type(value) is type(meant)


@pytest.mark.parametrize(
    ("written", "sent"), [("1.0", 1), ("1e3", 1000), ("1.", 1), ("-0.0", 0), ("1e20", 10**20)]
)
def test_a_whole_float_is_an_integer_as_in_the_json_that_kubectl_sends(
    written: str, sent: int
) -> None:
    value = read(f"a: {written}")["a"]

    assert value == sent
    assert type(value) is int


def test_from_1e21_on_a_float_stays_one_because_json_writes_its_exponent() -> None:
    assert type(read("a: 1e21")["a"]) is float


def test_an_integer_of_any_size_stays_exact() -> None:
    assert read(f"a: {10**300 + 1}\nb: -{2**64 + 1}") == {"a": 10**300 + 1, "b": -(2**64) - 1}


@pytest.mark.parametrize("written", [".inf", "+.Inf", "-.INF", ".nan", ".NaN", "!!float .inf"])
def test_what_json_cannot_say_is_refused(written: str) -> None:
    number = written.removeprefix("!!float ")

    assert refusal(f"a: {written}") == (
        f"line 1, column 4: JSON has no number '{number}'; quote it if it is a text"
    )


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("!!int x", "'x' is not what the tag `!!int` says; remove the tag"),
        ("!!int 1.0", "'1.0' is not what the tag `!!int` says; remove the tag"),
        ("!!int", "'' is not what the tag `!!int` says; remove the tag"),
        ("!!bool 1", "'1' is not what the tag `!!bool` says; remove the tag"),
        ("!!null x", "'x' is not what the tag `!!null` says; remove the tag"),
        ("!!float yes", "'yes' is not what the tag `!!float` says; remove the tag"),
        ("!!binary x", "the value is not a text in Base64, as `!!binary` says"),
        ("!!binary Ynoy=", "the value is not a text in Base64, as `!!binary` says"),
        ("!!binary é", "the value is not a text in Base64, as `!!binary` says"),
        ("!!binary gIGC", "the value is not a text in Base64, as `!!binary` says"),
        ("!!timestamp 2026-01-01", "the tag '!!timestamp' means nothing here; remove it"),
        ("!!python/object:os.system x", "the tag '!!python/object:os.system' means nothing"),
        ("!<str> x", "the tag 'str' means nothing here; remove it"),
        ("!mine x", "the tag '!mine' means nothing here; remove it"),
        ("!mine [x]", "the tag '!mine' means nothing here; remove it"),
        ("!!set {x}", "the tag '!!set' means nothing here; remove it"),
        ("!!str [x]", "the tag '!!str' means nothing here; remove it"),
    ],
)
def test_a_tag_that_does_not_fit_is_refused(written: str, message: str) -> None:
    assert refusal(f"a: {written}").startswith(f"line 1, column 4: {message}")


def test_empty_documents_are_left_out_and_a_written_null_is_not() -> None:
    documents = read_documents(b"# nothing\n---\n---\na: 1\n---\n# c\n---\nnull\n---\n''\n...\n")

    assert [document.value for document in documents] == [{"a": 1}, None, ""]


@pytest.mark.parametrize("text", ["", "\n", "# a comment", "---", "---\n...\n", "\ufeff"])
def test_a_file_without_anything_has_no_document(text: str) -> None:
    assert read_documents(text.encode()) == ()


def test_keys_without_a_value_are_null() -> None:
    assert read("a:\nb: {c, d: }\n") == {"a": None, "b": {"c": None, "d": None}}


def test_block_scalars_keep_their_lines() -> None:
    assert read("a: |\n  if(x > 1,\n    2)\nb: >-\n  one\n  two\n") == {
        "a": "if(x > 1,\n  2)\n",
        "b": "one two",
    }


@pytest.mark.parametrize(
    ("key", "read_as"),
    [("y", "true"), ("off", "false"), ("1", "1"), ("0.5", "0.5"), ("~", "null")],
)
def test_a_key_that_is_no_string_is_refused(key: str, read_as: str) -> None:
    assert refusal(f"a:\n  {key}: b") == (
        f"line 2, column 3: the key is read as {read_as} and not as a text; quote it"
    )


@pytest.mark.parametrize("key", ["[a]", "{a: b}"])
def test_a_mapping_or_a_list_is_no_key(key: str) -> None:
    assert refusal(f"{key}: b") == (
        "line 1, column 1: a mapping or a list cannot be a key; quote it if it is a text"
    )


def test_quoted_keys_are_strings() -> None:
    assert read("'y': 1\n\"1\": 2\n!!str 3: 3\n") == {"y": 1, "1": 2, "3": 3}


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3", "{a: 1, b: 2,\n\n a: 3}", "a: 1\n\n'a':"])
def test_a_key_that_is_given_twice_is_refused(text: str) -> None:
    place = "line 3, column 2" if "{" in text else "line 3, column 1"

    assert refusal(text) == (
        f"{place}: the key 'a' is given twice; remove one, the first is in line 1"
    )


def test_aliases_are_copies() -> None:
    value = read("base: &b {list: [1]}\none: *b\ntwo: *b\nname: &n x\nsame: *n\n*n : key\n")

    value["one"]["list"].append(2)

    assert value["base"] == value["two"] == {"list": [1]}
    assert (value["same"], value["x"]) == ("x", "key")


def test_an_anchor_may_be_used_again_for_something_else() -> None:
    assert read("[&a 1, *a, &a 2, *a]") == [1, 1, 2, 2]


def test_an_anchor_ends_with_its_document() -> None:
    assert "nothing above is named '&a'" in refusal("&a 1\n---\n*a")


def test_an_alias_inside_of_what_it_names_is_refused() -> None:
    assert refusal("a: &a\n  b: [*a]") == (
        "line 2, column 7: '*a' stands inside of what it names; remove it"
    )


@pytest.mark.parametrize(
    ("text", "merged"),
    [
        ("<<: *b", {"x": 1, "y": 2}),
        ("<<: *b\n  x: 3", {"x": 3, "y": 2}),
        ("<<: [{x: 4}, *b]", {"x": 4, "y": 2}),
        ("<<: {x: 5}", {"x": 5}),
        ("<<: []", {}),
        ("'<<': *b", {"<<": {"x": 1, "y": 2}}),
        ("!!str <<: *b", {"<<": {"x": 1, "y": 2}}),
    ],
)
def test_a_merge_key_takes_over_what_is_not_given(text: str, merged: dict[str, Any]) -> None:
    assert read(f"b: &b {{x: 1, 'y': 2}}\na:\n  {text}\n")["a"] == merged


def test_an_alias_of_a_merge_key_is_a_text() -> None:
    assert read("&m <<: {a: 1}\nb: *m\n*m : c") == {"a": 1, "b": "<<", "<<": "c"}


@pytest.mark.parametrize("value", ["3", "", "[3]", "[[{a: 1}]]", "*l", "*s", "[*s]"])
def test_a_merge_key_takes_nothing_but_mappings(value: str) -> None:
    message = refusal(f"l: &l [{{a: 1}}]\ns: &s x\na:\n  <<: {value}\n")

    assert message.startswith("line 4, column ")
    assert "`<<` merges mappings only; " in message


def test_a_merge_key_that_would_replace_a_key_above_is_refused() -> None:
    assert refusal("a: 1\n<<: {a: 2}") == (
        "line 2, column 1: `<<` would replace the key 'a' above; put `<<` first"
    )


def test_two_merge_keys_are_refused() -> None:
    assert refusal("<<: {a: 2}\n<<: {b: 2}") == (
        "line 2, column 1: `<<` stands here twice; write one, as '<<: [*first, *second]'"
    )


def test_a_merged_key_may_be_given_once_only() -> None:
    assert "the key 'a' is given twice" in refusal("<<: {a: 2}\na: 1\na: 1")


@pytest.mark.parametrize("indent", [None, 2, "\t"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_is_read_as_it_is(indent: int | str | None, ascii_only: bool) -> None:  # noqa: FBT001
    value = {
        "text": 'é 😀 \\ud83d\\ude00 \\ " / \t \x00 \u2028 \x85\u2029',
        "😀": ["1", 1, -1.5e-7, 1e300, True, None, {}, []],
        "nested": {"a": [{"b": "c"}]},
    }

    assert read(json.dumps(value, indent=indent, ensure_ascii=ascii_only)) == value


def test_half_of_a_pair_of_escapes_is_refused_in_json_too() -> None:
    assert refusal('{"a": "\\ud83d\\ude00", "b": "\\ud83d"}').startswith("line 1, column 31: ")


def test_pairs_of_escapes_are_json_and_not_yaml() -> None:
    assert "a backslash escape is not valid" in refusal('{a: "\\ud83d\\ude00"}')
    assert "a backslash escape is not valid" in refusal('a: "\\ud83d\\ude00"')


def test_a_backslash_before_an_escape_is_kept_in_json() -> None:
    assert read('{"a": "\\\\\\ud83d\\ude00"}') == {"a": "\\😀"}
    assert "a backslash escape is not valid" in refusal('{"a": "\\\\ud83d\\ude00"}')


def test_line_breaks_of_yaml_are_characters_in_json_only() -> None:
    assert read('{"a": "b \u2028 c\x85d"}') == {"a": "b \u2028 c\x85d"}
    assert read('{a: "b \u2028 c"}') == {"a": "b\u2028c"}


def test_a_byte_order_mark_is_not_part_of_the_text() -> None:
    assert read("\ufeffa: 1") == {"a": 1}
