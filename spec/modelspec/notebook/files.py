"""Rows in files: JSON, one object a line, CSV with names in its first line, or Parquet."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from modelspec.expressions.program import RawFeature
from modelspec.expressions.types import Kind
from modelspec.notebook.importers.extras import require
from modelspec.notebook.instances import columns_of


class FileError(ValueError):
    """A file that holds no rows; says where, and what is wrong."""


def read_frame(path: Path, features: Sequence[RawFeature]) -> Any:
    """Return the rows of a file as data that `read_columns` takes.

    Args:
        path: The file; what it is follows from the end of its name.
        features: The raw features, which say how the texts of CSV are to be read.

    Raises:
        FileError: It is none of the three, or a line cannot be read.
        ImportError: It is Parquet, and pyarrow is not installed.
        OSError: It cannot be opened.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise FileError(f"{path}: use a file that ends in {', '.join(_READERS)}")
    return read(path, features)


def _read_json(path: Path, features: Sequence[RawFeature]) -> Mapping[str, list[Any]]:
    with path.open("rb") as file:
        lines = enumerate(file, start=1)
        rows = [json_row(path, number, line) for number, line in lines if line.strip()]
    columns: Mapping[str, list[Any]] = columns_of(rows, features)
    return columns


def json_row(path: Path, number: int, line: bytes) -> dict[str, Any]:
    """Return the object that a line of a file is.

    Raises:
        FileError: It is none.
    """
    try:
        return _ROW_DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FileError(f"{path}, line {number}: {error}") from error


_ROW_DECODER = msgspec.json.Decoder(dict[str, Any])


def _read_csv(path: Path, features: Sequence[RawFeature]) -> Mapping[str, list[Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.DictReader(file, strict=True)
        try:
            rows = list(lines)
        except (csv.Error, UnicodeDecodeError) as error:
            raise FileError(f"{path}, line {lines.line_num + 1}: {error}") from error
    return csv_columns(path, 2, rows, features, lines.fieldnames)


def csv_columns(
    path: Path,
    first: int,
    rows: Sequence[Mapping[str, str | None]],
    features: Sequence[RawFeature],
    names: Sequence[str] | None = None,
) -> Mapping[str, list[Any]]:
    """Return rows of texts as columns of values.

    Args:
        path: The file, for messages.
        first: Line of the first row.
        rows: The rows.
        features: Which columns there may be, and what they hold.
        names: The columns of the file; those of the first row when omitted.

    Raises:
        FileError: No column is a feature, or a cell is none of its values.
    """
    known = {feature.name: feature for feature in features}
    columns = {name: known[name] for name in (names or rows[0]) if name in known}
    if not columns:
        raise FileError(f"{path}: no column is called like a feature: {_few(known)}")
    return {
        name: [_cell(path, first + number, feature, row[name]) for number, row in enumerate(rows)]
        for name, feature in columns.items()
    }


def _few(names: Iterable[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:5]) + (", …" if len(listed) > 5 else "")  # noqa: PLR2004  # a few


def _cell(path: Path, line: int, feature: RawFeature, text: str | None) -> Any:
    """Return what a cell says; an empty one is missing."""
    if not text:
        return None
    try:
        return _CELLS.get(feature.type.kind, str)(text)
    except ValueError:
        kind = feature.type.kind
        raise FileError(f"{path}, line {line}: {feature.name}: {text!r} is no {kind}") from None


def _truth(text: str) -> bool:
    if text.lower() not in {"true", "false", "1", "0"}:
        raise ValueError(text)
    return text.lower() in {"true", "1"}


_CELLS: Mapping[Kind, Callable[[str], Any]] = {
    Kind.FLOAT64: float,
    Kind.INT64: int,
    Kind.BOOL: _truth,
    Kind.LIST: msgspec.json.decode,
}


def _read_parquet(path: Path, features: Sequence[RawFeature]) -> Any:
    parquet = require("pyarrow.parquet", "arrow")
    file = parquet.ParquetFile(path)
    names = [feature.name for feature in features if feature.name in file.schema_arrow.names]
    return file.read(columns=names)


_READERS: Mapping[str, Callable[[Path, Sequence[RawFeature]], Any]] = {
    ".jsonl": _read_json,
    ".ndjson": _read_json,
    ".csv": _read_csv,
    ".parquet": _read_parquet,
}
