"""``modelspec.Spec``: a specification as it is written in a notebook."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Self, overload

from typing_extensions import override

from modelspec.artifacts import sha256_of
from modelspec.compiler.programs import read_program
from modelspec.documents.reader import read_documents
from modelspec.documents.writer import write_document
from modelspec.expressions.program import Program
from modelspec.expressions.syntax import Name
from modelspec.expressions.types import Boundary, Kind
from modelspec.notebook import display
from modelspec.notebook.bundle import (
    ARTIFACTS,
    SPECIFICATION,
    ArtifactFolder,
    fill_artifacts,
    write_bundle,
)
from modelspec.notebook.declarations import (
    SpecError,
    decimal_text,
    expression_text,
    field_document,
    trace,
)
from modelspec.notebook.draft import Draft, FindBytes, Kept, read_draft
from modelspec.notebook.fit.analyzer import Document
from modelspec.notebook.fit.declared import Declared, Fits
from modelspec.notebook.importers.imported import ImportedModel
from modelspec.notebook.matrix import Matrix, column_names
from modelspec.notebook.models import model_document
from modelspec.notebook.streaming import stream_transform
from modelspec.notebook.symbols import NOWHERE, Symbol
from modelspec.notebook.training import train
from modelspec.schema.features import Feature
from modelspec.schema.preprocessing import Derived, Parameter
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.difference import Difference, difference
from modelspec.snapshot.identity import feature_fetching_part
from modelspec.snapshot.logic import preprocessing_part
from modelspec.validation.report import Report, inspect

_COLUMNS = frozenset({Kind.BOOL, Kind.INT64, Kind.FLOAT64, Kind.VECTOR})


class NotFittedError(ValueError):
    """Something needs parameters that no fit has found yet."""


class Spec:
    """One model's whole decision: features, logic, models, and what follows from their answers.

    Args:
        name: Name of the ModelSpec.
        namespace: Where it is to live; the namespace of whoever applies it when omitted.
        language: Language of the expressions.
    """

    info = Kept("Whose model it is and what it is for, as the schema writes it.")
    pipeline = Kept("Which models decide which requests; one model alone always decides.")
    postprocessing = Kept("From what the pipeline decided to what callers receive.")
    verification = Kept("How far a version may be from its golden rows.")
    sla = Kept("What callers may expect.")
    serving = Kept("How many pods serve it, and what each gets.")

    def __init__(
        self, name: str, namespace: str | None = None, language: str | None = None
    ) -> None:
        metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
        self._draft = Draft(metadata, language=language)
        self._inputs: list[str] | None = None
        self._implied: Document | None = None

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return what a bundle, or a file, says; the artifacts are read, too.

        Raises:
            DocumentError: The file cannot be read.
            SpecError: It holds no valid ModelSpec, or several.
        """
        file = Path(path) / SPECIFICATION if Path(path).is_dir() else Path(path)
        documents = [item.value for item in read_documents(file.read_bytes())]
        if len(documents) != 1:
            raise SpecError(f"{file} holds {len(documents)} documents; one ModelSpec is needed")
        _refuse_findings(inspect(documents[0]))
        spec = cls(documents[0]["metadata"]["name"])
        spec._draft = read_draft(documents[0], ArtifactFolder(file.parent / ARTIFACTS).find)
        spec._inputs = spec._draft.trained_inputs()
        return spec

    def feature(self, name: str, type: str, **fields: Any) -> Symbol:  # noqa: A002  # the field's name
        """Declare a raw feature, and return it.

        Args:
            name: Its name; callers use it as the key.
            type: As ``modelspec.Float64``.
            fields: Fields of the schema as Python writes them: ``required``, ``default``,
                ``minimum``, ``maximum``, ``allowed_values``, ``on_out_of_range``, ``max_length``,
                ``item_type``, ``max_items``, ``description``.

        Raises:
            SpecError: The schema does not allow it.
        """
        texts: dict[str, Any] = {
            key: decimal_text(fields.pop(key))
            for key in ("default", "minimum", "maximum")
            if key in fields
        }
        unknown = {name for name in fields if name not in Feature.model_fields}
        if unknown:
            raise SpecError(f"{name}: a feature has no field {', '.join(sorted(unknown))}")
        document = field_document(Feature, {"name": name, "type": type, **fields, **texts})
        self._refuse_twins(name, self._draft.derived, self._draft.parameters)
        self._draft.features[name] = document
        return self[name]

    def parameter(self, name: str, document: Mapping[str, Any]) -> Symbol:
        """Set a fitted parameter as the specification writes it, without its name.

        Raises:
            SpecError: The schema does not allow it.
        """
        found = {"name": name, **document}
        field_document(Parameter, found)
        self._refuse_twins(name, self._draft.features, self._draft.derived)
        self._draft.parameters[name] = found
        return Symbol(Name(name, NOWHERE))

    @property
    def fit(self) -> Fits:
        """What declares parameters that are to be fitted: ``spec.fit.mean_std("scale", x)``."""
        return Fits(self._declare)

    @overload
    def derive(
        self, name: str, type: str, expr: Any, description: str | None = None
    ) -> Symbol: ...

    @overload
    def derive(self, name: str) -> Callable[[Callable[..., Any]], Symbol]: ...

    def derive(
        self,
        name: str,
        type: str | None = None,  # noqa: A002  # the field's name
        expr: Any = None,
        description: str | None = None,
    ) -> Any:
        """Declare a derived feature by a text, by symbols, or by a function.

        ``spec.derive("ratio", ms.Float32, "amount / average")``, or symbols instead of the text,
        or as a decorator that takes the type alone: the function is called once with symbols of
        the features that its parameters are named after, and its name is the feature's.

        Raises:
            ExpressionError: A text cannot be parsed.
            SpecError: It names what was not declared before, or the schema does not allow it.
        """
        if type is None:

            def decorate(function: Callable[..., Any]) -> Symbol:
                known = {*self._draft.features, *self._draft.derived}
                said = (function.__doc__ or "").strip().partition("\n")[0] or None
                return self._derive(function.__name__, name, trace(function, known), said)

            return decorate
        return self._derive(name, type, expr, description)

    def _derive(self, name: str, emitted: str, expr: Any, description: str | None) -> Symbol:
        known = {*self._draft.features, *self._draft.parameters, *self._draft.fits}
        text = expression_text(name, expr, known | {*self._draft.derived} - {name})
        fields = {"name": name, "type": emitted, "expr": text, "description": description}
        document = field_document(Derived, fields)
        self._refuse_twins(name, self._draft.features, self._draft.parameters, self._draft.fits)
        self._draft.derived[name] = document
        return self[name]

    def __getitem__(self, name: str) -> Symbol:
        """Return a raw or derived feature by its name.

        Raises:
            KeyError: There is none.
        """
        if name not in self._draft.features and name not in self._draft.derived:
            raise KeyError(f"`{name}` is no feature of {self.name}")
        return Symbol(Name(name, NOWHERE))

    @property
    def name(self) -> str:
        """Name of the ModelSpec."""
        name: str = self._draft.metadata["name"]
        return name

    @property
    def metadata(self) -> Document:
        """Name, namespace, labels, annotations; may be changed."""
        return self._draft.metadata

    @property
    def inputs(self) -> list[str]:
        """What models see, in this order; all derived numbers, or raw ones, unless it was set."""
        if self._inputs is not None:
            return list(self._inputs)
        kinds = {name: Boundary(item["type"]).kind for name, item in self._draft.derived.items()}
        raw = {name: Boundary(item["type"]).kind for name, item in self._draft.features.items()}
        return [name for name, kind in (kinds or raw).items() if kind in _COLUMNS]

    @inputs.setter
    def inputs(self, names: Sequence[str]) -> None:
        for name in names:
            self[name]
        self._inputs = list(names)

    def program(self) -> Program:
        """Return what computes features: the same as in the pod.

        Raises:
            NotFittedError: A declared parameter is not fitted yet.
            ProgramError: An expression is not valid.
        """
        if self._draft.unfitted:
            names = ", ".join(f"`{name}`" for name in self._draft.unfitted)
            raise NotFittedError(f"not fitted yet: {names}; call fit_transform(frame, y) first")
        preprocessing = self._draft.read_preprocessing()
        return read_program(
            feature_fetching_part(self._draft.read_fetching()),
            preprocessing_part(preprocessing) if preprocessing else None,
        )

    def fit_transform(self, frame: Any, y: Any = None) -> Matrix:
        """Fit all declared parameters, and return the matrix that a model learns from.

        It is what ``transform`` gives, but for mean targets: a row has those of the other folds,
        so that the model does not learn from its own answers.

        Args:
            frame: Training data: a DataFrame of pandas or polars, a Table of pyarrow, or a
                mapping of columns.
            y: The target of each row, for parameters that need one.

        Raises:
            FitError: A parameter cannot be fitted; says which, and why.
            FrameError: The data lack a required feature, or a value is none of its feature.
        """
        found, values = train(self._draft, frame, y, self.inputs)
        for name, document in found.items():
            self.parameter(name, document)
        return Matrix(values, column_names(self.program(), self.inputs))

    def transform(self, frame: Any, *, progress: bool = True) -> Matrix:
        """Return what models see of these rows, as the pod computes it.

        Args:
            frame: As for ``fit_transform``.
            progress: Whether to show a bar when it takes longer than a second.

        Raises:
            NotFittedError: A declared parameter is not fitted yet.
            FrameError: The data lack a required feature, or a value is none of its feature.
        """
        program = self.program()
        values = stream_transform(program, frame, self.inputs, progress=progress)
        return Matrix(values, column_names(program, self.inputs))

    def add_model(self, name: str, model: ImportedModel) -> tuple[str, ...]:
        """Add a model object that sees ``inputs``, and return the names of its outputs.

        Without postprocessing the first model brings what makes its margin the prediction of
        the library that it comes from.

        Raises:
            SpecError: It was trained on other columns.
        """
        document = model_document(name, model, self.inputs, self.program())
        self._draft.models[name] = document
        self._draft.contents[name] = model.content
        if self.postprocessing == self._implied and len(self._draft.models) == 1:
            # What an earlier model of this name brought is not meant for this one.
            found = model.calibration
            self._implied = {"calibration": dict(found)} if found else None
            self.postprocessing = deepcopy(self._implied)
        return tuple(output["name"] for output in document["outputs"])

    def model_content(self, name: str) -> bytes:
        """Return the bytes of a model object.

        Raises:
            KeyError: There is none of that name.
        """
        return self._draft.contents[name]

    def document(self) -> Document:
        """Return the ModelSpec as a file has it; artifacts are named as a bundle packs them.

        Raises:
            NotFittedError: A declared parameter is not fitted yet.
            ModelSpecError: ``MS406``, an artifact is too large; ``MS407``, one is missing.
        """
        self.program()
        filled, _ = fill_artifacts(self._draft.document(), self._draft.contents)
        return filled

    def validate(self) -> Report:
        """Return what is wrong with it, and what is doubtful, as ``modelspec lint`` says it."""
        return inspect(self.document())

    def read(self) -> ModelSpecSpec:
        """Return the specification as the schema has it.

        Raises:
            SpecError: It is not valid; lists every finding.
        """
        return _refuse_findings(self.validate())

    def dump(self, directory: str | Path) -> Path:
        """Write a bundle that ``kubectl apply -k`` takes, and return its folder.

        Raises:
            SpecError: It is not valid, or what was written does not say the same.
        """
        folder = Path(directory)
        if folder.suffix in {".yaml", ".yml"} and not folder.is_dir():
            raise SpecError(f"{folder} is a file; a bundle is a folder, as {folder.stem}")
        self.read()
        self._check_reading()
        write_bundle(folder, self._draft.document(), self._draft.contents)
        return folder

    def _check_reading(self) -> None:
        """Refuse to write what would not read back as it is."""
        document = self.document()
        (found,) = read_documents(write_document(document).encode())
        again = type(self)(self.name)
        again._draft = read_draft(found.value, _finder(self._draft.contents))
        if found.value != document or again.document() != document:
            raise SpecError(f"{self.name} would not read back as it is written; this is a bug")

    def diff(self, other: "Spec | str | Path") -> Difference:
        """Return what a change from another specification to this one means."""
        before = other if isinstance(other, Spec) else type(self).load(other)
        return difference(before.read(), self.read())

    def _declare(self, declared: Declared) -> None:
        self._refuse_twins(declared.name, self._draft.features, self._draft.derived)
        text = Symbol(declared.column).text
        known = {*self._draft.features, *self._draft.derived, *self._draft.fits}
        expression_text(declared.name, text, known | {*self._draft.parameters})
        self._draft.fits[declared.name] = declared
        self._draft.parameters.pop(declared.name, None)

    def _refuse_twins(self, name: str, *others: Mapping[str, Any]) -> None:
        if any(name in other for other in others):
            raise SpecError(f"`{name}` is taken; features and parameters share one set of names")

    def __contains__(self, name: object) -> bool:
        """Return whether there is a raw or derived feature of that name."""
        return name in self._draft.features or name in self._draft.derived

    @override
    def __repr__(self) -> str:
        """Return its name and how much it holds."""
        return display.sentence(self._draft)

    def _repr_html_(self) -> str:
        return display.page(self._draft)


def _finder(contents: Mapping[str, bytes]) -> FindBytes:
    """Return what finds bytes by their digest."""
    return {sha256_of(content): content for content in contents.values()}.get


def _refuse_findings(report: Report) -> ModelSpecSpec:
    if report.spec is None:
        listed = "\n".join(finding.describe() for finding in report.findings)
        raise SpecError(f"this is no valid ModelSpec:\n{listed}")
    return report.spec
