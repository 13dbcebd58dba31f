"""Symbols: features that have no value yet, and what is computed from them, as Python objects.

An operation on symbols writes the expression that a text would have been; so do functions of
Python that are called with symbols.
"""

from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TypeAlias

from typing_extensions import override

from modelspec.expressions.functions import FUNCTIONS
from modelspec.expressions.limits import clipped
from modelspec.expressions.parser import MAX_DEPTH, MAX_NODES
from modelspec.expressions.printer import print_expression
from modelspec.expressions.syntax import (
    Binary,
    Call,
    Expression,
    Keyword,
    Literal,
    Membership,
    Name,
    Span,
    Unary,
    Value,
    children_of,
    size_of,
)
from modelspec.expressions.types import Kind

NOWHERE = Span(0, 0)
"""Where a symbol stands in a text: it was never in one."""

_KINDS = {
    bool: Kind.BOOL,
    int: Kind.INT64,
    float: Kind.FLOAT64,
    str: Kind.STRING,
    type(None): Kind.NULL,
}

_UFUNCS = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "floor_divide": "//",
    "remainder": "%",
    "power": "**",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}
"""What NumPy calls the operators, when the left operand is one of its numbers."""

_HABITS = {
    "absolute": "ms.abs(x)",
    "astype": "ms.to_int(x), ms.to_float(x) or ms.to_string(x)",
    "between": "(lo <= x) & (x <= hi)",
    "dt": "ms.hour(x), ms.day_of_week(x) and the like",
    "fill_null": "ms.coalesce(x, value)",
    "fillna": "ms.coalesce(x, value)",
    "isin": "x.is_in([...])",
    "isna": "ms.is_null(x)",
    "isnan": "ms.is_null(x)",
    "isnull": "ms.is_null(x)",
    "map": "ms.lookup(x, p) with a parameter p",
    "maximum": "ms.greatest(a, b)",
    "minimum": "ms.least(a, b)",
    "notna": "ms.not_null(x)",
    "notnull": "ms.not_null(x)",
    "rint": "ms.round(x)",
    "str": "ms.lower(x), ms.contains(x, text) and the like",
    "where": "ms.when(cond, a, b)",
}
"""What other libraries call what the language has."""


class SymbolError(TypeError):
    """Python was asked for something that only a value has."""


Operand: TypeAlias = "Symbol | bool | int | float | str | None"
_Unary: TypeAlias = Callable[["Symbol"], "Symbol"]
_Binary: TypeAlias = Callable[["Symbol", Any], "Symbol"]


def literal(value: Any) -> Literal:
    """Return a constant of Python, or of NumPy, as a constant of an expression.

    Raises:
        SymbolError: It is none that an expression can have.
    """
    plain: Value = value.item() if getattr(value, "ndim", None) == 0 else value
    if type(plain) not in _KINDS:
        hint = "use a number, a text, True or None"
        if hasattr(value, "isoformat"):
            hint = 'write a time as ms.parse_timestamp("2026-01-31T12:00:00Z")'
        raise SymbolError(f"{clipped(value)} is no constant of an expression; {hint}")
    if isinstance(plain, float) and plain - plain != 0.0:
        raise SymbolError(f"{plain!r} is no number of an expression; use None for null")
    return Literal(plain, _KINDS[type(plain)], NOWHERE)


def tree_of(value: Any) -> Expression:
    """Return the syntax tree of a symbol or of a constant."""
    if isinstance(value, Symbol):
        return value.tree
    constant = literal(value)
    if isinstance(constant.value, int | float) and _is_negative(constant.value):
        return Unary("-", Literal(-constant.value, constant.kind, NOWHERE), NOWHERE)
    return constant


def _is_negative(value: float) -> bool:
    return not isinstance(value, bool) and str(value).startswith("-")


def call(function: str, *arguments: Any, **keywords: Any) -> "Symbol":
    """Return a function of the language applied to symbols and constants."""
    trees = tuple(map(tree_of, arguments))
    named = tuple(Keyword(name, literal(value), NOWHERE) for name, value in keywords.items())
    return Symbol(Call(function, trees, named, NOWHERE))


