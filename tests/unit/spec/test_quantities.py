from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from modelspec.quantities import canonical_decimal, canonical_float, canonical_quantity


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("1000m", "1"),
        ("0.5", "500m"),
        ("1.5", "1500m"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("0.5Ki", "512"),
        ("128974848", "128974848"),
        ("129e6", "129e6"),
        ("1e3", "1e3"),
        ("1000k", "1M"),
        ("100u", "100u"),
        ("0", "0"),
        ("0Mi", "0"),
        (2, "2"),
        ("+1", "1"),
        ("-1500m", "-1500m"),
        (".5", "500m"),
    ],
)
def test_a_quantity_has_one_canonical_form(written: str | int, printed: str) -> None:
    assert canonical_quantity(written) == printed


@pytest.mark.parametrize("text", ["", "1 Gi", "Gi", "1KiB", "1e", "nan", "1mm", "--1"])
def test_what_is_not_a_quantity_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="is not a quantity such as '500m'"):
        canonical_quantity(text)


@pytest.mark.parametrize(
    ("written", "kept"),
    [("0.0005", "1m"), ("100500u", "101m"), ("2", "2"), ("1500m", "1500m"), ("0.1", "100m")],
)
def test_cpu_is_rounded_up_to_thousandths_as_the_api_server_does(written: str, kept: str) -> None:
    assert canonical_quantity(written, smallest="m") == kept


@given(st.integers(0, 10**9), st.sampled_from(["", "m", "k", "Ki", "Mi", "G"]))
def test_the_canonical_form_of_a_canonical_form_is_itself(number: int, suffix: str) -> None:
    once = canonical_quantity(f"{number}{suffix}")

    assert canonical_quantity(once) == once


@pytest.mark.parametrize(
    ("written", "printed"),
    [("0.850", "0.85"), ("1e3", "1000"), ("-0", "0"), ("-0.0", "0"), ("7", "7"), ("1E-2", "0.01")],
)
def test_a_decimal_has_one_canonical_form(written: str, printed: str) -> None:
    assert canonical_decimal(written) == printed


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**6), max_value=10**6
    )
)
def test_a_canonical_decimal_denotes_the_same_number(value: Decimal) -> None:
    assert Decimal(canonical_decimal(format(value, "f"))) == value


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        *(("0.850", "0.85"), ("1e3", "1000"), ("7", "7"), ("-0", "-0"), ("1e-7", "1e-07")),
        *(("1e16", "1e+16"), ("0.1000000000000000055", "0.1"), ("1e-999", "0"), ("1e999", "inf")),
    ],
)
def test_a_float_has_the_shortest_text_of_its_bits(written: str, printed: str) -> None:
    assert canonical_float(written) == printed


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_float_gives_it_back(value: float) -> None:
    text = canonical_float(repr(value).replace("e+", "e"))

    assert canonical_float(text) == text
    assert repr(float(text)) == repr(value)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1_000", " 1", "01", "1.", "", "9" * 33])
def test_what_is_not_a_decimal_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a decimal number"):
        canonical_decimal(text)
