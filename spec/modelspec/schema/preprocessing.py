"""Preprocessing: fitted parameters, and the expressions that derive features from raw ones."""

from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import Field
from pydantic.alias_generators import to_snake

from modelspec.choices import KeyType
from modelspec.errors import Code
from modelspec.expressions.types import LANGUAGE, MAX_INTEGER, Boundary
from modelspec.schema.features import Decimal, FeatureName
from modelspec.schema.structural import KubernetesModel, atomic_list, keyed_list, union

MAX_PARAMETERS = 512
MAX_DERIVED = 512
MAX_ENTRIES = 10_000
"""Of one parameter; what is larger does not belong into a Kubernetes object."""

MAX_EXPRESSION = 4096

ExpressionText = Annotated[str, Field(min_length=1, max_length=MAX_EXPRESSION)]
Key = Annotated[str, Field(max_length=1024)]
Ordinal = Annotated[int, Field(ge=-MAX_INTEGER, le=MAX_INTEGER)]

Decimals = Annotated[
    list[Decimal], Field(min_length=1, max_length=MAX_ENTRIES, json_schema_extra=atomic_list())
]
Keys = Annotated[list[Key], Field(max_length=MAX_ENTRIES, json_schema_extra=atomic_list())]


class Language(StrEnum):
    """The languages that expressions may be written in."""

    MSX_1 = LANGUAGE


class ParameterType(StrEnum):
    """What a fitted parameter is."""

    AFFINE = "Affine"
    BOUNDS = "Bounds"
    EDGES = "Edges"
    IMPUTATION = "Imputation"
    LOOKUP_TABLE = "LookupTable"
    PIECEWISE = "Piecewise"
    POWER_TRANSFORM = "PowerTransform"
    SET = "Set"
    VOCABULARY = "Vocabulary"


class Affine(KubernetesModel):
    """(x - center) / scale: standard, min-max and robust scaling, for affine(x, p)."""

    center: Decimal
    """What is subtracted, as a decimal string."""

    scale: Decimal
    """What is divided by, as a decimal string; not 0."""


class Bounds(KubernetesModel):
    """The smallest and the largest value that are let through, for winsorize(x, p)."""

    low: Decimal
    """Smaller values become this one."""

    high: Decimal
    """Larger values become this one; at least `low`."""


class Edges(KubernetesModel):
    """Edges of bins, for bucketize(x, p); bin i goes from edge i-1, included, to edge i."""

    values: Decimals
    """The edges as decimal strings, each greater than the one before."""


class Imputation(KubernetesModel):
    """What stands in for a missing number, for impute(x, p)."""

    value: Decimal
    """A constant, or the mean or median of the training data, as a decimal string."""


class TableEntry(KubernetesModel):
    """One entry of a lookup table."""

    key: Key
    """The key; an Int64 is written as a string, too."""

    value: Decimal
    """The number for this key, as a decimal string."""


class LookupTable(KubernetesModel):
    """A number for each key, for lookup(k, p): target encodings, frequencies, risk tables."""

    key_type: KeyType
    """Type of the keys: String or Int64."""

    entries: Annotated[
        list[TableEntry], Field(max_length=MAX_ENTRIES, json_schema_extra=atomic_list())
    ]
    """The entries, each key once; their order has no meaning."""

    default: Decimal
    """The number for a key that is not in the table."""

    missing: Decimal | None = None
    """The number for null. The same as `default` when omitted."""


class Piecewise(KubernetesModel):
    """Points of a function that is linear between them, constant outside; for piecewise(x, p)."""

    x: Decimals
    """Where the points are, as decimal strings, each greater than the one before."""

    values: Decimals
    """The values of the function there, as decimal strings; as many as `x` has."""


class PowerTransform(KubernetesModel):
    """A power transformation, for yeo_johnson(x, p) and box_cox(x, p)."""

    exponent: Decimal
    """The fitted exponent, which statistics calls lambda."""


