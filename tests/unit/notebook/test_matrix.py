"""The matrix that a model learns from: an array with names, as notebooks and libraries take it."""

import numpy as np
import pytest

from modelspec.notebook.matrix import SHOWN_COLUMNS, SHOWN_ROWS, Matrix


@pytest.fixture
def matrix() -> Matrix:
    values = np.arange(600, dtype=np.float32).reshape(30, 20)
    values[0, 1] = np.nan
    return Matrix(values, tuple(f"column_{number}" for number in range(20)))


def test_libraries_take_it_as_an_array_without_a_copy(matrix: Matrix) -> None:
    assert np.shares_memory(np.asarray(matrix), matrix.to_numpy())
    assert np.asarray(matrix).dtype == np.float32
    assert np.asarray(matrix, dtype=np.float64).dtype == np.float64


def test_it_has_rows_and_columns(matrix: Matrix) -> None:
    assert matrix.shape == (30, 20)
    assert len(matrix) == 30


def test_it_is_shown_by_its_shape_and_its_beginning(matrix: Matrix) -> None:
    assert repr(matrix).startswith("<Matrix of float32, 30 rows x 20 columns: column_0, column_1,")
    shown = matrix._repr_html_()
    assert shown.count("<th>") == SHOWN_COLUMNS
    assert shown.count("<tr>") == 1 + SHOWN_ROWS
    assert "nan" in shown


def test_names_are_escaped() -> None:
    assert "<td" in Matrix(np.zeros((1, 1), np.float32), ("a",))._repr_html_()
    assert "<b>" not in Matrix(np.zeros((1, 1), np.float32), ("<b>",))._repr_html_()
