r"""What scalars mean: the rules of ``kubectl``, so that we read from a file what it would send.

``kubectl`` reads YAML with ``sigs.k8s.io/yaml``: YAML 1.1 as go-yaml v2 understands it, then JSON.
So ``no`` is false and ``012`` is 10, a date is a string, and ``1e3`` is sent as ``1000``. One
difference: an integer above 64 bits stays exact here, where ``kubectl`` rounds it; the schema
refuses both.
"""

import base64
import binascii
import math
import re
from collections.abc import Callable
from typing import Any

from modelspec.documents.complaints import shorten

MERGE = object()
"""What a plain ``<<`` is where a key is expected."""

_INFINITE = object()

WORDS: dict[str, Any] = (
    dict.fromkeys(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"], True)
    | dict.fromkeys(
        ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"], False
    )
    | dict.fromkeys(["", "~", "null", "Null", "NULL"])
    | dict.fromkeys([".nan", ".NaN", ".NAN"], _INFINITE)
    | {sign + word: _INFINITE for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")}
    | {"<<": MERGE}
)
"""Plain scalars that are no strings, nor numbers."""

NUMBER_STARTS = frozenset("+-.0123456789")

_USUAL_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_INTEGER = re.compile(
    r"[+-]?(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<binary>[01]+)|0[oO](?P<octal>[0-7]+)"
    r"|0(?P<old_octal>[0-7]+)|(?P<decimal>0|[1-9][0-9]*))"
)
_BASES = {"hex": 16, "binary": 2, "octal": 8, "old_octal": 8, "decimal": 10}
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_FRACTION = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
_EXPONENT_FROM = 1e21
"""From here on JSON writes an exponent, and the API server reads a float; below, an integer."""

TAG_PREFIX = "tag:yaml.org,2002:"


def resolve_plain(text: str) -> Any:
    """Return what a scalar without quotes and tag means.

    Raises:
        ValueError: JSON cannot say it.
    """
    if text in WORDS:
        return _finite(WORDS[text], text)
    if text[0] not in NUMBER_STARTS:
        return text
    if _USUAL_INTEGER.fullmatch(text):
        return int(text)
    return _as_sent(_number(text))


def resolve_tagged(tag: str, text: str) -> Any:
    """Return what a scalar with a tag means, in quotes or not.

    Raises:
        ValueError: The tag is not known, the text is not what it says, or JSON cannot say it.
    """
    resolve = _TAGS.get(tag)
    if resolve is None:
        raise ValueError(describe_unknown_tag(tag))
    return resolve(text)


def describe_unknown_tag(tag: str) -> str:
    """Return what to say about a tag that means nothing here."""
    written = f"!!{tag.removeprefix(TAG_PREFIX)}" if tag.startswith(TAG_PREFIX) else tag
    return f"the tag {shorten(written)} means nothing here; remove it"


def _finite(value: Any, text: str) -> Any:
    if value is _INFINITE:
        raise ValueError(f"JSON has no number '{text}'; quote it if it is a text")
    return value


def _number(text: str) -> Any:
    digits = text.replace("_", "") if text[0] != "." or _FRACTION.fullmatch(text) else text
    match = _INTEGER.fullmatch(digits)
    integer = _integer(match) if match is not None else None
    if integer is not None:
        return integer
    number = _float(digits) if _FLOAT.fullmatch(digits) else None
    return text if number is None else number


def _integer(match: re.Match[str]) -> int | None:
    """Return the integer, or nothing where the number is too large for that notation."""
    kind = match.lastgroup or ""
    number = match[kind]
    if kind == "decimal":
        # What no float can hold is a text for `kubectl`; it also bounds the work.
        return None if _float(number) is None else int(match[0])
    negative, signed = match[0][0] == "-", match[0][0] in "+-"
    value = int(number, _BASES[kind])
    if value > (2**63 - (not negative) if signed else 2**64 - 1):
        return None
    return -value if negative else value


def _float(text: str) -> float | None:
    value = float(text)
    return None if math.isinf(value) else value


def _as_sent(value: Any) -> Any:
    if type(value) is float and value.is_integer() and abs(value) < _EXPONENT_FROM:
        return int(value)
    return value


def _string(text: str) -> str:
    return text


def _binary(text: str) -> str:
    encoded = text.replace("\n", "").replace("\r", "")
    try:
        if len(encoded) % 4 == 0:  # Python overlooks padding that is too long.
            return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeError):
        pass
    raise ValueError("the value is not a text in Base64, as `!!binary` says; remove the tag")


def _typed(name: str, *types: type) -> Callable[[str], Any]:
    """Return what resolves a scalar that must be of one of *types*."""

    def resolve(text: str) -> Any:
        value: Any = WORDS.get(text, text)
        _finite(value, text)
        if value is text and text[0] in NUMBER_STARTS:
            value = _number(text)
        if type(value) not in types:
            raise ValueError(
                f"{shorten(text)} is not what the tag `!!{name}` says; remove the tag"
            )
        return _as_sent(float(value) if name == "float" else value)

    return resolve


_TAGS: dict[str, Callable[[str], Any]] = {
    "!": _string,
    f"{TAG_PREFIX}str": _string,
    f"{TAG_PREFIX}binary": _binary,
    f"{TAG_PREFIX}bool": _typed("bool", bool),
    f"{TAG_PREFIX}float": _typed("float", float, int),
    f"{TAG_PREFIX}int": _typed("int", int),
    f"{TAG_PREFIX}null": _typed("null", type(None)),
}