class Set(KubernetesModel):
    """Keys that belong together, for in_set(k, p)."""

    key_type: KeyType
    """Type of the keys: String or Int64."""

    keys: Keys
    """The keys, each once; an Int64 is written as a string, too. Their order has no meaning."""


class Vocabulary(KubernetesModel):
    """Known keys in order, for ordinal(k, p) and one_hot(k, p)."""

    key_type: KeyType
    """Type of the keys: String or Int64."""

    keys: Keys
    """The keys, each once; the code of a key is its position, counted from 0."""

    unknown: Ordinal | None = None
    """Code of a key that is not listed. -1 when omitted."""

    missing: Ordinal | None = None
    """Code of null. -1 when omitted."""


Fitted: TypeAlias = (
    Affine
    | Bounds
    | Edges
    | Imputation
    | LookupTable
    | Piecewise
    | PowerTransform
    | Set
    | Vocabulary
)


class Parameter(KubernetesModel):
    """Fitted state that expressions refer to by name; a refit changes it and no expression."""

    constraints = (
        union(
            Code.MS339,
            affine="Affine",
            bounds="Bounds",
            edges="Edges",
            imputation="Imputation",
            lookup_table="LookupTable",
            piecewise="Piecewise",
            power_transform="PowerTransform",
            set="Set",
            vocabulary="Vocabulary",
        ),
    )

    name: FeatureName
    """Name of the parameter, unique in the specification and the name of no feature."""

    type: ParameterType
    """What it is; the member of the same name must be set."""

    affine: Affine | None = None
    """Center and scale, when `type` is Affine."""

    bounds: Bounds | None = None
    """Smallest and largest value, when `type` is Bounds."""

    edges: Edges | None = None
    """Edges of bins, when `type` is Edges."""

    imputation: Imputation | None = None
    """What stands in for null, when `type` is Imputation."""

    lookup_table: LookupTable | None = None
    """A number for each key, when `type` is LookupTable."""

    piecewise: Piecewise | None = None
    """Points of a function, when `type` is Piecewise."""

    power_transform: PowerTransform | None = None
    """A fitted exponent, when `type` is PowerTransform."""

    set: Set | None = None
    """Keys that belong together, when `type` is Set."""

    vocabulary: Vocabulary | None = None
    """Known keys in order, when `type` is Vocabulary."""

    description: Annotated[str, Field(max_length=1024)] | None = None
    """What it is, for people. Not part of a version's identity."""

    @property
    def member(self) -> str:
        """The name of the member that `type` names, as it is written."""
        return self.type[:1].lower() + self.type[1:]

    @property
    def fitted(self) -> Fitted:
        """The member that `type` names."""
        fitted: Fitted = getattr(self, to_snake(self.type))
        return fitted


class Derived(KubernetesModel):
    """One feature that is computed for every row."""

    name: FeatureName
    """Name of the feature; other expressions and tensors use it. Unlike all raw features'."""

    type: Boundary
    """What the expression gives: Bool, Int32, Int64, Float32, Float64, String, Timestamp, Vector
    or List. Everything is computed in 64 bits and rounded once, where a tensor is filled."""

    expr: ExpressionText
    """The expression, for instance `coalesce(amount / avg_amount, 0.0)`. It may name raw features,
    other derived features and parameters. Layout and redundant parentheses make no version."""

    description: Annotated[str, Field(max_length=1024)] | None = None
    """What it means, for people. Not part of a version's identity."""


class Preprocessing(KubernetesModel):
    """How features are derived from what callers send."""

    language: Language | None = None
    """Language of the expressions. msx/v1 when omitted."""

    parameters: Annotated[
        list[Parameter] | None,
        Field(max_length=MAX_PARAMETERS, json_schema_extra=keyed_list()),
    ] = None
    """Fitted state; the order has no meaning."""

    derived: Annotated[
        list[Derived], Field(min_length=1, max_length=MAX_DERIVED, json_schema_extra=keyed_list())
    ]
    """The derived features. Their order has no meaning: each is computed after what it names."""
