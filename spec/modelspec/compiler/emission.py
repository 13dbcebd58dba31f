"""From nodes to lines of Python: every name a number, every value that is no number bound.

The text that is emitted consists of the templates of the operations, of names made here, and of
numbers; nothing of it comes from a specification.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from math import isfinite
from string import Formatter
from typing import Any, Literal, TypeAlias

from modelspec.expressions.graph import Apply, Constant, Input, Node
from modelspec.expressions.signature import Role
from modelspec.expressions.types import MAX_FLOAT, MAX_FLOAT32, MAX_INTEGER, Kind

INDENT = "    "

MAX_INLINE = 240
"""Longest text that is written where it is used; Python's parser limits how deep it may nest."""


MAX_WAITING = 8
"""How many questions may wait for each other; asking needs some stack for each."""

_MARK = "\0"
_MARKED = re.compile(f"{_MARK}(\\w+)(?:/(\\w+))?{_MARK}")
"""A value's name, and the limit if the value is to be null beyond it."""

_LIMITS = {"float64": MAX_FLOAT, "float32": MAX_FLOAT32}

Facet: TypeAlias = Literal["", "raw", "sure", "truthy", "true", "false", "null", "known"]


class Emitter:
    """Collects the lines that compute nodes, each node and question once.

    At the end, what turns out to be used once is written where it is used; only the rest gets a
    local variable.
    """

    def __init__(self, read_input: Callable[[Input, "Emitter"], str] | None = None) -> None:
        """Take what emits the reading of a raw feature."""
        self.bound: dict[str, Any] = {}
        self._lines: list[tuple[str | None, str]] = []
        self._read_input = read_input
        self._known: dict[tuple[int, str], str] = {}
        self._names: dict[int, str] = {}
        self._waiting: dict[int, int] = {}

    def line(self, text: str) -> None:
        """Add a statement to the body."""
        self._lines.append((None, text))

    def assign(self, name: str, code: str) -> str:
        """Return the text that stands for the value of *code*, a local unless it is used once."""
        self._lines.append((name, code))
        return _MARK + name + _MARK

    def source(self, arguments: Sequence[str], result: str) -> str:
        """Return the text of the function with these lines."""
        texts = [*(text for _, text in self._lines), result]
        uses = Counter(match[1] for text in texts for match in _MARKED.finditer(text))
        final: dict[str, str] = {}
        body = [f"def compute({', '.join(arguments)}):"]
        for name, marked in [*self._lines, (None, f"return {result}")]:
            text = _MARKED.sub(lambda match: _used(final[match[1]], match[2]), marked)
            if name is None:
                body.append(INDENT + text)
            elif not uses[name]:
                continue  # asked ahead and never needed
            elif uses[name] == 1 and len(text) <= MAX_INLINE:
                final[name] = f"({text})"
            else:
                final[name] = name
                body.append(f"{INDENT}{name} = {text}")
        return "\n".join([*body, ""])

    def bind(self, value: Any) -> str:
        """Return the text that stands for an object: a number itself, or a name bound to it."""
        if type(value) in {int, float, bool} and isfinite(value):
            return f"({value!r})" if value < 0 or repr(value) == "-0.0" else repr(value)
        if value is None:
            return "None"
        if id(value) not in self._names:
            self._names[id(value)] = f"k{len(self._names)}"
            self.bound[self._names[id(value)]] = value
        return self._names[id(value)]

    def assume(self, node: Node, name: str) -> None:
        """Take a value as given under a name; a float's null is NaN."""
        for facet in ("", "raw", "sure"):
            self._known[node.number, facet] = name
        if node.type.nullable and node.type.kind is Kind.FLOAT64:
            self._known[node.number, "null"] = f"{name} != {name}"
            self._known[node.number, "known"] = f"{name} == {name}"

    def prepare(self, node: Node) -> None:
        """Emit what computes a node; in order of the nodes this needs no deep stack."""
        if isinstance(node, Apply) and node.operation.negation is not None:
            # It can wait until it is known which of its questions is asked, but not for ever.
            depth = 1 + max((self._waiting.get(n.number, 0) for n in node.arguments), default=0)
            self._waiting[node.number] = depth % MAX_WAITING
            if depth == MAX_WAITING:
                self.ask(node, "true")
                self.ask(node, "false")
            return
        self.ask(node, "sure" if isinstance(node, Input) else "raw")

    def ask(self, node: Node, facet: Facet) -> str:
        """Return the text of a value, or of the answer to a question about it.

        Args:
            node: The node.
            facet: Empty for the value, ``raw`` for one that may be infinite, ``sure`` for one that
                is only looked at where it is known, ``truthy`` for one that is only looked at
                where it is truthy, or one of the questions ``true``, ``false``, ``null`` and
                ``known``.
        """
        facet = _facet(node, facet)
        key = (node.number, facet)
        if key not in self._known:
            self._known[key] = self._answer(node, facet)
        return self._known[key]

    def _answer(self, node: Node, facet: Facet) -> str:
        answers: dict[Facet, Callable[[Node], str]] = {
            "": self._value,
            "raw": self._raw,
            "sure": self._sure,
            "true": self._true,
            "false": self._false,
            "null": self._null,
            "known": self._is_known,
        }
        return answers[facet](node)

    def _value(self, node: Node) -> str:
        """Return a value whose null is NaN for a float and ``None`` otherwise."""
        if isinstance(node, Constant):
            is_null = node.value is None and node.type.kind is Kind.FLOAT64
            return "NAN" if is_null else self.bind(node.value)
        if isinstance(node, Input):
            name = self.ask(node, "sure")
            code = f"NAN if {name} is None else {name}"
            return self.assign(f"v{node.number}", code)
        if _is_wild(node):
            return self.assign(f"v{node.number}", limited(self.ask(node, "raw"), "float64"))
        assert isinstance(node, Apply)  # noqa: S101  # there is no fourth kind of node
        return self._computed(node)

    def _raw(self, node: Node) -> str:
        """Return a float in which an infinity may stand for null."""
        assert isinstance(node, Apply)  # noqa: S101  # nothing else is wild
        return self._computed(node)

    def _sure(self, node: Node) -> str:
        """Return what a row holds: ``None`` where the feature is missing."""
        assert isinstance(node, Input)  # noqa: S101  # nothing else is read
        assert self._read_input  # noqa: S101  # whoever has inputs says how they are read
        return self._read_input(node, self)

    def _computed(self, node: Apply) -> str:
        name = f"y{node.number}"
        code = self._code(node)
        if not (node.wild and node.type.kind is Kind.INT64):
            return self.assign(name, code)
        self.line(f"{name} = {code}")
        guard = f"{name} is not None and " if node.type.nullable else ""
        self.line(f"if {guard}not {-MAX_INTEGER} <= {name} <= {MAX_INTEGER}: {name} = None")
        return name

    def _true(self, node: Node) -> str:
        """Return what is truthy exactly where a comparison or its like is true."""
        assert isinstance(node, Apply)  # noqa: S101  # see _facet
        return self._question(node, "true", str(node.operation.scalar))

    def _false(self, node: Node) -> str:
        """Return what is truthy exactly where a bool is false."""
        if isinstance(node, Apply) and node.operation.negation is not None:
            return self._question(node, "false", node.operation.negation)
        value = self.ask(node, "")
        return f"({value} is False)" if node.type.nullable else f"(not {value})"

    def _null(self, node: Node) -> str:
        """Return what is true exactly where there is no value."""
        if isinstance(node, Constant) or not node.type.nullable:
            return str(isinstance(node, Constant) and node.value is None)
        value = self.ask(node, "sure")
        if _is_wild(node):
            return f"not {_finite(value)}"
        return f"{value} != {value}" if _has_nan(node) else f"{value} is None"

    def _is_known(self, node: Node) -> str:
        """Return what is true exactly where there is a value."""
        if isinstance(node, Constant) or not node.type.nullable:
            return str(not isinstance(node, Constant) or node.value is not None)
        value = self.ask(node, "sure")
        if _is_wild(node):
            return _finite(value)
        return f"{value} == {value}" if _has_nan(node) else f"{value} is not None"

    def _code(self, node: Apply) -> str:
        operation = node.operation
        if operation.negation is not None and operation.lenient:
            return self._kleene(node)
        if isinstance(operation.scalar, str):
            text = self._filled(operation.scalar, node)
        else:
            text = self._called(node)
        conditions = [] if operation.lenient else list(dict.fromkeys(self._conditions(node)))
        null = "NAN" if node.type.kind is Kind.FLOAT64 else "None"
        if not conditions:
            return text
        whole = f"({text})" if " if " in text else text
        return f"{whole} if {' and '.join(conditions)} else {null}"

    def _kleene(self, node: Apply) -> str:
        true = self.ask(node, "true")
        if not node.type.nullable:
            return true
        return f"True if {true} else False if {self.ask(node, 'false')} else None"

    def _question(self, node: Apply, facet: Facet, template: str) -> str:
        text = self._filled(template, node)
        if not node.operation.lenient and not _answers_for_null(node, facet):
            guards = dict.fromkeys(self.ask(n, "known") for n in node.arguments if _has_none(n))
            text = " and ".join([*guards, f"({text})"]) if guards else text
        return self.assign(f"{facet[0]}{node.number}", text)

    def _filled(self, template: str, node: Apply) -> str:
        """Return a template with the texts of arguments, literals, parameters and helpers."""
        arguments = dict(zip(node.operation.value_names, node.arguments, strict=False))
        objects = {**node.operation.helpers, **dict(node.bound)}
        texts: list[str] = []
        for literal, name, attribute, facet in _pieces(template):
            texts.append(literal)
            if name in arguments:
                texts.append(self.ask(arguments[name], facet))
            elif name:
                value = objects[name]
                texts.append(self.bind(getattr(value, attribute) if attribute else value))
        return "".join(texts)

    def _called(self, node: Apply) -> str:
        values = iter(node.arguments)
        bound = dict(node.bound)
        texts: list[str] = []
        for argument in node.operation.signature.arguments:
            if argument.role is not Role.VALUE:
                texts.append(self.bind(bound[argument.name]))
            elif argument.repeated:
                texts += [self.ask(value, "") for value in values]
            else:
                texts.append(self.ask(next(values), ""))
        return f"{self.bind(node.operation.scalar)}({', '.join(texts)})"

    def _conditions(self, node: Apply) -> Iterator[str]:
        """Yield what must hold for a strict operation to have a value."""
        names = node.operation.value_names
        for position, argument in enumerate(node.arguments):
            name = names[min(position, len(names) - 1)]
            domain = node.operation.domain.get(name)
            guarded = domain is not None and not domain.covers(argument.type.range)
            if domain is not None and domain.nonzero:
                # None is not truthy either, and NaN passes through a division.
                if guarded or argument.type.nullable:
                    yield self.ask(argument, "truthy")
                continue
            if argument.type.nullable and not self._is_implied(
                node, name, argument, guarded=guarded
            ):
                yield self.ask(argument, "known")
            if domain is not None and guarded:
                yield domain.condition(self.ask(argument, ""))

    @staticmethod
    def _is_implied(node: Apply, name: str, argument: Node, *, guarded: bool) -> bool:
        """Return whether a null is noticed though it is not asked for."""
        if argument.type.kind is not Kind.FLOAT64:
            return False
        operation = node.operation
        passes_nan = isinstance(operation.scalar, str) and node.type.kind is Kind.FLOAT64
        # A condition that NaN does not meet stands for the question whether it is NaN.
        return guarded or (passes_nan and name not in operation.asks)


