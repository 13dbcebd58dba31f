"""From the text of a file to what is to be said of its ModelSpecs, with lines and columns."""

from collections.abc import Iterator
from dataclasses import dataclass

from modelspec.documents.document import Document
from modelspec.documents.positions import Position
from modelspec.documents.reader import read_documents
from modelspec.errors import Finding
from modelspec.names import GROUP, KIND
from modelspec.validation.report import Report, inspect


@dataclass(frozen=True)
class Located:
    """A finding, and where in its file a person should look."""

    finding: Finding
    position: Position | None
    is_warning: bool = False


@dataclass(frozen=True)
class Inspected:
    """One ModelSpec of a file."""

    document: Document
    report: Report

    def located(self) -> Iterator[Located]:
        """Yield what was found in it, the errors first."""
        for finding in self.report.findings:
            yield Located(finding, self._position(finding))
        for finding in self.report.warnings:
            yield Located(finding, self._position(finding), is_warning=True)

    def _position(self, finding: Finding) -> Position:
        return self.document.position(finding.path, finding.offset or 0)


def inspect_text(content: bytes) -> tuple[Inspected, ...]:
    """Return every ModelSpec of a file with what is to be said of it; other kinds are passed over.

    Raises:
        DocumentError: The file cannot be read as YAML or JSON.
    """
    return tuple(
        Inspected(document, inspect(document.value))
        for document in read_documents(content)
        if is_model(document)
    )


def is_model(document: Document) -> bool:
    """Return whether a document is meant to be a ModelSpec, however wrong."""
    value = document.value
    if not isinstance(value, dict):
        return False
    return value.get("kind") == KIND or str(value.get("apiVersion", "")).startswith(f"{GROUP}/")
