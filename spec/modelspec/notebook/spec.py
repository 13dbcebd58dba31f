"""``modelspec.Spec``: a specification as it is written in a notebook."""

from copy import deepcopy
from pathlib import Path
from typing import Any, Self

from typing_extensions import override

from modelspec.notebook import display, proofs
from modelspec.notebook.bundle import GOLDEN_ROWS, fill_artifacts, write_bundle
from modelspec.notebook.changes import Changes
from modelspec.notebook.declarations import (
    SpecError,
)
from modelspec.notebook.draft import Draft, Kept
from modelspec.notebook.execution import Runtime
from modelspec.notebook.fit.analyzer import Document
from modelspec.notebook.importers.imported import ImportedModel
from modelspec.notebook.logic import FeatureLogic
from modelspec.notebook.models import model_document
from modelspec.notebook.postprocessing import Calibrators, Reasons
from modelspec.notebook.reading import check_reading, read_bundle, valid_spec
from modelspec.notebook.verification import Verified, verify
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.difference import difference
from modelspec.validation.report import Report, inspect


class Spec(FeatureLogic):
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
        super().__init__(Draft(metadata, language=language))
        self._implied: Document | None = None
        self.originals: dict[str, Any] = {}

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return what a bundle, or a file, says; the artifacts are read, too.

        Raises:
            DocumentError: The file cannot be read.
            SpecError: It holds no valid ModelSpec, or several.
        """
        draft = read_bundle(Path(path))
        spec = cls(draft.metadata["name"])
        spec._draft = draft
        spec._inputs = draft.trained_inputs()
        return spec

    @property
    def name(self) -> str:
        """Name of the ModelSpec."""
        name: str = self._draft.metadata["name"]
        return name

    @property
    def metadata(self) -> Document:
        """Name, namespace, labels, annotations; may be changed."""
        return self._draft.metadata

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
        self.originals[name] = model.reference
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
        return valid_spec(self.validate())

    def dump(self, directory: str | Path) -> Path:
        """Write a bundle that ``kubectl apply -k`` takes, and return its folder.

        Raises:
            SpecError: It is not valid, or what was written does not say the same.
        """
        folder = Path(directory)
        if folder.suffix in {".yaml", ".yml"} and not folder.is_dir():
            raise SpecError(f"{folder} is a file; a bundle is a folder, as {folder.stem}")
        self.read()
        check_reading(self._draft, self.document())
        write_bundle(folder, self._draft.document(), self._draft.contents)
        return folder

    def diff(self, other: "Spec | str | Path") -> Changes:
        """Return what a change from another specification, or its bundle, to this one means.

        Raises:
            SpecError: One of them is not valid.
        """
        before = other if isinstance(other, Spec) else type(self).load(other)
        return Changes(difference(before.read(), self.read()))

    @property
    def calibrate(self) -> Calibrators:
        """What fits calibration: ``spec.calibrate.isotonic("gbdt_score", X, y)``."""
        return Calibrators(self)

    @property
    def reasons(self) -> Reasons:
        """What writes reason codes: ``spec.reasons.from_outputs("gbdt", codes, messages)``."""
        return Reasons(self)

    def margins(self, output: str, inputs: Any) -> Any:
        """Return an output of a model for a matrix of its inputs, as float64.

        Raises:
            SpecError: No model has such an output.
        """
        return proofs.margins(self._draft, output, inputs)

    def runtime(self) -> Runtime:
        """Return what executes the whole decision.

        Raises:
            SpecError: It is not valid.
        """
        return proofs.build_runtime(self._draft, self.read())

    def predict(self, frame: Any, *, progress: bool = True) -> dict[str, list[Any]]:
        """Return what callers would receive for these rows: a list for each output.

        Raises:
            SpecError: It is not valid.
            FrameError: The data lack a required feature, or a value is none of its feature.
        """
        return proofs.predict(self.runtime(), frame, progress=progress)

    def golden(self, frame: Any, n: int = 200) -> int:
        """Keep rows with their answers, which every version must reproduce before it serves.

        They are chosen so that every condition is true and false and null, every bin and code is
        reached, every feature is missing once and at its least and greatest value, and categories
        are unknown. Call it last: whatever changes an answer needs new rows.

        Args:
            frame: Data as for ``transform``, best what training had.
            n: How many rows; a few more where the edges alone are more.

        Raises:
            SpecError: The specification is not valid.
        """
        return proofs.set_golden(self._draft, self.runtime(), frame, n)

    @property
    def contents(self) -> tuple[bytes, ...]:
        """The bytes of every artifact: model objects and golden rows."""
        return tuple(self._draft.contents.values())

    @property
    def golden_rows(self) -> bytes | None:
        """The golden rows as the bundle has them."""
        return self._draft.contents.get(GOLDEN_ROWS)

    def verify(self, frame: Any = None, *, progress: bool = True) -> Verified:
        """Prove that the bundle gives what training had; see ``modelspec.verify``.

        Raises:
            VerificationError: Something differs; the first twenty differences are told.
        """
        return verify(self, frame, progress=progress)

    @override
    def __repr__(self) -> str:
        """Return its name and how much it holds."""
        return display.sentence(self._draft)

    def _repr_html_(self) -> str:
        return display.page(self._draft)
