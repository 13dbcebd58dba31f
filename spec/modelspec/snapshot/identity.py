"""From a specification to the bytes that identify it.

What makes a version is what decides an answer. Where artifacts are stored, how many pods run and
in which order named items are listed does not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from types import MappingProxyType

from modelspec import parts
from modelspec.names import MANIFEST_KEY, short_hash
from modelspec.quantities import canonical_decimal
from modelspec.schema.features import Feature
from modelspec.schema.model import Model, ModelInput, ModelOutput
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.canonical import canonical_text, part_digest, root_digest


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
    documents = {
        "feature-fetching.json": canonical_text(_feature_fetching(spec)),
        "models.json": canonical_text(_models(spec)),
    }
    digests = {key: part_digest(key, text.encode()) for key, text in documents.items()}
    root = root_digest(digests)
    manifest = parts.Manifest(identity=parts.IDENTITY, parts=digests, digest=root)
    return Snapshot(root, MappingProxyType({**documents, MANIFEST_KEY: canonical_text(manifest)}))


def _feature_fetching(spec: ModelSpecSpec) -> parts.FeatureFetching:
    features = sorted(spec.feature_fetching.features, key=lambda feature: feature.name)
    return parts.FeatureFetching(features=tuple(map(_feature, features)))


def _feature(feature: Feature) -> parts.Feature:
    return parts.Feature(
        name=feature.name,
        type=feature.type,
        default=canonical_default(feature),
        required=bool(feature.required),
    )


def canonical_default(feature: Feature) -> str | None:
    """Return a feature's default in its one canonical form, or ``None`` without a default.

    Raises:
        ValueError: The default is not a value of the feature's type.
    """
    return None if feature.default is None else _CANONICAL_DEFAULT[feature.type](feature.default)


def _canonical_bool(text: str) -> str:
    if text not in {"true", "false"}:
        raise ValueError("must be 'true' or 'false'")
    return text


def _canonical_int64(text: str) -> str:
    canonical = canonical_decimal(text)
    if "." in canonical or abs(Decimal(canonical)) >= 2**53:
        msg = f"{text!r} is not an Int64; must be an integer between {1 - 2**53} and {2**53 - 1}"
        raise ValueError(msg)
    return canonical


def _canonical_float64(text: str) -> str:
    if not isfinite(float(canonical_decimal(text))):
        msg = f"{text!r} is outside the range of a Float64"
        raise ValueError(msg)
    return canonical_decimal(text)


_CANONICAL_DEFAULT: Mapping[parts.FeatureType, Callable[[str], str]] = {
    parts.FeatureType.BOOL: _canonical_bool,
    parts.FeatureType.INT64: _canonical_int64,
    parts.FeatureType.FLOAT64: _canonical_float64,
}


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
