"""Times: parts of an instant on the clock of a zone, spans between instants, cycles.

An instant is a number of microseconds since 1970 in UTC, and everything here is arithmetic of
whole numbers on it, the same for one row and for a column. Days have 86,400 seconds, the calendar
is the Gregorian one also before it was introduced, and leap seconds do not exist.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from modelspec.expressions.operation import Exactness, Operation, Phase, Scalar
from modelspec.expressions.types import Range
from modelspec.expressions.zones import SECOND, find_zone

GROUP = "Time"

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

SATURDAY = 5

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_END = (date.max.toordinal() + 1 - _EPOCH_DAY) * DAY
_SPAN = 2.0**64
"""Microseconds between any two instants, at most."""

# Where the zone is UTC, Python's compiler leaves nothing of the condition.
_LOCAL = "({ts} if {tz.is_utc} else {tz.local}({ts}))"

_RFC_3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ]"
    r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d+))?"
    r"(?:[Zz]|([+-])([01]\d|2[0-3]):?([0-5]\d))",
    re.ASCII,
)


def civil(days: Any) -> tuple[Any, Any, Any]:
    """Return year, month and day of days since 1970, of an integer or of an array.

    Years begin in March here, so that a leap day is the last of its year, and come in eras of 400
    (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    """
    era, day = divmod(days + 719_468, 146_097)
    year = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
    day = day - (365 * year + year // 4 - year // 100)
    month = (5 * day + 2) // 153
    return (
        400 * era + year + month // 10,
        (month + 2) % 12 + 1,
        day - (153 * month + 2) // 5 + 1,
    )


def day_of_year(days: Any) -> Any:
    """Return the day of the year, from 1, of days since 1970, of an integer or of an array."""
    before = civil(days)[0] - 1
    return days + _EPOCH_DAY - (365 * before + before // 4 - before // 100 + before // 400)


def parse_timestamp(text: str) -> int | None:
    """Return the instant that an RFC 3339 text stands for, as the texts of requests are read."""
    match = _RFC_3339.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    try:
        days = date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    local = days * DAY + hour * HOUR + minute * MINUTE + second * SECOND + _fraction(match[7])
    return local - _offset(*match.group(8, 9, 10)) if local < _END else None


def _fraction(digits: str | None) -> int:
    """Return the microseconds that the digits after the point stand for; a half is rounded up."""
    return (int((digits or "").ljust(7, "0")[:7]) + 5) // 10


def _offset(sign: str | None, hours: str, minutes: str) -> int:
    if sign is None:
        return 0
    ahead = int(hours) * HOUR + int(minutes) * MINUTE
    return -ahead if sign == "-" else ahead


def _part(
    name: str,
    summary: str,
    bounds: Range | None,
    scalar: Scalar,
    column: Callable[[Any], Any],
    *examples: tuple[str, int | bool | None],
    result: str = "int64",
) -> Operation:
    """Return the entry of what the local time tells."""
    return Operation(
        f'{name}(ts: timestamp, tz: literal string = "UTC") -> {result}',
        f"{summary} in the IANA time zone tz.",
        examples,
        group=GROUP,
        scalar=scalar,
        columns=lambda ts, tz: column(tz.local_column(ts)),
        range=bounds,
        prepare={"tz": find_zone},
        phase=Phase.HOST,
        cost=12,
    )


def _of_date(part: Callable[[Any], Any]) -> tuple[Scalar, Callable[[Any], Any]]:
    """Return the meanings, by row and by column, of a part of the date."""
    return lambda ts, tz: part(tz.local(ts) // DAY), lambda local: part(local // DAY)


def _between(unit: str, size: int, *examples: tuple[str, float | None]) -> Operation:
    """Return the entry of a span in one unit."""
    return Operation(
        f"{unit}_between(a: timestamp, b: timestamp) -> float64",
        f"The {unit} from a to b with their fraction, negative if b comes first: the whole"
        f" microseconds b - a as a float64, divided by {size}.",
        examples,
        group=GROUP,
        scalar=f"({{b}} - {{a}}) / {size}.0",
        columns=lambda a, b: (b - a) / float(size),
        range=Range(-_SPAN / size, _SPAN / size),
        phase=Phase.HOST,
    )


def _cyclic(function: str, *examples: tuple[str, float | None]) -> Operation:
    """Return the entry of a coordinate on a circle that one period goes round."""
    return Operation(
        f"cyclic_{function}(x: float64, period: float64) -> float64?",
        f"The {'' if function == 'sin' else 'co'}sine of x where one period is a full turn:"
        f" `{function}(6.283185307179586 * (x % period / period))`. Equal for x and x + period.",
        examples,
        group=GROUP,
        null="null where the period is 0",
        definition=f"{function}(6.283185307179586 * (x % period / period))",
        exactness=Exactness.ROUNDED,
    )


_LEAP_DAY = 'parse_timestamp("2024-02-29T23:45:00Z")'
_EARLY = 'parse_timestamp("2024-02-28T00:00:00Z")'
_NOON = 'parse_timestamp("2024-02-29T12:00:00Z")'
_LATE = 'parse_timestamp("2024-02-29T12:00:00.5Z")'
_NEVER = 'parse_timestamp("soon")'

_PARTS = (
    _part(
        "hour",
        "The hour of the day, 0 to 23,",
        Range(0.0, 23.0),
        f"{_LOCAL} // {HOUR} % 24",
        lambda local: local // HOUR % 24,
        (f"hour({_LEAP_DAY})", 23),
        (f'hour({_LEAP_DAY}, tz="Asia/Kolkata")', 5),
        (f"hour({_NEVER})", None),
    ),
    _part(
        "minute",
        "The minute of the hour, 0 to 59,",
        Range(0.0, 59.0),
        f"{_LOCAL} // {MINUTE} % 60",
        lambda local: local // MINUTE % 60,
        (f"minute({_LEAP_DAY})", 45),
        (f'minute({_LEAP_DAY}, tz="Asia/Kolkata")', 15),
        (f"minute({_NEVER})", None),
    ),
    _part(
        "day_of_week",
        "The day of the week, Monday 0 to Sunday 6,",
        Range(0.0, 6.0),
        f"({_LOCAL} // {DAY} + 3) % 7",
        lambda local: (local // DAY + 3) % 7,
        (f"day_of_week({_LEAP_DAY})", 3),
        (f'day_of_week({_LEAP_DAY}, tz="Europe/Berlin")', 4),
        (f"day_of_week({_NEVER})", None),
    ),
    _part(
        "day_of_month",
        "The day of the month, 1 to 31,",
        Range(1.0, 31.0),
        *_of_date(lambda days: civil(days)[2]),
        (f"day_of_month({_LEAP_DAY})", 29),
        (f'day_of_month({_LEAP_DAY}, tz="Europe/Berlin")', 1),
        (f"day_of_month({_NEVER})", None),
    ),
    _part(
        "day_of_year",
        "The day of the year, 1 to 366,",
        Range(1.0, 366.0),
        *_of_date(day_of_year),
        (f"day_of_year({_LEAP_DAY})", 60),
        (f"day_of_year({_NEVER})", None),
    ),
    _part(
        "month",
        "The month, 1 to 12,",
        Range(1.0, 12.0),
        *_of_date(lambda days: civil(days)[1]),
        (f"month({_LEAP_DAY})", 2),
        (f'month({_LEAP_DAY}, tz="Europe/Berlin")', 3),
        (f"month({_NEVER})", None),
    ),
    _part(
        "year",
        "The year",
        Range(-300_000.0, 300_000.0),
        *_of_date(lambda days: civil(days)[0]),
        (f"year({_LEAP_DAY})", 2024),
        ('year(parse_timestamp("2024-12-31T23:00:00Z"), tz="Europe/Berlin")', 2025),
        (f"year({_NEVER})", None),
    ),
    _part(
        "is_weekend",
        "Whether it is Saturday or Sunday",
        None,
        f"({_LOCAL} // {DAY} + 3) % 7 >= {SATURDAY}",
        lambda local: (local // DAY + 3) % 7 >= SATURDAY,
        (f"is_weekend({_LEAP_DAY})", False),
        ('is_weekend(parse_timestamp("2024-03-02T00:00:00Z"))', True),
        (f"is_weekend({_NEVER})", None),
        result="bool",
    ),
)

_SPANS = (
    _between(
        "seconds",
        SECOND,
        (f"seconds_between({_EARLY}, {_LATE})", 129600.5),
        (f"seconds_between({_LATE}, {_EARLY})", -129600.5),
        (f"seconds_between({_EARLY}, {_NEVER})", None),
    ),
    _between("minutes", MINUTE, (f"minutes_between({_EARLY}, {_NOON})", 2160.0)),
    _between("hours", HOUR, (f"hours_between({_EARLY}, {_NOON})", 36.0)),
    _between("days", DAY, (f"days_between({_EARLY}, {_NOON})", 1.5)),
)

_INSTANTS = (
    Operation(
        "epoch_seconds(ts: timestamp) -> float64",
        "The seconds since 1970 in UTC with their fraction: the whole microseconds as a float64,"
        " divided by 1000000.",
        (
            ('epoch_seconds(parse_timestamp("1970-01-02T00:00:00.5Z"))', 86400.5),
            (f"epoch_seconds({_NEVER})", None),
        ),
        group=GROUP,
        scalar=f"{{ts}} / {SECOND}.0",
        columns=lambda ts: ts / float(SECOND),
        range=Range(-_SPAN / SECOND, _SPAN / SECOND),
        phase=Phase.HOST,
    ),
    Operation(
        "parse_timestamp(s: string) -> timestamp?",
        "The instant that an RFC 3339 text stands for, read like the times of requests: with an"
        " offset, whose colon may be missing, and rounded to microseconds, a half up.",
        (
            ('epoch_seconds(parse_timestamp("1970-01-01T01:00:00+01:00"))', 0.0),
            ('hour(parse_timestamp("2024-02-29 13:00:00.25Z"))', 13),
            ('is_null(parse_timestamp("2024-02-29T13:00:00"))', True),
            ('is_null(parse_timestamp("2023-02-29T13:00:00Z"))', True),
        ),
        group=GROUP,
        null="null for any other text, for a date that does not exist and for second 60",
        scalar=parse_timestamp,
        phase=Phase.HOST,
        cost=30,
        per_character=0.1,
    ),
)

_CYCLES = (
    _cyclic(
        "sin",
        ("cyclic_sin(6.0, 24.0)", 1.0),
        ("cyclic_sin(24.0, 24.0)", 0.0),
        ("cyclic_sin(1.0, null_if(24.0, 24.0))", None),
    ),
    _cyclic("cos", ("cyclic_cos(24.0, 24.0)", 1.0), ("cyclic_cos(12, 24)", -1.0)),
)

OPERATIONS: tuple[Operation, ...] = (*_PARTS, *_SPANS, *_INSTANTS, *_CYCLES)
