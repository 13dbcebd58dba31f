"""Values out of the events of a YAML parser: without recursion, and within bounds.

The library's own composer calls itself for each level, builds what aliases multiply, and lets the
second of two equal keys win. Here the levels are a list, and a file is refused at the first node
too many, so that the work is bounded whatever the file is.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from modelspec.documents.complaints import RefusalError, shorten
from modelspec.documents.document import Children, Document
from modelspec.documents.levels import Level, ListLevel, MappingLevel, RootLevel
from modelspec.documents.positions import Source
from modelspec.documents.scalars import (
    MERGE,
    TAG_PREFIX,
    describe_unknown_tag,
    resolve_plain,
    resolve_tagged,
)

MAX_DEPTH = 64
"""Mappings and lists inside of each other."""

MAX_DOCUMENTS = 1_000

MAX_NODES = 200_000
"""Keys, values, mappings and lists of a file; an alias counts as often as it is used."""

Event: TypeAlias = Any
"""One of the library's events; by its stubs a mark may be missing, which never happens."""


class _Anchored(NamedTuple):
    value: Any
    children: Children
    nodes: int


class Composer:
    """Takes the events of one file, in their order."""

    __slots__ = (
        "_anchors",
        "_levels",
        "_nodes",
        "_source",
        "_started",
        "_top",
        "documents",
        "steps",
    )

    def __init__(self, source: Source) -> None:
        self.documents: list[Document] = []
        """The documents that are complete; empty ones are left out."""

        self.steps: dict[type, Callable[[Any], None]] = {
            AliasEvent: self._alias,
            DocumentEndEvent: self._end_document,
            DocumentStartEvent: self._start_document,
            MappingEndEvent: self._end,
            MappingStartEvent: self._start_mapping,
            ScalarEvent: self._scalar,
            SequenceEndEvent: self._end,
            SequenceStartEvent: self._start_list,
            StreamEndEvent: _ignore,
            StreamStartEvent: _ignore,
        }
        """What to call for an event, by its type."""

        self._source = source
        self._anchors: dict[str, _Anchored | None] = {}
        self._levels: list[Level] = []
        self._nodes = 0
        self._started = 0
        self._top: Level = RootLevel()

    def _start_document(self, event: Event) -> None:
        self._started += 1
        if self._started > MAX_DOCUMENTS:
            raise RefusalError(
                event.start_mark.index,
                f"the file has more than {MAX_DOCUMENTS} documents; split it",
            )
        self._anchors = {}
        self._top = RootLevel()

    def _end_document(self, _event: Event) -> None:
        root = self._top
        if isinstance(root, RootLevel) and not root.is_empty:
            self.documents.append(Document(root.value[0], root.children[0], self._source))

    def _scalar(self, event: Event) -> None:
        start = event.start_mark.index
        text = event.value
        if event.tag is None and not event.implicit[0]:
            value = text
        else:
            value, start = self._resolve(event, text, start)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._refuse_nodes(start)
        if event.anchor is not None:
            # An alias of `<<` merges nothing.
            self._anchors[event.anchor] = _Anchored(text if value is MERGE else value, None, 1)
        self._top.add(value, start, None)

    def _resolve(self, event: Event, text: str, start: int) -> tuple[Any, int]:
        try:
            if event.tag is not None:
                return resolve_tagged(event.tag, text), start
            value = resolve_plain(text)
        except ValueError as error:
            raise RefusalError(start, str(error)) from None
        if value is MERGE and not self._top.takes_merge():
            value = text
        return value, start if text else self._top.nothing(start)

    def _start_mapping(self, event: Event) -> None:
        self._start(event, MappingLevel, "map")

    def _start_list(self, event: Event) -> None:
        self._start(event, ListLevel, "seq")

    def _start(self, event: Event, kind: type[MappingLevel | ListLevel], tag: str) -> None:
        start = event.start_mark.index
        if event.tag is not None and event.tag not in {"!", TAG_PREFIX + tag}:
            raise RefusalError(start, describe_unknown_tag(event.tag))
        if len(self._levels) >= MAX_DEPTH:
            raise _too_deep(start)
        if self._nodes >= MAX_NODES:
            self._refuse_nodes(start)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._levels.append(self._top)
        self._top = kind(start, event.anchor, self._nodes)
        self._nodes += 1

    def _end(self, _event: Event) -> None:
        level = self._top
        if level.anchor is not None:
            nodes = self._nodes - level.nodes
            self._anchors[level.anchor] = _Anchored(level.value, level.children, nodes)
        self._top = self._levels.pop()
        self._top.add(level.value, level.start, level.children)

    def _alias(self, event: Event) -> None:
        start = event.start_mark.index
        anchored = self._anchored(event.anchor, start)
        self._nodes += anchored.nodes
        if self._nodes > MAX_NODES:
            self._refuse_nodes(start)
        if self._top.is_merging() and isinstance(anchored.value, list):
            raise RefusalError(
                start, "`<<` merges mappings only; name each in a list, as '[*a, *b]'"
            )
        value = _copy(anchored.value, len(self._levels), start)
        self._top.add(value, start, anchored.children)

    def _anchored(self, name: str, start: int) -> _Anchored:
        if name not in self._anchors:
            raise RefusalError(
                start,
                f"nothing above is named {shorten('&' + name)}; quote the text if "
                "no alias is meant",
            )
        anchored = self._anchors[name]
        if anchored is None:
            raise RefusalError(
                start, f"{shorten('*' + name)} stands inside of what it names; remove it"
            )
        return anchored

    def _refuse_nodes(self, start: int) -> None:
        raise RefusalError(
            start, f"the file has more than {MAX_NODES} values; split it, or use fewer aliases"
        )


def _ignore(_event: Event) -> None:
    pass


def _copy(value: Any, depth: int, start: int) -> Any:
    # Copies, so that who changes one place changes no other; the nodes are counted before.
    if not isinstance(value, dict | list):
        return value
    if depth >= MAX_DEPTH:
        raise _too_deep(start)
    if isinstance(value, list):
        return [_copy(item, depth + 1, start) for item in value]
    return {key: _copy(item, depth + 1, start) for key, item in value.items()}


def _too_deep(start: int) -> RefusalError:
    return RefusalError(start, f"values are nested deeper than {MAX_DEPTH} levels; flatten them")
