"""The parts of a snapshot as plain structs: what is hashed, mounted and executed.

This is the contract between the writer (``snapshot.identity``) and the reader in the serving pod
(``snapshot.reader``). A struct omits fields that hold their default, so a field added later leaves
the digests of older specifications as they were. Defaults here are therefore fixed for ever:
another default is another field.
"""

from typing import TypeAlias

import msgspec

from modelspec.choices import (
    Combination,
    FeatureType,
    ItemType,
    KeyType,
    MissingEncoding,
    OutOfRange,
    OutputType,
    UnknownFields,
)
from modelspec.expressions.types import Boundary

IDENTITY = "modelspec/identity-1"
"""Name of the hashing rules; the domain string of every digest starts with it."""


DEFAULT_MAX_LENGTH = 1024
DEFAULT_MAX_ITEMS = 64
DEFAULT_CODE = -1
DEFAULT_MAX_REASONS = 4


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
    minimum: str | None = None
    maximum: str | None = None
    allowed_values: tuple[str, ...] = ()
    """Of a text; sorted, and empty when every text is allowed."""
    on_out_of_range: OutOfRange = OutOfRange.REJECT


class FeatureFetching(Part, frozen=True):
    """What callers send; sorted by name."""

    features: tuple[Feature, ...]
    unknown_fields: UnknownFields = UnknownFields.IGNORE


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
    missing_encoding: MissingEncoding = MissingEncoding.NAN


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


class Single(Part, frozen=True, tag_field="type", tag="Single"):
    """One output decides."""

    output_name: str


class Arm(Part, frozen=True):
    """One side of a split."""

    name: str
    output_name: str
    percent: int


class Split(Part, frozen=True, tag_field="type", tag="Split"):
    """Outputs decide for shares of the keys; the arms stand in their order."""

    key_feature_name: str
    arms: tuple[Arm, ...]
    salt: str = ""


class Member(Part, frozen=True):
    """One output in an ensemble, with its share in percent if there are shares."""

    output_name: str
    weight: int | None = None


class Ensemble(Part, frozen=True, tag_field="type", tag="Ensemble"):
    """Several outputs decide together; sorted by name."""

    combine: Combination
    members: tuple[Member, ...]
    quorum: int | None = None
    """Members that must answer; all when omitted."""


class Route(Part, frozen=True):
    """One way to a decision: for whom, and how."""

    name: str
    decision: Single | Split | Ensemble
    when: str | None = None
    """Canonical expression; omitted for all others."""


class Fallback(Part, frozen=True):
    """What decides when a route cannot: an output, or a number."""

    output_name: str | None = None
    constant: str | None = None
    reason_code: str | None = None


class Pipeline(Part, frozen=True):
    """Routes and fallbacks, in their order."""

    routes: tuple[Route, ...]
    fallback: tuple[Fallback, ...] = ()
    language: str | None = None
    """Of the expressions, where there are any."""


class Sigmoid(Part, frozen=True, tag_field="type", tag="Sigmoid"):
    """``1 / (1 + exp(-(slope * raw + intercept)))``."""

    slope: str
    intercept: str


class PiecewiseLinear(Part, frozen=True, tag_field="type", tag="PiecewiseLinear"):
    """Points of a function that is linear between them and constant outside."""

    x: tuple[str, ...]
    values: tuple[str, ...]


class ExpressionCalibration(Part, frozen=True, tag_field="type", tag="Expr"):
    """A canonical expression of ``raw`` and features."""

    expr: str


Calibration: TypeAlias = Sigmoid | PiecewiseLinear | ExpressionCalibration


class Output(Part, frozen=True):
    """One value that callers receive: its canonical expression."""

    name: str
    type: OutputType
    expr: str


class Band(Part, frozen=True, rename={"start": "from"}):
    """One range of scores, from its lowest to below the next range's."""

    name: str
    start: int
    action: str


class Bands(Part, frozen=True):
    """Ranges of one output, ascending."""

    output_name: str
    ranges: tuple[Band, ...]


class ReasonRule(Part, frozen=True):
    """One reason: its code, and the canonical expressions that say when it applies."""

    code: str
    when: str | None = None
    """When `contribution` is positive if omitted."""

    contribution: str | None = None
    """What it is ranked by, after the reasons that have none."""


class ReasonCodes(Part, frozen=True):
    """Reasons, the most important first."""

    rules: tuple[ReasonRule, ...]
    maximum: int = DEFAULT_MAX_REASONS


class Postprocessing(Part, frozen=True):
    """From what was decided to what callers receive; outputs are sorted by name."""

    calibration: Calibration | None = None
    outputs: tuple[Output, ...] = ()
    """What callers receive; ``calibrated`` as ``score`` when there are none."""
    bands: Bands | None = None
    reason_codes: ReasonCodes | None = None
    language: str | None = None
    """Of the expressions, where there are any."""


class Verification(Part, frozen=True):
    """Golden rows by digest, and how far from them a version may be."""

    sha256: str
    feature_ulps: int = 0
    output_absolute: str = "0"


class Manifest(Part, frozen=True):
    """What a snapshot consists of: the digest of each part, and the root digest over them."""

    identity: str
    parts: dict[str, str]
    digest: str
    language: str | None = None
    """Of the expressions, for a reader that may not know it; only where there are any."""