def _unary(operator: str) -> _Unary:
    def operation(self: "Symbol") -> "Symbol":
        return Symbol(Unary(operator, self.tree, NOWHERE))

    return operation


def _binary(operator: str) -> _Binary:
    def operation(self: "Symbol", other: Any) -> "Symbol":
        if other is None and operator in {"==", "!="}:
            raise SymbolError("comparison with null is always null; use ms.is_null(x)")
        return Symbol(Binary(operator, self.tree, tree_of(other), NOWHERE))

    return operation


def _reflected(operator: str) -> _Binary:
    def operation(self: "Symbol", other: Any) -> "Symbol":
        return Symbol(Binary(operator, tree_of(other), self.tree, NOWHERE))

    return operation


def _refusal(asked: str, remedy: str) -> Callable[..., NoReturn]:
    """Return what raises when Python asks for something that only a value has."""

    def refuse(self: "Symbol", *_: Any) -> NoReturn:
        raise SymbolError(f"cannot {asked} a symbolic value ({self.described}): {remedy}")

    return refuse


def _function_of(name: str) -> str | None:
    """Return how the language spells what other libraries call by this name, if it does."""
    if name in _HABITS:
        return f"use {_HABITS[name]}"
    return f"use ms.{name}(x)" if name in FUNCTIONS and name.isidentifier() else None


_BRANCH = (
    "use ms.when(cond, a, b), & | ~ instead of and, or, not, (lo < x) & (x < hi) instead of"
    " lo < x < hi, x.is_in([...]) instead of in, or write the expression as text"
)
_NUMBER = "use the function of the language, as ms.log1p(x), instead of that of Python"


def _check_size(tree: Expression) -> None:
    """Refuse what no text may say, before it grows beyond what can be printed.

    Raises:
        SymbolError: The expression is too long, or nested too deep.
    """
    remedy = "derive an intermediate feature, and go on with that"
    if size_of(tree) > MAX_NODES:
        raise SymbolError(f"expression must have at most {MAX_NODES} nodes; {remedy}")
    level: tuple[Expression, ...] = (tree,)
    for _ in range(MAX_DEPTH):
        level = tuple(child for node in level for child in children_of(node))
    if level:
        raise SymbolError(f"expression must be nested at most {MAX_DEPTH} deep; {remedy}")


