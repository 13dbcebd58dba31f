"""From a specification to the bytes that identify it.

What makes a version is what decides an answer. Where artifacts are stored, how many pods run and
in which order named items are listed does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from msgspec.structs import replace

from modelspec import choices, parts
from modelspec.names import (
    FEATURE_FETCHING_KEY,
    MANIFEST_KEY,
    MODELS_KEY,
    PIPELINE_KEY,
    POSTPROCESSING_KEY,
    PREPROCESSING_KEY,
    VERIFICATION_KEY,
    short_hash,
)
from modelspec.schema.features import Feature, FeatureFetching
from modelspec.schema.model import Model, ModelInput, ModelOutput
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.canonical import canonical_text, part_digest, root_digest
from modelspec.snapshot.decision import pipeline_part, postprocessing_part, verification_part
from modelspec.snapshot.defaults import canonical_bound, canonical_default
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
    found = spec_parts(spec)
    documents = {key: canonical_text(part) for key, part in found.items()}
    digests = {key: part_digest(key, text.encode()) for key, text in documents.items()}
    root = root_digest(digests)
    languages = {getattr(part, "language", None) for part in found.values()} - {None}
    manifest = parts.Manifest(
        identity=parts.IDENTITY,
        parts=digests,
        digest=root,
        language=languages.pop() if languages else None,
    )
    return Snapshot(root, MappingProxyType({**documents, MANIFEST_KEY: canonical_text(manifest)}))


def spec_parts(spec: ModelSpecSpec) -> dict[str, parts.Part]:
    """Return the parts of a valid specification by their keys; what it lacks has no key."""
    found: dict[str, parts.Part | None] = {
        FEATURE_FETCHING_KEY: feature_fetching_part(spec.feature_fetching),
        MODELS_KEY: _models(spec.models) if spec.models else None,
        PREPROCESSING_KEY: preprocessing_part(spec.preprocessing) if spec.preprocessing else None,
        PIPELINE_KEY: pipeline_part(spec.pipeline) if spec.pipeline else None,
        POSTPROCESSING_KEY: (
            postprocessing_part(spec.postprocessing) if spec.postprocessing else None
        ),
        VERIFICATION_KEY: verification_part(spec.verification) if spec.verification else None,
    }
    return {key: part for key, part in found.items() if part is not None}


def feature_fetching_part(fetching: FeatureFetching) -> parts.FeatureFetching:
    """Return what callers send as it is hashed.

    Raises:
        ValueError: A default or a bound is not a value of its feature's type.
    """
    features = sorted(fetching.features, key=lambda feature: feature.name)
    requests = [source.request for source in fetching.sources or () if source.request]
    unknown = [request.unknown_fields for request in requests if request.unknown_fields]
    return parts.FeatureFetching(
        features=tuple(map(feature_part, features)),
        unknown_fields=unknown[0] if unknown else choices.UnknownFields.IGNORE,
    )


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
        minimum=canonical_bound(feature, feature.minimum),
        maximum=canonical_bound(feature, feature.maximum),
        allowed_values=tuple(sorted(set(feature.allowed_values or ()))),
        on_out_of_range=feature.on_out_of_range or choices.OutOfRange.REJECT,
    )


def _models(models: list[Model]) -> parts.Models:
    listed = sorted(map(model_part, models), key=_name)
    return parts.Models(models=tuple(map(_sorted, listed)))


def model_part(model: Model) -> parts.Model:
    """Return a model object with inputs and outputs in its author's order."""
    return parts.Model(
        name=model.name,
        sha256=model.artifact.sha256,
        inputs=tuple(map(_input, model.inputs)),
        outputs=tuple(map(_output, model.outputs)),
    )


def _sorted(model: parts.Model) -> parts.Model:
    """Return a model object as it is hashed."""
    inputs = tuple(sorted(model.inputs, key=_name))
    return replace(model, inputs=inputs, outputs=tuple(sorted(model.outputs, key=_name)))


def _name(item: parts.Model | parts.ModelInput | parts.ModelOutput) -> str:
    return item.name


def _input(item: ModelInput) -> parts.ModelInput:
    return parts.ModelInput(
        name=item.name,
        feature_names=tuple(item.feature_names),
        missing_encoding=item.missing_encoding or choices.MissingEncoding.NAN,
    )


def _output(item: ModelOutput) -> parts.ModelOutput:
    tensor = None if item.tensor == item.name else item.tensor
    return parts.ModelOutput(name=item.name, tensor=tensor, index=item.index)
