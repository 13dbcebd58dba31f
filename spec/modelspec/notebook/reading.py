"""From a file or a bundle to a specification that can be worked on, and whether it reads back."""

from pathlib import Path

from modelspec.artifacts import sha256_of
from modelspec.documents.reader import read_documents
from modelspec.documents.writer import write_document
from modelspec.notebook.bundle import (
    ARTIFACTS,
    SPECIFICATION,
    ArtifactFolder,
    Document,
    fill_artifacts,
)
from modelspec.notebook.declarations import SpecError
from modelspec.notebook.draft import Draft, read_draft
from modelspec.schema.spec import ModelSpecSpec
from modelspec.validation.report import Report, inspect


def read_bundle(path: Path) -> Draft:
    """Return what a bundle's folder, or a file, says; with the artifacts that lie beside it.

    Raises:
        DocumentError: The file cannot be read.
        SpecError: It holds no valid ModelSpec, or several.
    """
    file = path / SPECIFICATION if path.is_dir() else path
    documents = [item.value for item in read_documents(file.read_bytes())]
    if len(documents) != 1:
        raise SpecError(f"{file} holds {len(documents)} documents; one ModelSpec is needed")
    valid_spec(inspect(documents[0]))
    return read_draft(documents[0], ArtifactFolder(file.parent / ARTIFACTS).find)


def valid_spec(report: Report) -> ModelSpecSpec:
    """Return the specification that was inspected.

    Raises:
        SpecError: It is not valid; lists every finding.
    """
    if report.spec is None:
        listed = "\n".join(finding.describe() for finding in report.findings)
        raise SpecError(f"this is no valid ModelSpec:\n{listed}")
    return report.spec


def check_reading(draft: Draft, document: Document) -> None:
    """Check that a document, written and read again, is the same, and what it says, too.

    Raises:
        SpecError: It is not.
    """
    (found,) = read_documents(write_document(document).encode())
    contents = {sha256_of(content): content for content in draft.contents.values()}
    again = read_draft(found.value, contents.get)
    filled, _ = fill_artifacts(again.document(), again.contents)
    if found.value != document or filled != document:
        name = draft.metadata["name"]
        raise SpecError(f"{name} would not read back as it is written, so nothing is; report it")
