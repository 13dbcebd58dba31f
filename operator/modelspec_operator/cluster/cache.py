"""Objects as they were last seen, found by the ModelSpec that they belong to."""

from collections.abc import Callable, Iterable, Mapping

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

    def of(self, key: Key) -> Mapping[str, Manifest]:
        """Return the objects of one ModelSpec by name."""
        return self._objects.get(key, {})

    def put(self, manifest: Manifest) -> None:
        """Remember an object, unless a newer state of it is known."""
        seen = _trimmed(manifest)
        key, name = self._key_of(seen), seen["metadata"]["name"]
        known = self._objects.setdefault(key, {}).get(name)
        if known is not None and _version(known) > _version(seen):
            return
        self._objects[key][name] = seen
        if known is None or _content(known) != _content(seen):
            self._on_change(key)

    def remove(self, manifest: Manifest) -> None:
        """Forget an object; one that was created anew under the same name meanwhile stays."""
        key, name = self._key_of(manifest), manifest["metadata"]["name"]
        objects = self._objects.get(key, {})
        known = objects.get(name)
        if known is None or known["metadata"]["uid"] != manifest["metadata"]["uid"]:
            return
        del objects[name]
        if not objects:
            del self._objects[key]
        self._on_change(key)

    def replace(self, manifests: Iterable[Manifest]) -> None:
        """Take a complete list; what is not in it was deleted while nobody watched."""
        listed = {(self._key_of(m), m["metadata"]["name"]): m for m in manifests}
        gone = [
            manifest
            for key, objects in self._objects.items()
            for name, manifest in objects.items()
            if (key, name) not in listed
        ]
        for manifest in gone:
            self.remove(manifest)
        for manifest in listed.values():
            self.put(manifest)


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
