"""Polars and DuckDB, asked what an expression gives for rows: each in its own words."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, reduce
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
from typing_extensions import override

from modelspec.compiler.rows import microseconds
from modelspec.expressions.printer import print_expression
from modelspec.expressions.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Literal,
    Membership,
    Name,
    Unary,
)
from modelspec.expressions.types import Kind
from support.executors import kinds_of
from support.oracles import (
    FUNCTION_ORACLES,
    OPERATORS,
    ROUNDED_ORACLES,
    SQL,
    Oracle,
    as_finite,
    as_finite_sql,
    as_whole,
    as_whole_sql,
    constant_sql,
)
from support.rows import FEATURES, PARAMETERS

_TABLE = {**FUNCTION_ORACLES, **OPERATORS, **ROUNDED_ORACLES}


class UntranslatableError(Exception):
    """What the engines cannot be asked."""


class Words:
    """What one engine calls things."""

    def feature(self, name: str) -> Any:
        """Return a column of the table."""
        raise NotImplementedError

    def literal(self, value: Any) -> Any:
        """Return a constant."""
        raise NotImplementedError

    def cases(self, pairs: Sequence[tuple[Any, Any]], default: Any) -> Any:
        """Return the first value whose condition is true."""
        raise NotImplementedError

    def guarded(self, x: Any, kind: Kind) -> Any:
        """Return null for what is no number of the language."""
        raise NotImplementedError

    def product(self, a: Any, b: Any) -> Any:
        """Return a product of integers, null where 64 bits are too few."""
        raise NotImplementedError

    def rounded(self, x: Any) -> Any:
        """Return a float rounded to a whole one, halves to even."""
        raise NotImplementedError

    def of(self, oracle: Oracle) -> Callable[..., Any]:
        """Return this engine's words for a function."""
        raise NotImplementedError


class PolarsWords(Words):
    """Expressions of Polars."""

    @override
    def feature(self, name: str) -> pl.Expr:
        return pl.col(name)

    @override
    def literal(self, value: Any) -> pl.Expr:
        return pl.lit(value, dtype=pl.Int64) if type(value) is int else pl.lit(value)

    @override
    def cases(self, pairs: Sequence[tuple[pl.Expr, pl.Expr]], default: pl.Expr) -> pl.Expr:
        node: Any = pl
        for test, value in pairs:
            node = node.when(test).then(value)
        chosen: pl.Expr = node.otherwise(default)
        return chosen

    @override
    def guarded(self, x: pl.Expr, kind: Kind) -> pl.Expr:
        if kind is Kind.FLOAT64:
            return as_finite(x)
        return as_whole(x) if kind is Kind.INT64 else x

    @override
    def product(self, a: pl.Expr, b: pl.Expr) -> pl.Expr:
        # Polars wraps around.
        size = (a.cast(pl.Float64) * b.cast(pl.Float64)).abs()
        return pl.when(size < 2.0**60).then(a * b)

    @override
    def rounded(self, x: pl.Expr) -> pl.Expr:
        return x.cast(pl.Float64).round(mode="half_to_even")

    @override
    def of(self, oracle: Oracle) -> Callable[..., pl.Expr]:
        return oracle.polars


class DuckdbWords(Words):
    """SQL of DuckDB."""

    @override
    def feature(self, name: str) -> SQL:
        return f'"{name}"'

    @override
    def literal(self, value: Any) -> SQL:
        return constant_sql(value)

    @override
    def cases(self, pairs: Sequence[tuple[SQL, SQL]], default: SQL) -> SQL:
        arms = " ".join(f"WHEN {test} THEN {value}" for test, value in pairs)
        return f"(CASE {arms} ELSE {default} END)"

    @override
    def guarded(self, x: SQL, kind: Kind) -> SQL:
        if kind is Kind.FLOAT64:
            return as_finite_sql(x)
        return as_whole_sql(x) if kind is Kind.INT64 else x

    @override
    def product(self, a: SQL, b: SQL) -> SQL:
        # An overflow is an error to DuckDB.
        return f"(CAST({a} AS HUGEINT) * CAST({b} AS HUGEINT))"

    @override
    def rounded(self, x: SQL) -> SQL:
        return f"round_even(CAST({x} AS DOUBLE), 0)"

    @override
    def of(self, oracle: Oracle) -> Callable[..., SQL]:
        return oracle.duckdb


