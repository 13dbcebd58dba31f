"""Postprocessing: from what the pipeline decided to what callers receive."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from modelspec.choices import OutputType
from modelspec.errors import Code
from modelspec.schema.features import Decimal, FeatureName, Text
from modelspec.schema.preprocessing import ExpressionText
from modelspec.schema.structural import (
    Constraint,
    KubernetesModel,
    atomic_list,
    keyed_list,
    union,
)

MAX_OUTPUTS = 64
MAX_BANDS = 64
MAX_POINTS = 1000
MAX_REASON_RULES = 256
MAX_REASONS = 16
MAX_SAFE = 2**53 - 1

Points = Annotated[
    list[Decimal], Field(min_length=2, max_length=MAX_POINTS, json_schema_extra=atomic_list())
]
Word = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=63)]


class CalibrationType(StrEnum):
    """How what was decided becomes `calibrated`."""

    SIGMOID = "Sigmoid"
    PIECEWISE_LINEAR = "PiecewiseLinear"
    EXPR = "Expr"


class Sigmoid(KubernetesModel):
    """1 / (1 + exp(-(slope * raw + intercept))), after Platt."""

    slope: Decimal
    """What `raw` is multiplied by, as a decimal string."""

    intercept: Decimal
    """What is added, as a decimal string."""


class PiecewiseLinear(KubernetesModel):
    """A function that is linear between points and constant outside, as isotonic regression."""

    x: Points
    """Values of `raw` as decimal strings, each greater than the one before."""

    values: Points
    """Values of `calibrated` there, none smaller than the one before; as many as `x` has."""


class Calibration(KubernetesModel):
    """How what was decided becomes `calibrated`."""

    constraints = (
        union(Code.MS531, sigmoid="Sigmoid", piecewise_linear="PiecewiseLinear", expr="Expr"),
    )

    type: CalibrationType
    """Sigmoid, PiecewiseLinear or Expr; the member of the same name must be set."""

    sigmoid: Sigmoid | None = None
    """Slope and intercept, when `type` is Sigmoid."""

    piecewise_linear: PiecewiseLinear | None = None
    """Points, when `type` is PiecewiseLinear."""

    expr: ExpressionText | None = None
    """An expression over `raw` and features that gives a number, when `type` is Expr."""


class Output(KubernetesModel):
    """One value that callers receive."""

    name: FeatureName
    """Name of the output in answers; neither `raw` nor `calibrated`, which are there already."""

    type: OutputType
    """What the expression gives: Bool, Int64, Float64 or String."""

    expr: ExpressionText
    """The expression, over `raw`, `calibrated`, raw and derived features."""

    description: Text | None = None
    """What it means, for people. Not part of a version's identity."""


class Band(KubernetesModel):
    """One range of scores with what to do there."""

    name: Word
    """Name of the range, as Review."""

    from_: Annotated[int, Field(alias="from", ge=-MAX_SAFE, le=MAX_SAFE)]
    """The lowest score in it; it ends below the next range's."""

    action: Word | None = None
    """What the caller should do, as Decline. The same as `name` when omitted."""


class Bands(KubernetesModel):
    """Ranges of one output, without gaps; answers carry the name and the action."""

    output_name: FeatureName
    """Name of an Int64 output of `outputs`."""

    ranges: Annotated[
        list[Band], Field(min_length=2, max_length=MAX_BANDS, json_schema_extra=keyed_list())
    ]
    """The ranges, ascending; the first begins at the lowest value that the output can have."""


class ReasonRule(KubernetesModel):
    """One reason that an answer may carry."""

    constraints = (
        Constraint(
            Code.MS529,
            "has(self.when) || has(self.contribution)",
            "at least one of `when`, `contribution` must be specified",
            lambda rule: rule.when is not None or rule.contribution is not None,
        ),
    )

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=63)]
    """The code, each once."""

    when: ExpressionText | None = None
    """When it applies: an expression over `raw`, `calibrated`, outputs, raw and derived features
    and outputs of models that gives a bool; null counts as false. When `contribution` is greater
    than 0 if omitted."""

    contribution: ExpressionText | None = None
    """How much it has contributed: an expression over the same that gives a number. Reasons that
    have one are sorted by it, the largest first, after those that have none."""

    message: Text | None = None
    """What it means, for people. Not part of a version's identity."""


class ReasonCodes(KubernetesModel):
    """Why a decision came out as it did; answers carry the codes."""

    maximum: Annotated[int, Field(ge=1, le=MAX_REASONS)] | None = None
    """Most codes of one answer. 4 when omitted."""

    rules: Annotated[
        list[ReasonRule],
        Field(min_length=1, max_length=MAX_REASON_RULES, json_schema_extra=atomic_list()),
    ]
    """The reasons, the most important first; those with a `contribution` are sorted by it."""


class Postprocessing(KubernetesModel):
    """From what the pipeline decided, called `raw`, to what callers receive."""

    constraints = (
        Constraint(
            Code.MS529,
            "has(self.calibration) || has(self.outputs) || has(self.bands)"
            " || has(self.reasonCodes)",
            "at least one of `calibration`, `outputs`, `bands`, `reasonCodes` must be specified",
            lambda item: (
                item.calibration is not None
                or item.outputs is not None
                or item.bands is not None
                or item.reason_codes is not None
            ),
        ),
    )

    calibration: Calibration | None = None
    """How `raw` becomes `calibrated`. Both are the same when omitted."""

    outputs: Annotated[
        list[Output] | None,
        Field(min_length=1, max_length=MAX_OUTPUTS, json_schema_extra=keyed_list()),
    ] = None
    """What callers receive. One Float64 output `score`, which is `calibrated`, when omitted."""

    bands: Bands | None = None
    """Ranges of one output with what to do there."""

    reason_codes: ReasonCodes | None = None
    """Why a decision came out as it did."""
