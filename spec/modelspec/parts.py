"""The parts of a snapshot as plain structs: what is hashed, mounted and executed.

This is the contract between the writer (``snapshot.identity``) and the reader in the serving pod
(``snapshot.reader``). A struct omits fields that hold their default, so a field added later leaves
the digests of older specifications as they were. Defaults here are therefore fixed for ever:
another default is another field.
"""

from enum import StrEnum

import msgspec

IDENTITY = "modelspec/identity-1"
"""Name of the hashing rules; the domain string of every digest starts with it."""


class FeatureType(StrEnum):
    """The type of a raw feature, as callers send it."""

    BOOL = "Bool"
    INT64 = "Int64"
    FLOAT64 = "Float64"


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


class FeatureFetching(Part, frozen=True):
    """What callers send; sorted by name."""

    features: tuple[Feature, ...]


class ModelInput(Part, frozen=True):
    """One input of the graph: a float32 tensor of shape ``(rows, len(feature_names))``."""

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
