"""What a fitted parameter is refused for, with the code, the path and the words."""

from collections.abc import Sequence
from math import inf, nan
from typing import Any

import pytest

from modelspec.expressions.parameters import (
    Affine,
    Bounds,
    Edges,
    Imputation,
    LookupTable,
    Parameter,
    Piecewise,
    PowerTransform,
    Set,
    Vocabulary,
)
from modelspec.expressions.types import Kind


def _named(items: Sequence[Any]) -> list[str]:
    parameters = [item[0] if isinstance(item, tuple) else item for item in items]
    return [f"{index} {type(item).__name__}" for index, item in enumerate(parameters)]


REFUSED: list[tuple[Parameter, str, str, str]] = [
    (Affine(0.0, 0.0), "MS329", "scale", "must not be '0'"),
    (Affine(0.0, -0.0), "MS329", "scale", "must not be '0'"),
    (Affine(nan, 1.0), "MS339", "center", "must be finite, got nan"),
    (
        Edges((1.0, 7.0, 90.0, 30.0)),
        "MS328",
        "values[3]",
        "'30' must be greater than the previous value '90'",
    ),
    (
        Edges((0.5, 0.5)),
        "MS328",
        "values[1]",
        "'0.5' must be greater than the previous value '0.5'",
    ),
    (Edges((1.0, inf)), "MS339", "values[1]", "must be finite, got inf"),
    (Edges(()), "MS339", "values", "must not be empty"),
    (
        Edges(tuple(map(float, range(100_001)))),
        "MS338",
        "values",
        "must have at most 100000 entries, got 100001",
    ),
    (
        Piecewise(tuple(map(float, range(6))), (0.0,) * 5),
        "MS330",
        "y",
        "must have the same length as `x` (6), got 5",
    ),
    (
        Piecewise((1.0, 0.0), (0.0, 1.0)),
        "MS330",
        "x[1]",
        "'0' must be greater than the previous value '1'",
    ),
    (
        Piecewise((-1e308, 1e308), (0.0, 1.0)),
        "MS330",
        "x",
        "values must not be further apart than 1.79e308",
    ),
    (Piecewise((0.0, 1.0), (0.0, nan)), "MS339", "y[1]", "must be finite, got nan"),
    (PowerTransform(-inf), "MS339", "exponent", "must be finite, got -inf"),
    (Bounds(2.0, 1.5), "MS339", "low", "must be at most `high` ('1.5'), got '2'"),
    (Imputation(nan), "MS339", "value", "must be finite, got nan"),
    (
        LookupTable(Kind.STRING, {"5967": inf}, default=0.0),
        "MS339",
        "entries",
        "entry '5967' has value inf, must be finite",
    ),
    (
        LookupTable(Kind.STRING, {5967: 0.5}, default=0.0),
        "MS339",
        "entries",
        "key 5967 must be string, as `keyType` says",
    ),
    (LookupTable(Kind.INT64, {}, default=nan), "MS339", "default", "must be finite, got nan"),
    (LookupTable(Kind.INT64, {}, 0.0, missing=inf), "MS339", "missing", "must be finite, got inf"),
    (
        Vocabulary(Kind.STRING, ("a", "b", "a")),
        "MS339",
        "keys[2]",
        "key 'a' is listed twice",
    ),
    (Vocabulary(Kind.STRING, ()), "MS339", "keys", "must not be empty"),
    (
        Vocabulary(Kind.STRING, ("a" * 1025,)),
        "MS339",
        "keys[0]",
        "key must be at most 1024 characters, got 1025",
    ),
    (
        Vocabulary(Kind.INT64, (1,), unknown=2**53),
        "MS339",
        "unknown",
        "9007199254740992 is outside the safe integer range",
    ),
    (
        Set(Kind.INT64, (-(2**53),)),
        "MS339",
        "keys[0]",
        "key -9007199254740992 is outside the safe integer range",
    ),
    (Set(Kind.INT64, (True,)), "MS339", "keys[0]", "key True must be int64, as `keyType` says"),
]


@pytest.mark.parametrize(("parameter", "code", "path", "message"), REFUSED, ids=_named(REFUSED))
def test_a_problem_has_a_code_a_path_and_a_remedy(
    parameter: Parameter, code: str, path: str, message: str
) -> None:
    found = [(item.code.name, item.path, item.message) for item in parameter.findings()]

    assert found == [(code, path, message)]


ACCEPTED: list[Parameter] = [
    Affine(1.7e308, 5e-324),
    Edges((0.0,)),
    Edges(tuple(map(float, range(100_000)))),
    Piecewise((0.0,), (1.0,)),
    Bounds(1.0, 1.0),
    LookupTable(Kind.STRING, {}, default=0.0),
    Vocabulary(Kind.INT64, (2**53 - 1, -(2**53) + 1)),
    Vocabulary(Kind.STRING, ("", "\u00e9" * 1024)),
    Set(Kind.STRING, ()),
]


@pytest.mark.parametrize("parameter", ACCEPTED, ids=_named(ACCEPTED))
def test_the_edge_of_what_is_allowed_is_allowed(parameter: Parameter) -> None:
    assert list(parameter.findings()) == []
