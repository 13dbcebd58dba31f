"""From mounted bytes back to the parts, trusting nothing that was not hashed.

The reader hashes exactly the bytes that it was given and never rewrites them: a snapshot that was
changed in any place is refused, however equal it may look.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from modelspec.errors import Code, ModelSpecError, fail
from modelspec.expressions.types import LANGUAGE
from modelspec.names import (
    FEATURE_FETCHING_KEY,
    MANIFEST_KEY,
    MODELS_KEY,
    PIPELINE_KEY,
    POSTPROCESSING_KEY,
    PREPROCESSING_KEY,
    VERIFICATION_KEY,
)
from modelspec.parts import (
    IDENTITY,
    FeatureFetching,
    Manifest,
    Models,
    Pipeline,
    Postprocessing,
    Preprocessing,
    Verification,
)
from modelspec.snapshot.canonical import part_digest, root_digest

_Struct = TypeVar("_Struct", bound=msgspec.Struct)


_KNOWN = frozenset(
    {
        MANIFEST_KEY,
        FEATURE_FETCHING_KEY,
        PREPROCESSING_KEY,
        MODELS_KEY,
        PIPELINE_KEY,
        POSTPROCESSING_KEY,
        VERIFICATION_KEY,
    }
)


@dataclass(frozen=True)
class Contents:
    """A verified snapshot."""

    digest: str
    feature_fetching: FeatureFetching
    models: Models | None
    preprocessing: Preprocessing | None
    pipeline: Pipeline | None
    postprocessing: Postprocessing | None
    verification: Verification | None
    """Each is ``None`` when the specification has none."""

    @property
    def artifacts(self) -> tuple[str, ...]:
        """SHA-256 of every artifact that is named, sorted, each once."""
        models = self.models.models if self.models else ()
        golden = [self.verification.sha256] if self.verification else []
        return tuple(sorted({*golden, *(model.sha256 for model in models)}))


def read_snapshot(
    documents: Mapping[str, bytes], *, expected_digest: str | None = None
) -> Contents:
    """Return the parts of a snapshot after checking every digest.

    Args:
        documents: The mounted files by name.
        expected_digest: What the caller was told to serve; the full digest or its first digits.

    Raises:
        ModelSpecError: ``MS115``, the language of the expressions is unknown; ``MS616``, a file is
            missing, unknown, unreadable or not what was hashed.
    """
    manifest = _decode(MANIFEST_KEY, _document(documents, MANIFEST_KEY), Manifest)
    if manifest.identity != IDENTITY:
        raise _mismatch(MANIFEST_KEY, f"identity {manifest.identity!r} is not {IDENTITY!r}")
    if manifest.language not in {None, LANGUAGE}:
        message = f"language {manifest.language!r} is unknown to this version; known: {LANGUAGE!r}"
        raise fail(Code.MS115, f"snapshot[{MANIFEST_KEY}].language", message)
    for key in sorted({*documents, *manifest.parts} - _KNOWN):
        raise _mismatch(key, "is unknown to this version of the library, which must not ignore it")
    for key, digest in manifest.parts.items():
        _compare(key, digest, part_digest(key, _document(documents, key)))
    _compare(MANIFEST_KEY, manifest.digest, root_digest(manifest.parts))
    if expected_digest is not None and not manifest.digest.startswith(expected_digest):
        _compare(MANIFEST_KEY, expected_digest, manifest.digest)
    contents = Contents(
        manifest.digest,
        _part(documents, manifest, FEATURE_FETCHING_KEY, FeatureFetching),
        _optional_part(documents, manifest, MODELS_KEY, Models),
        _optional_part(documents, manifest, PREPROCESSING_KEY, Preprocessing),
        _optional_part(documents, manifest, PIPELINE_KEY, Pipeline),
        _optional_part(documents, manifest, POSTPROCESSING_KEY, Postprocessing),
        _optional_part(documents, manifest, VERIFICATION_KEY, Verification),
    )
    written = (contents.preprocessing, contents.pipeline, contents.postprocessing)
    if {manifest.language} - {None} != {part.language for part in written if part} - {None}:
        raise _mismatch(MANIFEST_KEY, f"language {manifest.language!r} is not that of the parts")
    return contents


def _optional_part(
    documents: Mapping[str, bytes], manifest: Manifest, key: str, shape: type[_Struct]
) -> _Struct | None:
    return _part(documents, manifest, key, shape) if key in documents else None


def _part(
    documents: Mapping[str, bytes], manifest: Manifest, key: str, shape: type[_Struct]
) -> _Struct:
    if key not in manifest.parts:
        raise _mismatch(key, "is not listed in the manifest")
    return _decode(key, documents[key], shape)


def _document(documents: Mapping[str, bytes], key: str) -> bytes:
    if key not in documents:
        raise _mismatch(key, f"is missing; mounted: {', '.join(sorted(documents)) or 'nothing'}")
    return documents[key]


def _decode(key: str, document: bytes, shape: type[_Struct]) -> _Struct:
    try:
        return msgspec.json.decode(document, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _mismatch(key, f"cannot be read: {error}") from error


def _compare(key: str, expected: str, actual: str) -> None:
    if actual != expected:
        raise _mismatch(key, f"digest mismatch: expected {expected}, got {actual}")


def _mismatch(key: str, message: str) -> ModelSpecError:
    return fail(Code.MS616, f"snapshot[{key}]", message)
