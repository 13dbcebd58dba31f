"""Large data piece by piece: what is computed on the way never needs more room than its result."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from modelspec.compiler.frames import FrameError
from modelspec.compiler.scalar import column_count
from modelspec.compiler.tensors import Float32Array, transform
from modelspec.expressions.program import Program
from modelspec.notebook.importers.extras import require

ROWS = 32_768
"""Rows of one piece."""

_PATIENCE = 1.0
"""Seconds before a progress bar appears."""


def stream_transform(
    program: Program, data: Any, names: Sequence[str], *, progress: bool = True
) -> Float32Array:
    """Return the named features as one tensor; the bits are those of ``transform`` at once.

    Args:
        program: The program.
        data: What ``transform`` takes.
        names: Raw or derived features.
        progress: Whether to show a bar when it takes longer than a second.

    Raises:
        FrameError: The data lack a required feature, or a value is none of its feature; the row
            is that of the data.
    """
    rows = count_rows(data)
    if rows is None or rows <= ROWS:
        return transform(program, data, names)
    tensor = np.empty((rows, column_count(program, names)), np.float32)
    for start, piece in pieces(data, rows, progress=progress):
        try:
            tensor[start : start + ROWS] = transform(program, piece, names)
        except FrameError as error:
            raise moved(error, start) from error
    return tensor


def moved(error: FrameError, start: int) -> FrameError:
    """Return an error that counts rows from the start of all data."""
    if error.row is None:
        return error
    message = str(error).replace(f"row {error.row}", f"row {error.row + start}", 1)
    return FrameError(message, error.feature, error.row + start)


def count_rows(data: Any) -> int | None:
    """Return how many rows there are; ``None`` if that is not for us to say."""
    if isinstance(data, Mapping):
        lengths = {len(column) for column in data.values() if hasattr(column, "__len__")}
        return lengths.pop() if len(lengths) == 1 else None
    return len(data) if hasattr(data, "columns") and hasattr(data, "__len__") else None


def pieces(data: Any, rows: int, *, progress: bool = True) -> Iterator[tuple[int, Any]]:
    """Yield data in pieces, each after the number of its first row."""
    tqdm = require("tqdm.auto", "notebook").tqdm
    bar = tqdm(total=rows, unit=" rows", unit_scale=True, delay=_PATIENCE, disable=not progress)
    with bar:
        for start in range(0, rows, ROWS):
            yield start, _piece(data, start, min(start + ROWS, rows))
            bar.update(min(ROWS, rows - start))


def _piece(data: Any, start: int, end: int) -> Any:
    if isinstance(data, Mapping):
        return {
            name: _piece_of_column(column, start, end)
            for name, column in data.items()
            if hasattr(column, "__len__")
        }
    if hasattr(data, "iloc"):
        return data.iloc[start:end]
    return data.slice(start, end - start)


def _piece_of_column(column: Any, start: int, end: int) -> Any:
    # What pandas does with a plain slice depends on its index.
    return (column.iloc if hasattr(column, "iloc") else column)[start:end]
