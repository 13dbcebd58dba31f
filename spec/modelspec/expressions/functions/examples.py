"""What examples refer to: defined once, for the reference pages and the tests."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

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
from modelspec.expressions.types import Kind, Type, list_of

EXAMPLE_PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    {
        "countries": Vocabulary(Kind.STRING, ("NO", "SE", "DK"), unknown=-1, missing=-2),
        "curve": Piecewise(x=(0.0, 2.0, 4.0), y=(0.0, 0.75, 1.0)),
        "edges": Edges((1.0, 7.0, 30.0)),
        "gambling": Set(Kind.STRING, ("5967", "7995")),
        "limits": Bounds(low=0.0, high=100.0),
        "median": Imputation(42.0),
        "risk": LookupTable(Kind.STRING, {"5967": 0.25}, default=0.01, missing=0.5),
        "root": PowerTransform(0.5),
        "scaler": Affine(center=2.0, scale=2.0),
    }
)
"""The fitted parameters, by name."""

EXAMPLE_FEATURES: Mapping[str, tuple[Type, Any]] = MappingProxyType(
    {
        "amounts": (list_of(Kind.FLOAT64, 64), (5.0, 7.5, 30.0)),
        "no_amounts": (list_of(Kind.FLOAT64, 64), ()),
        "counts": (list_of(Kind.INT64, 64), (1, 2, 3)),
        "tags": (list_of(Kind.STRING, 64, item_length=64), ("web", "new")),
    }
)
"""Types and values of the features, by name; only what no literal can say."""
