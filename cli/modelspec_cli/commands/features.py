"""Types of raw features: as somebody says, or as the values of all rows show."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from modelspec.expressions.calls import suggestion
from modelspec.expressions.program import RawFeature
from modelspec.expressions.types import (
    BOOL,
    FLOAT64,
    INT64,
    MAX_TEXT,
    TIMESTAMP,
    Kind,
    Type,
    list_of,
    string,
)
from modelspec.parts import DEFAULT_MAX_ITEMS, DEFAULT_MAX_LENGTH
from modelspec_cli.commands.errors import OptionError
from modelspec_cli.commands.rows import Row

TYPES: Mapping[str, Type] = {
    str(declared): declared
    for declared in (
        BOOL,
        INT64,
        FLOAT64,
        string(DEFAULT_MAX_LENGTH),
        TIMESTAMP,
        list_of(Kind.INT64, DEFAULT_MAX_ITEMS),
        list_of(Kind.FLOAT64, DEFAULT_MAX_ITEMS),
        list_of(Kind.STRING, DEFAULT_MAX_ITEMS, item_length=DEFAULT_MAX_LENGTH),
    )
}
"""By the words of ``--types``; texts and lists are bounded as a specification bounds them."""

_WORDS = {bool: "bool", int: "int64", float: "float64", str: "string", dict: "object"}


class _UndecidedError(ValueError):
    """Values that do not show what type a feature has; says why."""


def parse_types(text: str) -> dict[str, str]:
    """Return the words for types by feature.

    Raises:
        OptionError: A word is unknown, or a feature named twice.
    """
    words: dict[str, str] = {}
    for item in filter(None, map(str.strip, text.split(","))):
        name, _, word = map(str.strip, item.partition("="))
        if not name or not word:
            raise OptionError(f"'{item}' must be like amount=float64", "--types")
        if word not in TYPES:
            near = suggestion(word.lower(), list(TYPES)) or f"; use {', '.join(TYPES)}"
            raise OptionError(f"unknown type '{word}' of '{name}'{near}", "--types")
        if name in words:
            raise OptionError(f"'{name}' is given twice", "--types")
        words[name] = word
    return words


def find_features(
    rows: Sequence[Row], words: Mapping[str, str], used: frozenset[str]
) -> list[RawFeature]:
    """Return the features that rows and ``--types`` know.

    What is not used may be anything; it has a place here because it may be what was meant.

    Raises:
        OptionError: The type of a feature that is used cannot be told.
    """
    names = dict.fromkeys([*words, *(name for row in rows for name in row)])
    return [
        _feature(name, words.get(name), [row.get(name) for row in rows])
        if name in used
        else RawFeature(name, FLOAT64.optional())
        for name in names
    ]


def _feature(name: str, word: str | None, values: Sequence[Any]) -> RawFeature:
    try:
        declared = TYPES[word or _infer(values)]
    except _UndecidedError as error:
        remedy = f"say its type, as in --types {name}=float64"
        raise OptionError(f"feature '{name}' {error}; {remedy}", "--types") from None
    return RawFeature(name, _widened(declared, values).optional())


def _infer(values: Iterable[Any]) -> str:
    """Return the word for the type that all values have."""
    known = [value for value in values if value is not None]
    if not known:
        raise _UndecidedError("has no value in any row")
    if all(isinstance(value, list) for value in known):
        return _infer_list([item for value in known for item in value])
    words = sorted({_WORDS.get(type(value), "list") for value in known})
    if words == ["float64", "int64"]:
        return "float64"
    if len(words) > 1:
        raise _UndecidedError(f"has values of several types: {', '.join(words)}")
    if words[0] not in TYPES:
        raise _UndecidedError("has JSON objects as values, which no feature takes")
    return words[0]


def _infer_list(items: Sequence[Any]) -> str:
    if not items:
        raise _UndecidedError("has only empty lists")
    word = f"list<{_infer(items)}>"
    if word not in TYPES:
        raise _UndecidedError(f"has values of type {word}, which no feature takes")
    return word


def _widened(declared: Type, values: Iterable[Any]) -> Type:
    """Return the type with room for texts and lists that are longer than usual."""
    if declared.kind is Kind.STRING:
        return replace(declared, length=_longest(values, str, declared.length))
    if declared.kind is Kind.LIST:
        lists = [value for value in values if isinstance(value, list)]
        items = [item for value in lists for item in value]
        return replace(
            declared,
            length=_longest(lists, list, declared.length),
            item_length=_longest(items, str, declared.item_length),
        )
    return declared


def _longest(values: Iterable[Any], shape: type[Any], least: int) -> int:
    lengths = [len(value) for value in values if isinstance(value, shape)]
    return min(max([least, *lengths]), MAX_TEXT)
