"""Writing a document: YAML that every reader understands alike, and people like to read.

A string stands without quotes only if no reader of YAML 1.1 or 1.2 could take it for anything
else: when in doubt there are quotes.
"""

import math
import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.cyaml import CSafeDumper
from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from modelspec.documents.composer import MAX_DEPTH
from modelspec.documents.levels import MAX_KEY
from modelspec.documents.scalars import WORDS

_PLAIN_START = re.compile(r"[^\W\d]|[/($]")
_NOT_PLAIN = re.compile(r":(?: |\Z)| #| \Z")
_WORDS = frozenset(word.casefold() for word in WORDS)

MAX_LINE = 90
"""Characters of what stands on one line, without the blanks before it."""

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def write_document(value: Any) -> str:
    """Return JSON-like values as one YAML document: in blocks, and what is short on one line.

    Raises:
        TypeError: A part of it is of a type that JSON has not.
        ValueError: ``read_documents`` would refuse it.
    """
    events = [
        StreamStartEvent(),
        DocumentStartEvent(explicit=False),
        *_events(value, 0),
        DocumentEndEvent(explicit=False),
        StreamEndEvent(),
    ]
    text: str = yaml.emit(events, Dumper=CSafeDumper, allow_unicode=True, width=-1)
    return text


def _events(value: Any, depth: int) -> Iterator[Event]:
    if depth >= MAX_DEPTH and isinstance(value, dict | list):
        raise ValueError(f"values are nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        yield MappingStartEvent(
            None, None, implicit=True, flow_style=depth > 0 and _is_short(value)
        )
        for key, item in value.items():
            yield _key(key)
            yield from _events(item, depth + 1)
        yield MappingEndEvent()
    elif isinstance(value, list):
        yield SequenceStartEvent(
            None, None, implicit=True, flow_style=depth > 0 and _is_short(value)
        )
        for item in value:
            yield from _events(item, depth + 1)
        yield SequenceEndEvent()
    else:
        yield _scalar(value)


def _is_short(value: dict[Any, Any] | list[Any]) -> bool:
    """Return whether a person would write it on one line: few plain values, nothing inside."""
    parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    if any(isinstance(part, dict | list) or "\n" in str(part) for part in parts):
        return False
    return sum(len(str(part)) + len(", ") for part in parts) <= MAX_LINE


def _key(key: Any) -> ScalarEvent:
    if not isinstance(key, str):
        raise TypeError(f"the key {key!r} is not a string")
    if len(key) > MAX_KEY:
        raise ValueError(f"a key has {len(key)} characters; {MAX_KEY} are allowed")
    return _text(key, None if _is_plain(key) else '"')


def _scalar(value: Any) -> ScalarEvent:
    match value:
        case None:
            return _text("null", None)
        case bool():
            return _text("true" if value else "false", None)
        case str():
            return _text(value, _style(value))
        case int() | float():
            return _text(_number(value), None)
        case _:
            raise TypeError(f"JSON has no {type(value).__name__}")


def _text(text: str, style: str | None) -> ScalarEvent:
    if _SURROGATE.search(text):
        raise ValueError("a string has half of a surrogate pair; UTF-8 cannot hold it")
    text = str.__str__(text)  # The emitter takes no subclass.
    # Without the second "implicit", what the emitter quotes by itself would get a tag.
    return ScalarEvent(None, None, (style is None, True), text, style=style)


def _style(text: str) -> str | None:
    if _is_plain(text):
        return None
    return "|" if _has_lines(text) else '"'


def _has_lines(text: str) -> bool:
    # The emitter takes quotes by itself where a block would still not keep the text.
    lines = text.removesuffix("\n")
    if "\n" not in lines or lines[0].isspace() or lines[-1].isspace():
        return False
    return lines.replace("\n", "").isprintable()


def _is_plain(text: str) -> bool:
    return (
        _PLAIN_START.match(text) is not None
        and text.isprintable()
        and _NOT_PLAIN.search(text) is None
        and text.casefold() not in _WORDS
    )


def _number(value: float) -> str:
    try:
        is_finite = math.isfinite(value)
    except OverflowError:
        is_finite = False
    if not is_finite:
        raise ValueError("JSON has no infinite number, no NaN, and no integer beyond float64")
    # The methods of the types themselves: enumerations and NumPy's floats print otherwise.
    text = int.__repr__(value) if isinstance(value, int) else float.__repr__(value)
    # YAML 1.1 has no float without a point.
    return text.replace("e", ".0e") if "e" in text and "." not in text else text