@cache
def _pieces(template: str) -> tuple[tuple[str, str, str, Any], ...]:
    """Return the literal pieces of a template, each with the field after it: ``{p.scale:raw}``."""
    return tuple(
        (literal, *(field or "").partition(".")[::2], facet or "")
        for literal, field, facet, _ in Formatter().parse(template)
    )


def _answers_for_null(node: Apply, facet: Facet) -> bool:
    """Return whether a template is false by itself for null: ``None`` equals no value."""
    known = any(not argument.type.nullable for argument in node.arguments)
    return facet == "true" and node.operation.none_differs and known


def _facet(node: Node, facet: Facet) -> Facet:
    """Return the facet that has the same text and is asked in its place, or the facet itself."""
    if facet == "truthy":
        return _facet(node, "sure" if isinstance(node, Input) else "")
    if facet == "raw" or (facet == "sure" and _is_wild(node)):
        return "raw" if _is_wild(node) else _facet(node, "")
    if facet == "sure" or (facet == "" and isinstance(node, Input)):
        is_read = isinstance(node, Input) and (facet == "sure" or not _can_be_none(node))
        return "sure" if is_read else ""
    if facet == "true":
        asks = isinstance(node, Apply) and node.operation.negation is not None
        return "true" if asks else _facet(node, "")
    return facet


