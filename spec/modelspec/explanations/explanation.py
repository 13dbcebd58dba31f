"""The form of an explanation."""

from dataclasses import dataclass
from enum import StrEnum
from textwrap import dedent

from modelspec.errors import Code


class Severity(StrEnum):
    """What a finding leads to."""

    ERROR = "error"
    """The specification is refused."""

    WARNING = "warning"
    """Nothing is refused; it is probably not meant."""


class Judge(StrEnum):
    """Who finds it first."""

    SCHEMA = "Schema"
    """The API server, by the schema of the custom resource; lint, too."""

    CEL = "CEL"
    """The API server, by a rule between fields; lint, too."""

    LINT = "Lint"
    """Lint and the operator: it takes more than the API server can see."""

    OPERATOR = "Operator"
    """The operator: it takes what is in the cluster."""

    POD = "Pod"
    """The pod, before it is ready: it takes the bytes of the model."""


class Group(StrEnum):
    """What a code is about."""

    SHAPE = "Shape and names"
    FEATURES = "Feature fetching"
    EXPRESSIONS = "Expressions"
    PARAMETERS = "Parameters and derived features"
    MODELS = "Models and artifacts"
    PIPELINE = "Pipeline"
    POSTPROCESSING = "Postprocessing and verification"
    OPERATIONS = "Changes and serving"


@dataclass(frozen=True)
class Explanation:
    """What a code means, and what to do about it."""

    group: Group
    code: Code
    title: str
    """A short sentence."""

    meaning: str
    """What is wrong, and why it is refused."""

    wrong: str | None = None
    """What leads to the code, as it differs from the sample; ``None`` where none can be shown."""

    right: str | None = None
    """The same, put right."""

    no_example: str = ""
    """Why none can be shown."""

    severity: Severity = Severity.ERROR
    where: Judge = Judge.LINT


def explain(
    group: Group,
    code: Code,
    title: str,
    meaning: str,
    *,
    wrong: str = "",
    right: str = "",
    no_example: str = "",
    severity: Severity = Severity.ERROR,
    where: Judge = Judge.LINT,
) -> Explanation:
    """Return an explanation whose texts are written with the indentation of the code."""
    return Explanation(
        group,
        code,
        title,
        " ".join(meaning.split()),
        dedent(wrong).lstrip("\n") or None,
        dedent(right).lstrip("\n") or None,
        no_example,
        severity,
        where,
    )


def derived(expression: str, declared: str = "Float32", name: str = "ratio") -> str:
    """Return the fragment that gives a derived feature another expression."""
    return (
        "preprocessing:\n"
        "  derived:\n"
        f"  - name: {name}\n"
        f"    type: {declared}\n"
        f"    expr: {expression}\n"
    )
