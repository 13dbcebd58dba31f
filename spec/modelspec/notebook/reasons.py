"""Reason codes from a model: which rules explain an answer, ranked by what they contributed."""

from collections.abc import Iterable, Mapping, Sequence
from math import fsum, isfinite
from numbers import Integral
from typing import Any, TypeAlias

from modelspec.notebook.importers.suffixes import suffixes

Document: TypeAlias = dict[str, Any]


_DEFAULT = object()
"""Stands for a key that is not in a table."""


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
        weights: Weight of each feature in the margin; a feature is a number, as `indicator(flag)`
            makes one of a Bool.
        baselines: What each feature is compared with: its mean, or its best value.
        codes: The features that each code stands for.
        messages: What each code means.

    Raises:
        ReasonError: A code names no feature, or one without a weight or a baseline.
    """
    _demand_codes(codes, messages)
    rules = []
    for code, names in codes.items():
        terms = []
        for name in names:
            if name not in weights or name not in baselines:
                raise ReasonError(f"{code}: `{name}` has no weight, or no baseline")
            weight, baseline = (_number(code, item[name]) for item in (weights, baselines))
            terms.append(f"{weight} * coalesce({name} - {baseline}, 0.0)")
        if not terms:
            raise ReasonError(f"{code} stands for no feature; leave it out")
        rules.append(_rule(code, " + ".join(terms), messages))
    return rules


def points_reasons(
    points: Mapping[str, str],
    baselines: Mapping[str, float],
    messages: Mapping[str, str] | None = None,
) -> list[Document]:
    """Return a rule for each characteristic of a scorecard: its points below a baseline.

    A characteristic without points, null, has lost none.

    Args:
        points: For each code the expression of its points, as a derived feature; postprocessing
            sees features, and no parameters.
        baselines: What they are compared with: the most that there are, from ``most_points``, or
            the mean of a population, from ``mean_points``.
        messages: What each code means.

    Raises:
        ReasonError: A code has no baseline.
    """
    _demand_codes(points, messages)
    rules = []
    for code, expression in points.items():
        if code not in baselines:
            raise ReasonError(f"{code} has no baseline; give the most points that it can have")
        lost = f"coalesce({_number(code, baselines[code])} - ({expression}), 0.0)"
        rules.append(_rule(code, lost, messages))
    return rules


def most_points(parameter: Document) -> float:
    """Return the most points that a lookup table gives, to missing and unknown keys too.

    Args:
        parameter: The parameter as the schema writes it.

    Raises:
        ReasonError: The parameter is no lookup table.
    """
    return max(_points_of(parameter).values())


def mean_points(parameter: Document, keys: Sequence[Any]) -> float:
    """Return the mean of the points that a lookup table gives to a population.

    Args:
        parameter: The parameter as the schema writes it.
        keys: Its keys, None where one is missing; at least one.

    Raises:
        ReasonError: The parameter is no lookup table, or a key is no whole number and no text.
    """
    points = _points_of(parameter)
    if not len(keys):
        raise ReasonError("there are no keys; give those of a population")
    for row, key in enumerate(keys):
        if not (key is None or isinstance(key, str | Integral)):
            raise ReasonError(f"row {row}: {key!r} is no key; give a whole number, a text or None")
    texts = (None if key is None else str(key) for key in keys)
    return fsum(points.get(text, points[_DEFAULT]) for text in texts) / len(keys)


def _points_of(parameter: Document) -> dict[object, float]:
    """Return the points by the text of a key; those of None are for a missing one."""
    table = parameter.get("lookupTable")
    if table is None:
        kind = parameter.get("type")
        raise ReasonError(f"a parameter of type {kind} has no points; give a LookupTable")
    entries = {item["key"]: float(item["value"]) for item in table["entries"]}
    default = float(table["default"])
    missing = table.get("missing")
    others = {_DEFAULT: default, None: default if missing is None else float(missing)}
    return entries | others


def output_reasons(
    model: str, codes: Sequence[str], messages: Mapping[str, str] | None = None
) -> list[Document]:
    """Return a rule for each code, ranked by the output in which a graph gives its contribution.

    Args:
        model: The model object; it was imported with ``contributions`` for these codes.
        codes: All the codes that it was imported with, in their order.
        messages: What each code means.

    Raises:
        ReasonError: A message is of no code.
    """
    _demand_codes(codes, messages)
    stem = model.replace("-", "_")
    outputs = suffixes(codes, ("score",))
    return [
        _rule(code, f"{stem}_{output}", messages)
        for code, output in zip(codes, outputs, strict=True)
    ]


def _number(code: str, value: float) -> str:
    if not isfinite(value):
        raise ReasonError(f"{code}: {value} is no weight or baseline; give a finite number")
    return repr(float(value))


def _demand_codes(codes: Iterable[str], messages: Mapping[str, str] | None) -> None:
    unknown = sorted(set(messages or ()) - set(codes))
    if unknown:
        raise ReasonError(f"'{unknown[0]}' has a message and is no code; these are {list(codes)}")


def _rule(code: str, contribution: str, messages: Mapping[str, str] | None) -> Document:
    message = {"message": messages[code]} if messages and code in messages else {}
    return {"code": code, "contribution": contribution, **message}
