"""Reason codes from a model: which rules explain an answer, ranked by what they contributed."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from modelspec.notebook.importers.suffixes import suffixes

Document: TypeAlias = dict[str, Any]


class ReasonError(ValueError):
    """Reasons that cannot be had from a model; says why."""


def linear_reasons(
    weights: Mapping[str, float],
    baselines: Mapping[str, float],
    codes: Mapping[str, Sequence[str]],
    messages: Mapping[str, str] | None = None,
) -> list[Document]:
    """Return a rule for each code: ``weight * (feature - baseline)``, summed over its features.

    For a linear model that is exactly what the features add to its margin, compared with a row
    that has the baselines; a feature that is null counts as its baseline.

    Args:
        weights: Weight of each feature in the margin.
        baselines: What each feature is compared with: its mean, or its best value.
        codes: The features that each code stands for.
        messages: What each code means.

    Raises:
        ReasonError: A code names a feature without a weight or a baseline.
    """
    rules = []
    for code, names in codes.items():
        terms = []
        for name in names:
            if name not in weights or name not in baselines:
                raise ReasonError(f"{code}: `{name}` has no weight, or no baseline")
            baseline, weight = float(baselines[name]), float(weights[name])
            terms.append(f"{weight!r} * coalesce({name} - {baseline!r}, 0.0)")
        rules.append(_rule(code, " + ".join(terms), messages))
    return rules


def output_reasons(
    model: str, codes: Sequence[str], messages: Mapping[str, str] | None = None
) -> list[Document]:
    """Return a rule for each code, ranked by the output in which a graph gives its contribution.

    Args:
        model: The model object; it was imported with ``contributions`` for these codes.
        codes: All the codes that it was imported with, in their order.
        messages: What each code means.
    """
    stem = model.replace("-", "_")
    outputs = suffixes(codes, ("score",))
    return [
        _rule(code, f"{stem}_{output}", messages)
        for code, output in zip(codes, outputs, strict=True)
    ]


def _rule(code: str, contribution: str, messages: Mapping[str, str] | None) -> Document:
    message = {"message": messages[code]} if messages and code in messages else {}
    return {"code": code, "contribution": contribution, **message}
