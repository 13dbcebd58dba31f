"""Functions of the C library: the standard library's ``math`` for rows and for columns alike.

NumPy's own versions differ from these in the last bit, and a bucket's edge would show it.
"""

import math
from collections.abc import Callable
from functools import partial

from modelspec.expressions.operation import Domain, Exactness, Operation, Phase
from modelspec.expressions.types import MAX_FLOAT, Range

GROUP = "Transcendental"

MAX_EXPONENT = 709.782712893384
"""The largest float64 whose exponential is finite."""

_SLACK = 1e-12
"""More than a library's rounding can move a result, relative to it."""

_LEAST = 5e-324
"""The smallest positive float64."""

_POSITIVE = Domain(low=0.0, open=True)
_WAVE = Range(-1.0, 1.0)


def _rising(
    function: Callable[[float], float],
    low: float = -MAX_FLOAT,
    high: float = MAX_FLOAT,
    least: float = -MAX_FLOAT,
) -> Callable[[Range], Range]:
    """Return the range rule of a function that rises from *low* to *high*, from *least* on."""

    def bounds(x: Range) -> Range:
        first, last = (function(min(max(end, low), high)) for end in x)
        return Range(
            max(first - _SLACK * abs(first), least), min(last + _SLACK * abs(last), MAX_FLOAT)
        )

    return bounds


def _function(
    function: Callable[[float], float],
    summary: str,
    *examples: tuple[str, float | None],
    domain: Domain | None = None,
    values: Range | Callable[[Range], Range],
    cost: float = 2,
    phase: Phase = Phase.TENSOR,
) -> Operation:
    """Return the entry of a function of one float."""
    name = function.__name__
    return Operation(
        f"{name}(x: float64) -> float64{'?' if domain else ''}",
        summary,
        examples,
        group=GROUP,
        scalar=function,
        domain={"x": domain} if domain else {},
        range=values,
        exactness=Exactness.ROUNDED,
        cost=cost,
        phase=phase,
    )


_on_host = partial(_function, phase=Phase.HOST)


def sigmoid(x: float) -> float:
    """Return ``1 / (1 + exp(-x))``, which does not overflow in either tail."""
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    power = math.exp(x)
    return power / (1.0 + power)


def logit(x: float) -> float:
    """Return ``log(x / (1 - x))``; around a half from what is left of it, which is exact there."""
    if 0.3 <= x <= 0.65:  # noqa: PLR2004  # as SciPy
        twice = 2.0 * (x - 0.5)
        return math.log1p(twice) - math.log1p(-twice)
    return math.log(x / (1.0 - x))


