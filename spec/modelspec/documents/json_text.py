r"""The little of JSON that YAML reads in another way.

JSON writes ``\ud83d\ude00`` where YAML writes ``\U0001f600``, and three characters that are line
breaks in YAML 1.1 are none in JSON.
"""

import re
from collections.abc import Iterator
from itertools import accumulate

from modelspec.documents.positions import Source

MAX_ADAPTED = 2**20
"""Characters of a text that is adapted; above this it is read as YAML and nothing else."""

_DIFFERENCE = re.compile(r"\\u[dD][89abAB]|[\x85\u2028\u2029]")
_PART = re.compile(
    r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|[\x85\u2028\u2029]"
)
# A first backslash that is itself escaped leaves half of a pair, which is refused anyway.
_ESCAPES = {"\x85": r"\N", "\u2028": r"\L", "\u2029": r"\P"}


def differs_from_yaml(text: str) -> bool:
    """Return whether a text means something else in JSON, which it seems to be."""
    is_candidate = len(text) <= MAX_ADAPTED and text.lstrip()[:1] in {"{", "["}
    return is_candidate and _DIFFERENCE.search(text) is not None


def adapt(text: str) -> Source:
    """Return YAML that means what the text means in JSON, and stands where that stands."""
    pieces: list[str] = []
    ends: list[int] = []
    losses: list[int] = []
    end = length = 0
    for start, stop, instead in _replacements(text):
        length += start - end + len(instead)
        pieces += text[end:start], instead
        ends.append(length)
        losses.append(stop - start - len(instead))
        end = stop
    return Source("".join((*pieces, text[end:])), tuple(ends), tuple(accumulate(losses)))


def _replacements(text: str) -> Iterator[tuple[int, int, str]]:
    for part in _PART.finditer(text):
        if part[1] is not None:
            high, low = int(part[1], 16) - 0xD800, int(part[2], 16) - 0xDC00
            yield part.start(), part.end(), chr(0x10000 + high * 0x400 + low)
        else:
            yield part.start(), part.end(), _ESCAPES[part[0]]
