"""Times and time zones, beyond what the corpus can say of them."""

import struct
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Annotated

import msgspec
import numpy as np
import pytest
import tzdata
from hypothesis import example, given, strategies as st

from modelspec.compiler.rows import microseconds
from modelspec.expressions.functions.times import DAY, civil, day_of_year, parse_timestamp
from modelspec.expressions.operation import LiteralError
from modelspec.expressions.zones import TZDATA_VERSION, find_zone

NAMES = files(tzdata).joinpath("zones").read_text(encoding="utf-8").split()
CHANGING = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Monrovia")

INT64 = st.integers(-(2**62), 2**62)
DATES = st.dates().map(lambda day: day.toordinal() - 719_163)
DIGITS = st.text("0123456789", min_size=1, max_size=12)
RFC_3339 = st.one_of(
    st.datetimes().flatmap(
        lambda time: st.tuples(
            st.sampled_from("Tt _"),
            st.sampled_from(["", ".5", ".1234565", ".9999995", ".000000499999", "."]),
            st.sampled_from(["Z", "z", "", "+05:30", "-0330", "-23:59", "+24:00", "+01"]),
        ).map(lambda end: time.isoformat(end[0], "seconds") + end[1] + end[2])
    ),
    st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", fullmatch=True),
)


def _changes(name: str) -> list[int]:
    """Return when a zone changes, in seconds since 1970, as its file says (RFC 9636)."""
    data = files(tzdata).joinpath("zoneinfo", *name.split("/")).read_bytes()

    def counts(start: int) -> tuple[int, ...]:
        return struct.unpack(">6l", data[start + 20 : start + 44])

    utc, standard, leaps, times, types, characters = counts(0)
    second = 44 + times * 5 + types * 6 + characters + leaps * 8 + standard + utc
    times = counts(second)[3]
    return list(struct.unpack(f">{times}q", data[second + 44 : second + 44 + 8 * times]))


def test_no_zone_changes_twice_within_two_days() -> None:
    shortest = min(
        later - earlier
        for name in NAMES
        for earlier, later in zip(_changes(name), _changes(name)[1:], strict=False)
    )

    assert shortest > 2 * 86_400


@pytest.mark.parametrize("name", CHANGING)
def test_a_column_has_the_local_times_of_its_rows(name: str) -> None:
    zone = find_zone(name)
    changes = [change * 1_000_000 for change in _changes(name)]
    around = [change + shift for change in changes for shift in (-DAY, -1, 0, 1, DAY // 3)]

    assert zone.local_column(np.array(around)).tolist() == [zone.local(ts) for ts in around]


@given(INT64, st.sampled_from(CHANGING))
@example(-(2**62), "Europe/Berlin")
@example(2**62, "Europe/Berlin")
def test_every_instant_has_a_local_time_within_a_day(ts: int, name: str) -> None:
    assert abs(find_zone(name).local(ts) - ts) < DAY
    assert find_zone(name).local_column(np.array([ts])).tolist() == [find_zone(name).local(ts)]


def test_zones_come_from_the_package_and_have_its_version() -> None:
    assert TZDATA_VERSION == tzdata.IANA_VERSION
    assert all(find_zone(name) for name in NAMES)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Europe/Berln", "'Europe/Berln' is not an IANA zone; did you mean 'Europe/Berlin'?"),
        ("utc", "'utc' is not an IANA zone; did you mean 'UTC'?"),
        ("../zones", "'../zones' is not an IANA zone"),
        ("/etc/localtime", "'/etc/localtime' is not an IANA zone"),
        ("", "'' is not an IANA zone"),
    ],
)
def test_a_name_that_is_no_zone_is_refused(name: str, message: str) -> None:
    with pytest.raises(LiteralError) as caught:
        find_zone(name)

    assert (caught.value.code.name, str(caught.value)) == ("MS327", message)


@given(DATES)
def test_dates_are_those_of_the_standard_library(days: int) -> None:
    date = datetime(1970, 1, 1, tzinfo=UTC).date() + timedelta(days)

    assert civil(days) == (date.year, date.month, date.day)
    assert day_of_year(days) == date.timetuple().tm_yday


@given(INT64)
def test_a_column_has_the_dates_of_its_rows(ts: int) -> None:
    days = np.array([ts // DAY])

    assert [part.tolist()[0] for part in civil(days)] == list(civil(ts // DAY))
    assert day_of_year(days).tolist() == [day_of_year(ts // DAY)]


@given(RFC_3339)
def test_a_text_means_what_a_request_means_by_it(text: str) -> None:
    try:
        expected = microseconds(msgspec.convert(text, Annotated[datetime, msgspec.Meta(tz=True)]))
    except msgspec.ValidationError:
        expected = None

    assert parse_timestamp(text) == expected
