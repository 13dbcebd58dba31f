"""Polars and DuckDB as oracles: what an expression means, said by engines that are not ours.

Where an engine is known to mean something else (division by zero, overflow, the sign of a
remainder), the translation guards it, and says which difference it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeAlias

import polars as pl

from modelspec.expressions.types import MAX_INTEGER

SQL: TypeAlias = str


@dataclass(frozen=True)
class Oracle:
    """One function in the words of both engines; arguments come translated."""

    polars: Callable[..., pl.Expr]
    duckdb: Callable[..., SQL]


def _sql(template: str) -> Callable[..., SQL]:
    return template.format


def _fold(operator: str) -> Callable[..., SQL]:
    return lambda *arguments: f"({f' {operator} '.join(arguments)})"


def as_float(x: Any) -> SQL:
    # A plain 0.1 is a decimal to DuckDB.
    return f"CAST('{x!r}' AS DOUBLE)"


def as_finite(x: pl.Expr) -> pl.Expr:
    # Infinity and NaN are values to the engines, and none here.
    number = x.cast(pl.Float64)
    return pl.when(number.is_finite()).then(number)


def as_finite_sql(x: SQL) -> SQL:
    number = f"CAST({x} AS DOUBLE)"
    return f"(CASE WHEN isfinite({number}) THEN {number} END)"


def as_whole(x: pl.Expr) -> pl.Expr:
    # Beyond 2^53 there are no integers; a cast of what does not fit is null.
    inside = (x >= -MAX_INTEGER) & (x <= MAX_INTEGER)
    return pl.when(inside).then(x).cast(pl.Int64, strict=False)


def as_whole_sql(x: SQL) -> SQL:
    inside = f"{x} BETWEEN -{MAX_INTEGER} AND {MAX_INTEGER}"
    return f"CAST(CASE WHEN {inside} THEN {x} END AS BIGINT)"


def _sum_polars(*values: pl.Expr) -> pl.Expr:
    # Nulls are skipped, and a sum of nothing else is null; from left to right.
    total = reduce(lambda a, b: a + b, [value.fill_null(0.0) for value in values])
    return pl.when(~pl.all_horizontal([value.is_null() for value in values])).then(total)


def _sum_sql(*values: SQL) -> SQL:
    total = " + ".join(f"coalesce({value}, 0.0)" for value in values)
    known = " OR ".join(f"{value} IS NOT NULL" for value in values)
    return f"(CASE WHEN {known} THEN {total} END)"


def _count(*truths: SQL) -> SQL:
    return f"({' + '.join(f'CAST({truth} AS BIGINT)' for truth in truths)})"


def _floor_mod(a: SQL, b: SQL) -> SQL:
    # The remainder of DuckDB has the sign of the dividend, ours that of the divisor.
    return f"((({a}) % ({b}) + ({b})) % ({b}))"


def _spread(b: Any) -> pl.Expr:
    # Polars multiplies by the reciprocal of a constant, which is not the same; y is never null.
    column: pl.Expr = pl.col("y") * 0.0 + b
    return column


def _nonzero(b: pl.Expr) -> pl.Expr:
    # Division by zero is null; the engines give infinity, NaN or an error.
    return pl.when(b != 0).then(b)


def _nonzero_sql(b: SQL) -> SQL:
    return f"nullif({b}, 0)"


def _divided(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    return a.cast(pl.Float64) / _spread(_nonzero(b.cast(pl.Float64)))


def _divided_sql(a: SQL, b: SQL) -> SQL:
    return f"(CAST({a} AS DOUBLE) / {_nonzero_sql(f'CAST({b} AS DOUBLE)')})"


OPERATORS: Mapping[str, Oracle] = {
    "+": Oracle(lambda a, b: a + b, _fold("+")),
    "-": Oracle(lambda a, b: a - b, _fold("-")),
    "*": Oracle(lambda a, b: a * b, _fold("*")),
    "/": Oracle(_divided, _divided_sql),
    "//": Oracle(
        lambda a, b: a // _nonzero(b),
        lambda a, b: f"(({a} - {_floor_mod(a, _nonzero_sql(b))}) // {_nonzero_sql(b)})",
    ),
    "%": Oracle(lambda a, b: a % _nonzero(b), lambda a, b: _floor_mod(a, _nonzero_sql(b))),
    "**": Oracle(
        lambda a, b: a.cast(pl.Float64) ** b.cast(pl.Float64),
        lambda a, b: f"pow(CAST({a} AS DOUBLE), CAST({b} AS DOUBLE))",
    ),
    "==": Oracle(lambda a, b: a == b, _fold("=")),
    "!=": Oracle(lambda a, b: a != b, _fold("<>")),
    "<": Oracle(lambda a, b: a < b, _fold("<")),
    "<=": Oracle(lambda a, b: a <= b, _fold("<=")),
    ">": Oracle(lambda a, b: a > b, _fold(">")),
    ">=": Oracle(lambda a, b: a >= b, _fold(">=")),
    "and": Oracle(lambda a, b: a & b, _fold("AND")),
    "or": Oracle(lambda a, b: a | b, _fold("OR")),
}
"""Binary operators."""


def _within(x: pl.Expr, low: Any, high: Any) -> pl.Expr:
    return pl.when((x >= low) & (x <= high)).then(x)


def _whole_steps(x: pl.Expr) -> pl.Expr:
    return pl.when(x < 0).then(x.ceil()).otherwise(x.floor())


def _substring(s: pl.Expr, start: pl.Expr, length: pl.Expr) -> pl.Expr:
    # A negative start counts from the end in Polars, and is null here.
    sound = (start >= 0) & (length >= 0)
    return pl.when(sound).then(s.str.slice(start.clip(0), length.clip(0)))


def _between(unit: float) -> Oracle:
    divisor = unit * 1e6
    return Oracle(
        lambda a, b: (b.to_physical() - a.to_physical()).cast(pl.Float64) / _spread(divisor),
        lambda a, b: f"(CAST(epoch_us({b}) - epoch_us({a}) AS DOUBLE) / {as_float(divisor)})",
    )


FUNCTION_ORACLES: Mapping[str, Oracle] = {
    "coalesce": Oracle(lambda *xs: pl.coalesce(xs), lambda *xs: f"coalesce({', '.join(xs)})"),
    "is_null": Oracle(lambda x: x.is_null(), _sql("({} IS NULL)")),
    "not_null": Oracle(lambda x: x.is_not_null(), _sql("({} IS NOT NULL)")),
    "null_if": Oracle(
        lambda x, v: pl.when((x == v).fill_null(False)).then(None).otherwise(x),
        _sql("nullif({}, {})"),
    ),
    "null_outside": Oracle(_within, _sql("(CASE WHEN {0} BETWEEN {1} AND {2} THEN {0} END)")),
    "indicator": Oracle(
        lambda b: b.fill_null(False).cast(pl.Float64),
        _sql("CAST(coalesce({}, FALSE) AS DOUBLE)"),
    ),
    "count_null": Oracle(
        lambda *xs: pl.sum_horizontal([x.is_null().cast(pl.Int64) for x in xs]),
        lambda *xs: _count(*(f"({x} IS NULL)" for x in xs)),
    ),
    "abs": Oracle(lambda x: x.abs(), _sql("abs({})")),
    "sign": Oracle(lambda x: x.sign(), _sql("sign({})")),
    "floor": Oracle(lambda x: x.floor(), _sql("floor({})")),
    "ceil": Oracle(lambda x: x.ceil(), _sql("ceil({})")),
    "trunc": Oracle(_whole_steps, _sql("trunc({})")),
    "sqrt": Oracle(
        lambda x: pl.when(x >= 0).then(x).sqrt(),
        # The square root of a negative number is an error to DuckDB.
        _sql("sqrt(CASE WHEN {0} >= 0 THEN {0} END)"),
    ),
    "square(int64)": Oracle(
        lambda x: pl.when((x.cast(pl.Float64) ** 2) < 2.0**60).then(x * x),
        _sql("(CAST({0} AS HUGEINT) * CAST({0} AS HUGEINT))"),
    ),
    "square": Oracle(lambda x: x * x, _sql("({0} * {0})")),
    # The engines skip nulls where they look for the least or the greatest value.
    "clip": Oracle(
        lambda x, lo, hi: pl.when(x.is_not_null() & lo.is_not_null() & hi.is_not_null()).then(
            pl.min_horizontal(pl.max_horizontal(x, lo), hi)
        ),
        lambda x, lo, hi: (
            f"(CASE WHEN {x} IS NOT NULL AND {lo} IS NOT NULL AND {hi} IS NOT NULL"
            f" THEN least(greatest({x}, {lo}), {hi}) END)"
        ),
    ),
    "least": Oracle(lambda *xs: pl.min_horizontal(xs), lambda *xs: f"least({', '.join(xs)})"),
    "greatest": Oracle(
        lambda *xs: pl.max_horizontal(xs), lambda *xs: f"greatest({', '.join(xs)})"
    ),
    "sum_of": Oracle(_sum_polars, _sum_sql),
    "safe_div": Oracle(
        lambda a, b, default: pl.coalesce(as_finite(_divided(a, b)), default),
        lambda a, b, default: f"coalesce({as_finite_sql(_divided_sql(a, b))}, {default})",
    ),
    "pct_change": Oracle(
        lambda a, b: (a - b) / _spread(_nonzero(b)), _sql("(({0} - {1}) / nullif({1}, 0))")
    ),
    "affine": Oracle(
        lambda x, p: (x - p.center) / _spread(p.scale),
        lambda x, p: f"(({x} - {as_float(p.center)}) / {as_float(p.scale)})",
    ),
    "bucketize": Oracle(
        lambda x, p: pl.when(x.is_not_null()).then(
            pl.sum_horizontal([(x >= edge).cast(pl.Int64) for edge in p.values])
        ),
        lambda x, p: _count(*(f"({x} >= {as_float(edge)})" for edge in p.values)),
    ),
    "winsorize": Oracle(
        lambda x, p: x.clip(p.low, p.high),
        # The least of null and a number is the number.
        lambda x, p: (
            f"(CASE WHEN {x} < {as_float(p.low)} THEN {as_float(p.low)}"
            f" WHEN {x} > {as_float(p.high)} THEN {as_float(p.high)} ELSE {x} END)"
        ),
    ),
    "impute": Oracle(
        lambda x, p: x.fill_null(p.value), lambda x, p: f"coalesce({x}, {as_float(p.value)})"
    ),
    "in_set": Oracle(
        lambda k, p: k.is_in(list(p.keys)).fill_null(False),
        lambda k, p: f"coalesce({k} IN ({', '.join(map(constant_sql, p.keys))}), FALSE)",
    ),
    "lookup": Oracle(
        lambda k, p: k.replace_strict(p.table, default=p.default, return_dtype=pl.Float64),
        lambda k, p: (
            "(CASE "
            + " ".join(
                f"WHEN {k} IS NOT DISTINCT FROM {constant_sql(key)} THEN {as_float(value)}"
                for key, value in p.table.items()
            )
            + f" ELSE {as_float(p.default)} END)"
        ),
    ),
    "lower": Oracle(lambda s: s.str.to_lowercase(), _sql("lower({})")),
    "upper": Oracle(lambda s: s.str.to_uppercase(), _sql("upper({})")),
    "length": Oracle(lambda s: s.str.len_chars().cast(pl.Int64), _sql("length({})")),
    # DuckDB's concat() takes null for an empty text; its operator does not.
    "concat": Oracle(lambda *xs: pl.concat_str(xs), _fold("||")),
    "starts_with": Oracle(lambda s, p: s.str.starts_with(p), _sql("starts_with({}, {})")),
    "ends_with": Oracle(lambda s, p: s.str.ends_with(p), _sql("ends_with({}, {})")),
    "contains": Oracle(lambda s, p: s.str.contains(p, literal=True), _sql("contains({}, {})")),
    "replace": Oracle(
        lambda s, old, new: s.str.replace_all(old, new, literal=True), _sql("replace({}, {}, {})")
    ),
    "substr": Oracle(
        _substring,
        # DuckDB cannot count further than 2^32.
        _sql(
            "(CASE WHEN {1} >= 0 AND {2} >= 0"
            " THEN substring({0}, least({1}, 99) + 1, least({2}, 99)) END)"
        ),
    ),
    "left": Oracle(
        lambda s, n: _substring(s, pl.lit(0), n),
        _sql("(CASE WHEN {1} >= 0 THEN left({0}, least({1}, 99)) END)"),
    ),
    "right": Oracle(
        lambda s, n: pl.when(n >= 0).then(s.str.tail(n.clip(0))),
        _sql("(CASE WHEN {1} >= 0 THEN right({0}, least({1}, 99)) END)"),
    ),
    "is_digits": Oracle(
        lambda s: s.str.contains("^[0-9]+$"), _sql("regexp_full_match({}, '[0-9]+')")
    ),
    "is_alpha": Oracle(
        lambda s: s.str.contains("^[A-Za-z]+$"), _sql("regexp_full_match({}, '[A-Za-z]+')")
    ),
    "digits_only": Oracle(
        lambda s: s.str.replace_all("[^0-9]", ""),
        _sql("regexp_replace({}, '[^0-9]', '', 'g')"),
    ),
    "hour": Oracle(lambda t: t.dt.hour(), _sql("hour({})")),
    "minute": Oracle(lambda t: t.dt.minute(), _sql("minute({})")),
    "day_of_week": Oracle(lambda t: t.dt.weekday() - 1, _sql("(isodow({}) - 1)")),
    "day_of_month": Oracle(lambda t: t.dt.day(), _sql("day({})")),
    "day_of_year": Oracle(lambda t: t.dt.ordinal_day(), _sql("dayofyear({})")),
    "month": Oracle(lambda t: t.dt.month(), _sql("month({})")),
    "year": Oracle(lambda t: t.dt.year(), _sql("year({})")),
    "is_weekend": Oracle(lambda t: t.dt.weekday() >= 6, _sql("(isodow({}) >= 6)")),
    "seconds_between": _between(1),
    "minutes_between": _between(60),
    "hours_between": _between(3600),
    "days_between": _between(86_400),
    "epoch_seconds": Oracle(
        lambda t: t.to_physical().cast(pl.Float64) / _spread(1e6),
        _sql("(CAST(epoch_us({}) AS DOUBLE) / CAST(1e6 AS DOUBLE))"),
    ),
    "to_float": Oracle(lambda x: x.cast(pl.Float64), _sql("CAST({} AS DOUBLE)")),
    "to_int(float64)": Oracle(
        lambda x: as_whole(_whole_steps(x)), lambda x: as_whole_sql(f"trunc({x})")
    ),
    "to_int": Oracle(lambda x: x.cast(pl.Int64), _sql("CAST({} AS BIGINT)")),
    "to_bool": Oracle(lambda x: x.cast(pl.Boolean), _sql("CAST({} AS BOOLEAN)")),
    "to_string": Oracle(lambda x: x.cast(pl.String), _sql("CAST({} AS VARCHAR)")),
}

ROUNDED_ORACLES: Mapping[str, Oracle] = {
    "**": OPERATORS["**"],
    "exp": Oracle(lambda x: x.exp(), _sql("exp({})")),
    "log": Oracle(
        lambda x: pl.when(x > 0).then(x).log(), _sql("ln(CASE WHEN {0} > 0 THEN {0} END)")
    ),
    "log2": Oracle(
        lambda x: pl.when(x > 0).then(x).log(2), _sql("log2(CASE WHEN {0} > 0 THEN {0} END)")
    ),
    "log10": Oracle(
        lambda x: pl.when(x > 0).then(x).log10(), _sql("log10(CASE WHEN {0} > 0 THEN {0} END)")
    ),
    "log1p": Oracle(lambda x: pl.when(x > -1).then(x).log1p(), None),  # type: ignore[arg-type]
    "cbrt": Oracle(lambda x: x.cbrt(), _sql("cbrt({})")),
    "sin": Oracle(lambda x: x.sin(), _sql("sin({})")),
    "cos": Oracle(lambda x: x.cos(), _sql("cos({})")),
    "tan": Oracle(lambda x: x.tan(), _sql("tan({})")),
    "tanh": Oracle(lambda x: x.tanh(), _sql("tanh({})")),
}
"""Functions that are only compared where nothing stands above them, and not to the last bit."""

EXACT = frozenset(
    {
        *(name.partition("(")[0] for name in (*OPERATORS, *FUNCTION_ORACLES)),
        *("if", "when", "switch", "in", "not", "round"),
    }
    - ROUNDED_ORACLES.keys()
)
"""What may stand anywhere in an expression that is compared to the last bit."""


def constant_sql(value: Any) -> SQL:
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).upper()
        case int():
            return f"CAST({value} AS BIGINT)"
        case float():
            return as_float(value)
        case _:
            quoted = str(value).replace("'", "''")
            return f"'{quoted}'"
