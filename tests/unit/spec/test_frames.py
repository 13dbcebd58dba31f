"""From people's data to columns, and from columns to the tensor: the same rules as for rows."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from math import inf, nan
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from modelspec.choices import OutOfRange
from modelspec.compiler.frames import FrameError, read_columns
from modelspec.compiler.rows import build_row_type
from modelspec.compiler.scalar import compile_tensor, compile_values
from modelspec.compiler.tensors import round_to_float32, to_float32, transform
from modelspec.expressions.columns import Encoded, values_of
from modelspec.expressions.limits import Limits, number_limits, text_limits
from modelspec.expressions.parameters import Vocabulary
from modelspec.expressions.program import DerivedFeature, RawFeature, build_program
from modelspec.expressions.types import (
    BOOL,
    FLOAT64,
    INT64,
    MAX_INTEGER,
    TIMESTAMP,
    Boundary,
    Kind,
    Type,
    list_of,
    string,
)
from support.effort import examples
from support.executors import packed_row, same, same_bits

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
MICROSECONDS = 1_769_860_800_000_000
"""Noon, as columns have it."""

FEATURES = (
    RawFeature("amount", FLOAT64.optional()),
    RawFeature("count", INT64.optional()),
    RawFeature("is_new", BOOL.optional()),
    RawFeature("mcc", string(8).optional()),
    RawFeature("at", TIMESTAMP.optional()),
    RawFeature("amounts", list_of(Kind.FLOAT64, 3).optional()),
    RawFeature("counts", list_of(Kind.INT64, 3).optional()),
    RawFeature("tags", list_of(Kind.STRING, 3, item_length=4).optional()),
)

DATA: dict[str, list[Any]] = {
    "amount": [1.5, None, -0.0, 1e308],
    "count": [1, None, -MAX_INTEGER, 2**53],
    "is_new": [True, None, False, True],
    "mcc": ["5967", None, "é", "5967"],
    "at": [
        NOON,
        None,
        NOON + timedelta(microseconds=1),
        datetime(1969, 7, 20, 20, 17, tzinfo=UTC),
    ],
    "amounts": [[0.0, -0.0], None, [], [-0.0, 0.0]],
    "counts": [[1, 2], None, [], [MAX_INTEGER]],
    "tags": [["a", "é"], None, [], ["", "a"]],
}

EXPECTED = {
    "amount": [1.5, nan, -0.0, 1e308],
    "count": [1, None, -MAX_INTEGER, None],
    "is_new": [True, None, False, True],
    "mcc": ["5967", None, "é", "5967"],
    "at": [MICROSECONDS, None, MICROSECONDS + 1, -14_182_980_000_000],
    "amounts": [(0.0, -0.0), None, (), (-0.0, 0.0)],
    "counts": [(1, 2), None, (), (MAX_INTEGER,)],
    "tags": [("a", "é"), None, (), ("", "a")],
}

ARROW = pa.schema(
    [
        ("amount", pa.float64()),
        ("count", pa.int64()),
        ("is_new", pa.bool_()),
        ("mcc", pa.string()),
        ("at", pa.timestamp("us", tz="Europe/Oslo")),
        ("amounts", pa.list_(pa.float64())),
        ("counts", pa.large_list(pa.int64())),
        ("tags", pa.list_(pa.large_string())),
    ]
)


def _arrow() -> pa.Table:
    return pa.Table.from_pydict(DATA, schema=ARROW)


def _chunked() -> pa.Table:
    return pa.concat_tables([_arrow().slice(0, 1), _arrow().slice(1, 0), _arrow().slice(1)])


def _dictionaries() -> pa.Table:
    table = _chunked()
    position = table.schema.get_field_index("mcc")
    return table.set_column(position, "mcc", table["mcc"].dictionary_encode())


def _pandas() -> pd.DataFrame:
    frame = pd.DataFrame(DATA)
    frame["count"] = pd.array(DATA["count"], dtype="Int64")
    frame["at"] = pd.to_datetime(frame["at"], utc=True).dt.tz_convert("Asia/Kathmandu")
    return frame


def _old_pandas() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in DATA.items()})


def _categories() -> pd.DataFrame:
    return _pandas().astype({"mcc": "category", "is_new": "boolean", "amount": "Float64"})


def _polars() -> pl.DataFrame:
    times = pl.Series(DATA["at"], dtype=pl.Datetime("us", "UTC")).dt.convert_time_zone(
        "Asia/Tokyo"
    )
    return pl.DataFrame({**DATA, "at": times}, strict=False)


def _polars_categories() -> pl.DataFrame:
    return _polars().with_columns(
        pl.col("mcc").cast(pl.Categorical), pl.col("at").dt.cast_time_unit("ns")
    )


def _numpy() -> dict[str, Any]:
    mask = np.array([False, True, False, False])
    times = [None if t is None else t.replace(tzinfo=None) for t in DATA["at"]]
    objects = {name: np.empty(4, dtype=object) for name in ("mcc", "amounts", "counts", "tags")}
    for name, array in objects.items():
        array[:] = DATA[name]
    return {
        "amount": np.array([1.5, inf, -0.0, 1e308]),
        "count": np.ma.array([1, 7, -MAX_INTEGER, 2**53], mask=mask),
        "is_new": np.ma.array([True, False, False, True], mask=mask),
        "at": np.array(times, dtype="M8[us]"),
        **objects,
    }


def _missing_words() -> dict[str, list[Any]]:
    """Return lists with whatever stands for a missing value anywhere."""
    words = [pd.NA, nan, pd.NaT, None, np.datetime64("NaT"), inf, np.float32(nan), -inf]
    return {
        name: [word if value is None else value for value in values]
        for (name, values), word in zip(DATA.items(), words, strict=True)
    }


def _mixed() -> dict[str, Any]:
    return {
        **{name: _pandas()[name] for name in ("amount", "count")},
        **{name: _polars()[name] for name in ("is_new", "mcc")},
        **{name: _arrow()[name].chunk(0) for name in ("at", "amounts")},
        **{name: tuple(DATA[name]) for name in ("counts", "tags")},
    }


FORMS: dict[str, Callable[[], Any]] = {
    "lists": lambda: DATA,
    "NumPy": _numpy,
    "pandas": _pandas,
    "pandas objects": _old_pandas,
    "pandas categories": _categories,
    "pandas over Arrow": lambda: _arrow().to_pandas(types_mapper=pd.ArrowDtype),
    "polars": _polars,
    "polars categories": _polars_categories,
    "pyarrow": _arrow,
    "pyarrow batch": lambda: _arrow().to_batches()[0],
    "pyarrow chunks": _chunked,
    "pyarrow dictionaries": _dictionaries,
    "a column of each": _mixed,
    "words for missing": _missing_words,
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_data_give_the_same_columns_in_every_form(form: str) -> None:
    columns = read_columns(FORMS[form](), FEATURES)

    assert same({name: values_of(column) for name, column in columns.items()}, EXPECTED)


def test_rows_give_the_same_values_as_columns() -> None:
    row_type = build_row_type(FEATURES)
    program = build_program(FEATURES)
    function = compile_values(program, list(DATA)).function
    rows = [dict(zip(DATA, values, strict=True)) for values in zip(*DATA.values(), strict=True)]
    found = [function(msgspec.convert(row, row_type)) for row in rows]

    assert same(dict(zip(DATA, map(list, zip(*found, strict=True)), strict=True)), EXPECTED)


@pytest.mark.parametrize("form", FORMS)
def test_no_rows_are_no_rows_in_every_form(form: str) -> None:
    data = FORMS[form]()
    empty = {k: v[:0] for k, v in data.items()} if isinstance(data, dict) else data[:0]
    columns = read_columns(empty, FEATURES)

    assert [values_of(column) for column in columns.values()] == [[]] * len(FEATURES)


def _one(declared: Type, **given: Any) -> tuple[RawFeature, ...]:
    return (RawFeature("it", declared.optional(), **given),)


def _read(declared: Type, cells: Any, **given: Any) -> list[Any]:
    return values_of(read_columns({"it": cells}, _one(declared, **given))["it"])


def test_a_column_that_is_not_there_is_missing_in_every_row() -> None:
    for form in ({"x": [1, 2]}, pd.DataFrame({"x": [1, 2]}), pl.DataFrame({"x": [1, 2]})):
        columns = read_columns(form, FEATURES)
        assert [values_of(c) for c in columns.values()] == [
            pytest.approx([nan] * 2, nan_ok=True)
        ] + [[None, None]] * (len(FEATURES) - 1)


def test_a_default_stands_in_for_what_is_missing() -> None:
    assert _read(FLOAT64, [1.0, None], default=2.5) == [1.0, 2.5]
    assert _read(FLOAT64, [-0.0, None], default=2) == [0.0, 2.0]
    assert _read(INT64, np.array([1, 2**60]), default=-1) == [1, -1]
    assert _read(BOOL, pd.Series([True, None]), default=False) == [True, False]
    assert _read(string(4), pd.Series(["a", None, "b"]), default="b") == ["a", "b", "b"]
    assert _read(TIMESTAMP, [None, NOON], default=0) == [0, MICROSECONDS]
    assert values_of(read_columns({"x": [1, 2]}, _one(INT64, default=7))["it"]) == [7, 7]


def test_texts_with_a_default_stay_distinct() -> None:
    column = read_columns({"it": ["a", None, "b"]}, _one(string(4), default="b"))["it"]

    assert isinstance(column, Encoded)
    assert len(set(column.values)) == len(column.values)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (np.array([1, 2**53 - 1, 2**53], dtype=np.uint64), [1, MAX_INTEGER, None]),
        (np.array([2**64 - 1], dtype=np.uint64), [None]),
        (np.array([-(2**63)]), [None]),
        (np.array([1, -1], dtype=np.int8), [1, -1]),
        (np.array([1.0, nan, inf, 2.0**53]), [1, None, None, None]),
        (np.array([1.0, nan], dtype=np.float16), [1, None]),
        ([1, 2.0, 10**400, nan, np.int16(3), np.float32(4)], [1, 2, None, None, 3, 4]),
        (pd.Series([1, 2, None]), [1, 2, None]),
        (pd.Series([7, None], dtype="category"), [7, None]),
        (pl.Series([7, None, 2**63], dtype=pl.UInt64), [7, None, None]),
        (pl.Series([None, None]), [None, None]),
        (pa.array([None, 1], pa.int8()), [None, 1]),
        (pa.nulls(2), [None, None]),
        (np.array([], dtype=object), []),
    ],
)
def test_integers_are_taken_in_every_width_and_too_large_ones_are_missing(
    cells: Any, expected: list[int | None]
) -> None:
    assert same(_read(INT64, cells), expected)


def test_floats_are_taken_in_every_width_and_infinite_ones_are_missing() -> None:
    assert same(_read(FLOAT64, np.array([0.1, inf], np.float32)), [float(np.float32(0.1)), nan])
    assert same(_read(FLOAT64, np.array([2**53 + 1, 3])), [float(2**53), 3.0])
    assert same(_read(FLOAT64, [2**53 + 1, 10**400, 1]), [float(2**53), nan, 1.0])
    assert same(_read(FLOAT64, np.array(["1e400"], np.longdouble)), [nan])
    assert same(_read(FLOAT64, pa.array([1.5, None, nan])), [1.5, nan, nan])
    assert same(_read(FLOAT64, pl.Series([1.5, None, nan])), [1.5, nan, nan])


def test_a_column_of_nothing_is_missing_whatever_its_type_is() -> None:
    nothing = [np.array([nan, nan]), pd.Series([None, None]), np.array(["NaT", "NaT"], "M8[s]")]

    for declared in (FLOAT64, INT64, BOOL, string(4), TIMESTAMP, list_of(Kind.STRING, 2)):
        for cells in nothing:
            assert [v if v == v else None for v in _read(declared, cells)] == [None, None]  # noqa: PLR0124  # NaN


@pytest.mark.parametrize(
    "cells",
    [
        np.array(["2026-01-31T12:00"], "M8[m]"),
        np.array(["2026-01-31T12:00:00"], "M8[s]"),
        np.array(["2026-01-31T12:00:00"], "M8[ns]"),
        np.array(["2026-01-31T11:59:59.999999500"], "M8[ns]"),
        np.array(["2026-01-31T12:00:00.000000499"], "M8[ns]"),
        pd.Series(["2026-01-31T12:00:00Z"]),
        ["2026-01-31T13:00:00+01:00"],
        ["2026-01-31 12:00:00.0000004Z"],
        [datetime(2026, 1, 31, 13, tzinfo=timezone(timedelta(hours=1)))],
        [pd.Timestamp("2026-01-31T12:00:00.000000499Z")],
        [pd.Timestamp("2026-01-31T11:59:59.999999500Z")],
        [np.datetime64("2026-01-31T12:00:00")],
        pd.Series(pd.to_datetime(["2026-01-31T12:00:00.000000499Z"])),
        pl.Series([NOON]).dt.cast_time_unit("ms"),
        pa.array([NOON], pa.timestamp("s", tz="UTC")),
        pa.array(["2026-01-31T12:00:00Z"], pa.string_view()),
    ],
)
def test_times_are_taken_in_every_unit_and_rounded_to_microseconds_as_in_a_request(
    cells: Any,
) -> None:
    assert _read(TIMESTAMP, cells) == [MICROSECONDS]


@examples(40)
@given(st.integers(-(10**18), 10**18))
def test_nanoseconds_are_rounded_as_the_decoder_of_requests_rounds_them(nanoseconds: int) -> None:
    time = np.datetime64(nanoseconds, "ns")

    assert _read(TIMESTAMP, np.array([time])) == _read(TIMESTAMP, [f"{time}Z"])


REFUSED: list[tuple[Type, Any, str]] = [
    (INT64, [1, 2.5], "row 1 holds 2.5, which is not whole; round it, or declare Float64"),
    (INT64, np.array([1, 2.5]), "row 1 holds 2.5, which is not whole; round it"),
    (INT64, [1, True], "row 1 holds True, a bool; convert it to an integer"),
    (INT64, ["1"], "row 0 holds '1', a str; convert it to an integer"),
    (INT64, np.array([True]), "its column holds bool; convert it to integers"),
    (FLOAT64, np.array([True]), "its column holds bool; convert it to numbers"),
    (FLOAT64, [1.0, True], "row 1 holds True, a bool; convert it to a number"),
    (FLOAT64, ["1.5"], "row 0 holds '1.5', a str; convert it to a number"),
    (FLOAT64, pd.Series(["1.5"]), "row 0 holds '1.5', a str; convert it to a number"),
    (FLOAT64, [Decimal("1.5")], "row 0 holds Decimal('1.5'), a Decimal; convert it to a number"),
    (FLOAT64, np.array([1j]), "row 0 holds 1j, a complex; convert it to a number"),
    (FLOAT64, np.array([[1.0, 2.0]]), "row 0 holds [1.0, 2.0], a list; convert it to a number"),
    (BOOL, [1], "row 0 holds 1, a int; convert it to a truth value, as `column > 0` does"),
    (
        BOOL,
        np.array([0, 1]),
        "its column holds int64; convert it to truth values, as `column > 0`",
    ),
    (string(4), [5967], "row 0 holds 5967, a int; convert it to text"),
    (string(4), np.array([1.0]), "its column holds float64; convert it to text, and mind that"),
    (string(4), ["a", "abcde"], "row 1 holds a text of 5 characters; `maxLength` is 4"),
    (string(4), pl.Series(["a", "abcde"]), "row 1 holds a text of 5 characters"),
    (string(4), pa.array(["a", "a", "abcde"]), "row 2 holds a text of 5 characters"),
    (string(4), ["\ud800"], "row 0 holds '\\ud800', which is not valid Unicode"),
    (string(4), [b"a"], "row 0 holds b'a', a bytes; convert it to text"),
    (string(4), [["a"]], "row 0 holds ['a'], a list; convert it to text"),
    (TIMESTAMP, [NOON.replace(tzinfo=None)], "a time without a zone; say which, as"),
    (TIMESTAMP, pd.Series([pd.Timestamp("2026-01-31")]), "holds times without a zone; say which"),
    (TIMESTAMP, pl.Series([NOON.replace(tzinfo=None)]), "holds times without a zone; say which"),
    (TIMESTAMP, pa.array([0], pa.timestamp("us")), "holds times without a zone; say which"),
    (TIMESTAMP, ["2026-01-31"], "row 0 holds '2026-01-31'; write it like 2026-01-31T12:00:00Z"),
    (TIMESTAMP, ["2026-01-31T12:00:00"], "row 0 holds '2026-01-31T12:00:00'; write it like"),
    (TIMESTAMP, [date(2026, 1, 31)], "a date; convert it to a time with a zone"),
    (TIMESTAMP, np.array([0]), "its column holds int64; convert it to times with a zone"),
    (TIMESTAMP, np.array([0, 10**6], "M8[Y]"), "row 1 holds 1001970, outside the years 1 to 9999"),
    (TIMESTAMP, [np.datetime64(10**6, "Y")], "row 0 holds 1001970; years are 1 to 9999"),
    (list_of(Kind.FLOAT64, 2), [[1, 2, 3]], "row 0 holds a list of 3 items; `maxItems` is 2"),
    (list_of(Kind.FLOAT64, 2), [[1, None]], "row 0 holds a list whose item 1 has no value"),
    (list_of(Kind.INT64, 2), [[2**53]], "item 0 has no value, or one of 2^53 or more"),
    (list_of(Kind.STRING, 2, item_length=1), [["ab"]], "a text of 2 characters; `maxLength` is 1"),
    (
        list_of(Kind.STRING, 2, item_length=1),
        ["a"],
        "row 0 holds 'a', a str; convert it to a list",
    ),
]


@pytest.mark.parametrize(("declared", "cells", "message"), REFUSED)
def test_what_a_feature_does_not_take_is_refused_with_its_name_and_row(
    declared: Type, cells: Any, message: str
) -> None:
    with pytest.raises(FrameError) as refused:
        _read(declared, cells)

    assert str(refused.value).startswith("feature 'it' ")
    assert message in str(refused.value)
    assert refused.value.feature == "it"
    assert refused.value.row is None or f"row {refused.value.row}" in str(refused.value)


def test_the_first_row_that_is_wrong_is_named_also_where_distinct_values_are_read_once() -> None:
    with pytest.raises(FrameError) as refused:
        _read(string(2), pd.Series(["a", None, "a", "bbb", "aaa", "bbb"]))

    assert refused.value.row == 3


def test_a_required_feature_without_a_value_is_refused_with_its_first_row() -> None:
    required = (RawFeature("it", FLOAT64, required=True),)

    with pytest.raises(FrameError, match="feature 'it' is required, row 1 has no value"):
        read_columns({"it": [1.0, None, nan]}, required)
    with pytest.raises(FrameError, match="feature 'it' is required, row 0 has no value"):
        read_columns({"other": [1.0]}, required)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([{"it": 1}], "data must be a mapping of columns, a DataFrame of pandas or polars or a"),
        (pl.LazyFrame({"it": [1.0]}), "got LazyFrame; collect() it"),
        ({"it": 1.0}, "column 'it': a column must be an array or a list, got float"),
        ({"it": "text"}, "column 'it': a column must be an array or a list, got str"),
        ({"it": np.array(1.0)}, "column 'it': a column must be an array or a list, got a single"),
        ({"it": [1.0], "other": [1, 2]}, "columns must have the same number of rows"),
        (pd.DataFrame([[1, 2]], columns=["it", "it"]), "2 columns are named 'it'"),
        (pd.Series([1.0], name="it"), "data must be a mapping of columns"),
    ],
)
def test_what_is_no_data_is_refused(data: Any, message: str) -> None:
    with pytest.raises(FrameError) as refused:
        read_columns(data, _one(FLOAT64))

    assert message in str(refused.value)


def test_no_library_is_imported_for_data_that_are_not_of_it() -> None:
    code = (
        "import sys\n"
        "from modelspec.compiler.frames import read_columns\n"
        "read_columns({'x': [1.0]}, ())\n"
        "print(sorted({'pandas', 'polars', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_columns_are_rounded_to_float32_as_single_rows_are() -> None:
    features = (RawFeature("x", FLOAT64.optional()), RawFeature("n", INT64.optional()))
    derived = [
        DerivedFeature("twice", "x * 2.0", Boundary.FLOAT64),
        DerivedFeature("more", "n + 1", Boundary.INT64),
        DerivedFeature("is_large", "x > 1.0", Boundary.BOOL),
        DerivedFeature("always", "2.5", Boundary.FLOAT64),
    ]
    program = build_program(features, derived)
    names = ["x", "n", "twice", "more", "is_large", "always"]
    xs = [
        0.1,
        -0.0,
        5e-324,
        3.4028235677973362e38,
        3.4028235677973366e38,
        1e308,
        None,
        2.0**24 + 1,
    ]
    ns = [2**24 + 1, 2**53 - 1, -(2**53) + 1, None, 0, 1, 2, 3]
    tensor = transform(program, {"x": xs, "n": ns}, names)

    function = compile_tensor(program, names).function
    row_type = build_row_type(features)
    rows = [function(row_type(x, n)) for x, n in zip(xs, ns, strict=True)]
    packed = b"".join(map(packed_row, rows))
    assert tensor.shape == (8, 6)
    assert tensor.dtype == np.float32
    assert same_bits(tensor, np.frombuffer(packed, np.float32).reshape(8, 6))


def test_a_vector_takes_as_many_columns_as_it_is_wide() -> None:
    program = build_program(
        (RawFeature("k", string(4).optional()),),
        [DerivedFeature("v", "one_hot(k, words)", Boundary.VECTOR)],
        {"words": Vocabulary(Kind.STRING, ("a", "b"))},
    )
    tensor = transform(program, {"k": ["a", "b", None]}, ["v"])

    assert tensor.tolist() == [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]


def test_constants_are_as_long_as_the_data() -> None:
    program = build_program(_one(FLOAT64), [DerivedFeature("c", "1 + 1", Boundary.INT64)])

    for rows in (0, 1, 3):
        assert transform(program, {"it": [1.0] * rows}, ["c"]).tolist() == [[2.0]] * rows
    assert to_float32(program, {}, []).shape == (1, 0)


def test_what_is_no_number_is_refused_in_a_tensor() -> None:
    program = build_program(_one(string(4)))

    with pytest.raises(ValueError, match="feature 'it' is a string, which no tensor can hold"):
        transform(program, {"it": ["a"]}, ["it"])


def test_numbers_are_rounded_to_the_nearest_float32_and_to_nan_where_that_is_infinite() -> None:
    below, above = 3.4028235677973362e38, 3.4028235677973366e38
    rounded = round_to_float32(np.array([1 + 2**-24, 1 + 3 * 2**-24, -below, below, above, nan]))

    largest = float(np.finfo(np.float32).max)
    assert same(rounded.tolist(), [1.0, 1 + 2**-22, -largest, largest, nan, nan])


def test_a_million_texts_are_read_in_the_blink_of_an_eye() -> None:
    texts = np.array([f"merchant {i}" for i in range(1_000)], dtype=object)[
        np.arange(1_000_000) * 7919 % 1_000
    ]
    series = pd.Series(texts, dtype="str")

    column = read_columns({"it": series}, _one(string(32)))["it"]

    assert isinstance(column, Encoded)
    assert len(column.values) == 1_000


AGES = number_limits(INT64, 0, 120, OutOfRange.REJECT)
RATES = number_limits(FLOAT64, 0.5, None, OutOfRange.REJECT)
WORDS = text_limits(("DK", "NO"), OutOfRange.REJECT)


@pytest.mark.parametrize(
    ("declared", "limits", "cells", "message"),
    [
        (INT64, AGES, [5, None, 121, -1], "must be at most 120, row 2 holds 121"),
        (INT64, AGES, np.array([5, -3]), "must be at least 0, row 1 holds -3"),
        (INT64, AGES, pd.Series([None, -3], dtype="Int64"), "at least 0, row 1 holds -3"),
        (INT64, AGES, pa.array([2**60, 121]), "must be at most 120, row 1 holds 121"),
        (FLOAT64, RATES, np.array([nan, 0.5, 0.25]), "at least 0.5, row 2 holds 0.25"),
        (FLOAT64, RATES, pl.Series([inf, None, -2.0]), "at least 0.5, row 2 holds -2"),
        (string(9), WORDS, ["NO", None, "no"], "one of 'DK', 'NO', row 2 holds 'no'"),
        (string(9), WORDS, pd.Series(["NO", "x", "DK", "w"]), "'DK', 'NO', row 1 holds 'x'"),
    ],
)
def test_the_first_value_out_of_range_is_refused_with_its_row(
    declared: Type, limits: Limits, cells: Any, message: str
) -> None:
    with pytest.raises(FrameError) as refused:
        _read(declared, cells, limits=limits)

    assert str(refused.value).startswith("feature 'it' must be ")
    assert str(refused.value).endswith(message)
    assert refused.value.feature == "it"
    assert f"row {refused.value.row} holds" in message


def test_what_is_missing_or_its_default_is_not_out_of_range() -> None:
    assert _read(INT64, [None, 2**53, 3], limits=AGES) == [None, None, 3]
    assert _read(INT64, [None, 2**53, 3], limits=AGES, default=7) == [7, 7, 3]
    assert _read(string(9), pd.Series([None, "NO"]), limits=WORDS) == [None, "NO"]
    assert same(_read(FLOAT64, [nan, -inf, 0.5], limits=RATES), [nan, nan, 0.5])


def test_what_will_be_replaced_is_read_as_it_is() -> None:
    for out_of_range in (OutOfRange.CLAMP, OutOfRange.USE_NULL):
        limits = number_limits(INT64, 0, 120, out_of_range)
        assert _read(INT64, np.array([-3, 121]), limits=limits) == [-3, 121]
