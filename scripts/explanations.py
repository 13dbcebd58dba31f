"""The pages about findings, from the explanations; what lint says of an example is computed."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from string import Template
from textwrap import fill
from typing import Any

from modelspec.documents.complaints import DocumentError
from modelspec.documents.reader import read_documents
from modelspec.errors import Code, Finding
from modelspec.explanations.catalogue import EXPLANATIONS
from modelspec.explanations.coming import RESERVED
from modelspec.explanations.explanation import Explanation, Group, Judge, Severity
from modelspec.explanations.sample import MERGED_LISTS, ROOT_FIELDS, SAMPLE
from modelspec.validation.report import inspect, transition_findings

FOLDER = "docs/reference/findings"
INTRODUCTION = Path(__file__).with_suffix(".md")
"""What the list says before it lists."""

WIDTH = 118
"""Of lines, in characters."""

MERGED_LEVELS = 1
"""Of a group: its fields are merged one by one, what is in them is replaced."""


def render_pages() -> dict[str, str]:
    """Return every page by its path."""
    pages = {f"{FOLDER}/{code.name}.md": _page(item) for code, item in EXPLANATIONS.items()}
    return {f"{FOLDER}/README.md": _list(), **pages}


def findings_of(fragment: str) -> list[Finding]:
    """Return everything that is said of the sample once a fragment is merged into it."""
    try:
        document = completed(fragment)
    except DocumentError as error:
        return [error.finding]
    report = inspect(document)
    changes: tuple[Finding, ...] = ()
    if report.spec:
        old = inspect(completed("")).spec
        changes = tuple(transition_findings(old, report.spec)) if old else ()
    return [*report.findings, *report.warnings, *changes]


def completed(fragment: str) -> Any:
    """Return the sample with a fragment merged into it.

    Raises:
        DocumentError: The fragment cannot be read.
    """
    sample = read_documents(SAMPLE.encode())[0].value
    read = read_documents(fragment.encode())
    for name, value in (read[0].value if read else {}).items():
        if name in ROOT_FIELDS:
            sample[name] = _merged(name, sample[name], value, MERGED_LEVELS)
        else:
            sample["spec"][name] = _merged(name, sample["spec"].get(name), value, MERGED_LEVELS)
    return sample


def _merged(name: str, old: Any, new: Any, depth: int) -> Any:
    """Return *new* in place of *old*; objects field by field to some depth, items by name."""
    if isinstance(new, list) and isinstance(old, list) and name in MERGED_LISTS:
        return _merged_items(old, new)
    if isinstance(new, dict) and isinstance(old, dict) and depth:
        merged = {key: _merged(key, old.get(key), value, depth - 1) for key, value in new.items()}
        return {**old, **merged}
    return new


def _merged_items(old: list[Any], new: list[Any]) -> list[Any]:
    merged, placed = deepcopy(old), set()
    names = [item.get("name") for item in old]
    for item in new:
        name = item.get("name")
        if name in names and name not in placed:
            placed.add(name)
            merged[names.index(name)] = {**merged[names.index(name)], **item}
        else:
            merged.append(item)
    return merged


def _page(item: Explanation) -> str:
    return "\n".join(_lines(item)) + "\n"


def _lines(item: Explanation) -> Iterator[str]:
    code = item.code
    yield f"# {code.name} {code.reason}\n"
    yield f"**{item.title}**\n"
    yield f"{_SEVERITIES[item.severity]} Found by: {_JUDGES[item.where]}.\n"
    yield fill(item.meaning, WIDTH, break_on_hyphens=False) + "\n"
    if item.wrong is None or item.right is None:
        yield f"There is no example. {item.no_example}\n"
    else:
        yield from _example(code, item.wrong, item.right)
    yield "[All findings](README.md)"


def _example(code: Code, wrong: str, right: str) -> Iterator[str]:
    yield "## Wrong\n"
    yield "As it differs from [the sample](README.md#the-sample):\n"
    yield f"```yaml\n{wrong}```\n"
    told = [item for item in findings_of(wrong) if item.code is code]
    yield "Lint says:\n"
    yield "```text\n" + "\n".join(item.describe() for item in told) + "\n```\n"
    yield "## Right\n"
    yield f"```yaml\n{right}```\n"


_SEVERITIES = {
    Severity.ERROR: "An error: the specification is refused.",
    Severity.WARNING: "A warning: nothing is refused.",
}

_JUDGES = {
    Judge.SCHEMA: "the API server, by the schema; lint",
    Judge.CEL: "the API server, by a rule between fields (CEL); lint",
    Judge.LINT: "lint; the operator",
    Judge.OPERATOR: "the operator, in the cluster",
    Judge.POD: "the pod, before it is ready",
}


def _list() -> str:
    groups = "\n".join(line for group in Group for line in _group(group))
    return Template(INTRODUCTION.read_text()).substitute(
        sample=SAMPLE.rstrip(), groups=groups, reserved="\n".join(_reserved())
    )


def _group(group: Group) -> Iterator[str]:
    yield f"## {group}\n"
    yield "| code | reason | what it says | found by | |"
    yield "|---|---|---|---|---|"
    for code, item in EXPLANATIONS.items():
        if item.group is group:
            link = f"[{code.name}]({code.name}.md)"
            yield f"| {link} | {code.reason} | {item.title} | {item.where} | {item.severity} |"
    yield ""


def _reserved() -> Iterator[str]:
    for item in RESERVED:
        yield (
            f"| {item.code} | {item.reason} | {item.comes_with} | {item.where} | {item.severity} |"
        )
