"""The catalogue of mistakes: changed samples, and the findings that they must lead to."""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typing_extensions import override

from modelspec.documents.reader import read_documents
from support.specs import DECISION_SPEC, PREPROCESSED_SPEC, SPEC, model_body

FOLDER = Path(__file__).resolve().parents[1] / "conformance" / "findings"

BASES: Mapping[str, Any] = {
    "small": SPEC,
    "preprocessing": PREPROCESSED_SPEC,
    "decision": DECISION_SPEC,
}

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


@dataclass(frozen=True)
class Expected:
    """What is to be said of one mistake."""

    code: str
    path: str
    message: str
    excerpt: str = ""

    @override
    def __str__(self) -> str:
        """Return the line that every surface prints."""
        return f"{self.code} {self.path}: {self.message}"


@dataclass(frozen=True)
class Case:
    """One sample, changed, and everything that is to be said of it."""

    title: str
    base: str
    set: dict[str, Any] = field(default_factory=dict)
    """By path: what stands there instead. An index after the last appends."""

    remove: list[str] = field(default_factory=list)
    repeat: dict[str, Any] = field(default_factory=dict)
    """By path: a text several times over, or a list of items, each with its number for `#`."""

    errors: list[Expected] = field(default_factory=list)
    warnings: list[Expected] = field(default_factory=list)
    """Without those that the sample itself has."""

    server: str | bool = False
    """Part of the API server's answer; true where it refuses the document in words of its own."""

    @property
    def document(self) -> Any:
        """The ModelSpec."""
        document = sample(self.base)
        for path, value in self.set.items():
            put(document, path, deepcopy(value))
        for path, wanted in self.repeat.items():
            put(document, path, _repeated(**wanted))
        for path in self.remove:
            *parents, last = steps_of(path)
            del at(document, parents)[last]
        return document


def load_cases() -> dict[str, Case]:
    """Return all cases by the theme's name and their title."""
    return {
        f"{path.stem}: {case.title}": case
        for path in sorted(FOLDER.glob("*.yaml"))
        for case in _cases(path)
    }


def _cases(path: Path) -> Iterator[Case]:
    for document in read_documents(path.read_bytes()):
        base = document.value["base"]
        for title, members in document.value["cases"].items():
            expected = {
                name: [Expected(**item) for item in members.get(name, [])]
                for name in ("errors", "warnings")
            }
            yield Case(title, base, **{**members, **expected})


def sample(base: str) -> Any:
    """Return a sample as a file has it."""
    body = model_body(deepcopy(BASES[base]))
    return {**body, "metadata": {"name": "checkout-fraud"}}


def _repeated(times: int, text: str = "", item: Any = None, around: str = "#") -> Any:
    if text:
        return around.replace("#", text * times)
    pattern = json.dumps(item)
    return [json.loads(pattern.replace("#", str(number))) for number in range(times)]


def steps_of(path: str) -> list[str | int]:
    """Return the steps of a path."""
    return [name or int(index) for name, index in _STEP.findall(path)]


def at(document: Any, steps: list[str | int]) -> Any:
    """Return the value at the end of some steps."""
    for step in steps:
        document = document[step]
    return document


def put(document: Any, path: str, value: Any) -> None:
    """Set the value at a path; one item after the last of a list is appended."""
    *parents, last = steps_of(path)
    parent = at(document, parents)
    if isinstance(last, int) and last == len(parent):
        parent.append(value)
    else:
        parent[last] = value
