"""The rule about size: a snapshot must fit where it is kept."""

from collections.abc import Iterator

from modelspec.errors import Code, Finding
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.canonical import canonical_text
from modelspec.snapshot.identity import take_snapshot
from modelspec.snapshot.logic import parameter_part
from modelspec.validation.parameters import located_parameters

MAX_SNAPSHOT_BYTES = 1_000_000
"""A ConfigMap holds 1 MiB, its keys included."""


_GROWTH = 5
"""No canonical text is more than five times as long as what was written."""

_MOST_DIGITS = 1000
"""Of a feature's default and bounds, written out: `1e308` has 309."""


def snapshot_fits(spec: ModelSpecSpec) -> Iterator[Finding]:
    """MS116: the snapshot of a specification that is otherwise valid fits into a ConfigMap."""
    digits = _MOST_DIGITS * len(spec.feature_fetching.features)
    if len(spec.model_dump_json()) * _GROWTH + digits <= MAX_SNAPSHOT_BYTES:
        return
    size = sum(len(text.encode()) for text in take_snapshot(spec).documents.values())
    if size > MAX_SNAPSHOT_BYTES:
        message = f"its snapshot has {size} bytes, more than {MAX_SNAPSHOT_BYTES}"
        yield Finding(Code.MS116, "spec", f"{message}; {_largest(spec)}")


def _largest(spec: ModelSpecSpec) -> str:
    sizes = [
        (len(canonical_text(parameter_part(parameter)).encode()), path, parameter.name)
        for path, parameter in located_parameters(spec)
    ]
    size, path, name = max(sizes, default=(0, "", ""))
    return f"`{path.removeprefix('spec.')}` '{name}' has {size}" if path else "shorten it"
