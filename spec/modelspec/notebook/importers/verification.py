"""Whether a graph gives the bits of the model that it was made from, on rows that try to differ.

Two kinds of rows are compared: those given, which are what the model will see, and boundary rows,
which are given rows with one column moved to where the answer may jump: each threshold and code,
the float32 numbers beside it, NaN, zeros of both signs, codes that nothing was trained on, and the
ends of float32. A sample of all of them is answered once more, each row alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelspec.notebook.importers.imported import INPUT, Float32Array, ImportedModel
from modelspec.notebook.importers.refusals import MismatchError, RowsError

MAX_BOUNDARY_ROWS = 20_000
"""Of more boundary rows a sample is taken, the same one each time."""

MAX_REPEATS = 4
"""In how many different rows a boundary is tried, where few boundaries leave room for it."""

SINGLE_ROWS = 64
"""How many rows are answered alone as well as among others."""

_CHUNK = 16_384

_LARGEST = float(np.finfo(np.float32).max)
_SMALLEST = float(np.finfo(np.float32).smallest_subnormal)
_EVERYWHERE = (np.nan, 0.0, -0.0, 1.0, -1.0, _SMALLEST, -_SMALLEST)
# In one column only: in two of them they would cancel, and leave nothing but rounding.
_EXTREMES = (*_EVERYWHERE, _LARGEST, -_LARGEST)

Answers = Mapping[str, Float32Array]


@dataclass(frozen=True)
class ComparedRows:
    """Rows, and what to call each of them in a message."""

    rows: Float32Array

    origins: NDArray[np.int64]
    """For each row the number of the given row that it is, or was made from."""

    moved: NDArray[np.int64]
    """For each row the column that was moved; -1 for none, the number of columns for all."""

    def name(self, index: int, columns: tuple[str, ...]) -> str:
        """Return the words for one row: ``row 7 with `age` = 3.5``."""
        origin, column = int(self.origins[index]), int(self.moved[index])
        if column < 0:
            return f"row {origin}"
        if column == len(columns):
            return f"the row with every column = {float(self.rows[index, 0])!r}"
        return f"row {origin} with `{columns[column]}` = {_shown(self.rows[index, column])}"


def verify_import(imported: ImportedModel, rows: Any) -> None:
    """Compare a graph with its original, bit for bit as float32; NaN equals NaN.

    Args:
        imported: The graph and the original's own answers.
        rows: Rows that the model will see, as a float32 matrix; training rows will do.

    Raises:
        MismatchError: A row is answered otherwise; it names the row, the output, both values.
        RowsError: The rows are not what the model takes.
    """
    from modelspec.sessions import Session  # noqa: PLC0415  # the runtime, only when used

    session = Session(imported.content)
    given = as_rows(rows, imported.columns)
    for compared in (_given_rows(imported, given), boundary_rows(imported, given)):
        for start in range(0, len(compared.rows), _CHUNK):
            _compare(imported, session, compared, slice(start, start + _CHUNK))
        _compare_single(imported, session, compared)


def as_rows(rows: Any, columns: tuple[str, ...]) -> Float32Array:
    """Return rows as the float32 matrix that a model with these columns takes.

    Raises:
        RowsError: They are none; the message says what to give.
    """
    matrix = np.asarray(rows.to_numpy() if hasattr(rows, "to_numpy") else rows)
    if matrix.ndim != 2:  # noqa: PLR2004  # rows and columns
        raise RowsError(f"`rows` has the shape {matrix.shape}; give a matrix, a row for each row")
    if matrix.shape[1] != len(columns):
        wide = f"`rows` has {matrix.shape[1]} columns and the model takes {len(columns)}"
        raise RowsError(f"{wide}; give the columns of `features`, in that order")
    if matrix.dtype != np.float32:
        raise RowsError(
            f"`rows` is {matrix.dtype} and models take float32; give what `Spec.transform`"
            " returned, or train and verify on `rows.astype('float32')`"
        )
    if not len(matrix):
        raise RowsError("`rows` is empty; give rows that the model will see, as training rows")
    if np.isinf(matrix).any():
        row, column = np.argwhere(np.isinf(matrix))[0]
        where = f"`rows` is infinite in row {row}, `{columns[column]}`"
        raise RowsError(f"{where}; what is missing or too large is NaN in a served matrix")
    return np.ascontiguousarray(matrix)


def _given_rows(imported: ImportedModel, rows: Float32Array) -> ComparedRows:
    """Return the given rows that the original takes.

    Raises:
        RowsError: It takes none of them.
    """
    origins = np.arange(len(rows))
    compared = _takeable(imported, ComparedRows(rows, origins, np.full(len(rows), -1)))
    if not len(compared.rows):
        raise RowsError(
            f"every one of `rows` has a missing value, which {imported.framework} refuses;"
            " give rows without, or fill them before the model"
        )
    return compared


def boundary_rows(imported: ImportedModel, rows: Float32Array) -> ComparedRows:
    """Return rows at which the answer may jump, made from given rows; the same ones each time."""
    numbers, values = _boundaries(imported)
    repeats = int(np.clip(MAX_BOUNDARY_ROWS // len(values), 1, MAX_REPEATS))
    numbers, values = np.tile(numbers, repeats), np.tile(values, repeats)
    kept = _sample(len(values), MAX_BOUNDARY_ROWS)
    numbers, values = numbers[kept], values[kept]
    origins = _spread(len(values), len(rows))
    moved = rows[origins]
    moved[np.arange(len(moved)), numbers] = values
    everywhere = np.repeat(np.array(_EVERYWHERE, np.float32)[:, np.newaxis], rows.shape[1], axis=1)
    every = np.full(len(everywhere), rows.shape[1])
    return _takeable(
        imported,
        ComparedRows(
            np.concatenate([moved, everywhere]),
            np.concatenate([origins, np.zeros(len(everywhere), np.int64)]),
            np.concatenate([numbers, every]),
        ),
    )


def _boundaries(imported: ImportedModel) -> tuple[NDArray[np.int64], Float32Array]:
    """Return numbers of columns, and the values to try there."""
    tried = [_tried(values) for values in imported.boundaries]
    tried += [_tried(())] * (len(imported.columns) - len(tried))
    numbers = np.repeat(np.arange(len(tried)), [len(values) for values in tried])
    return numbers, np.concatenate(tried)


def _tried(values: tuple[float, ...]) -> Float32Array:
    """Return what to try in a column: each value, what is beside it and beyond all, extremes."""
    jumps = np.clip(np.array(sorted(set(values)), np.float64), -_LARGEST, _LARGEST)
    beyond = [jumps.min() - 1, jumps.max() + 1] if len(jumps) else []
    near = np.concatenate([jumps, beyond]).astype(np.float32)
    with np.errstate(over="ignore"):
        up, down = np.nextafter(near, np.float32(np.inf)), np.nextafter(near, np.float32(-np.inf))
    tried = np.concatenate([near, up, down, np.array(_EXTREMES, np.float32)])
    # By bits: zeros of both signs are tried, and NaN once.
    bits = np.unique(tried[~np.isinf(tried)].view(np.uint32))
    return np.asarray(bits.view(np.float32))


def _takeable(imported: ImportedModel, compared: ComparedRows) -> ComparedRows:
    """Leave out the rows that the original refuses."""
    if imported.takes_missing:
        return compared
    whole = ~np.isnan(compared.rows).any(axis=1)
    return ComparedRows(compared.rows[whole], compared.origins[whole], compared.moved[whole])


def _spread(count: int, rows: int) -> NDArray[np.int64]:
    """Return *count* numbers of rows, in an order that has no period in common with columns."""
    generator = np.random.default_rng(0)
    return generator.integers(0, rows, count)


def _sample(count: int, at_most: int) -> NDArray[np.int64]:
    if count <= at_most:
        return np.arange(count)
    generator = np.random.default_rng(0)
    return np.sort(generator.choice(count, at_most, replace=False))


def _compare(imported: ImportedModel, session: Any, compared: ComparedRows, part: slice) -> None:
    """Raise for the first row of a part on which graph and original differ."""
    rows = compared.rows[part]
    with np.errstate(all="ignore"):
        # The ends of float32 overflow, in the graph too.
        expected = imported.reference(rows)
    given = _answers(imported, session, rows)
    for tensor, values in given.items():
        original = expected[tensor]
        if original.shape != values.shape or original.dtype != values.dtype:
            raise MismatchError(
                f"{imported.framework} gives {original.dtype}{list(original.shape)} and the graph"
                f" {values.dtype}{list(values.shape)} for output `{tensor}`; please report it"
            )
        difference = _first_difference(original, values)
        if difference is not None:
            row, index = difference
            where = compared.name(part.start + row, imported.columns)
            raise MismatchError(
                f"output `{_suffix(imported, tensor, index)}` of {where}: {imported.framework}"
                f" gives {_shown(original[row, index])}, the graph"
                f" {_shown(values[row, index])}; the model is not imported, as it would not serve"
                " what was trained: if large terms cancel there, scale the columns before the"
                " model, as with `StandardScaler`; else please report it"
            )


def _compare_single(imported: ImportedModel, session: Any, compared: ComparedRows) -> None:
    """Raise for the first row of a sample that the graph answers otherwise when it is alone."""
    numbers = _sample(len(compared.rows), SINGLE_ROWS)
    together = _answers(imported, session, compared.rows[numbers])
    for place, number in enumerate(numbers):
        for tensor, alone in _answers(imported, session, compared.rows[[number]]).items():
            difference = _first_difference(together[tensor][[place]], alone)
            if difference is not None:
                _, index = difference
                raise MismatchError(
                    f"output `{_suffix(imported, tensor, index)}` of"
                    f" {compared.name(int(number), imported.columns)}: the graph gives"
                    f" {_shown(alone[0, index])} for the row alone and"
                    f" {_shown(together[tensor][place, index])} among others; the model is not"
                    " imported, as answers would depend on who asks at the same time"
                )


def _answers(imported: ImportedModel, session: Any, rows: Float32Array) -> Answers:
    tensors = list(dict.fromkeys(output.tensor for output in imported.outputs))
    return dict(zip(tensors, session.run(tensors, {INPUT: rows}), strict=True))


def _first_difference(left: Float32Array, right: Float32Array) -> tuple[int, int] | None:
    """Return row and column of the first values with other bits; NaN equals NaN."""
    same_bits = np.ascontiguousarray(left).view(np.uint32) == right.view(np.uint32)
    places = np.argwhere(~(same_bits | (np.isnan(left) & np.isnan(right))))
    return (int(places[0, 0]), int(places[0, 1])) if len(places) else None


def _suffix(imported: ImportedModel, tensor: str, index: int) -> str:
    """Return what an output is called by people: its suffix, else its tensor and column."""
    named = {(output.tensor, output.index): output.suffix for output in imported.outputs}
    whole = named.get((tensor, None), tensor)
    return named.get((tensor, index), f"{whole}[{index}]")


def _shown(value: np.float32) -> str:
    """Return a float32 as its shortest decimal and its bits: ``0.5 (0x3f000000)``."""
    return f"{value.item() if np.isnan(value) else value!s} (0x{value.view(np.uint32):08x})"
