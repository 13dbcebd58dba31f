"""What can still be checked of a specification that breaks the schema.

Whatever is wrong is taken out: an optional field alone, otherwise the item of a list that it
stands in. So one slip does not hide the others, and does not cause more messages than its own.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from modelspec.errors import Code, Finding
from modelspec.schema.spec import ModelSpecSpec
from modelspec.schema.structural import KubernetesModel
from modelspec.validation.shape import shapes_of
from modelspec.validation.structure import (
    as_name,
    parse_tolerantly,
    path_of,
)

MAX_ROUNDS = 8

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")

_WORD = re.compile(r"[a-z]\w+")

Steps = tuple[str | int, ...]

_STAND_INS: dict[str, Any] = {
    "sha256": "0" * 64,
    "artifact": {
        "type": "ConfigMap",
        "sha256": "0" * 64,
        "configMap": {"name": "unknown", "key": "unknown"},
    },
    "calibration": {"type": "Sigmoid", "sigmoid": {"slope": "1", "intercept": "0"}},
}
"""What takes the place of a field, where nothing else depends on what exactly it says."""

_BOUNDS = frozenset({"minimum", "maximum", "onOutOfRange"})

_OF_BOUNDS = frozenset({Code.MS424, Code.MS515})
"""What is said of values that are null or without a bound because a feature has no bounds."""


@dataclass
class Salvage:
    """A specification without what is wrong in it."""

    document: Any
    spec: ModelSpecSpec | None = None
    """``None`` when too little is left."""

    silenced: set[Code] = field(default_factory=set)
    """What cannot be told apart from a consequence."""

    lost: set[str] = field(default_factory=set)
    """Names that were taken out; that they are unknown now is nobody's mistake."""

    gaps: set[tuple[str, ...]] = field(default_factory=set)
    """The fields that were taken out, or lost an item, by their names from the top."""

    kept: dict[Steps, list[int]] = field(default_factory=dict)
    """By list: the original positions of the items that are left."""

    def original(self, finding: Finding) -> Finding:
        """Return a finding with the path that it has in the whole document."""
        return replace(finding, path=path_of(self.original_steps(steps_of(finding.path))))

    def original_steps(self, steps: Steps) -> Steps:
        """Return steps in what is left as steps in the whole document."""
        found: Steps = ()
        for step in steps:
            is_moved = isinstance(step, int) and found in self.kept
            found = (*found, self.kept[found][int(step)] if is_moved else step)
        return found

    def is_consequence(self, finding: Finding) -> bool:
        """Return whether a finding is only that something was taken out."""
        told = finding.message.partition(";")[0]
        is_named = any(f"'{name}'" in told for name in self.lost)
        return is_named or finding.code in self.silenced

    def broken_constraints(self) -> Iterator[Finding]:
        """Yield the rules that do not hold between fields from which nothing is gone."""
        for steps, item in _objects(self.spec, ()):
            names = _names_in(steps)
            gaps = {gap[-1] for gap in self.gaps if gap[: len(names)] == names}
            for constraint in item.constraints:
                if not constraint.holds(item) and gaps.isdisjoint(
                    _WORD.findall(constraint.expression)
                ):
                    path = path_of(steps) + constraint.field_path
                    yield Finding(constraint.code, path, constraint.describe(item))


