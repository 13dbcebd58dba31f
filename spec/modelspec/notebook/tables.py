"""Files of rows, read piece by piece, and written again with what was answered.

Columns that callers receive are added behind those of the file, or filled where it has them
already. However long a file is, one piece of it is in memory.
"""

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Protocol, TypeAlias

import msgspec

from modelspec.expressions.program import RawFeature
from modelspec.notebook.files import FileError, csv_columns, json_row
from modelspec.notebook.importers.extras import require
from modelspec.notebook.instances import columns_of

ROWS = 16_384
"""Rows of one piece."""

Columns: TypeAlias = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Piece:
    """Some rows of a file."""

    frame: Any
    """Them, as data that `read_columns` takes."""

    original: Any
    """Them, as the file has them."""

    rows: int

    position: int
    """How much of the file is behind it, in the unit of the file's size."""


class Write(Protocol):
    """Writes the rows of a piece with answers to them."""

    def __call__(self, piece: Piece, answers: Columns) -> None:
        """Append to the file."""


class Table(Protocol):
    """A file of rows."""

    size: int
    """How long it is; bytes of text, rows of Parquet."""

    unit: str

    def pieces(self) -> Iterator[Piece]:
        """Yield the rows, in their order."""

    def writer(self, target: Path | None) -> AbstractContextManager[Write]:
        """Return what writes pieces of this kind to a file, or to standard output."""


def open_table(path: Path, features: Sequence[RawFeature]) -> Table:
    """Return the rows of a file.

    Args:
        path: The file; what it is follows from the end of its name.
        features: The raw features, which say how the texts of CSV are to be read.

    Raises:
        FileError: It is none of the three kinds.
        ImportError: It is Parquet, and pyarrow is not installed.
        OSError: It cannot be opened.
    """
    kind = TABLES.get(path.suffix.lower())
    if kind is None:
        raise FileError(f"{path}: use a file that ends in {', '.join(TABLES)}")
    table: Table = kind(path, features)
    return table


class _JsonLines:
    def __init__(self, path: Path, features: Sequence[RawFeature]) -> None:
        self._path, self._features = path, features
        self.size, self.unit = path.stat().st_size, "B"

    def pieces(self) -> Iterator[Piece]:
        with self._path.open("rb") as file:
            lines = enumerate(iter(file.readline, b""), start=1)
            known = (json_row(self._path, number, line) for number, line in lines if line.strip())
            while rows := list(islice(known, ROWS)):
                frame = columns_of(rows, self._features)
                yield Piece(frame, rows, len(rows), file.tell())

    @contextmanager
    def writer(self, target: Path | None) -> Iterator[Write]:
        encoder = msgspec.json.Encoder()
        with _replacing(target, "wb") as file:

            def write(piece: Piece, answers: Columns) -> None:
                answered = zip(*answers.values(), strict=True)
                rows = [
                    {**row, **dict(zip(answers, values, strict=True))}
                    for row, values in zip(piece.original, answered, strict=True)
                ]
                file.write(encoder.encode_lines(rows))

            yield write


class _Csv:
    def __init__(self, path: Path, features: Sequence[RawFeature]) -> None:
        self._path, self._features = path, features
        self.size, self.unit = path.stat().st_size, "B"

    def pieces(self) -> Iterator[Piece]:
        with self._path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(iter(file.readline, ""), strict=True)
            try:
                while rows := list(islice(lines, ROWS)):
                    first = lines.line_num - len(rows) + 1
                    frame = csv_columns(self._path, first, rows, self._features)
                    yield Piece(frame, rows, len(rows), file.tell())
            except (csv.Error, UnicodeDecodeError) as error:
                raise FileError(f"{self._path}, line {lines.line_num + 1}: {error}") from error

    @contextmanager
    def writer(self, target: Path | None) -> Iterator[Write]:
        with _replacing(target, "w") as file:
            writer: csv.DictWriter[str] | None = None

            def write(piece: Piece, answers: Columns) -> None:
                nonlocal writer
                if writer is None:
                    names = dict.fromkeys([*piece.original[0], *answers])
                    writer = csv.DictWriter(file, list(names), lineterminator="\n")
                    writer.writeheader()
                for row, values in zip(
                    piece.original, zip(*answers.values(), strict=True), strict=True
                ):
                    cells = dict(zip(answers, map(_cell, values), strict=True))
                    writer.writerow({**row, **cells})

            yield write


class _Parquet:
    def __init__(self, path: Path, features: Sequence[RawFeature]) -> None:
        self._arrow = require("pyarrow", "arrow")
        self._parquet = require("pyarrow.parquet", "arrow")
        # A buffer for what comes next would keep all that has been read.
        self._file = self._parquet.ParquetFile(path, pre_buffer=False)
        self._names = [
            item.name for item in features if item.name in self._file.schema_arrow.names
        ]
        self.size, self.unit = self._file.metadata.num_rows, " rows"

    def pieces(self) -> Iterator[Piece]:
        end = 0
        for batch in self._file.iter_batches(ROWS):
            end += batch.num_rows
            original = self._arrow.Table.from_batches([batch])
            yield Piece(original.select(self._names), original, batch.num_rows, end)

    @contextmanager
    def writer(self, target: Path | None) -> Iterator[Write]:
        if target is None:
            raise FileError("Parquet cannot be printed; name a file with --out")
        with _replacing(target, "wb") as file:
            writer: Any = None

            def write(piece: Piece, answers: Columns) -> None:
                nonlocal writer
                table = piece.original
                for name, values in answers.items():
                    table = self._with_column(table, name, values, writer and writer.schema)
                writer = writer or self._parquet.ParquetWriter(file, table.schema)
                writer.write_table(table)

            try:
                yield write
            finally:
                if writer is not None:
                    writer.close()

    def _with_column(self, table: Any, name: str, values: Sequence[Any], schema: Any) -> Any:
        """Return a table with a column; of the type that the first piece had."""
        listed = [list(value) if isinstance(value, tuple) else value for value in values]
        found = self._arrow.array(listed, schema.field(name).type if schema else None)
        if self._arrow.types.is_null(found.type):
            found = found.cast(self._arrow.string())
        if name in table.column_names:
            return table.set_column(table.column_names.index(name), name, found)
        return table.append_column(name, found)


TABLES: Mapping[str, Any] = {
    ".jsonl": _JsonLines,
    ".ndjson": _JsonLines,
    ".csv": _Csv,
    ".parquet": _Parquet,
}


def _cell(value: Any) -> Any:
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, list):
        return msgspec.json.encode(value).decode()
    return str(value).lower() if isinstance(value, bool) else value


@contextmanager
def _replacing(target: Path | None, mode: str) -> Iterator[IO[Any]]:
    """Open a file that takes its place when it is whole; standard output if there is none."""
    is_text = "b" not in mode
    encoding, newline = ("utf-8", "") if is_text else (None, None)
    if target is None:
        with os.fdopen(os.dup(1), mode, encoding=encoding, newline=newline) as file:
            yield file
        return
    written = target.with_name(f".{target.name}.new")
    try:
        with written.open(mode, encoding=encoding, newline=newline) as file:
            yield file
        written.replace(target)
    finally:
        written.unlink(missing_ok=True)
