"""ModelSpecs as commands take them: read from a file, and checked."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from modelspec.documents.complaints import DocumentError
from modelspec.errors import Code, Finding
from modelspec.schema.spec import ModelSpecSpec
from modelspec.validation.documents import Inspected, Located, inspect_text
from modelspec_cli import render
from modelspec_cli.commands.linting import Line
from modelspec_cli.sources import read_source


@dataclass(frozen=True)
class Model:
    """One ModelSpec of a file."""

    file: str
    inspected: Inspected

    @property
    def name(self) -> str:
        """Its name; empty when it has none."""
        return str(self._metadata.get("name") or "")

    @property
    def namespace(self) -> str | None:
        """The namespace that it names."""
        return self._metadata.get("namespace")

    @property
    def spec(self) -> ModelSpecSpec | None:
        """What it specifies, if it is valid."""
        return self.inspected.report.spec

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is to be said of it."""
        return tuple(Line(self.file, located) for located in self.inspected.located())

    def line(self, finding: Finding) -> Line:
        """Return something else that was found in it."""
        return Line(self.file, Located(finding, self.inspected.document.position(finding.path)))

    @property
    def _metadata(self) -> dict[str, Any]:
        value = self.inspected.document.value
        metadata = value.get("metadata") if isinstance(value, dict) else None
        return metadata if isinstance(metadata, dict) else {}


@dataclass(frozen=True)
class Reading:
    """The ModelSpecs of a file, or why there are none."""

    file: str
    models: tuple[Model, ...]
    problem: Line | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        """Everything that is to be said of the file."""
        own = (self.problem,) if self.problem else ()
        return (*own, *(line for model in self.models for line in model.lines))

    @property
    def errors(self) -> tuple[Line, ...]:
        """Why one of them would be refused."""
        return tuple(line for line in self.lines if not line.located.is_warning)

    @property
    def is_valid(self) -> bool:
        """Whether it has ModelSpecs, and each is valid."""
        return self.problem is None and all(model.spec for model in self.models)

    def find(self, name: str) -> Model | None:
        """Return the ModelSpec of a name."""
        return next((model for model in self.models if model.name == name), None)


def read_models(name: str) -> Reading:
    """Return the ModelSpecs of a file, of a bundle's folder or of standard input.

    Raises:
        SourceError: It cannot be read.
    """
    source = read_source(name)
    try:
        models = tuple(Model(source.name, item) for item in inspect_text(source.content))
    except DocumentError as error:
        return Reading(source.name, (), Line(source.name, Located(error.finding, error.position)))
    if models:
        return Reading(source.name, models)
    nothing = Finding(Code.MS118, "", "holds no ModelSpec")
    return Reading(source.name, (), Line(source.name, Located(nothing, None)))


def print_found(lines: Iterable[Line], *, to_error: bool = False) -> None:
    """Print what was found, a line for each."""
    for line in lines:
        finding = line.located.finding
        render.print_finding(line.place, line.severity, finding, to_error=to_error)
