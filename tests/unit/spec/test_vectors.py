"""Operations on vectors of any numbers; those of the corpus have zeros and ones."""

from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given, strategies as st

from modelspec.expressions.functions import FUNCTIONS
from modelspec.expressions.parameters import Vocabulary
from modelspec.expressions.program import RawFeature, check_expression
from modelspec.expressions.syntax import ExpressionError
from modelspec.expressions.types import Kind, string

FEATURES = [RawFeature("country", string(2))]
PARAMETERS = {
    "three": Vocabulary(Kind.STRING, ("NO", "SE", "DK")),
    "two": Vocabulary(Kind.STRING, ("NO", "SE")),
}

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
PAIRS = st.integers(1, 5).flatmap(
    lambda width: st.tuples(*[st.tuples(*[FLOATS] * width) for _ in range(2)])
)


def _by_row(name: str, v: tuple[float, ...], w: tuple[float, ...]) -> float:
    scalar = FUNCTIONS[name][0].scalar
    assert callable(scalar)
    result: float = scalar(v, w)
    return result


def _by_column(name: str, v: tuple[float, ...], w: tuple[float, ...]) -> float:
    columns = FUNCTIONS[name][0].columns
    assert columns is not None
    with np.errstate(all="ignore"):
        result: float = columns(np.array([v]), np.array([w])).tolist()[0]
    return result


@pytest.mark.parametrize(
    ("name", "v", "w", "expected"),
    [
        ("dot", (1.0, 2.0, 3.0), (4.0, 5.0, 6.0), 32.0),
        ("dot", (1e16, 1.0, -1e16), (1.0, 1.0, 1.0), 0.0),
        ("dot", (-0.0,), (1.0,), 0.0),
        ("cosine", (3.0, 4.0), (4.0, 3.0), 0.96),
        ("cosine", (3.0, 4.0), (-3.0, -4.0), -1.0),
        ("cosine", (5e-324, 1.0), (1.0, 0.0), 5e-324),
        ("cosine", (0.0, 0.0), (1.0, 0.0), nan),
        ("cosine", (1e200, 1.0), (1e-200, 1.0), nan),
        ("cosine", (1e-200,), (1e-200,), nan),
    ],
)
def test_values(name: str, v: tuple[float, ...], w: tuple[float, ...], expected: float) -> None:
    results = (_by_row(name, v, w), _by_column(name, v, w))

    assert results == pytest.approx((expected, expected), rel=0, abs=0, nan_ok=True)


@pytest.mark.parametrize("name", ["dot", "cosine"])
@given(pair=PAIRS)
def test_rows_and_columns_agree_to_the_last_bit(
    name: str, pair: tuple[tuple[float, ...], tuple[float, ...]]
) -> None:
    by_row, by_column = _by_row(name, *pair), _by_column(name, *pair)

    assert repr(by_row) == repr(by_column)
    assert name == "dot" or isnan(by_row) or -1.0 <= by_row <= 1.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "dot(one_hot(country, three), one_hot(country, two))",
            "dot() arguments must have one width, got vector[3] and vector[2]",
        ),
        (
            "cosine(one_hot(country, two), one_hot(country, three))",
            "cosine() arguments must have one width, got vector[2] and vector[3]",
        ),
        (
            "element(one_hot(country, two), 2)",
            "element() i must be at least 0 and less than 2, the width of v, got 2",
        ),
        (
            "element(one_hot(country, two), -1)",
            "element() i must be at least 0 and less than 2, the width of v, got -1",
        ),
    ],
)
def test_what_does_not_fit_the_width_is_refused(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        check_expression(text, FEATURES, PARAMETERS)

    assert [(item.code.name, item.message) for item in caught.value.problems] == [
        ("MS304", message)
    ]
