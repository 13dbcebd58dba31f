"""What ``modelspec lint`` does when it runs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from modelspec.documents.complaints import DocumentError
from modelspec.documents.reader import MAX_BYTES
from modelspec.errors import Code, Finding
from modelspec.notebook.bundle import ARTIFACTS, CONFIG_MAPS, ArtifactFolder
from modelspec.validation.documents import Inspected, Located, inspect_text
from modelspec_cli import render
from modelspec_cli.formats import Format
from modelspec_cli.sources import Source, SourceError, read_sources

EXIT_FINDINGS = 1

Folders = Callable[[Path], ArtifactFolder]


@dataclass(frozen=True)
class Line:
    """Something that was found in a file."""

    file: str
    located: Located

    @property
    def severity(self) -> str:
        """What it is called."""
        return "warning" if self.located.is_warning else "error"

    @property
    def place(self) -> str:
        """File, line and column as compilers write them, so that editors can go there."""
        position = self.located.position
        return f"{self.file}:{position.line}:{position.column}" if position else self.file

    @property
    def record(self) -> dict[str, Any]:
        """All of it, for programs."""
        finding, position = self.located.finding, self.located.position
        return {
            "file": self.file,
            "line": position.line if position else None,
            "column": position.column if position else None,
            "code": finding.code.name,
            "reason": finding.code.reason,
            "severity": self.severity,
            "path": finding.path,
            "message": finding.message,
            "excerpt": finding.excerpt,
        }


def run(names: Sequence[str], artifacts: str | None, output: Format, *, is_strict: bool) -> int:
    """Check files, print what was found, and return the exit code.

    Raises:
        SourceError: A file cannot be read.
    """
    folders = cache(ArtifactFolder)  # many files may share one, which is read only once
    lines: list[Line] = []
    files = 0
    for source in read_sources(names):
        lines += _lines(source, artifacts, folders)
        files += 1
    if output is Format.TEXT:
        _print_text(lines, files)
    else:
        render.print_document([line.record for line in lines], output)
    wrong = [line for line in lines if is_strict or not line.located.is_warning]
    return EXIT_FINDINGS if wrong else 0


def _lines(source: Source, artifacts: str | None, folders: Folders) -> Iterator[Line]:
    if _is_packed(source):
        return
    try:
        inspected = inspect_text(source.content)
    except DocumentError as error:
        yield Line(source.name, Located(error.finding, error.position))
        return
    if source.is_named and not inspected:
        finding = Finding(Code.MS118, "", "holds no ModelSpec")
        yield Line(source.name, Located(finding, None))
    for item in inspected:
        yield from (Line(source.name, located) for located in item.located())
        yield from _artifact_lines(source, item, artifacts, folders)


def _is_packed(source: Source) -> bool:
    """Return whether a file is a bundle's packed artifacts, more than a file of models may be."""
    is_large = len(source.content) > MAX_BYTES
    return is_large and not source.is_named and Path(source.name).name == CONFIG_MAPS


def _artifact_lines(
    source: Source, item: Inspected, artifacts: str | None, folders: Folders
) -> Iterator[Line]:
    """Yield what is wrong with the bytes that lie beside a file."""
    folder = _artifact_folder(source, artifacts)
    if not folder or item.report.spec is None:
        return
    from modelspec.notebook.inspection import artifact_findings  # noqa: PLC0415  # onnx is slow

    for finding in artifact_findings(item.report.spec, folders(folder)):
        yield Line(source.name, Located(finding, item.document.position(finding.path)))


def _artifact_folder(source: Source, artifacts: str | None) -> Path | None:
    """Return the folder of a file's artifacts, if there is one."""
    if artifacts is not None:
        if not Path(artifacts).is_dir():
            raise SourceError(f"{artifacts}: no such folder")
        return Path(artifacts)
    beside = source.folder / ARTIFACTS if source.folder else None
    return beside if beside and beside.is_dir() else None


def _print_text(lines: Sequence[Line], files: int) -> None:
    for line in lines:
        finding = line.located.finding
        render.print_finding(line.place, line.severity, finding)
    warnings = sum(line.located.is_warning for line in lines)
    render.print_summary(files, errors=len(lines) - warnings, warnings=warnings)
