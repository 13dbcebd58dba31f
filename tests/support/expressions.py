"""Random expressions that are well typed, as text.

What is drawn follows from the signatures in `FUNCTIONS`, so that a function is covered from the
day on which it is added. Only literal arguments need a word of advice, in `LITERALS`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from modelspec.expressions.functions import FUNCTIONS
from modelspec.expressions.operation import Operation
from modelspec.expressions.signature import KINDS, VARIABLES, Argument, Role
from modelspec.expressions.types import Kind
from support.rows import FEATURES, PARAMETERS, VALUES, Choose, Family

T = TypeVar("T")


def _shown(*values: Any) -> tuple[str, ...]:
    return tuple(json.dumps(value) for value in values)


_LITERAL_NUMBERS = (
    *("0.0", "1.0", "0.5", "2.5", "-1.5", "7.0", "1e-3", "1e308", "5e-324", "-0.0"),
    "1.7976931348623157e308",
)
_TEXTS = ("", "a", "ab", "é", " ", "A b", "0", "aa", "12.5", "2020-01-01T00:00:00Z", '{"a":1}')

LITERALS: Mapping[str, tuple[str, ...]] = {
    "tz": _shown(
        *("UTC", "Europe/Oslo", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")
    ),
    "pattern": _shown("([a-z]+)", "(a)(b)?", "(.)", "^(é|a)*$", "(\\d+)", "(?i)(JO)", "()"),
    "regex_match.pattern": _shown("[a-z]+", "", "a?b?", ".*", "\\d+|\\w+", "(?s).+"),
    "path": _shown("$.a", "$.a.b", "$.c", "$[0]", "$.b[1]"),
    "digits": ("-15", "-2", "-1", "0", "1", "2", "9", "15"),
    "group": ("0", "1"),
    "n": ("1", "2", "1000", "2147483647"),
    "seed": ("0", "1", "42", "4294967295"),
    "bits": ("0", "8", "24", "32"),
    "max": ("1", "2", "16"),
    "c": _shown("a", "é", " ", "0"),
    "sep": _shown(".", "-", "@", "aa", "é"),
    "old": _shown("a", "aa", "é", " "),
    "new": _shown("", "b", "aa", "éé"),
    "i": ("0", "1", "2"),
}
"""Texts of literal arguments by name, or by function and name."""

_BY_KIND: Mapping[Kind, tuple[str, ...]] = {
    Kind.INT64: ("0", "1", "-1", "2", "7", "60", "16777217", "9007199254740991"),
    Kind.FLOAT64: _LITERAL_NUMBERS,
    Kind.STRING: _shown(*_TEXTS),
    Kind.BOOL: ("true", "false"),
}
"""Texts of literals that stand on their own."""

_NAMES: Mapping[Family, tuple[str, ...]] = {
    family: tuple(f.name for f in FEATURES if f.type.family == family) for family in VALUES
}

_ITEMS = (Kind.INT64, Kind.FLOAT64, Kind.STRING)
_PLAIN = (Kind.FLOAT64, Kind.INT64, Kind.BOOL, Kind.STRING, Kind.TIMESTAMP)


@dataclass(frozen=True)
class Writer:
    """Writes expressions of a wanted type, by choices that somebody else makes."""

    choose: Choose
    allowed: frozenset[str] | None = None
    """Names of the operations that may be used; all without."""

    def expression(self, family: Family, depth: int) -> str:
        """Return an expression at most *depth* operations deep, where its type allows it."""
        if depth <= 0 and family in _NAMES:
            return self._leaf(family)
        candidates = _PRODUCERS[family]
        if self.allowed is not None:
            candidates = [item for item in candidates if item[0].name in self.allowed]
        if depth <= 0:
            candidates = [item for item in candidates if _is_shallow(item[0])]
        operation, bound = self.choose(candidates)
        return self.application(operation, dict(bound), depth)

    def _leaf(self, family: Family) -> str:
        names = _NAMES[family] * 3
        text: str = self.choose((*names, "") if family[0] in _BY_KIND else names)
        text = text or self.choose(_BY_KIND[family[0]])
        return f"({text})" if text.startswith("-") else text

    def application(self, operation: Operation, bound: dict[str, Any], depth: int) -> str:
        """Return an application of an operation; *bound* says what its variables stand for."""
        if operation.name in _SPECIAL:
            return _SPECIAL[operation.name](self, bound, depth)
        for argument in operation.signature.arguments:
            for word in {argument.word, argument.item or ""} & VARIABLES:
                if word not in bound:
                    bound[word] = self._kind_for(word, is_item=word == argument.item)
        texts = list(self._arguments(operation, bound, depth))
        name = operation.name
        if name.isidentifier() and name not in {"and", "or", "not"}:
            return f"{name}({', '.join(texts)})"
        if len(texts) == 1:
            return f"({name} {texts[0]})"
        return f"({texts[0]} {name} {texts[1]})"

    def _kind_for(self, word: str, *, is_item: bool) -> Kind:
        if is_item:
            return self.choose([kind for kind in _ITEMS if kind in KINDS[word]])  # type: ignore[no-any-return]
        return self.choose([kind for kind in KINDS[word] if kind in _PLAIN])  # type: ignore[no-any-return]

    def _arguments(
        self, operation: Operation, bound: Mapping[str, Any], depth: int
    ) -> Iterator[str]:
        null_at = self._null_position(operation)
        keywords = []
        for position, argument in enumerate(operation.signature.arguments):
            match argument.role:
                case Role.PARAMETER:
                    yield self._parameter(argument, bound)
                case Role.LITERAL if argument.has_default:
                    if self.choose((True, False)):
                        keywords.append(f"{argument.name}={self.literal(operation, argument)}")
                case Role.LITERAL:
                    yield self.literal(operation, argument)
                case _:
                    for _ in range(self.choose((0, 1, 2)) if argument.repeated else 1):
                        is_null = position == null_at
                        family = self._family(argument, bound)
                        yield "null" if is_null else self._number_or(family, argument, depth - 1)
        yield from keywords

    def _null_position(self, operation: Operation) -> int | None:
        """Return which argument is the literal null, rarely; another one has the type then."""
        arguments = operation.signature.arguments
        words = [a.word for a in arguments if a.role is Role.VALUE and not a.repeated]
        safe = [i for i, a in enumerate(arguments) if a.word in words and words.count(a.word) > 1]
        if not operation.name.isidentifier() or not safe or "vector" in words:
            return None
        return self.choose([None] * 12 + safe)  # type: ignore[no-any-return]

    def _number_or(self, family: Family, argument: Argument, depth: int) -> str:
        """Return an expression; where a float is wanted, an integer does as well."""
        if argument.word == "float64" and self.choose((0, 0, 0, 1)):
            return self.expression((Kind.INT64, None), depth)
        return self.expression(family, depth)

    def _family(self, argument: Argument, bound: Mapping[str, Any]) -> Family:
        if argument.word == "any":
            return (self.choose(_PLAIN), None)
        kind = bound.get(argument.word) or KINDS[argument.word][0]
        if kind is not Kind.LIST:
            return (kind, None)
        if argument.word == "list":
            word = argument.item or "T"
            return (kind, bound.get(word) or KINDS[word][0])
        return (kind, bound.get("item") or self.choose(_ITEMS))

    def _parameter(self, argument: Argument, bound: Mapping[str, Any]) -> str:
        wanted = bound.get("key")
        names = [
            name
            for name, parameter in PARAMETERS.items()
            if type(parameter).__name__ == argument.word
            and (wanted is None or getattr(parameter, "key_kind", wanted) is wanted)
        ]
        return self.choose(names)  # type: ignore[no-any-return]

    def literal(self, operation: Operation, argument: Argument) -> str:
        """Return a literal that an argument takes."""
        for key in (f"{operation.name}.{argument.name}", argument.name):
            if key in LITERALS:
                return self.choose(LITERALS[key])  # type: ignore[no-any-return]
        return self.choose(_BY_KIND[KINDS[argument.word][0]])  # type: ignore[no-any-return]

    def _if(self, bound: Mapping[str, Any], depth: int) -> str:
        family = self._some_family(bound)
        test = self.expression((Kind.BOOL, None), depth - 1)
        then, otherwise = (self.expression(family, depth - 1) for _ in range(2))
        return f"({then} if {test} else {otherwise})"

    def _when(self, bound: Mapping[str, Any], depth: int) -> str:
        family = self._some_family(bound)
        arms = []
        for _ in range(self.choose((1, 2, 3))):
            arms.append(self.expression((Kind.BOOL, None), depth - 1))
            arms.append(self.expression(family, depth - 1))
        return f"when({', '.join([*arms, self.expression(family, depth - 1)])})"

    def _switch(self, bound: Mapping[str, Any], depth: int) -> str:
        family = self._some_family(bound)
        kind = self.choose((Kind.STRING, Kind.INT64, Kind.FLOAT64, Kind.BOOL))
        parts = [self.expression((kind, None), depth - 1)]
        for _ in range(self.choose((1, 2, 3))):
            # Negative ones are operations to the grammar.
            parts.append(self.choose([text for text in _BY_KIND[kind] if text[0] != "-"]))
            parts.append(self.expression(family, depth - 1))
        return f"switch({', '.join([*parts, self.expression(family, depth - 1)])})"

    def _in(self, _bound: Mapping[str, Any], depth: int) -> str:
        kind = self.choose((Kind.STRING, Kind.INT64, Kind.FLOAT64, Kind.BOOL))
        items = [self.choose(_BY_KIND[kind]) for _ in range(self.choose((1, 2, 3)))]
        operator = self.choose(("in", "not in"))
        return f"({self.expression((kind, None), depth - 1)} {operator} [{', '.join(items)}])"

    def _some_family(self, bound: Mapping[str, Any]) -> Family:
        if "T" not in bound and self.allowed is not None:
            return (self.choose(_PLAIN), None)
        if "T" not in bound:
            return self.choose(tuple(VALUES))  # type: ignore[no-any-return]
        return (bound["T"], bound.get("item"))


_SPECIAL: Mapping[str, Callable[[Writer, Mapping[str, Any], int], str]] = {
    "if": Writer._if,
    "when": Writer._when,
    "switch": Writer._switch,
    "in": Writer._in,
}
"""What is not written as its signature reads."""


_COMPARING = {"null_if"}
"""Functions that take any type, as long as its values can be compared."""


def _is_shallow(operation: Operation) -> bool:
    """Return whether the arguments of an operation can be features."""
    words = {a.word for a in operation.signature.arguments if a.role is Role.VALUE}
    return "vector" not in words and "T" not in words


def _bindings(operation: Operation, family: Family) -> dict[str, Any] | None:
    """Return what an operation's variables stand for if its result is wanted to be of a type."""
    kind, item = family
    signature = operation.signature
    if kind not in KINDS.get(signature.result, ()):
        return None
    if operation.name in _COMPARING and kind not in _PLAIN:
        return None
    bound: dict[str, Any] = {"item": item} if item else {}
    if signature.result in VARIABLES:
        bound[signature.result] = kind
    word = signature.result_item
    if word in VARIABLES:
        bound[word] = item
        return bound if item in KINDS[word] else None
    return bound if word is None or item is Kind(word) else None


