"""What nobody should write is refused in a sentence, at its place, and at little cost."""

import pytest

from modelspec.documents import composer
from modelspec.documents.complaints import DocumentError
from modelspec.documents.composer import MAX_DEPTH, MAX_DOCUMENTS, MAX_NODES
from modelspec.documents.json_text import MAX_ADAPTED
from modelspec.documents.levels import MAX_KEY
from modelspec.documents.positions import Position
from modelspec.documents.reader import MAX_BYTES, MAX_DIRECTIVES, read_documents
from modelspec.errors import Code

# Each of these takes well below a second; without its bound, minutes or gigabytes.
pytestmark = pytest.mark.timeout(20)

LARGE = 10_000_000


def refusal(content: bytes) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        read_documents(content)
    assert caught.value.finding.code is Code.MS117
    assert caught.value.finding.path == ""
    return caught.value


def test_a_file_that_is_too_large_is_not_looked_at() -> None:
    error = refusal(b"\xff" * (MAX_BYTES + 1))

    assert error.finding.message == "the file is larger than 16 MiB; split it"
    assert error.position is None


@pytest.mark.parametrize("opening", ["[", "{", "[\n", "- ", "? ", "{a: ", "- - ", "[{a: "])
def test_depth_is_bounded_however_long_the_file_is(opening: str) -> None:
    error = refusal(opening.encode() * (LARGE // len(opening)))

    assert error.finding.message.endswith("values are nested deeper than 64 levels; flatten them")


def test_the_deepest_level_that_is_allowed_can_be_read() -> None:
    value = read_documents(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)[0].value

    for _ in range(MAX_DEPTH - 1):
        (value,) = value
    assert value == []
    assert refusal(b"[" * (MAX_DEPTH + 1)).position == Position(1, MAX_DEPTH + 1)


def test_aliases_cannot_nest_deeper_either() -> None:
    half = b"a: &a " + b"[" * 40 + b"]" * 40 + b"\n"

    assert read_documents(half + b"b: " + b"[" * 23 + b"*a" + b"]" * 23)
    error = refusal(half + b"b: " + b"[" * 24 + b"*a" + b"]" * 24)
    assert error.position == Position(2, 28)
    assert "values are nested deeper" in error.finding.message


@pytest.mark.parametrize("item", ["1,", "[],"])
def test_many_tiny_values_stop_the_reading_early(item: str) -> None:
    error = refusal(b"[" + item.encode() * (LARGE // len(item)))

    assert "the file has more than 200000 values; split it" in error.finding.message


def test_the_last_value_that_is_allowed_can_be_read() -> None:
    items = MAX_NODES - 1

    assert len(read_documents(b"[" + b"1," * items + b"]")[0].value) == items
    assert refusal(b"[" + b"1," * (items + 1) + b"]").position == Position(1, 2 * items + 2)


def test_keys_and_all_documents_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composer, "MAX_NODES", 10)

    assert read_documents(b"a: {b: c}\n---\n- {e: f}\n")
    assert refusal(b"a: {b: c}\n---\n- {e: f, g}\n").position == Position(3, 10)


def test_aliases_count_as_often_as_they_are_used() -> None:
    aliases = [b",".join([b"*a%d" % i] * 10) for i in range(30)]
    levels = [b"a%d: &a%d [%s]\n" % (i + 1, i + 1, all_) for i, all_ in enumerate(aliases)]

    error = refusal(b"a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + b"".join(levels))

    assert error.position is not None
    assert error.position.line == 6
    assert "or use fewer aliases" in error.finding.message


def test_merges_count_as_often_as_they_are_used() -> None:
    base = b"a: &a {" + b"".join(b"k%d: 1, " % i for i in range(1000)) + b"}\n"

    error = refusal(base + b"b:\n  <<: [" + b"*a, " * 1000 + b"]")

    assert "or use fewer aliases" in error.finding.message


def test_an_alias_counts_as_what_it_names_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composer, "MAX_NODES", 10)

    assert read_documents(b"[1, 2, 3, &a [4], *a, *a]")
    assert refusal(b"[1, 2, 3, &a [4], *a, *a, 5]").position == Position(1, 27)


@pytest.mark.parametrize("content", [b"&a [*a]", b"&a {b: *a}", b"&a {<<: *a}", b"&a {? *a : b}"])
def test_values_that_hold_themselves_are_refused(content: bytes) -> None:
    assert "'*a' stands inside of what it names; remove it" in refusal(content).finding.message


def test_documents_are_counted_empty_ones_too() -> None:
    assert len(read_documents(b"--- a\n" * MAX_DOCUMENTS)) == MAX_DOCUMENTS
    assert read_documents(b"---\n" * MAX_DOCUMENTS) == ()
    error = refusal(b"---\n" * (LARGE // 4))
    assert error.position == Position(MAX_DOCUMENTS + 1, 1)
    assert error.finding.message.endswith("the file has more than 1000 documents; split it")


@pytest.mark.parametrize("line_break", [b"\n", b"\r", "\u2028".encode()])
def test_directives_are_bounded_because_the_library_compares_each_with_all(
    line_break: bytes,
) -> None:
    lines = [b"%%TAG !t%d! tag:x," % i for i in range(100_000)]

    error = refusal(line_break.join(lines) + line_break + b"--- a")

    assert "the file has more than 64 '%TAG' lines; remove them" in error.finding.message


def test_a_text_may_speak_of_directives() -> None:
    text = b"a: '" + b" %TAG" * 2 * MAX_DIRECTIVES + b"'"

    assert read_documents(text)[0].value["a"].count("%TAG") == 2 * MAX_DIRECTIVES


@pytest.mark.parametrize("mark", ['"', "'"])
def test_a_quote_that_is_never_closed_is_shown_where_it_opens(mark: str) -> None:
    error = refusal(f"a: 1\nb: {mark}x\n".encode() + b"y\n" * 1_000_000)

    assert error.position == Position(2, 4)
    assert error.finding.message == (
        "line 2, column 4: the quote that opens here is never closed; close it"
    )


@pytest.mark.parametrize("mark", ["", '"', "'"])
def test_a_long_text_in_a_long_line_is_read(mark: str) -> None:
    content = f"a: {mark}{'x' * LARGE}{mark}\n".encode()

    assert len(read_documents(content)[0].value["a"]) == LARGE


def test_a_long_key_is_refused_and_not_repeated() -> None:
    key = b"k" * MAX_KEY

    assert read_documents(b"? " + key + b"\n: 1")[0].value == {key.decode(): 1}
    assert "1024 are allowed" in refusal(b"? k" + key + b"\n: 1").finding.message
    error = refusal(b"? " + b"k" * LARGE + b"\n: 1")
    assert error.finding.message == (
        "line 1, column 3: the key has 10000000 characters; 1024 are allowed"
    )


@pytest.mark.parametrize(
    ("before", "after"), [("!", " x"), ("*", ""), ("!!int ", ""), ("? k\n: 1\n", ": x")]
)
def test_a_message_repeats_little_of_the_file(before: str, after: str) -> None:
    content = before + "t" * LARGE + after

    assert len(refusal(content.encode()).finding.message) < 150


def test_a_message_has_no_character_that_a_terminal_obeys() -> None:
    assert "'\\x1b[2J'" in refusal(b'!!int "\\e[2J"').finding.message


@pytest.mark.parametrize("escape", ["\\ud83d\\ude00", "\\\\", "\u2028"])
def test_json_that_is_not_yaml_costs_little(escape: str) -> None:
    text = '["\\ud83d\\ude00' + escape * (200_000 // len(escape)) + '"]'

    assert read_documents(text.encode())
    refusal(("[" * 100_000 + text).encode())


def test_large_json_is_read_as_yaml() -> None:
    pair = b'"\\ud83d\\ude00"'

    assert read_documents(b"[" + pair + b" " * (MAX_ADAPTED - 16) + b"]")
    assert refusal(b"[" + pair + b" " * MAX_ADAPTED + b"]").position == Position(1, 5)


@pytest.mark.parametrize(("start", "digit"), [("", "1"), ("0x", "f"), ("0.", "1"), ("1", "_")])
def test_a_number_of_millions_of_digits_costs_little(start: str, digit: str) -> None:
    assert read_documents(f"a: {start}{digit * LARGE}".encode())


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x1b", "\x7f", "\x80", "\ufffe", "\uffff"])
def test_characters_that_yaml_forbids_are_refused(character: str) -> None:
    error = refusal(f"é: 1\nüb: '{character}'".encode())

    assert error.position == Position(2, 6)
    assert f"the character U+{ord(character):04X} cannot stand in YAML" in error.finding.message


@pytest.mark.parametrize(
    ("content", "column"), [(b"\xffa", 1), ("é\nbé".encode()[:-1], 2), (b"a: \xed\xa0\x80", 4)]
)
def test_what_is_not_utf8_is_refused(content: bytes, column: int) -> None:
    error = refusal(content)

    assert error.position == Position(content.count(b"\n") + 1, column)
    assert "is not UTF-8; save the file in that encoding" in error.finding.message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-32-be"])
def test_other_encodings_with_a_byte_order_mark_are_refused_by_name(encoding: str) -> None:
    mark = "" if encoding in {"utf-16", "utf-32"} else "\ufeff"

    assert refusal(f"{mark}a: b".encode(encoding)).finding.message == (
        "line 1, column 1: the file must be UTF-8; save it in that encoding"
    )


def test_utf16_without_a_mark_is_refused_for_its_zeros() -> None:
    assert "the character U+0000" in refusal("a: b".encode("utf-16-le")).finding.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a:\n\t- b", "line 2, column 1: a tab cannot indent or begin a value; use spaces"),
        ("a: |\n\tb", "line 2, column 1: a tab cannot indent; use spaces"),
        ("a: @b", "line 1, column 4: a value cannot begin with '@'; quote it"),
        ("a: `b`", "line 1, column 4: a value cannot begin with '`'; quote it"),
        ("a: %b", "line 1, column 4: a value cannot begin with '%'; quote it"),
        ("a: b: c", "line 1, column 5: a ':' cannot stand here; quote the text"),
        ("a: 1\n  b: 2", "line 2, column 4: a ':' cannot stand here; quote the text"),
        ("- a\nb", "line 2, column 1: this is neither a key nor a value; is a ':' missing"),
        ("[>]", "line 1, column 2: a value cannot begin with '>'; quote it"),
        ("a: - b", "line 1, column 4: a list item cannot begin here; begin it in a line"),
        ("a: ? b", "line 1, column 4: a key cannot begin here; begin it in a line"),
        ("a:\n [1,\n 2", "line 3, column 3: ',' or ']' is missing here; the '[' stands in line 2"),
        ("a: {b: 1", "line 1, column 9: ',' or '}' is missing here; the '{' stands in line 1"),
        ("- - a\n - b", "line 2, column 2: this is no item of the list; indent it as the '-'"),
        ("a: 'it's'", "line 1, column 8: no key can stand here; check the quotes and the ind"),
        ("a: ]", "line 1, column 4: a value is missing here; write or quote it"),
        ('"a" "b"', "line 1, column 5: the document has ended before this; remove it, or"),
        ('a: "\\q"', "line 1, column 5: a backslash escape is not valid here; write '\\\\'"),
        ('a: "\\x4"', "line 1, column 7: a backslash escape is not valid here; write '\\\\'"),
        ("a: 'b\n---\n'", "line 1, column 4: the quote that opens here is never closed"),
        ("a: |x\n b", "line 1, column 5: only an indentation, '+', '-' or a comment may follow"),
        ("a: |0\n b", "line 1, column 5: only an indentation, '+', '-' or a comment may follow"),
        ("a: & b", "line 1, column 5: a name must follow '&' or '*'; quote the text"),
        ("a: !x!y b", "line 1, column 4: this tag cannot be read; remove it"),
        ("%X\n---\na", "line 1, column 3: a line that begins with '%' is a directive"),
        ("%é\n---\na", "line 1, column 2: a line that begins with '%' is a directive"),
        ("%YAML 2.0\n--- a", "line 1, column 1: a line that begins with '%' is a directive"),
        ("a: *b", "line 1, column 4: nothing above is named '&b'; quote the text if no alias"),
        ("a: !<\n", "line 1, column 6: this is not YAML: did not find expected tag URI; "),
    ],
)
def test_what_is_not_yaml_is_explained_where_it_stands(text: str, message: str) -> None:
    error = refusal(text.encode())

    assert error.finding.message.startswith(message)
    assert error.position is not None
    assert error.finding.message.startswith(f"line {error.position.line}, ")
