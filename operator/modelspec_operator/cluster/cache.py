"""Objects as they were last seen, found by the ModelSpec that they belong to.

They are kept packed: as Python's dicts a Deployment would take thirty kilobytes, and thousands of
them are mostly not looked at.
"""

import zlib
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import msgspec

from modelspec import names
from modelspec_operator.children.metadata import Manifest

Key = tuple[str, str]
"""Namespace and name of a ModelSpec."""

_FAST = 1
"""Level of compression: most of the gain for the least time."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One object, as it was last seen."""

    packed: bytes
    version: int
    uid: str
    content: bytes
    """Digest of all but the resource version."""

    @classmethod
    def of(cls, manifest: Manifest) -> "_Entry":
        """Return a manifest packed."""
        metadata = dict(manifest["metadata"])
        version = int(metadata.pop("resourceVersion", 0))
        content = msgspec.json.encode({**manifest, "metadata": metadata}, order="deterministic")
        return cls(
            zlib.compress(msgspec.json.encode(manifest), _FAST),
            version,  # comparing versions as numbers is promised since Kubernetes 1.35
            metadata["uid"],
            blake2b(content, digest_size=16).digest(),
        )

    @property
    def manifest(self) -> Manifest:
        """The object."""
        unpacked: Manifest = msgspec.json.decode(zlib.decompress(self.packed))
        return unpacked


class Cache:
    """The last seen state of the objects of one kind.

    Args:
        key_of: The ModelSpec that an object belongs to.
        on_change: Called with the key whenever what is known of its objects changed.
    """

    def __init__(
        self, key_of: Callable[[Manifest], Key], on_change: Callable[[Key], None]
    ) -> None:
        self._key_of = key_of
        self._on_change = on_change
        self._objects: dict[Key, dict[str, _Entry]] = {}
        self._places: dict[Key, Key] = {}
        """By namespace and name of an object: the ModelSpec that it was last seen to belong to."""

    def of(self, key: Key) -> Mapping[str, Manifest]:
        """Return the objects of one ModelSpec by name."""
        return {name: entry.manifest for name, entry in self._objects.get(key, {}).items()}

    def put(self, manifest: Manifest) -> None:
        """Remember an object, unless a newer state of it is known."""
        seen = _Entry.of(_trimmed(manifest))
        key, place = self._key_of(manifest), place_of(manifest)
        known = self._known(place)
        if known is not None and known.version > seen.version:
            return
        if known is not None and self._places[place] != key:
            self._forget(place)  # its label was changed: it belongs to another ModelSpec now
            known = None
        self._objects.setdefault(key, {})[place[1]] = seen
        self._places[place] = key
        if known is None or known.content != seen.content:
            self._on_change(key)

    def remove(self, manifest: Manifest) -> None:
        """Forget an object; one that was created anew under the same name meanwhile stays."""
        place = place_of(manifest)
        known = self._known(place)
        if known is not None and known.uid == manifest["metadata"]["uid"]:
            self._forget(place)

    def keep(self, listed: Container[Key], version: str) -> None:
        """Forget what is not in a complete list; what is newer than the list stays.

        Args:
            listed: Namespace and name of each object in it.
            version: Its resource version.
        """
        for place in [place for place in self._places if place not in listed]:
            known = self._known(place)
            if known is not None and known.version <= int(version):
                self._forget(place)

    @property
    def owners(self) -> Sequence[Key]:
        """Every ModelSpec of which an object is known."""
        return tuple(self._objects)

    def _known(self, place: Key) -> _Entry | None:
        key = self._places.get(place)
        return None if key is None else self._objects[key][place[1]]

    def _forget(self, place: Key) -> None:
        key = self._places.pop(place)
        objects = self._objects[key]
        del objects[place[1]]
        if not objects:
            del self._objects[key]
        self._on_change(key)


def place_of(manifest: Manifest) -> Key:
    """Return namespace and name of an object."""
    return manifest["metadata"]["namespace"], manifest["metadata"]["name"]


def key_of_child(manifest: Manifest) -> Key:
    """Return the ModelSpec that a child's label names."""
    metadata = manifest["metadata"]
    return metadata["namespace"], metadata.get("labels", {}).get(names.LABEL_MODEL, "")


def key_of_model(manifest: Manifest) -> Key:
    """Return a ModelSpec's own key."""
    return manifest["metadata"]["namespace"], manifest["metadata"]["name"]


def _trimmed(manifest: Manifest) -> Manifest:
    """Return an object without the bookkeeping of field owners, often half of its size.

    What stays of it: that we *created* the object, because fields written by a create are not
    taken back by a later apply until they are claimed for it.
    """
    metadata = dict(manifest["metadata"])
    metadata["managedFields"] = [
        {"manager": entry.get("manager"), "operation": entry.get("operation")}
        for entry in metadata.get("managedFields", [])
        if entry.get("manager") == names.FIELD_MANAGER and "subresource" not in entry
    ]
    return {**manifest, "metadata": metadata}
