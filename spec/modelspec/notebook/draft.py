"""What a specification under construction holds, and the document that it becomes."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from modelspec.expressions.parser import parse
from modelspec.expressions.syntax import names_in
from modelspec.names import API_VERSION, KIND
from modelspec.notebook.bundle import GOLDEN_ROWS
from modelspec.notebook.fit.declared import Declared
from modelspec.schema.features import FeatureFetching
from modelspec.schema.preprocessing import Preprocessing

Document = dict[str, Any]
FindBytes: TypeAlias = Callable[[str], bytes | None]
"""Returns an artifact by its SHA-256."""


@dataclass
class Draft:
    """The parts of a specification by name, in the order in which they were declared.

    All of it is as the document writes it. What is declared again takes the place of the former.
    """

    metadata: Document
    features: dict[str, Document] = field(default_factory=dict)
    parameters: dict[str, Document] = field(default_factory=dict)
    derived: dict[str, Document] = field(default_factory=dict)
    models: dict[str, Document] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    """The bytes of model objects by name, and golden rows by ``GOLDEN_ROWS``."""

    fits: dict[str, Declared] = field(default_factory=dict)
    """The parameters that a fit finds."""

    sources: list[Document] | None = None
    language: str | None = None
    rest: Document = field(default_factory=dict)
    """Other fields of ``spec`` by their names: info, pipeline, postprocessing, serving …"""

    @property
    def unfitted(self) -> tuple[str, ...]:
        """The declared parameters that no fit has found yet."""
        return tuple(name for name in self.fits if name not in self.parameters)

    def unfit(self, changed: str) -> None:
        """Forget what was fitted to a feature that has changed, directly or not."""
        outdated = {changed}
        trees = {name: parse(item["expr"]) for name, item in self.derived.items()}
        trees |= {name: item.column for name, item in self.fits.items()}
        size = 0
        while size < len(outdated):
            size = len(outdated)
            outdated |= {name for name, tree in trees.items() if names_in(tree) & outdated}
        for name in outdated & self.fits.keys():
            self.parameters.pop(name, None)

    def fetching(self) -> Document:
        """Return ``spec.featureFetching``."""
        sources = {"sources": self.sources} if self.sources else {}
        return {**sources, "features": list(self.features.values())}

    def preprocessing(self) -> Document | None:
        """Return ``spec.preprocessing``; without derived features there is none."""
        if not self.derived:
            return None
        language = {"language": self.language} if self.language else {}
        parameters = {"parameters": list(self.parameters.values())} if self.parameters else {}
        return {**language, **parameters, "derived": list(self.derived.values())}

    def pipeline(self) -> Document | None:
        """Return ``spec.pipeline``; the score of the only model decides where none is written."""
        written: Document | None = self.rest.get("pipeline")
        if written or not self.rest.get("postprocessing") or len(self.models) != 1:
            return written
        (model,) = self.models.values()
        first, *others = model["outputs"]
        if "index" not in first or (others and not first["name"].endswith("_score")):
            return None
        single = {"outputName": first["name"]}
        return {"routes": [{"name": "default", "type": "Single", "single": single}]}

    def trained_inputs(self) -> list[str] | None:
        """Return what the first model sees, if there is one."""
        for model in self.models.values():
            return [name for item in model["inputs"] for name in item["featureNames"]]
        return None

    def document(self) -> Document:
        """Return the ModelSpec; artifacts are named where their bytes are packed."""
        found = {
            "featureFetching": self.fetching(),
            "preprocessing": self.preprocessing(),
            "models": list(self.models.values()) or None,
            **{name: self.rest.get(name) for name in _REST if name not in _FIRST},
            "pipeline": self.pipeline(),
        }
        spec = {name: self.rest.get(name) for name in _FIRST} | found
        return {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": deepcopy(self.metadata),
            "spec": deepcopy({key: value for key, value in spec.items() if value}),
        }

    def read_fetching(self) -> FeatureFetching:
        """Return the raw features as the schema has them."""
        return FeatureFetching.model_validate(self.fetching())

    def read_preprocessing(self) -> Preprocessing | None:
        """Return parameters and derived features as the schema has them."""
        document = self.preprocessing()
        return None if document is None else Preprocessing.model_validate(document)


_FIRST = ("info",)
_REST = ("info", "pipeline", "postprocessing", "verification", "sla", "serving")
"""The fields of ``spec`` that are kept as they are written, in the order of the document."""


def read_draft(document: Document, find: FindBytes) -> Draft:
    """Return what a valid ModelSpec holds, with the bytes of its artifacts where they are."""
    spec = deepcopy(document["spec"])
    preprocessing = spec.get("preprocessing", {})
    fetching = spec["featureFetching"]
    draft = Draft(
        metadata=deepcopy(document["metadata"]),
        features=_by_name(fetching["features"]),
        parameters=_by_name(preprocessing.get("parameters", [])),
        derived=_by_name(preprocessing.get("derived", [])),
        models=_by_name(spec.get("models", [])),
        sources=fetching.get("sources"),
        language=preprocessing.get("language"),
        rest={name: spec[name] for name in _REST if name in spec},
    )
    draft.contents = dict(_contents(draft, find))
    return draft


def _by_name(items: list[Document]) -> dict[str, Document]:
    return {item["name"]: item for item in items}


def _contents(draft: Draft, find: FindBytes) -> Iterator[tuple[str, bytes]]:
    verification = draft.rest.get("verification")
    holders = {**draft.models, **({GOLDEN_ROWS: verification["cases"]} if verification else {})}
    for name, holder in holders.items():
        content = find(holder["artifact"]["sha256"])
        if content is not None:
            yield name, content


class Kept:
    """A field of ``spec`` that a notebook keeps as the document writes it: a plain dict."""

    def __init__(self, documentation: str) -> None:
        self.__doc__ = documentation
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Take the name of the attribute, which is that of the field."""
        self._name = name

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        """Return the field; ``None`` where there is none, the descriptor itself for a class."""
        return self if owner is None else owner._draft.rest.get(self._name)  # noqa: SLF001  # its part

    def __set__(self, owner: Any, value: Document | None) -> None:
        """Set the field."""
        owner._draft.rest[self._name] = value  # noqa: SLF001  # as above