def _objects(value: object, steps: Steps) -> Iterator[tuple[Steps, KubernetesModel]]:
    """Yield every object in a value, itself included, with its steps."""
    if isinstance(value, KubernetesModel):
        yield steps, value
        for name, field_info in type(value).model_fields.items():
            yield from _objects(getattr(value, name), (*steps, field_info.alias or name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _objects(item, (*steps, index))


def salvage(document: Any, findings: Iterable[Finding]) -> Salvage:
    """Return what is left of a document without the places that the findings name."""
    # Copied by way of JSON: what stands in two places must not be the same object here.
    salvaged = Salvage(json.loads(json.dumps(document)))
    twice = [item for item in findings if item.code in {Code.MS110, Code.MS111}]
    _sweep(salvaged, {steps_of(finding.path) for finding in twice})
    for _ in range(MAX_ROUNDS):
        try:
            salvaged.spec = parse_tolerantly(salvaged.document)
        except ValidationError as error:
            wrong = [problem["loc"] for problem in error.errors(include_url=False)]
            _sweep(salvaged, {item for steps in wrong if (item := _repair(salvaged, steps))})
        else:
            break
    salvaged.lost -= _names_of(salvaged.document)
    return salvaged


def steps_of(path: str) -> Steps:
    """Return the steps of a path below ``spec``."""
    found = _STEP.findall(path.removeprefix("spec"))
    return tuple(name or int(index) for name, index in found)


def _repair(salvaged: Salvage, steps: Steps) -> Steps | None:
    """Take out the value at *steps*; return the item of a list that must go with it, if any."""
    *parents, last = steps
    holder = _at(salvaged.document, parents)
    if isinstance(last, str) and isinstance(holder, dict):
        if last in _STAND_INS and holder.get(last) != _STAND_INS[last]:
            holder[last] = _STAND_INS[last]
            return None
        if last in holder and _is_optional(last, parents):
            _remove(salvaged, holder, last, parents)
            return None
    if isinstance(last, int):
        return steps
    return _repair(salvaged, tuple(parents)) if parents else None


def _remove(salvaged: Salvage, holder: dict[str, Any], name: str, parents: list[Any]) -> None:
    """Take a field out of an object, and remember what that may look like."""
    salvaged.lost |= _names_of(holder.pop(name))
    salvaged.gaps.add((*_names_in(parents), name))
    if parents[:2] == ["featureFetching", "features"]:
        holder["required"] = True  # Whether it can be null is not known.
        salvaged.gaps.add((*_names_in(parents), "required"))
        if name in _BOUNDS:
            salvaged.silenced |= _OF_BOUNDS


def _is_optional(name: str, parents: list[str | int]) -> bool:
    """Return whether an object can be read without one of its fields."""
    model: type[KubernetesModel] | None = ModelSpecSpec
    for step in parents:
        if isinstance(step, str) and model is not None:
            shape = shapes_of(model).get(step)
            model = shape.model if shape else None
    fields = {field.alias: field for field in model.model_fields.values()} if model else {}
    return name in fields and not fields[name].is_required()


def _sweep(salvaged: Salvage, items: set[Steps]) -> None:
    """Take items out of their lists, and remember what they were called and who is left."""
    gone: dict[Steps, set[int]] = {}
    for *parents, index in items:
        gone.setdefault(tuple(parents), set()).add(int(index))
    originals = {steps: salvaged.original_steps(steps) for steps in gone}
    # The innermost first: taking out an item moves what stands behind it.
    for steps, indexes in sorted(gone.items(), key=lambda item: -len(item[0])):
        listed = _at(salvaged.document, steps)
        if listed is None:
            continue
        salvaged.gaps.add(_names_in(steps))
        for index in indexes:
            salvaged.lost |= _names_of(listed[index])
        known = salvaged.kept.get(originals[steps], list(range(len(listed))))
        left = [index for index in range(len(listed)) if index not in indexes]
        salvaged.kept[originals[steps]] = [known[index] for index in left]
        listed[:] = [listed[index] for index in left]


def _names_of(item: Any) -> set[str]:
    """Return what others may call a value or what it holds, with names as they should be."""
    found: set[str] = set()
    waiting = [item]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            name = value.get("name")
            found |= {name, as_name(name)} if isinstance(name, str) else set()
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return found


def _names_in(steps: Iterable[str | int]) -> tuple[str, ...]:
    return tuple(step for step in steps if isinstance(step, str))


def _at(document: Any, steps: Iterable[str | int]) -> Any:
    """Return the value at *steps*; ``None`` where an earlier repair took it out."""
    for step in steps:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return None
    return document
