"""The pipeline: which model objects decide which requests."""

from typing import Annotated

from pydantic import Field

from modelspec.choices import Combination, FallbackType, RouteType
from modelspec.errors import Code
from modelspec.schema.features import Decimal, FeatureName
from modelspec.schema.preprocessing import ExpressionText
from modelspec.schema.structural import (
    Constraint,
    KubernetesModel,
    atomic_list,
    keyed_list,
    union,
)

WHOLE = 100
"""Percent."""

MAX_ROUTES = 32
MAX_ARMS = 16
MAX_FALLBACKS = 8

ItemName = Annotated[str, Field(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=40)]
Share = Annotated[int, Field(ge=0, le=100)]


class Single(KubernetesModel):
    """One output decides."""

    output_name: FeatureName
    """Name of a model's output."""


class Arm(KubernetesModel):
    """One side of a split."""

    name: ItemName
    """Name of the arm."""

    output_name: FeatureName
    """Name of the model's output that decides."""

    percent: Share
    """Share of the keys, in percent."""


class Split(KubernetesModel):
    """Outputs decide for fixed shares of the keys; a key always takes the same arm."""

    constraints = (
        Constraint(
            Code.MS505,
            "self.arms.map(a, a.percent).sum() == 100",
            "percents must sum to 100",
            lambda split: sum(arm.percent for arm in split.arms) == WHOLE,
            field_path=".arms",
            found=lambda split: str(sum(arm.percent for arm in split.arms)),
        ),
    )

    key_feature_name: FeatureName
    """The feature whose value decides the arm: a required String or Int64."""

    salt: Annotated[str, Field(max_length=128)] | None = None
    """Text that is hashed with the key, so that two splits are independent. Empty when omitted."""

    arms: Annotated[
        list[Arm], Field(min_length=2, max_length=MAX_ARMS, json_schema_extra=keyed_list())
    ]
    """The arms in order: raising the percent of the first moves no key away from it."""


class Member(KubernetesModel):
    """One output in an ensemble."""

    output_name: FeatureName
    """Name of a model's output."""

    weight: Share | None = None
    """Its share of a WeightedMean, in percent."""


class Ensemble(KubernetesModel):
    """Several outputs decide together."""

    constraints = (
        Constraint(
            Code.MS506,
            "self.combine != 'WeightedMean' || self.members.all(m, has(m.weight))",
            "every member must have a `weight` when `combine` is 'WeightedMean'",
            lambda ensemble: (
                ensemble.combine != Combination.WEIGHTED_MEAN
                or all(member.weight is not None for member in ensemble.members)
            ),
            field_path=".members",
        ),
        Constraint(
            Code.MS506,
            "self.combine == 'WeightedMean' || self.members.all(m, !has(m.weight))",
            "`weight` may not be specified unless `combine` is 'WeightedMean'",
            lambda ensemble: (
                ensemble.combine == Combination.WEIGHTED_MEAN
                or all(member.weight is None for member in ensemble.members)
            ),
            field_path=".members",
        ),
        Constraint(
            Code.MS506,
            "!self.members.all(m, has(m.weight)) || self.members.map(m, m.weight).sum() == 100",
            "weights must sum to 100",
            lambda ensemble: (
                any(member.weight is None for member in ensemble.members)
                or sum(member.weight for member in ensemble.members) == WHOLE
            ),
            field_path=".members",
            found=lambda ensemble: str(sum(member.weight for member in ensemble.members)),
        ),
        Constraint(
            Code.MS507,
            "!has(self.quorum) || self.quorum <= self.members.size()",
            "must be less than or equal to the number of `members`",
            lambda ensemble: ensemble.quorum is None or ensemble.quorum <= len(ensemble.members),
            field_path=".quorum",
            found=lambda ensemble: str(ensemble.quorum),
        ),
    )

    combine: Combination
    """How the outputs become one: WeightedMean, Max or Min."""

    members: Annotated[
        list[Member],
        Field(min_length=2, max_length=MAX_ARMS, json_schema_extra=keyed_list("outputName")),
    ]
    """The outputs."""

    quorum: Annotated[int, Field(ge=1, le=MAX_ARMS)] | None = None
    """Members that must answer; the weights of those that do are scaled up. All when omitted."""


class Route(KubernetesModel):
    """One way to a decision."""

    constraints = (union(Code.MS530, single="Single", split="Split", ensemble="Ensemble"),)

    name: ItemName
    """Name of the route; answers carry it."""

    when: ExpressionText | None = None
    """Which requests take it: an expression over raw and derived features that gives a bool; null
    counts as false. The last route has none and takes all others."""

    type: RouteType
    """Single, Split or Ensemble; the member of the same name must be set."""

    single: Single | None = None
    """The output that decides, when `type` is Single."""

    split: Split | None = None
    """The outputs that decide for shares of the keys, when `type` is Split."""

    ensemble: Ensemble | None = None
    """The outputs that decide together, when `type` is Ensemble."""


class Fallback(KubernetesModel):
    """What decides when a route cannot."""

    constraints = (union(Code.MS530, output_name="Output", constant="Constant"),)

    type: FallbackType
    """Output or Constant; `outputName` or `constant` must be set accordingly."""

    output_name: FeatureName | None = None
    """Name of a model's output, when `type` is Output."""

    constant: Decimal | None = None
    """The decision as a decimal string, when `type` is Constant."""

    reason_code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=63)] | None = None
    """Reason code that the answer then carries, as MODEL_UNAVAILABLE."""


class Pipeline(KubernetesModel):
    """Which model objects decide which requests. What is decided is called `raw`."""

    constraints = (
        Constraint(
            Code.MS502,
            "!has(self.routes[self.routes.size() - 1].when)",
            "the last route must not have `when`",
            lambda pipeline: pipeline.routes[-1].when is None,
            field_path=".routes",
        ),
        Constraint(
            Code.MS501,
            "self.routes.filter(r, !has(r.when)).size() <= 1",
            "exactly one route must have no `when`",
            lambda pipeline: sum(route.when is None for route in pipeline.routes) <= 1,
            field_path=".routes",
        ),
    )

    routes: Annotated[
        list[Route],
        Field(min_length=1, max_length=MAX_ROUTES, json_schema_extra=atomic_list()),
    ]
    """The routes in order; the first whose `when` is true decides."""

    fallback: Annotated[
        list[Fallback] | None, Field(max_length=MAX_FALLBACKS, json_schema_extra=atomic_list())
    ] = None
    """What decides when the chosen route cannot, in order. Without it `raw` is null then."""
