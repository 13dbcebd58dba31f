"""Raw features and parameters of every type, and rows of what is likely to make a difference."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any, TypeAlias

from hypothesis import strategies as st

from modelspec.expressions.parameters import (
    Affine,
    Bounds,
    Edges,
    Imputation,
    LookupTable,
    Parameter,
    Piecewise,
    PowerTransform,
    Set,
    Vocabulary,
)
from modelspec.expressions.program import RawFeature
from modelspec.expressions.types import (
    BOOL,
    FLOAT64,
    INT64,
    MAX_FLOAT,
    MAX_INTEGER,
    TIMESTAMP,
    Kind,
    Type,
    list_of,
    string,
)

Choose: TypeAlias = Callable[[Sequence[Any]], Any]
"""Picks one of several things."""

Family: TypeAlias = tuple[Kind, Kind | None]
"""A kind, and for lists that of the items."""

FEATURES = (
    RawFeature("x", FLOAT64.optional()),
    RawFeature("y", FLOAT64, required=True),
    RawFeature("z", FLOAT64, default=2.5),
    RawFeature("n", INT64.optional()),
    RawFeature("m", INT64, required=True),
    RawFeature("b", BOOL.optional()),
    RawFeature("c", BOOL, required=True),
    RawFeature("s", string(40).optional()),
    RawFeature("r", string(12), required=True),
    RawFeature("t", TIMESTAMP.optional()),
    RawFeature("w", TIMESTAMP, required=True),
    RawFeature("fs", list_of(Kind.FLOAT64, 4).optional()),
    RawFeature("gs", list_of(Kind.FLOAT64, 4), required=True),
    RawFeature("ks", list_of(Kind.INT64, 4).optional()),
    RawFeature("ls", list_of(Kind.INT64, 4), required=True),
    RawFeature("ts", list_of(Kind.STRING, 4, item_length=12).optional()),
    RawFeature("us", list_of(Kind.STRING, 4, item_length=12), required=True),
)

PARAMETERS: Mapping[str, Parameter] = {
    "p_affine": Affine(1.5, 0.3),
    "p_affine_tiny": Affine(0.0, 1e-300),
    "p_affine_negative": Affine(-2.0, -7.0),
    "p_bounds": Bounds(-1.0, 7.0),
    "p_edges": Edges((-1.0, 0.0, 1.0, 7.0, 30.0)),
    "p_edges_far": Edges((-MAX_FLOAT, 5e-324, float(MAX_INTEGER))),
    "p_imputation": Imputation(-0.0),
    "p_piecewise": Piecewise((-1.0, 0.0, 7.0), (0.1, 0.7, 0.2)),
    "p_power_log": PowerTransform(0.0),
    "p_power_two": PowerTransform(2.0),
    "p_power_half": PowerTransform(0.5),
    "p_power_odd": PowerTransform(-1.7),
    "p_table": LookupTable(Kind.STRING, {"a": 0.1, "": -0.0, "é": 3e38}, 0.5, missing=7.0),
    "p_table_int": LookupTable(Kind.INT64, {0: 0.1, 7: 1e300, -1: 2.0}, -1.0),
    "p_set": Set(Kind.STRING, ("a", "ab", "é")),
    "p_set_int": Set(Kind.INT64, (0, 7, MAX_INTEGER)),
    "p_words": Vocabulary(Kind.STRING, ("a", "ab", ""), unknown=-1, missing=-2),
    "p_numbers": Vocabulary(Kind.INT64, (7, 0, -1), unknown=3, missing=4),
}

_FLOATS = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 0.1, 0.3, 7.0, 30.0, 90.0, -180.0, 59.91),
    *(5e-324, -5e-324, 2.2250738585072014e-308, 1e-300, 1e-8, 1 + 2**-52, 1 - 2**-53),
    *(2.0**24 + 1, 2.0**31, 2.0**53 - 1, 2.0**53, 1e15 + 0.3, 123456.789, 709.8, -745.2),
    *(3.4028234663852886e38, 3.4028235677973362e38, 3.4028235677973366e38, 1e200, 1e308),
    *(MAX_FLOAT, -MAX_FLOAT),
)
_INTEGERS = (
    *(0, 1, -1, 2, 3, 7, -7, 24, 30, 60, 1000, 2**24 + 1, 2**31, -(2**31) - 1),
    *(2**52 + 1, MAX_INTEGER - 1, MAX_INTEGER, -MAX_INTEGER),
)
_SHORT = (
    "",
    "a",
    "ab",
    "A b",
    "é",
    "aé\u0130ß",
    "\U0001d518x",
    "\x00",
    " \t\n\x0b",
    "0",
    "-7",
    "1.5",
    "12",
)
_LONG = (
    *("1e400", "-1e-400", "NaN", "inf", "1_000", "٣", "9007199254740993", "true", "a.b-c@d@e"),
    *("Jo@Example.COM", "x@", "@x", "10.1.2.3", "192.168.0.256", "2001:db8::ff00:42:8329", "::1"),
    *("4111 1111 1111 1111", "79927398713", "2020-02-29T23:59:60Z", "2026-03-29T01:00:00Z"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.9999-14:00", "2026-07-15 12:30:00+02:00"),
    *('{"a":{"b":1.5},"c":true}', '{"a":"x","b":[1,2]}', '[1,"a"]', "{", '{"a":1e400}', "A" * 40),
    *("\u200d\u0301e\u0301", "\x1f", "ab\x1fa", "\ud7ff\ue000", "\U0010ffff", "kitten sitting"),
)
_ZONES = timezone(timedelta(hours=14)), timezone(timedelta(hours=-14))
_TIMES = (
    *(datetime(1970, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    # Around the changes of the clocks in Oslo, New York and Lord Howe.
    *(datetime(2026, 3, 29, 0, 59, 59, 999999, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)),
    *(datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)),
    *(datetime(2026, 3, 8, 6, 59, 59, tzinfo=UTC), datetime(2026, 3, 8, 7, tzinfo=UTC)),
    *(datetime(2026, 4, 4, 15, tzinfo=UTC), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    *(datetime(2024, 2, 29, 12, tzinfo=UTC), datetime(1900, 3, 1, tzinfo=UTC)),
    *(datetime(1883, 11, 18, 17, tzinfo=UTC), datetime(2100, 12, 31, 23, 30, tzinfo=UTC)),
    *(datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=_ZONES[0])),
    *(
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=_ZONES[1]),
    ),
)

VALUES: Mapping[Family, tuple[Any, ...]] = {
    (Kind.FLOAT64, None): _FLOATS,
    (Kind.INT64, None): _INTEGERS,
    (Kind.BOOL, None): (False, True),
    (Kind.STRING, None): (*_SHORT, *_LONG),
    (Kind.TIMESTAMP, None): _TIMES,
    (Kind.LIST, Kind.FLOAT64): (
        *((), (0.0,), (-0.0,), (-0.0, 0.0), (1.5, -2.5), (MAX_FLOAT, MAX_FLOAT, -MAX_FLOAT)),
        *((0.1, 0.2, 0.3, 0.4), (1e16, 1.0, -1e16)),
    ),
    (Kind.LIST, Kind.INT64): (
        *((), (0,), (7, 7, -1), (MAX_INTEGER, MAX_INTEGER), (MAX_INTEGER, 1, -MAX_INTEGER)),
        (1, 2, 3, 4),
    ),
    (Kind.LIST, Kind.STRING): ((), ("",), ("a", "ab"), ("é", "", "a", "a"), ("A b",)),
}
"""What is likely to make a difference, by type."""


def values_for(declared: Type) -> tuple[Any, ...]:
    """Return the values of interest that a feature of this type can have."""
    found = VALUES[declared.family]
    return tuple(v for v in found if declared.kind is not Kind.STRING or len(v) <= declared.length)


def draw_row(choose: Choose) -> dict[str, Any]:
    """Return a row; one in eight values is missing where it may be."""
    row = {}
    for feature in FEATURES:
        values = values_for(feature.type)
        if not feature.required:
            values = (*values, *(None,) * (len(values) // 7 + 1))
        row[feature.name] = choose(values)
    return row


def many_rows(count: int, seed: int = 7) -> list[dict[str, Any]]:
    """Return rows that are the same in every run."""
    random = Random(seed)  # noqa: S311  # nothing is kept secret
    return [draw_row(random.choice) for _ in range(count)]


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """Return a row of values that are likely to make a difference."""
    return draw_row(lambda options: options[draw(st.integers(0, len(options) - 1))])
