"""Kubernetes quantities and decimal strings, each in one form.

The API server rewrites ``1000m`` to ``1`` and some others, and leaves the canonical form as it is.
The operator compares what it wants with what it reads back, so it must write that form, or it
would repair for ever.
"""

import re
from decimal import Context, Decimal

_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+))(?P<suffix>[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d{1,2})?"
)

DECIMAL_MAX_LENGTH = 32
DECIMAL_PATTERN = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$"
"""A decimal string, as the schema accepts it; every float64 has one."""

_DECIMAL_STRING = re.compile(f"(?=.{{1,{DECIMAL_MAX_LENGTH}}}\\Z){DECIMAL_PATTERN[1:-1]}")

_BINARY = {
    suffix: 1024**power for power, suffix in enumerate(["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"])
}
_DECIMAL = {
    suffix: Decimal(1000) ** power
    for power, suffix in enumerate(["n", "u", "m", "", "k", "M", "G", "T", "P", "E"], start=-3)
}

AMOUNT_PATTERN = r"^[+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$"
"""What the schema accepts; the language of ``canonical_quantity`` without what is negative."""


def canonical_quantity(text: str | int, *, smallest: str = "n") -> str:
    """Return the form of a quantity that the API server never rewrites: ``1500m`` for ``1.5``.

    Source: ``k8s.io/apimachinery/pkg/api/resource``, "canonical form": no precision is lost, no
    fractional digits, the exponent as large as possible.

    Args:
        text: The quantity.
        smallest: Suffix of the unit that smaller amounts are rounded up to.

    Raises:
        ValueError: The text is not a quantity.
    """
    value, suffix = _parse(text)
    unit = _DECIMAL[smallest]
    value = (value / unit).to_integral_value(rounding="ROUND_UP") * unit
    if suffix.endswith("i"):
        return _print_binary(value)
    return _print_exponent(value) if _is_exponent(suffix) else _print_decimal(value)


def quantity_value(text: str | int) -> Decimal:
    """Return the number that a quantity denotes.

    Raises:
        ValueError: The text is not a quantity.
    """
    return _parse(text)[0]


def _parse(text: str | int) -> tuple[Decimal, str]:
    match = _QUANTITY.fullmatch(str(text))
    if match is None:
        msg = f"{text!r} is not a quantity such as '500m' or '512Mi'"
        raise ValueError(msg)
    number, suffix = Decimal(match["number"]), match["suffix"] or ""
    if _is_exponent(suffix):
        return number.scaleb(int(suffix[1:])), suffix
    return number * (_BINARY[suffix] if suffix.endswith("i") else _DECIMAL[suffix]), suffix


def _is_exponent(suffix: str) -> bool:
    return suffix[:1] in {"e", "E"} and suffix not in {"E", "Ei"}


def _print_binary(value: Decimal) -> str:
    # Kubernetes prints binary quantities below 1024, and fractions, with decimal suffixes.
    if value != value.to_integral_value() or abs(value) < _BINARY["Ki"]:
        return _print_decimal(value)
    return next(
        f"{int(value) // factor}{suffix}"
        for suffix, factor in reversed(_BINARY.items())
        if int(value) % factor == 0
    )


def _print_decimal(value: Decimal) -> str:
    nanos = int((value / _DECIMAL["n"]).to_integral_value(rounding="ROUND_UP"))
    if nanos == 0:
        return "0"
    suffix, factor = next(
        (suffix, factor)
        for suffix, factor in reversed(_DECIMAL.items())
        if nanos % int(factor / _DECIMAL["n"]) == 0
    )
    return f"{nanos // int(factor / _DECIMAL['n'])}{suffix}"


def _print_exponent(value: Decimal) -> str:
    if value == 0:
        return "0"
    nanos = int((value / _DECIMAL["n"]).to_integral_value(rounding="ROUND_UP"))
    exponent = -9
    while nanos % 1000 == 0:
        nanos, exponent = nanos // 1000, exponent + 3
    return f"{nanos}e{exponent}" if exponent else str(nanos)


_EXACT = Context(prec=64)
"""More digits than a decimal string may have, so that none is lost."""


def canonical_decimal(text: str) -> str:
    """Return a decimal string without redundant digits: ``0.85`` for ``0.850``.

    Raises:
        ValueError: The text is not a finite decimal number.
    """
    value = parse_decimal(text)
    return format(value.normalize(_EXACT), "f") if value else "0"


def parse_decimal(text: str) -> Decimal:
    """Return the number that a decimal string denotes.

    Raises:
        ValueError: The text is not a finite decimal number of at most 32 characters.
    """
    if _DECIMAL_STRING.fullmatch(text) is None:
        raise ValueError(_not_a_decimal(text))
    return Decimal(text)


def _not_a_decimal(text: str) -> str:
    return f"{text!r} is not a decimal number such as '0.85'"


def canonical_float(text: str) -> str:
    """Return the shortest decimal string of the same float64: ``0.1``, ``1e-05``, ``-0``.

    What is too large becomes ``inf``, which is no decimal string.

    Raises:
        ValueError: The text is not a decimal number.
    """
    if _DECIMAL_STRING.fullmatch(text) is None:
        raise ValueError(_not_a_decimal(text))
    return repr(float(text)).removesuffix(".0")
