"""How the parts of two snapshots differ, field by field and item by item.

What is compared is what is hashed. So layout, the order of what has no order and the spelling of
numbers never show, and whatever makes a version does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from modelspec import parts
from modelspec.expressions.types import LANGUAGE
from modelspec.names import (
    FEATURE_FETCHING_KEY,
    MODELS_KEY,
    PIPELINE_KEY,
    POSTPROCESSING_KEY,
    PREPROCESSING_KEY,
    VERIFICATION_KEY,
)
from modelspec.snapshot.difference_changes import (
    Change,
    change,
    clipped,
    count,
    names_summary,
    spell,
)
from modelspec.snapshot.difference_fitted import Fitted, fitted_change, fitted_description

PART_PATHS = {
    FEATURE_FETCHING_KEY: "spec.featureFetching",
    PREPROCESSING_KEY: "spec.preprocessing",
    MODELS_KEY: "spec",
    PIPELINE_KEY: "spec.pipeline",
    POSTPROCESSING_KEY: "spec.postprocessing",
    VERIFICATION_KEY: "spec.verification",
}
"""Where the fields of each part stand in a specification; also the order of the parts."""

_EMPTY: Mapping[str, parts.Part] = {
    PREPROCESSING_KEY: parts.Preprocessing(language=LANGUAGE, derived=()),
    MODELS_KEY: parts.Models(models=()),
    PIPELINE_KEY: parts.Pipeline(routes=()),
    POSTPROCESSING_KEY: parts.Postprocessing(),
}
"""What a part that comes or goes is compared with, so that its items are told."""

_STEPS = {
    (parts.FeatureFetching, "unknown_fields"): "sources[0].request.unknownFields",
    (parts.Model, "sha256"): "artifact.sha256",
    (parts.Verification, "sha256"): "cases.artifact.sha256",
    (parts.Verification, "feature_ulps"): "featureTolerance.ulps",
    (parts.Verification, "output_absolute"): "outputTolerance.absolute",
}
"""Where a field stands that is hashed under another name."""

_FOLLOWS = {(parts.Pipeline, "language"), (parts.Postprocessing, "language")}
"""What only says that there are expressions."""

_KEYS: Mapping[type[parts.Part], str] = {
    parts.Member: "output_name",
    parts.ReasonRule: "code",
}
"""What items are known by, if not by name."""

_ORDERED = (parts.Route, parts.Arm, parts.Band, parts.ReasonRule)
"""Items whose order is meaning."""


def part_changes(
    before: Mapping[str, parts.Part], after: Mapping[str, parts.Part]
) -> Iterator[Change]:
    """Yield every difference between the parts of two specifications."""
    for key, path in PART_PATHS.items():
        empty = _EMPTY.get(key)
        yield from _compare(key, path, before.get(key, empty), after.get(key, empty))


def plain(value: Any) -> Any:
    """Return a value of a part as JSON has it."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _compare(part: str, path: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, Fitted) and isinstance(after, Fitted):
        yield fitted_change(path, part, before, after, plain(before), plain(after))
    elif isinstance(before, parts.Part) and type(before) is type(after):
        yield from _compare_fields(part, path, before, after)
    elif isinstance(before, tuple) and isinstance(after, tuple):
        yield from _compare_lists(part, path, before, after)
    else:
        yield change(path, part, plain(before), plain(after), _replaced(before, after))


def _compare_fields(
    part: str, path: str, before: parts.Part, after: parts.Part
) -> Iterator[Change]:
    for field in msgspec.structs.fields(before):
        shape = (type(before), field.name)
        if shape in _FOLLOWS:
            continue
        one, other = getattr(before, field.name), getattr(after, field.name)
        if isinstance(before, parts.Route) and field.name == "decision":
            yield from _compare_decisions(part, path, one, other)
        else:
            step = _STEPS.get(shape, field.encode_name)
            yield from _compare(part, f"{path}.{step}", one, other)


def _compare_decisions(
    part: str, path: str, before: parts.Part, after: parts.Part
) -> Iterator[Change]:
    """Yield how two decisions of one route differ; they are hashed without their member's name."""
    old, new = plain(before), plain(after)
    if type(before) is type(after):
        member = old["type"].lower()
        yield from _compare_fields(part, f"{path}.{member}", before, after)
    else:
        summary = f"{old['type']} -> {new['type']}"
        yield change(f"{path}.type", part, old, new, summary)


def _compare_lists(
    part: str, path: str, before: Sequence[Any], after: Sequence[Any]
) -> Iterator[Change]:
    first = (*before, *after)[0]
    if not isinstance(first, parts.Part):
        summary = names_summary(before, after)
        yield change(path, part, list(before) or None, list(after) or None, summary)
    elif isinstance(first, parts.Fallback):
        yield from _compare_places(part, path, before, after)
    else:
        yield from _compare_items(part, path, _by_key(before), _by_key(after))


def _compare_places(
    part: str, path: str, before: Sequence[Any], after: Sequence[Any]
) -> Iterator[Change]:
    """Yield how lists differ whose items have no names."""
    is_moved = set(before) == set(after)
    if len(before) == len(after) and not is_moved:
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _compare(part, f"{path}[{index}]", one, other)
    else:
        summary = "order changed" if is_moved else ""
        yield change(path, part, plain(before) or None, plain(after) or None, summary)


def _compare_items(
    part: str, path: str, before: Mapping[str, parts.Part], after: Mapping[str, parts.Part]
) -> Iterator[Change]:
    for key, item in before.items():
        where = f"{path}[{key}]"
        if key in after:
            yield from _compare(part, where, item, after[key])
        else:
            yield _moved(change(where, part, plain(item), None, describe(item)), item)
    for position, (key, item) in enumerate(after.items(), start=1):
        if key not in before:
            place = f"as number {position}: " if isinstance(item, _ORDERED) else ""
            added = change(f"{path}[{key}]", part, None, plain(item), place + describe(item))
            yield _moved(added, item)
    if [key for key in before if key in after] != [key for key in after if key in before]:
        yield change(path, part, list(before), list(after), "order changed")


def _moved(found: Change, item: parts.Part) -> Change:
    return replace(found, is_fitted=isinstance(item, Fitted))


def _by_key(items: Sequence[parts.Part]) -> dict[str, parts.Part]:
    return {getattr(item, _KEYS.get(type(item), "name")): item for item in items}


def describe(item: parts.Part) -> str:
    """Return what an item is, in a few words: ``Float64, required true``."""
    values = plain(item)
    if isinstance(item, Fitted):
        return fitted_description(item, values)
    values.pop(_KEYS.get(type(item), "name"), None)
    return clipped(", ".join(_clauses(values)))


def _clauses(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if name == "type":
            yield value
        elif isinstance(value, dict):
            yield from _clauses(value)
        elif isinstance(value, list) and isinstance(value[0], dict):
            yield count(len(value), name.removesuffix("s"))
        else:
            yield f"{name} {spell(value)}"


def _replaced(before: Any, after: Any) -> str:
    """Return what became of a value that is now another kind of value, or no longer there."""
    old, new = (describe(side) if isinstance(side, parts.Part) else "" for side in (before, after))
    return f"{old} -> {new}" if old and new else old or new
