"""The parts of a snapshot as plain structs: what is hashed, mounted and executed.

This is the contract between the writer (``snapshot.identity``) and the reader in the serving pod
(``snapshot.reader``). A struct omits fields that hold their default, so a field added later leaves
the digests of older specifications as they were. Defaults here are therefore fixed for ever:
another default is another field.
"""

from enum import StrEnum
from typing import TypeAlias

import msgspec

from modelspec.expressions.types import Boundary

IDENTITY = "modelspec/identity-1"
"""Name of the hashing rules; the domain string of every digest starts with it."""


class FeatureType(StrEnum):
    """The type of a raw feature, as callers send it."""

    BOOL = "Bool"
    INT64 = "Int64"
    FLOAT64 = "Float64"
    STRING = "String"
    TIMESTAMP = "Timestamp"
    LIST = "List"


class ItemType(StrEnum):
    """The type of a list's items."""

    INT64 = "Int64"
    FLOAT64 = "Float64"
    STRING = "String"


class KeyType(StrEnum):
    """The type of a parameter's keys."""

    STRING = "String"
    INT64 = "Int64"


DEFAULT_MAX_LENGTH = 1024
DEFAULT_MAX_ITEMS = 64
DEFAULT_CODE = -1


class Part(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename="camel",
    forbid_unknown_fields=True,
):
    """Common shape of all structs: camelCase on the wire, defaults omitted, nothing unknown."""


class Feature(Part, frozen=True):
    """One raw feature: its name, its type, and what stands in for it when it is missing."""

    name: str
    type: FeatureType
    default: str | None = None
    required: bool = False
    item_type: ItemType | None = None
    max_length: int = DEFAULT_MAX_LENGTH
    """Most characters of a text, or of each text in a list."""
    max_items: int = DEFAULT_MAX_ITEMS
    """Most items of a list."""


class FeatureFetching(Part, frozen=True):
    """What callers send; sorted by name."""

    features: tuple[Feature, ...]


class FittedParameter(Part, frozen=True, tag_field="type"):
    """Common shape of fitted parameters: a name, and a type that says what else there is.

    Numbers are the shortest decimal text that gives the float64 again, ``-0`` included; keys are
    text, also those that are integers.
    """

    name: str


class Affine(FittedParameter, frozen=True, tag="Affine"):
    """``(x - center) / scale``."""

    center: str
    scale: str


class Bounds(FittedParameter, frozen=True, tag="Bounds"):
    """The smallest and the largest value that are let through."""

    low: str
    high: str


class Edges(FittedParameter, frozen=True, tag="Edges"):
    """Ascending edges of bins."""

    values: tuple[str, ...]


class Imputation(FittedParameter, frozen=True, tag="Imputation"):
    """What stands in for a missing number."""

    value: str


class LookupTable(FittedParameter, frozen=True, tag="LookupTable"):
    """A number for each key; for a key that is not there, the default."""

    key_type: KeyType
    entries: dict[str, str]
    default: str
    missing: str | None = None
    """For null; the default when omitted."""


class Piecewise(FittedParameter, frozen=True, tag="Piecewise"):
    """Points of a function that is linear between them."""

    x: tuple[str, ...]
    values: tuple[str, ...]


class PowerTransform(FittedParameter, frozen=True, tag="PowerTransform"):
    """Exponent of a power transformation."""

    exponent: str


class Set(FittedParameter, frozen=True, tag="Set"):
    """Keys that belong together; sorted."""

    key_type: KeyType
    keys: tuple[str, ...]


class Vocabulary(FittedParameter, frozen=True, tag="Vocabulary"):
    """Known keys; the code of a key is its position."""

    key_type: KeyType
    keys: tuple[str, ...]
    unknown: int = DEFAULT_CODE
    missing: int = DEFAULT_CODE


Parameter: TypeAlias = (
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


class Derived(Part, frozen=True):
    """One feature that is computed: its canonical expression, and what it is emitted as."""

    name: str
    type: Boundary
    expr: str


class Preprocessing(Part, frozen=True):
    """How features are derived; parameters and derived features are sorted by name."""

    language: str
    """Of the expressions; always written, because it is part of their meaning."""
    derived: tuple[Derived, ...]
    parameters: tuple[Parameter, ...] = ()


class ModelInput(Part, frozen=True):
    """One input of the graph: a float32 tensor with the columns of these features."""

    name: str
    feature_names: tuple[str, ...]


class ModelOutput(Part, frozen=True):
    """One named output: column *index* of graph output *tensor*, or the whole row as a vector."""

    name: str
    tensor: str | None = None
    """Name of the graph's output; the output's own name when omitted."""
    index: int | None = None

    @property
    def graph_name(self) -> str:
        """The graph output that this output reads."""
        return self.tensor or self.name


class Model(Part, frozen=True):
    """One model object: its bytes by digest, its inputs and its outputs."""

    name: str
    sha256: str
    inputs: tuple[ModelInput, ...]
    outputs: tuple[ModelOutput, ...]


class Models(Part, frozen=True):
    """All model objects; sorted by name."""

    models: tuple[Model, ...]


class Manifest(Part, frozen=True):
    """What a snapshot consists of: the digest of each part, and the root digest over them."""

    identity: str
    parts: dict[str, str]
    digest: str
    language: str | None = None
    """Of the expressions, for a reader that may not know it; only where there are any."""
