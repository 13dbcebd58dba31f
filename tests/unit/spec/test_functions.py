"""Every operation is complete, and does what its examples say."""

from typing import Any

import pytest

from modelspec.expressions.functions import FUNCTIONS
from modelspec.expressions.functions.examples import EXAMPLE_FEATURES, EXAMPLE_PARAMETERS
from modelspec.expressions.operation import Exactness, Operation
from modelspec.expressions.parameters import Vocabulary
from modelspec.expressions.program import check_expression
from modelspec.expressions.syntax import ExpressionError
from modelspec.expressions.types import Kind
from support.corpus import Case, equal, run_columns, run_rows

LANGUAGE = """
    + - * / // % ** == != < <= > >= and or not in if
    coalesce is_null not_null null_if null_outside indicator count_null
    when switch
    abs sign floor ceil trunc round clip least greatest sum_of mean_of safe_div pct_change sqrt
    square
    exp expm1 log log1p log2 log10 cbrt sin cos tan tanh sigmoid logit softplus pi e atan atan2
    erf normal_cdf
    affine bucketize piecewise yeo_johnson box_cox winsorize impute
    lookup ordinal one_hot in_set hash_bucket hash_sign cross
    lower upper trim length concat substr left right starts_with ends_with contains replace
    split_part count_char is_digits is_alpha digits_only shannon_entropy edit_distance
    local_of_email domain_of_email ip_prefix ip_is_private luhn_valid
    regex_match regex_contains regex_extract
    hour minute day_of_week day_of_month day_of_year month year is_weekend seconds_between
    minutes_between hours_between days_between epoch_seconds parse_timestamp cyclic_sin cyclic_cos
    haversine_km
    size list_contains list_sum list_mean list_min list_max list_get dot cosine element
    json_number json_string json_bool
    to_float to_int to_bool to_string parse_float parse_int
"""  # a published name never goes away and never changes its meaning

OPERATIONS = [operation for overloads in FUNCTIONS.values() for operation in overloads]
EXAMPLES = [
    (operation, text, value) for operation in OPERATIONS for text, value in operation.examples
]


def test_the_language_has_these_functions_and_no_others() -> None:
    assert sorted(FUNCTIONS) == sorted(LANGUAGE.split())


@pytest.mark.parametrize(
    ("operation", "text", "value"), EXAMPLES, ids=[text for _, text, _ in EXAMPLES]
)
def test_an_example_has_the_value_that_it_shows(
    operation: Operation, text: str, value: Any
) -> None:
    expected = list(value) if isinstance(value, tuple) else value
    ulps = 4 if operation.exactness is Exactness.ROUNDED else 0
    words = {name: str(declared) for name, (declared, _) in EXAMPLE_FEATURES.items()}
    row = (*(given for _, given in EXAMPLE_FEATURES.values()), expected)
    case = Case(operation.name, text, words, (row,), EXAMPLE_PARAMETERS, ulps)

    (scalar,), (column,) = run_rows(case), run_columns(case)

    assert equal(scalar, expected, ulps), scalar
    assert equal(column, scalar), column


@pytest.mark.parametrize("operation", OPERATIONS, ids=[op.text for op in OPERATIONS])
def test_an_entry_says_all_that_the_reference_shows(operation: Operation) -> None:
    must_explain_null = operation.lenient or (
        operation.signature.fallible and not operation.domain
    )

    assert operation.group
    assert operation.examples
    assert operation.summary.endswith(".")
    assert operation.null or not must_explain_null


def test_what_examples_refer_to_is_valid_and_used() -> None:
    texts = " ".join(text for _, text, _ in EXAMPLES)

    assert [finding for p in EXAMPLE_PARAMETERS.values() for finding in p.findings()] == []
    assert [name for name in (*EXAMPLE_PARAMETERS, *EXAMPLE_FEATURES) if name not in texts] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('hash_bucket("a", 0)', "hash_bucket() n must be from 1 to 2147483647, got 0"),
        (
            'hash_bucket("a", 2147483648)',
            "hash_bucket() n must be from 1 to 2147483647, got 2147483648",
        ),
        ('hash_sign("a", seed=-1)', "hash_sign() seed must be from 0 to 4294967295, got -1"),
        ('one_hot("a", wide)', "one_hot() p must have at most 1024 keys, got 1025; use ordinal()"),
    ],
)
def test_what_an_operation_cannot_work_with_is_refused(text: str, message: str) -> None:
    wide = Vocabulary(Kind.STRING, tuple(map(str, range(1025))))

    with pytest.raises(ExpressionError) as caught:
        check_expression(text, [], {"wide": wide})

    assert [problem.message for problem in caught.value.problems] == [message]
