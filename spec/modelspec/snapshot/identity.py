"""From a specification to the bytes that identify it.

What makes a version is what decides an answer. Where artifacts are stored, how many pods run and
in which order named items are listed does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from modelspec import parts
from modelspec.names import MANIFEST_KEY, short_hash
from modelspec.schema.features import Feature
from modelspec.schema.model import Model, ModelInput, ModelOutput
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.canonical import canonical_text, part_digest, root_digest
from modelspec.snapshot.defaults import canonical_default
from modelspec.snapshot.logic import preprocessing_part


@dataclass(frozen=True)
class Snapshot:
    """The immutable form of one version of a specification."""

    digest: str
    """Root digest, 64 hex digits."""

    documents: Mapping[str, str]
    """What is mounted, by file name: the manifest and every part."""

    @property
    def hash(self) -> str:
        """The first ten digits of the digest, as names and labels carry them."""
        return short_hash(self.digest)


def take_snapshot(spec: ModelSpecSpec) -> Snapshot:
    """Return the snapshot of a valid specification; equal content gives equal bytes."""
    preprocessing = preprocessing_part(spec.preprocessing) if spec.preprocessing else None
    documents = {
        "feature-fetching.json": canonical_text(_feature_fetching(spec)),
        "models.json": canonical_text(_models(spec)),
        **({"preprocessing.json": canonical_text(preprocessing)} if preprocessing else {}),
    }
    digests = {key: part_digest(key, text.encode()) for key, text in documents.items()}
    root = root_digest(digests)
    manifest = parts.Manifest(
        identity=parts.IDENTITY,
        parts=digests,
        digest=root,
        language=preprocessing.language if preprocessing else None,
    )
    return Snapshot(root, MappingProxyType({**documents, MANIFEST_KEY: canonical_text(manifest)}))


def _feature_fetching(spec: ModelSpecSpec) -> parts.FeatureFetching:
    features = sorted(spec.feature_fetching.features, key=lambda feature: feature.name)
    return parts.FeatureFetching(features=tuple(map(feature_part, features)))


def feature_part(feature: Feature) -> parts.Feature:
    """Return a raw feature as it is hashed.

    Raises:
        ValueError: The default is not a value of the feature's type.
    """
    return parts.Feature(
        name=feature.name,
        type=feature.type,
        default=canonical_default(feature),
        required=bool(feature.required),
        item_type=feature.item_type,
        max_length=feature.max_length or parts.DEFAULT_MAX_LENGTH,
        max_items=feature.max_items or parts.DEFAULT_MAX_ITEMS,
    )


def _models(spec: ModelSpecSpec) -> parts.Models:
    models = sorted(spec.models, key=lambda model: model.name)
    return parts.Models(models=tuple(map(_model, models)))


def _model(model: Model) -> parts.Model:
    return parts.Model(
        name=model.name,
        sha256=model.artifact.sha256,
        inputs=tuple(map(_input, sorted(model.inputs, key=lambda item: item.name))),
        outputs=tuple(map(_output, sorted(model.outputs, key=lambda item: item.name))),
    )


def _input(item: ModelInput) -> parts.ModelInput:
    return parts.ModelInput(name=item.name, feature_names=tuple(item.feature_names))


def _output(item: ModelOutput) -> parts.ModelOutput:
    tensor = None if item.tensor == item.name else item.tensor
    return parts.ModelOutput(name=item.name, tensor=tensor, index=item.index)
