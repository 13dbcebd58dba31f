"""What functions of texts refuse as literals, and what they do with texts that nobody expects."""

import pytest
from hypothesis import given, strategies as st

from modelspec.expressions.functions.casts import parse_float, parse_int
from modelspec.expressions.functions.identifiers import ip_is_private, ip_prefix, luhn_valid
from modelspec.expressions.functions.json_text import json_number, parse_path
from modelspec.expressions.functions.patterns import compile_pattern, regex_contains
from modelspec.expressions.functions.text import edit_distance, lower, shannon_entropy
from modelspec.expressions.program import RawFeature, check_expression
from modelspec.expressions.syntax import ExpressionError
from modelspec.expressions.types import string
from support.effort import examples

REFUSED = [
    (
        r'regex_match(s, "(a)\\1")',
        "MS326",
        r"regex_match() pattern is not valid RE2: '\1' back references are not supported",
    ),
    (
        'regex_contains(s, "a(?!b)")',
        "MS326",
        "regex_contains() pattern is not valid RE2: '(?!' look-around is not supported",
    ),
    (
        'regex_contains(s, "[a")',
        "MS326",
        "regex_contains() pattern is not valid RE2: missing ]: [a",
    ),
    (
        'regex_extract(s, "a")',
        "MS326",
        "regex_extract() group 1 is not in the pattern, which has 0; 0 is the whole match",
    ),
    (
        'regex_extract(s, "(a)", group=-1)',
        "MS326",
        "regex_extract() group -1 is not in the pattern, which has 1; 0 is the whole match",
    ),
    (
        'json_number(s, "a.b")',
        "MS340",
        (
            "json_number() path must be names and positions after `$`, such as $.a.b or"
            " $.items[0].id, got 'a.b'"
        ),
    ),
    (
        'json_bool(s, "$.a.b.c.d.e.f.g.h.i")',
        "MS340",
        "json_bool() path must have at most 8 steps, got 9",
    ),
    ('replace(s, "", "x")', "MS325", "replace() old must not be empty"),
    ('split_part(s, "", 0)', "MS325", "split_part() sep must not be empty"),
    ('count_char(s, "ab")', "MS325", "count_char() c must be one character, got 2"),
    (
        "edit_distance(s, s, max=65)",
        "MS325",
        "edit_distance() max must be from 0 to 64, got 65",
    ),
    ("ip_prefix(s, 129)", "MS325", "ip_prefix() bits must be from 0 to 128, got 129"),
]

PATHS = ["$", "$.", "$a", "$.a.", "$..a", "$.a b", "$.é", "$.a[-1]", "$.a[01]", "$.a[*]", "$.a\n"]

ANY_TEXT = st.text(st.characters()) | st.text('019.:eE+-[]{}"a,/f%\ud800 \n')


@pytest.mark.parametrize(("text", "code", "message"), REFUSED, ids=[r[0] for r in REFUSED])
def test_a_literal_that_makes_no_sense_is_refused(text: str, code: str, message: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        check_expression(text, [RawFeature("s", string(16).optional())])

    assert [(p.code.name, p.message) for p in refused.value.problems] == [(code, message)]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_names_and_positions_and_nothing_else(path: str) -> None:
    with pytest.raises(ValueError, match="must be names and positions"):
        parse_path(path)


@examples(200)
@given(ANY_TEXT)
def test_no_text_is_too_strange(text: str) -> None:
    pattern = compile_pattern("a|é")

    parse_float(text), parse_int(text), json_number(text, ("a",)), regex_contains(text, pattern)
    ip_prefix(text, 24), ip_is_private(text), luhn_valid(text), shannon_entropy(text)

    assert len(lower(text)) == len(text)


@examples(200)
@given(st.text("abé", max_size=12), st.text("abé", max_size=12), st.integers(0, 8))
def test_a_distance_is_that_of_the_table_that_textbooks_fill(a: str, b: str, limit: int) -> None:
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        above, row = row, [i]
        for j, right in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (left != right)))

    assert edit_distance(a, b, limit) == min(row[-1], limit)


@pytest.mark.parametrize("text", ["[" * 65_536, '{"a":' * 10_000, "[" * 30_000 + "]" * 30_000])
def test_json_that_nests_without_end_is_null(text: str) -> None:
    assert str(json_number(text, ("a",))) == "nan"
