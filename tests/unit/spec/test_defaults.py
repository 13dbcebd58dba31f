"""Defaults of what is hashed are fixed for ever: another default is another field."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec

from modelspec.parts import Part

GOLDEN = Path(__file__).parents[2] / "data" / "golden" / "defaults.json"


def _structs(base: type[Part]) -> Iterator[type[Part]]:
    for struct in base.__subclasses__():
        yield struct
        yield from _structs(struct)


def _defaults() -> dict[str, object]:
    """Return every default by the name of its struct and field, as snapshots would have it."""
    return {
        f"{struct.__name__}.{field.encode_name}": json.loads(msgspec.json.encode(field.default))
        for struct in _structs(Part)
        for field in msgspec.structs.fields(struct)
        if field.default is not msgspec.NODEFAULT
    }


def test_no_default_of_what_is_hashed_ever_changes() -> None:
    pinned = json.loads(GOLDEN.read_text())

    changed = {name: _defaults().get(name, "gone") for name in pinned}
    assert changed == pinned, "an old snapshot would get another meaning, and a spec a new version"


def test_every_default_is_pinned() -> None:
    assert _defaults().keys() - json.loads(GOLDEN.read_text()).keys() == set()


def test_what_is_hashed_has_no_default_that_a_program_computes() -> None:
    factories = [
        f"{struct.__name__}.{field.name}"
        for struct in _structs(Part)
        for field in msgspec.structs.fields(struct)
        if field.default_factory is not msgspec.NODEFAULT
    ]

    assert factories == []
