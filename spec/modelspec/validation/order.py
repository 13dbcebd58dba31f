"""The order in which findings are told: that of the fields in the schema."""

import re
from collections.abc import Iterable, Iterator

from modelspec.errors import Finding
from modelspec.schema.spec import ModelSpecSpec
from modelspec.schema.structural import KubernetesModel
from modelspec.validation.shape import shapes_of

_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings by the place of their fields, the object's own fields first."""
    return tuple(sorted(findings, key=lambda finding: tuple(_places(finding.path))))


def _places(path: str) -> Iterator[int]:
    """Yield the position of each step of a path among its siblings."""
    head, *steps = _STEP.findall(path) or [("", "")]
    yield int(head[0] == "spec")
    model: type[KubernetesModel] | None = ModelSpecSpec
    for name, index in steps:
        if index:
            yield int(index)
            continue
        shapes = shapes_of(model) if model else {}
        yield list(shapes).index(name) if name in shapes else len(shapes)
        model = shapes[name].model if name in shapes else None