def _producers(family: Family) -> list[tuple[Operation, tuple[tuple[str, Any], ...]]]:
    return [
        (operation, tuple(bound.items()))
        for overloads in FUNCTIONS.values()
        for operation in overloads
        if (bound := _bindings(operation, family)) is not None
    ]


FAMILIES: tuple[Family, ...] = (*VALUES, (Kind.VECTOR, None))
_PRODUCERS = {family: _producers(family) for family in FAMILIES}


def operation_texts(operation: Operation, count: int, depth: int = 1) -> Iterator[str]:
    """Yield applications of one operation, the same in every run."""
    random = Random(operation.text)  # noqa: S311  # nothing is kept secret
    writer = Writer(random.choice)
    families = [family for family in FAMILIES if _bindings(operation, family) is not None]
    for number in range(count):
        bound = _bindings(operation, families[number % len(families)]) or {}
        yield writer.application(operation, bound, depth)


def questions_about(operation: Operation, text: str) -> Iterator[str]:
    """Yield an expression, and what asks for its value in another way than by computing it."""
    yield text
    yield f"is_null({text})"
    if operation.signature.result == "bool":
        yield f"not {text}"
        yield f"({text} or not {text}) and b"
        yield f"1 if {text} else 2"


@st.composite
def expressions(
    draw: st.DrawFn,
    families: Sequence[Family] = FAMILIES,
    max_depth: int = 3,
    allowed: frozenset[str] | None = None,
) -> str:
    """Return the text of a well-typed expression over `FEATURES` and `PARAMETERS`."""

    def choose(options: Sequence[T]) -> T:
        return options[draw(st.integers(0, len(options) - 1))]

    family = choose(families)
    depth = choose(range(1, max_depth + 1))
    return Writer(choose, allowed).expression(family, depth)
