"""What the outputs of a classifier are called."""

import re
from collections.abc import Iterable, Sequence
from itertools import chain, count
from typing import Any

MAX_LENGTH = 20
"""A name of an output has at most 63 characters, and begins with the model's."""


def suffixes(labels: Iterable[Any], reserved: Sequence[str] = ()) -> tuple[str, ...]:
    """Return for each label of a class a word for names, none of them twice: ``not_sure``."""
    taken = set(reserved)
    words: list[str] = []
    for index, label in enumerate(labels):
        word = _word(label) or f"class_{index}"
        numbered = (f"{word}_{number}" for number in count(index))
        words.append(next(free for free in chain([word], numbered) if free not in taken))
        taken.add(words[-1])
    return tuple(words)


def _word(label: Any) -> str:
    # A class that is a whole number is called by it, whatever its type: 2.0 is `2`.
    plain = label.item() if hasattr(label, "item") else label
    text = str(int(plain)) if isinstance(plain, float) and plain.is_integer() else str(plain)
    sign = "minus_" if text.startswith("-") else ""
    return (sign + re.sub("[^a-z0-9]+", "_", text.lower()).strip("_"))[:MAX_LENGTH].strip("_")