class Translator:
    """Says an expression in the words of one engine."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def translate(self, tree: Expression) -> Any:
        """Return the expression; every result is guarded."""
        match tree:
            case Literal(value=value):
                if isinstance(value, str) and not value.isascii():
                    raise UntranslatableError("the engines know more letters")
                return self._words.literal(value)
            case Name(id=name):
                return self._words.feature(name)
            case _:
                return self._words.guarded(self._compound(tree), _kind(tree))

    def _compound(self, tree: Expression) -> Any:
        words = self._words
        match tree:
            case Unary(operator, operand):
                return self._unary(operator, self.translate(operand))
            case Binary(operator, left, right):
                return self._binary(operator, left, right)
            case Conditional(condition, then, otherwise):
                pair = (self.translate(condition), self.translate(then))
                return words.cases([pair], self.translate(otherwise))
            case Membership():
                return self._membership(tree)
            case Call():
                return self._call(tree)
            case _:
                raise UntranslatableError(tree)

    def _unary(self, operator: str, x: Any) -> Any:
        if isinstance(x, str):
            return f"(NOT {x})" if operator == "not" else f"(-({x}))"
        return ~x if operator == "not" else -x

    def _binary(self, operator: str, left: Expression, right: Expression) -> Any:
        kinds = {_kind(left), _kind(right)}
        if operator in {"//", "%"} and kinds != {Kind.INT64}:
            # Polars and DuckDB divide and round, which is off by one now and then.
            raise UntranslatableError(operator)
        a, b = self.translate(left), self.translate(right)
        if operator == "*" and kinds == {Kind.INT64}:
            return self._words.product(a, b)
        return self._words.of(_TABLE[operator])(a, b)

    def _membership(self, tree: Membership) -> Any:
        operand = self.translate(tree.operand)
        equal = self._words.of(OPERATORS["=="])
        either = self._words.of(OPERATORS["or"])
        found = reduce(either, [equal(operand, self.translate(item)) for item in tree.items])
        return self._unary("not", found) if tree.negated else found

    def _call(self, call: Call) -> Any:
        if any(keyword.value.value not in {"UTC", 0} for keyword in call.keywords):
            raise UntranslatableError("the engines have other rules for zones and digits")
        if call.function in {"when", "switch"}:
            return self._choice(call)
        if call.function == "round":
            return self._words.rounded(self.translate(call.arguments[0]))
        arguments = [
            PARAMETERS[item.id]
            if isinstance(item, Name) and item.id in PARAMETERS
            else self.translate(item)
            for item in call.arguments
        ]
        if not call.arguments or (call.function != "coalesce" and _has_null(call)):
            raise UntranslatableError("the engines want arguments of a type")
        overload = f"{call.function}({_kind(call.arguments[0])})"
        oracle = self._words.of(_TABLE.get(overload) or _TABLE[call.function])
        if oracle is None:
            raise UntranslatableError(call.function)
        return oracle(*arguments)

    def _choice(self, call: Call) -> Any:
        given = [self.translate(item) for item in call.arguments]
        if call.function == "switch":
            equal = self._words.of(OPERATORS["=="])
            tests = [equal(given[0], item) for item in given[1:-1:2]]
            return self._words.cases(list(zip(tests, given[2:-1:2], strict=True)), given[-1])
        return self._words.cases(list(zip(given[:-1:2], given[1:-1:2], strict=True)), given[-1])


def _has_null(call: Call) -> bool:
    return any(isinstance(item, Literal) and item.value is None for item in call.arguments)


def _kind(tree: Expression) -> Kind:
    return _kind_of(print_expression(tree))


@cache
def _kind_of(text: str) -> Kind:
    return kinds_of({"f": text})["f"]


def _arrow_table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    types = {
        Kind.FLOAT64: pa.float64(),
        Kind.INT64: pa.int64(),
        Kind.BOOL: pa.bool_(),
        Kind.STRING: pa.string(),
        Kind.TIMESTAMP: pa.timestamp("us"),
    }
    plain = {f.name: types[f.type.kind] for f in FEATURES if f.type.kind in types}
    defaults = {f.name: f.default for f in FEATURES}
    arrays = {
        name: pa.array([_value(row[name], defaults[name]) for row in rows], shape)
        for name, shape in plain.items()
    }
    return pa.table(arrays)


def _value(value: Any, default: Any) -> Any:
    if value is None:
        return default
    return microseconds(value) if isinstance(value, datetime) else value


class Engines:
    """The same rows in both engines."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        table = _arrow_table(rows)
        self._frame = pl.from_arrow(table)
        self._database = duckdb.connect()
        self._database.execute("SET threads = 1")
        self._database.register("rows_view", table)
        self._database.execute("CREATE TABLE rows AS SELECT * FROM rows_view")

    def ask_polars(self, tree: Expression) -> list[Any]:
        """Return the value in every row, according to Polars."""
        expression = Translator(PolarsWords()).translate(tree)
        # In a column beside another, a constant is as long as it.
        return self._frame.with_columns(expression.alias("it"))["it"].to_list()  # type: ignore[union-attr]

    def ask_duckdb(self, tree: Expression) -> list[Any]:
        """Return the value in every row, according to DuckDB."""
        expression = Translator(DuckdbWords()).translate(tree)
        query = f"SELECT {expression} FROM rows"  # noqa: S608  # nobody else writes it
        return [row[0] for row in self._database.sql(query).fetchall()]