def softplus(x: float) -> float:
    """Return ``log(1 + exp(x))``, which does not overflow."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def normal_cdf(x: float) -> float:
    """Return the standard normal distribution function; ``erfc`` keeps the lower tail."""
    return math.erfc(-x / math.sqrt(2.0)) / 2.0


_EXPONENTIALS = (
    _function(
        math.exp,
        "e to the power of x.",
        ("exp(1)", math.e),
        ("exp(-1000.0)", 0.0),
        ("exp(710.0)", None),
        domain=Domain(high=MAX_EXPONENT),
        values=_rising(math.exp, high=MAX_EXPONENT, least=0.0),
    ),
    _function(
        math.expm1,
        "exp(x) - 1, accurate also for x near 0.",
        ("expm1(1e-20)", 1e-20),
        ("expm1(710.0)", None),
        domain=Domain(high=MAX_EXPONENT),
        values=_rising(math.expm1, high=MAX_EXPONENT, least=-1.0),
    ),
    _function(
        math.log,
        "The natural logarithm.",
        ("log(e())", 1.0),
        ("log(0.0)", None),
        ("log(null)", None),
        domain=_POSITIVE,
        values=_rising(math.log, low=_LEAST),
    ),
    _function(
        math.log1p,
        "log(1 + x), accurate also for x near 0.",
        ("log1p(1e-20)", 1e-20),
        ("log1p(-1.0)", None),
        domain=Domain(low=-1.0, open=True),
        values=_rising(math.log1p, low=math.nextafter(-1.0, 0.0)),
    ),
    _function(
        math.log2,
        "The logarithm to base 2.",
        ("log2(8)", 3.0),
        ("log2(0)", None),
        domain=_POSITIVE,
        values=_rising(math.log2, low=_LEAST),
    ),
    _function(
        math.log10,
        "The logarithm to base 10.",
        ("log10(1000)", 3.0),
        ("log10(-1)", None),
        domain=_POSITIVE,
        values=_rising(math.log10, low=_LEAST),
    ),
    _function(
        math.cbrt,
        "The cube root, also of a negative number.",
        ("cbrt(-27)", -3.0),
        ("cbrt(null)", None),
        values=_rising(math.cbrt),
    ),
)

_WAVES = (
    _function(
        math.sin, "The sine of x in radians.", ("sin(0)", 0.0), ("sin(null)", None), values=_WAVE
    ),
    _function(
        math.cos, "The cosine of x in radians.", ("cos(0)", 1.0), ("cos(null)", None), values=_WAVE
    ),
    _function(
        math.tan,
        "The tangent of x in radians; no float64 is so near to a pole that it overflows.",
        ("tan(0)", 0.0),
        ("tan(null)", None),
        # 6381956970095103 * 2**797 is nearest to a pole: its tangent is 2.1e18.
        values=Range(-1e19, 1e19),
    ),
)

_SQUASHING = (
    _function(
        math.tanh,
        "The hyperbolic tangent.",
        ("tanh(0)", 0.0),
        ("tanh(1000)", 1.0),
        ("tanh(null)", None),
        values=_WAVE,
    ),
    _function(
        sigmoid,
        "1 / (1 + exp(-x)); for negative x computed as exp(x) / (1 + exp(x)).",
        ("sigmoid(0)", 0.5),
        ("sigmoid(-1000)", 0.0),
        ("sigmoid(null)", None),
        values=Range(0.0, 1.0),
        cost=4,
    ),
    _function(
        logit,
        "log(x / (1 - x)), the inverse of sigmoid(); accurate also for x near a half.",
        ("logit(0.5)", 0.0),
        ("logit(0.0)", None),
        ("logit(1.0)", None),
        domain=Domain(low=0.0, high=1.0, open=True),
        values=_rising(logit, low=_LEAST, high=math.nextafter(1.0, 0.0)),
        cost=4,
    ),
    _function(
        softplus,
        "log(1 + exp(x)), computed as max(x, 0) + log1p(exp(-abs(x))).",
        ("softplus(0)", math.log(2.0)),
        ("softplus(1000)", 1000.0),
        ("softplus(null)", None),
        values=_rising(softplus, least=0.0),
        cost=5,
    ),
)

_CONSTANTS = (
    Operation(
        "pi() -> float64",
        "The float64 nearest to the ratio of a circle's circumference to its diameter.",
        (("pi()", math.pi),),
        group=GROUP,
        definition=repr(math.pi),
    ),
    Operation(
        "e() -> float64",
        "The float64 nearest to the base of the natural logarithm.",
        (("e()", math.e),),
        group=GROUP,
        definition=repr(math.e),
    ),
)

_HOST = (
    _on_host(
        math.atan,
        "The arc tangent in radians, from -pi/2 to pi/2.",
        ("atan(1)", math.pi / 4),
        ("atan(null)", None),
        values=Range(-1.5708, 1.5708),
    ),
    Operation(
        "atan2(y: float64, x: float64) -> float64",
        "The angle in radians between the positive x axis and the point (x, y), from -pi to pi;"
        " 0.0 for the point (0, 0).",
        (("atan2(1, 0)", math.pi / 2), ("atan2(0, -1)", math.pi), ("atan2(1, null)", None)),
        group=GROUP,
        scalar=math.atan2,
        range=Range(-3.1416, 3.1416),
        exactness=Exactness.ROUNDED,
        phase=Phase.HOST,
        cost=3,
    ),
    _on_host(
        math.erf,
        "The error function.",
        ("erf(0)", 0.0),
        ("erf(10)", 1.0),
        ("erf(null)", None),
        values=_WAVE,
    ),
    _on_host(
        normal_cdf,
        "The standard normal distribution function, computed as erfc(-x / 1.4142135623730951) / 2"
        " with the complementary error function.",
        ("normal_cdf(0)", 0.5),
        ("normal_cdf(-40)", 0.0),
        ("normal_cdf(null)", None),
        values=Range(0.0, 1.0),
        cost=4,
    ),
)

OPERATIONS: tuple[Operation, ...] = (
    *_EXPONENTIALS,
    *_WAVES,
    *_SQUASHING,
    *_CONSTANTS,
    *_HOST,
)