class Symbol:
    """A feature, a fitted parameter, or an expression over them; it has no value yet."""

    __slots__ = ("tree",)

    def __init__(self, tree: Expression) -> None:
        _check_size(tree)
        self.tree = tree

    @property
    def text(self) -> str:
        """The expression as a specification has it."""
        return print_expression(self.tree)

    @property
    def described(self) -> str:
        """What messages call it."""
        kind = "feature" if isinstance(self.tree, Name) else "expression"
        return f"{kind} `{self.text}`"

    __add__, __radd__ = _binary("+"), _reflected("+")
    __sub__, __rsub__ = _binary("-"), _reflected("-")
    __mul__, __rmul__ = _binary("*"), _reflected("*")
    __truediv__, __rtruediv__ = _binary("/"), _reflected("/")
    __floordiv__, __rfloordiv__ = _binary("//"), _reflected("//")
    __mod__, __rmod__ = _binary("%"), _reflected("%")
    __pow__, __rpow__ = _binary("**"), _reflected("**")
    __and__, __rand__ = _binary("and"), _reflected("and")
    __or__, __ror__ = _binary("or"), _reflected("or")
    __lt__, __le__ = _binary("<"), _binary("<=")
    __gt__, __ge__ = _binary(">"), _binary(">=")
    __eq__ = _binary("==")  # type: ignore[assignment]  # a comparison is an expression, no answer
    __ne__ = _binary("!=")  # type: ignore[assignment]
    __hash__ = object.__hash__
    __neg__ = _unary("-")

    def __pos__(self) -> "Symbol":
        """Return the same."""
        return self

    def __invert__(self) -> "Symbol":
        """Return the negation, which Python writes ``~x`` and the language ``not x``."""
        if isinstance(self.tree, Membership):
            found = self.tree
            return Symbol(Membership(found.operand, found.items, not found.negated, NOWHERE))
        return Symbol(Unary("not", self.tree, NOWHERE))

    def __abs__(self) -> "Symbol":
        """Return the magnitude."""
        return call("abs", self)

    def __round__(self, digits: int | None = None) -> "Symbol":
        """Return the nearest number with so many digits; halves go to the even one."""
        return call("round", self) if digits is None else call("round", self, digits=digits)

    def __floor__(self) -> "Symbol":
        """Return the largest integer that is not greater."""
        return call("floor", self)

    def __ceil__(self) -> "Symbol":
        """Return the smallest integer that is not less."""
        return call("ceil", self)

    def __trunc__(self) -> "Symbol":
        """Return the integer towards zero."""
        return call("trunc", self)

    def is_in(self, items: Iterable[Any]) -> "Symbol":
        """Return whether the value is one of these constants; ``~`` of it is ``not in``.

        Raises:
            SymbolError: There are none, or one is no constant.
        """
        listed = () if isinstance(items, str) else tuple(map(literal, items))
        if not listed:
            raise SymbolError(f"{clipped(items)} is no list of constants; write x.is_in([1, 2])")
        return Symbol(Membership(self.tree, listed, False, NOWHERE))

    __bool__ = _refusal("branch on", _BRANCH)
    __contains__ = _refusal("search in", "use x.is_in([...]) or ms.contains(x, text)")
    __iter__ = _refusal("iterate over", "name the features one by one")
    __len__ = _refusal("take the length of", "use ms.length(x) of a text, ms.size(x) of a list")
    __float__ = __int__ = __index__ = __complex__ = _refusal("make a number of", _NUMBER)
    __getitem__ = _refusal("index", "use ms.element(x, i), ms.list_get(x, i) or ms.substr(x, …)")

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **_: Any) -> "Symbol":
        """Take numbers of NumPy beside operators, and refuse what NumPy would compute.

        Raises:
            SymbolError: There is no such operator, or the other operand is an array.
        """
        name = ufunc.__name__
        if name in _UFUNCS and method == "__call__":
            left, right = map(tree_of, operands)
            return Symbol(Binary(_UFUNCS[name], left, right, NOWHERE))
        raise self._refused_to_numpy(name)

    def __array_function__(self, function: Any, *_: Any) -> NoReturn:
        """Refuse what NumPy would compute.

        Raises:
            SymbolError: Always.
        """
        raise self._refused_to_numpy(function.__name__)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse to become an array.

        Raises:
            SymbolError: Always.
        """
        raise self._refused_to_numpy("array")

    def _refused_to_numpy(self, name: str) -> SymbolError:
        remedy = _function_of(name) or "use the functions of the language, as ms.log1p(x)"
        return SymbolError(f"cannot give a symbolic value ({self.described}) to NumPy: {remedy}")

    def __getattr__(self, name: str) -> NoReturn:
        """Say how the language spells what other libraries have as a method.

        Raises:
            AttributeError: Always.
        """
        remedy = _function_of(name)
        hint = f"; {remedy}" if remedy else ""
        raise AttributeError(f"a symbolic value has no attribute {name!r}{hint}", name=name)

    @override
    def __str__(self) -> str:
        """Return the expression as a specification has it."""
        return self.text

    @override
    def __format__(self, format_spec: str) -> str:
        """Return the expression as it can stand within a longer text.

        Raises:
            SymbolError: A format is asked for, which only a value has.
        """
        if format_spec:
            raise SymbolError(f"a symbolic value ({self.described}) has no format {format_spec!r}")
        return self.text if isinstance(self.tree, Name | Call) else f"({self.text})"

    @override
    def __repr__(self) -> str:
        """Return the expression."""
        return f"<{self.described}>"

    def _repr_html_(self) -> str:
        from html import escape  # noqa: PLC0415  # only for notebooks

        return f"<code>{escape(self.text)}</code>"
