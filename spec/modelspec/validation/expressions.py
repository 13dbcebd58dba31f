"""Rules about the expressions of derived features: what the language itself has to say."""

from collections.abc import Iterator

from modelspec.errors import Finding
from modelspec.validation.subject import Subject


def expressions_are_valid(subject: Subject) -> Iterator[Finding]:
    """MS301 to MS340: parameters make sense, expressions can be typed, none depends on itself."""
    yield from subject.findings
