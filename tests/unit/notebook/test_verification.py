"""An import is refused where one row is answered with another bit, and the row is named."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from modelspec.notebook.importers import verification
from modelspec.notebook.importers.graphs import Graph
from modelspec.notebook.importers.imported import Float32Array, ImportedModel, ImportedOutput
from modelspec.notebook.importers.refusals import MismatchError, RowsError
from modelspec.notebook.importers.verification import boundary_rows, verify_import

COLUMNS = ("age", "amount")
ROWS = np.random.default_rng(1).uniform(-9, 9, (50, 2)).astype(np.float32)

Margins = Callable[[Float32Array], Float32Array]


def sums(rows: Float32Array) -> Float32Array:
    """Return what the graph of `sum_graph` gives."""
    return (rows.astype(np.float64) @ [[1.0], [2.0]]).astype(np.float32)


def sum_graph() -> bytes:
    graph = Graph(2)
    weights = graph.constant(np.array([[1.0], [2.0]]))
    graph.answer("score", graph.add("MatMul", graph.features, weights), 1)
    return graph.content()


def step_graph(operator: str, threshold: float) -> bytes:
    """Return a graph that says whether the first column is beyond a threshold."""
    graph = Graph(2)
    first = graph.take(graph.features, 0, 1, 1)
    graph.answer("score", graph.add(operator, first, graph.constant(np.array(threshold))), 1)
    return graph.content()


def imported(
    reference: Margins, content: bytes, boundaries: tuple[tuple[float, ...], ...] = ()
) -> ImportedModel:
    return ImportedModel(
        content=content,
        columns=COLUMNS,
        outputs=(ImportedOutput("score", "score"),),
        reference=lambda rows: {"score": reference(rows)},
        boundaries=boundaries,
        framework="Sums",
        framework_version="1",
    )


SAME = imported(sums, sum_graph())


def test_a_graph_with_the_bits_of_the_original_is_accepted() -> None:
    verify_import(SAME, ROWS)


def test_the_first_row_with_another_bit_is_named_with_both_values() -> None:
    def other(rows: Float32Array) -> Float32Array:
        answers = sums(rows)
        answers[(rows == ROWS[7]).all(axis=1)] = np.float32(0.1)
        return answers

    given = sums(ROWS)[7, 0]
    message = (
        f"output `score` of row 7: Sums gives 0.1 (0x3dcccccd), the graph {given!s}"
        f" (0x{given.view(np.uint32):08x}); the model is not imported"
    )
    with pytest.raises(MismatchError, match=re.escape(message)):
        verify_import(imported(other, sum_graph()), ROWS)


def test_one_ulp_is_enough() -> None:
    def other(rows: Float32Array) -> Float32Array:
        return np.nextafter(sums(rows), np.float32(np.inf))

    with pytest.raises(MismatchError):
        verify_import(imported(other, sum_graph()), ROWS)


@pytest.mark.parametrize(
    ("graph_threshold", "value"),
    [(np.nextafter(np.float32(0.1), np.float32(1)), 0.1), (0.2, 0.1)],
)
def test_a_threshold_that_no_given_row_touches_is_tried(
    graph_threshold: float, value: float
) -> None:
    far = ROWS[np.abs(ROWS[:, 0] - 0.15) > 0.1]

    def reference(rows: Float32Array) -> Float32Array:
        return (rows[:, :1] >= np.float32(0.1)).astype(np.float32)

    same = imported(reference, step_graph("GreaterOrEqual", float(np.float32(0.1))), ((0.1,),))
    verify_import(same, far)
    wrong = replace(same, content=step_graph("GreaterOrEqual", float(graph_threshold)))
    with pytest.raises(MismatchError, match=rf"row \d+ with `age` = {value} \(0x3dccccc"):
        verify_import(wrong, far)
    with pytest.raises(MismatchError, match=r"with `age` = "):
        verify_import(replace(same, content=step_graph("Greater", 0.10000000149011612)), far)


def test_codes_beyond_those_known_are_tried() -> None:
    def reference(rows: Float32Array) -> Float32Array:
        return (rows[:, :1] > np.float32(40.5)).astype(np.float32)

    model = imported(reference, step_graph("Greater", 41.0), ((1, 2, 40),))
    with pytest.raises(MismatchError, match=r"`age` = 40.999996 "):
        verify_import(model, ROWS)


def test_missing_values_are_tried_where_the_original_takes_them() -> None:
    def zero_for_missing(rows: Float32Array) -> Float32Array:
        return sums(np.nan_to_num(rows, nan=0.0))

    model = imported(zero_for_missing, sum_graph())
    with pytest.raises(MismatchError, match=r"with `a\w+` = nan \(0x7fc00000\): Sums gives"):
        verify_import(model, ROWS)


def test_missing_values_are_left_out_where_the_original_refuses_them() -> None:
    def refusing(rows: Float32Array) -> Float32Array:
        if np.isnan(rows).any():
            raise ValueError("contains NaN")
        return sums(rows)

    model = replace(imported(refusing, sum_graph()), takes_missing=False)
    verify_import(model, np.vstack([[np.nan, 1], ROWS]).astype(np.float32))
    with pytest.raises(RowsError, match="every one of `rows` has a missing value"):
        verify_import(model, np.full((2, 2), np.nan, np.float32))


def test_nan_equals_nan_whatever_its_bits_and_zeros_of_two_signs_differ() -> None:
    def other_nan(rows: Float32Array) -> Float32Array:
        answers = sums(rows)
        answers[np.isnan(answers)] = np.array([0xFFC00001], np.uint32).view(np.float32)
        return answers

    verify_import(imported(other_nan, sum_graph()), ROWS)
    with pytest.raises(MismatchError, match=r"Sums gives -0.0 \(0x80000000\), the graph 0.0"):
        verify_import(imported(lambda rows: sums(rows) * np.float32(-0.0), zero_graph()), ROWS)


def zero_graph() -> bytes:
    graph = Graph(2)
    nothing = graph.constant(np.zeros((2, 1)))
    graph.answer("score", graph.add("MatMul", graph.features, nothing), 1)
    return graph.content()


def test_a_graph_that_looks_at_other_rows_is_refused() -> None:
    graph = Graph(2)
    mean = graph.add("ReduceMax", graph.features, graph.constant(np.array([0])), keepdims=1)
    graph.answer("score", graph.take(graph.add("Sub", graph.features, mean), 0, 1, 1), 1)

    def reference(rows: Float32Array) -> Float32Array:
        wide = rows.astype(np.float64)
        away: Float32Array = (wide - wide.max(axis=0))[:, :1].astype(np.float32)
        return away

    with pytest.raises(MismatchError, match=r"row \d+: the graph gives 0.0 .* for the row alone"):
        verify_import(imported(reference, graph.content()), ROWS)


def test_an_original_of_another_shape_is_no_crash() -> None:
    model = imported(lambda rows: sums(rows)[:, 0], sum_graph())

    with pytest.raises(MismatchError, match=r"gives float32\[50\] and the graph float32\[50, 1\]"):
        verify_import(model, ROWS)


def test_boundary_rows_are_bounded_and_the_same_each_time() -> None:
    thresholds = tuple(np.linspace(-5, 5, 30_000).tolist())
    model = imported(sums, sum_graph(), (thresholds, thresholds))

    first, second = (boundary_rows(model, ROWS) for _ in range(2))

    assert len(first.rows) == verification.MAX_BOUNDARY_ROWS + 7
    assert first.rows.tobytes() == second.rows.tobytes()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (ROWS[0], r"has the shape \(2,\); give a matrix"),
        (ROWS[:, :1], r"has 1 columns and the model takes 2"),
        (ROWS.astype(np.float64), r"is float64 and models take float32; give what"),
        (ROWS[:0], r"is empty; give rows"),
        (np.array([[1, np.inf]], np.float32), r"is infinite in row 0, `amount`; what is missing"),
    ],
)
def test_rows_that_the_model_cannot_take_are_refused(rows: Float32Array, message: str) -> None:
    with pytest.raises(RowsError, match=message):
        verify_import(SAME, rows)


def test_what_has_a_matrix_inside_is_taken() -> None:
    class Matrix:
        def to_numpy(self) -> Float32Array:
            return ROWS

    verify_import(SAME, Matrix())