def limited(value: str, kind: Literal["float64", "float32"]) -> str:
    """Return the text of a float that is NaN where it is beyond the finite numbers of a kind."""
    return f"{value[:-1]}/{kind}{_MARK}" if value.endswith(_MARK) else _used(value, kind)


def _used(value: str, kind: str | None) -> str:
    """Return the text of a value, limited if a kind says so; ``z`` holds what has no name."""
    if kind is None:
        return value
    low, high = -_LIMITS[kind], _LIMITS[kind]
    if value.isidentifier():
        return f"{value} if {low!r} <= {value} <= {high!r} else NAN"
    return f"z if {low!r} <= (z := {value}) <= {high!r} else NAN"


def _finite(name: str) -> str:
    return f"{-MAX_FLOAT!r} <= {name} <= {MAX_FLOAT!r}"


def _is_wild(node: Node) -> bool:
    return isinstance(node, Apply) and node.wild and node.type.kind is Kind.FLOAT64


def _can_be_none(node: Node) -> bool:
    """Return whether a node is a raw float, which is ``None`` where it is missing."""
    return node.type.kind is Kind.FLOAT64 and node.type.nullable


def _has_nan(node: Node) -> bool:
    """Return whether the null of a node is NaN."""
    return node.type.kind is Kind.FLOAT64 and not isinstance(node, Input)


def _has_none(node: Node) -> bool:
    return node.type.nullable and node.type.kind is not Kind.FLOAT64
