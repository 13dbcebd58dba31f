"""A document: its value, and where each part of it stands in the file."""

import re
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from modelspec.documents.positions import Position, Source

Children: TypeAlias = "dict[str, Place] | list[Place] | None"
"""The places of what a mapping or a list holds; a scalar holds nothing."""

Place: TypeAlias = tuple[int, int, Children]
"""Where an entry stands in the text: its key, or itself in a list; its value; what it holds."""

_STEP = re.compile(r"\.?([^.\[\]]+)|\[([0-9]{1,9})\]")


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One document of a file."""

    value: Any
    """Plain JSON values; no two parts of it are the same object."""

    _place: Place = field(repr=False)
    _source: Source = field(repr=False)

    def position(self, path: str, offset: int = 0) -> Position:
        """Return the position that a person should look at for a path.

        That is the value of a scalar, and the key or the list item of anything else. What does
        not exist is looked for at the last part of the path that does.

        Args:
            path: A path as findings have it, such as ``spec.models[0].name``.
            offset: A character of the string there. It is found if the file has the string as it
                is, in one line; otherwise the answer is where the string begins.
        """
        (key, start, children), value, complete = self._find(path)
        if children is not None:
            return self._source.position(key)
        if complete and offset and isinstance(value, str):
            start = self._character(start, value, offset)
        return self._source.position(start)

    def _find(self, path: str) -> tuple[Place, Any, bool]:
        place, value, end = self._place, self.value, 0
        while match := _STEP.match(path, end):
            name: Any = match[1] if match[2] is None else int(match[2])
            below = _below(place[2], name)
            if below is None:
                break
            place, value, end = below, value[name], match.end()
        return place, value, end == len(path)

    def _character(self, start: int, value: str, offset: int) -> int:
        text = self._source.text
        quoted = text[start : start + 1] in {'"', "'"}
        first = start + quoted
        # What follows a plain scalar says nothing; a quote that follows says that it is all.
        # A line break is never written as it is.
        as_it_is = value + text[start] if quoted else value
        verbatim = text.startswith(as_it_is, first)
        return first + min(offset, len(value)) if verbatim else start


def _below(children: Children, name: str | int) -> Place | None:
    if isinstance(children, dict) and isinstance(name, str):
        return cast("Place | None", children.get(name))
    if isinstance(children, list) and isinstance(name, int) and name < len(children):
        return cast("Place", children[name])
    return None
