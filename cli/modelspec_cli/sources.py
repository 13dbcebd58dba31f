"""Where specifications are read from: files, folders, standard input."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
STDIN = "-"

MAX_FILES = 10_000
"""Files of one folder that are looked at."""

MAX_BYTES = 17_000_000
"""Of one file; a little more than is ever taken, so that what is too large is seen to be."""

BUNDLE_FILE = "modelspec.yaml"


class SourceError(Exception):
    """A file cannot be read; the message says which and why."""


@dataclass(frozen=True)
class Source:
    """One file."""

    name: str
    """As it was given; ``-`` is standard input."""

    content: bytes

    is_named: bool
    """Whether somebody asked for this very file, and not for its folder."""

    @property
    def folder(self) -> Path | None:
        """The folder that the file lies in; standard input lies nowhere."""
        return None if self.name == STDIN else Path(self.name).parent


def read_sources(names: Sequence[str]) -> Iterator[Source]:
    """Yield the files, and those of the folders, that are named.

    Raises:
        SourceError: One of them cannot be read.
    """
    for name in names:
        if name == STDIN:
            yield Source(STDIN, sys.stdin.buffer.read(MAX_BYTES), is_named=True)
        elif Path(name).is_dir():
            yield from _read_folder(Path(name))
        else:
            yield Source(name, _read(Path(name)), is_named=True)


def read_source(name: str) -> Source:
    """Return one file, standard input, or what a bundle's folder specifies.

    Raises:
        SourceError: It cannot be read.
    """
    if name != STDIN and Path(name).is_dir():
        name = str(Path(name) / BUNDLE_FILE)
    return next(read_sources([name]))


def _read_folder(folder: Path) -> Iterator[Source]:
    paths = (path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    for path in sorted(islice(paths, MAX_FILES)):
        yield Source(str(path), _read(path), is_named=False)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error
