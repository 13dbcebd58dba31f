"""Objects as they were last seen, found by the ModelSpec that they belong to."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from modelspec import names
from modelspec_operator.children.metadata import Manifest

Key = tuple[str, str]
"""Namespace and name of a ModelSpec."""


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
        self._objects: dict[Key, dict[str, Manifest]] = {}
        self._places: dict[Key, Key] = {}
        """By namespace and name of an object: the ModelSpec that it was last seen to belong to."""

    def of(self, key: Key) -> Mapping[str, Manifest]:
        """Return the objects of one ModelSpec by name."""
        return self._objects.get(key, {})

    def put(self, manifest: Manifest) -> None:
        """Remember an object, unless a newer state of it is known."""
        seen = _trimmed(manifest)
        key, name = self._key_of(seen), seen["metadata"]["name"]
        known = self._known(seen)
        if known is not None and _version(known) > _version(seen):
            return
        if known is not None and self._places[_place(seen)] != key:
            self._forget(seen)  # its label was changed: it belongs to another ModelSpec now
            known = None
        self._objects.setdefault(key, {})[name] = seen
        self._places[_place(seen)] = key
        if known is None or _content(known) != _content(seen):
            self._on_change(key)

    def remove(self, manifest: Manifest) -> None:
        """Forget an object; one that was created anew under the same name meanwhile stays."""
        known = self._known(manifest)
        if known is not None and known["metadata"]["uid"] == manifest["metadata"]["uid"]:
            self._forget(manifest)

    def replace(self, manifests: Iterable[Manifest]) -> None:
        """Take a complete list; what is not in it was deleted while nobody watched."""
        listed = {_place(manifest): manifest for manifest in manifests}
        known = [m for objects in self._objects.values() for m in objects.values()]
        for manifest in known:
            if _place(manifest) not in listed:
                self._forget(manifest)
        for manifest in listed.values():
            self.put(manifest)

    def prune(self, manifests: Iterable[Manifest], version: str) -> None:
        """Forget what is not in a complete list; what is newer than the list stays.

        Args:
            manifests: The list; metadata is enough.
            version: Its resource version.
        """
        listed = {_place(manifest) for manifest in manifests}
        known = [m for objects in self._objects.values() for m in objects.values()]
        for manifest in known:
            if _place(manifest) not in listed and _version(manifest) <= int(version):
                self._forget(manifest)

    @property
    def owners(self) -> Sequence[Key]:
        """Every ModelSpec of which an object is known."""
        return tuple(self._objects)

    def _known(self, manifest: Manifest) -> Manifest | None:
        key = self._places.get(_place(manifest))
        return None if key is None else self._objects[key][manifest["metadata"]["name"]]

    def _forget(self, manifest: Manifest) -> None:
        key = self._places.pop(_place(manifest))
        objects = self._objects[key]
        del objects[manifest["metadata"]["name"]]
        if not objects:
            del self._objects[key]
        self._on_change(key)


def _place(manifest: Manifest) -> Key:
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


def _content(manifest: Manifest) -> Manifest:
    return {
        **manifest,
        "metadata": {k: v for k, v in manifest["metadata"].items() if k != "resourceVersion"},
    }


def _version(manifest: Manifest) -> int:
    # Comparing resource versions as numbers is promised since Kubernetes 1.35.
    return int(manifest["metadata"].get("resourceVersion", 0))
