"""Random syntax trees of the expression language, within the limits of the parser."""

from collections.abc import Callable
from functools import reduce
from keyword import iskeyword

from hypothesis import strategies as st

from modelspec.expressions.lexer import CONSTANTS
from modelspec.expressions.parser import MAX_CHARACTERS
from modelspec.expressions.precedence import BINDINGS
from modelspec.expressions.printer import print_expression
from modelspec.expressions.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Keyword,
    Literal,
    Membership,
    Name,
    Span,
    Unary,
)
from modelspec.expressions.types import MAX_INTEGER, Kind

NOWHERE = Span(0, 0)

Wrapper = Callable[[Expression], Expression]
"""Makes an expression part of a larger one, which is one level deeper."""


def _literals(values: st.SearchStrategy[float | str], kind: Kind) -> st.SearchStrategy[Literal]:
    return values.map(lambda value: Literal(value, kind, NOWHERE))


def _is_comparison_with_null(operator: str, *operands: Expression) -> bool:
    nulls = [node for node in operands if isinstance(node, Literal) and node.value is None]
    return operator in {"==", "!="} and bool(nulls)


def _binary(operator: str, left: Expression, right: Expression) -> Binary:
    """Return the operation; where it must not compare with null, another one."""
    allowed = "<" if _is_comparison_with_null(operator, left, right) else operator
    return Binary(allowed, left, right, NOWHERE)


names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: not iskeyword(name) and name not in CONSTANTS
)
"""Names that Python takes for names too, so that it can be asked what a text means."""

_strings = _literals(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), Kind.STRING)
_constants = st.sampled_from([Literal(value, kind, NOWHERE) for value, kind in CONSTANTS.values()])
_floats = st.floats(allow_nan=False, allow_infinity=False)
literals: st.SearchStrategy[Literal] = st.one_of(
    _literals(st.integers(0, MAX_INTEGER), Kind.INT64),
    _literals(_floats.map(abs), Kind.FLOAT64),
    _strings,
    _constants,
)
"""Literals that stand on their own."""

signed_literals: st.SearchStrategy[Literal] = st.one_of(
    _literals(st.integers(-MAX_INTEGER, MAX_INTEGER), Kind.INT64),
    _literals(_floats, Kind.FLOAT64),
    _strings,
    _constants,
)
"""Literals of lists and keyword arguments."""

leaves: st.SearchStrategy[Expression] = st.one_of(
    names.map(lambda name: Name(name, NOWHERE)), literals
)
_items = st.lists(signed_literals, min_size=1, max_size=4).map(tuple)
_keywords = st.dictionaries(names, signed_literals, max_size=2).map(
    lambda given: tuple(Keyword(name, value, NOWHERE) for name, value in given.items())
)
_operators = st.sampled_from(sorted(BINDINGS))
_unaries = st.sampled_from(["-", "not"])


def _extend(nodes: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    """Return a strategy for expressions one level above those of *nodes*."""
    here = st.just(NOWHERE)
    arguments = st.lists(nodes, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Unary, _unaries, nodes, here),
        st.builds(_binary, _operators, nodes, nodes),
        st.builds(Membership, nodes, _items, st.booleans(), here),
        st.builds(Conditional, nodes, nodes, nodes, here),
        st.builds(Call, names, arguments, _keywords, here),
    )


bushy_trees = st.recursive(leaves, _extend, max_leaves=20)

_wrappers: st.SearchStrategy[Wrapper] = st.one_of(
    st.builds(lambda operator: lambda x: Unary(operator, x, NOWHERE), _unaries),
    st.builds(lambda operator, y: lambda x: _binary(operator, x, y), _operators, leaves),
    st.builds(lambda operator, y: lambda x: _binary(operator, y, x), _operators, leaves),
    st.builds(
        lambda items, no: lambda x: Membership(x, items, no, NOWHERE), _items, st.booleans()
    ),
    st.builds(lambda y, z: lambda x: Conditional(x, y, z, NOWHERE), leaves, leaves),
    st.builds(lambda y, z: lambda x: Conditional(y, x, z, NOWHERE), leaves, leaves),
    st.builds(lambda y, z: lambda x: Conditional(y, z, x, NOWHERE), leaves, leaves),
    st.builds(lambda f, ks: lambda x: Call(f, (x,), ks, NOWHERE), names, _keywords),
)
slender_trees = st.builds(
    lambda leaf, wrappers: reduce(lambda tree, wrap: wrap(tree), wrappers, leaf),
    leaves,
    st.lists(_wrappers, max_size=31),
)
"""Trees up to the deepest that is allowed, in which every operator meets every other."""

trees: st.SearchStrategy[Expression] = (bushy_trees | slender_trees).filter(
    lambda tree: len(print_expression(tree)) <= MAX_CHARACTERS
)
