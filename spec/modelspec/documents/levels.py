"""What is open while a file is read: mappings and lists that wait for more, innermost last."""

from typing import Any

from typing_extensions import override

from modelspec.documents.complaints import RefusalError, shorten
from modelspec.documents.document import Children, Place
from modelspec.documents.scalars import MERGE

MAX_KEY = 1_024
"""Characters of a key."""


class Level:
    """A mapping or a list that is not complete."""

    __slots__ = ("anchor", "children", "nodes", "start", "value")

    value: Any
    children: Any

    def __init__(self, start: int, anchor: str | None, nodes: int) -> None:
        self.start = start
        self.anchor = anchor
        self.nodes = nodes
        """How many nodes the file had before this one."""

    def add(self, value: Any, start: int, children: Children) -> None:
        """Take the next key, value or item."""
        raise NotImplementedError

    def nothing(self, start: int) -> int:
        """Return where a person should look for a value that is not written at all."""
        return start

    def takes_merge(self) -> bool:
        """Return whether a plain ``<<`` that comes now is a merge key."""
        return False

    def is_merging(self) -> bool:
        """Return whether what comes now is merged into this."""
        return False


class ListLevel(Level):
    """A list that is not complete."""

    __slots__ = ()

    def __init__(self, start: int, anchor: str | None, nodes: int) -> None:
        super().__init__(start, anchor, nodes)
        self.value = []
        self.children = []

    @override
    def add(self, value: Any, start: int, children: Children) -> None:
        """Take the next item."""
        self.value.append(value)
        self.children.append((start, start, children))


class RootLevel(ListLevel):
    """The documents of a file, as items."""

    __slots__ = ("is_empty",)

    def __init__(self) -> None:
        super().__init__(0, None, 0)
        self.is_empty = False
        """Whether the document that was added last has no text."""

    @override
    def nothing(self, start: int) -> int:
        """Note that the document is empty."""
        self.is_empty = True
        return start


class MappingLevel(Level):
    """A mapping that is not complete."""

    __slots__ = ("_key", "_key_start", "_merged")

    def __init__(self, start: int, anchor: str | None, nodes: int) -> None:
        super().__init__(start, anchor, nodes)
        self.value = {}
        self.children = {}
        self._key: Any = None
        self._key_start = 0
        self._merged: set[str] | None = None

    @override
    def takes_merge(self) -> bool:
        """Return whether a plain ``<<`` that comes now is a merge key."""
        return self._key is None

    @override
    def is_merging(self) -> bool:
        """Return whether what comes now is merged into this."""
        return self._key is MERGE

    @override
    def nothing(self, start: int) -> int:
        """Return where the key stands that has no value."""
        return start if self._key is None else self._key_start

    @override
    def add(self, value: Any, start: int, children: Children) -> None:
        """Take the next key, or the value of the last one."""
        key = self._key
        if key is None:
            self._open(value, start)
            return
        self._key = None
        if key is MERGE:
            self._merge(value, start, children)
        else:
            self.value[key] = value
            self.children[key] = (self._key_start, start, children)

    def _open(self, key: Any, start: int) -> None:
        if type(key) is not str:
            self._open_unusual(key, start)
        elif len(key) > MAX_KEY:
            raise RefusalError(start, f"the key has {len(key)} characters; {MAX_KEY} are allowed")
        elif key in self.value:
            self._override(key, start)
        self._key, self._key_start = key, start

    def _open_unusual(self, key: Any, start: int) -> None:
        if key is not MERGE:
            raise RefusalError(start, _wrong_key(key))
        if self._merged is not None:
            raise RefusalError(
                start, "`<<` stands here twice; write one, as '<<: [*first, *second]'"
            )

    def _override(self, key: str, start: int) -> None:
        if self._merged is None or key not in self._merged:
            message = f"the key {shorten(key)} is given twice; remove one, the first is in line "
            raise RefusalError(start, message, self.children[key][0])
        self._merged.remove(key)

    def _merge(self, value: Any, start: int, children: Children) -> None:
        self._merged = set()
        for source, places in _merge_sources(value, children):
            if not isinstance(source, dict) or not isinstance(places, dict):
                raise RefusalError(
                    start, "`<<` merges mappings only; give it an alias such as '*base'"
                )
            self._refuse_clash(source)
            self._merged.update(source)
            self.value.update(source)
            self.children.update(places)

    def _refuse_clash(self, source: dict[str, Any]) -> None:
        # kubectl would let the merged value win there, other readers the one that is written.
        clash = next(
            (k for k in source if k in self.value and k not in (self._merged or ())), None
        )
        if clash is not None:
            raise RefusalError(
                self._key_start,
                f"`<<` would replace the key {shorten(clash)} above; put `<<` first",
            )


def _merge_sources(value: Any, children: Children) -> list[tuple[Any, Children]]:
    """Return what is merged, the weakest first."""
    if not isinstance(value, list) or not isinstance(children, list):
        return [(value, children)]
    places: list[Place] = children
    return [(item, place[2]) for item, place in zip(value, places, strict=True)][::-1]


_READ_AS = {True: "true", False: "false", None: "null"}


def _wrong_key(key: Any) -> str:
    if isinstance(key, dict | list):
        return "a mapping or a list cannot be a key; quote it if it is a text"
    read_as = key if type(key) in {int, float} else _READ_AS[key]
    return f"the key is read as {read_as} and not as a text; quote it"
