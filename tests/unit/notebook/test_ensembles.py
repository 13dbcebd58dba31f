"""Ensembles of trees as arrays, and the graphs that they become."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from modelspec.notebook.importers.contributions import (
    contribution_ensemble,
    expected_margin,
    node_values,
)
from modelspec.notebook.importers.ensemble_graphs import build_graph
from modelspec.notebook.importers.ensemble_models import TreeModel, import_ensemble
from modelspec.notebook.importers.ensembles import (
    NEAR_ZERO,
    Ensemble,
    Tree,
    boundaries,
    build_tree,
    interval_edges,
    leaf_tree,
    leaves_of,
    sums,
)
from modelspec.notebook.importers.refusals import RowsError, UnsupportedModelError
from modelspec.sessions import Session

COLUMNS = 3
SEEDS = range(12)

Float32Array = NDArray[np.float32]


def _tree(seed: int, targets: tuple[int, ...] = (0,), most_edges: int = 7) -> Tree:
    """Return a random tree; splits have one edge to many, and NaN goes anywhere."""
    generator = np.random.default_rng(seed)
    splits = int(generator.integers(0, 12))
    children = np.full((splits, 2), 0)
    free = [(0, 0), (0, 1)] if splits else []
    for split in range(1, splits):
        place = free.pop(int(generator.integers(0, len(free))))
        children[place] = split
        free += [(split, 0), (split, 1)]
    for leaf, place in enumerate(free):
        children[place] = ~leaf
    described = [
        (
            int(generator.integers(0, COLUMNS)),
            np.unique(generator.integers(-4, 5, generator.integers(1, most_edges + 1)) / 2),
            bool(generator.integers(0, 2)),
            bool(generator.integers(0, 2)),
        )
        for _ in range(splits)
    ]
    values = generator.normal(size=(splits + 1, len(targets)))
    covers = generator.integers(0, 5, splits + 1).astype(np.float64)
    return build_tree(described, children[:, 0], children[:, 1], (values, covers), targets)


def _ensemble(seed: int, **changes: object) -> Ensemble:
    trees = tuple(_tree(100 * seed + number) for number in range(6))
    return replace(Ensemble(trees, COLUMNS), **changes)  # type: ignore[arg-type]  # fields


def _rows(seed: int, count: int = 200) -> Float32Array:
    generator = np.random.default_rng(seed)
    rows = (generator.integers(-10, 11, (count, COLUMNS)) / 4).astype(np.float32)
    rows[generator.random(rows.shape) < 0.2] = np.nan
    return rows


def _run(ensemble: Ensemble, rows: Float32Array) -> Float32Array:
    session = Session(build_graph({"score": ensemble}))
    together: Float32Array = session.run(["score"], {"features": rows})[0]
    alone = [session.run(["score"], {"features": rows[[n]]})[0][0] for n in range(20)]
    assert (together[:20] == alone).all()
    return together


def _stump(edges: Sequence[float], *, starts_left: bool, missing_left: bool) -> Ensemble:
    splits = [(0, np.array(edges, np.float64), starts_left, missing_left)]
    ends = (np.array([[-1.0], [1.0]]), np.array([3.0, 1.0]))
    return Ensemble((build_tree(splits, np.array([~0]), np.array([~1]), ends),), 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_graph_adds_what_the_arrays_say(seed: int) -> None:
    ensemble, rows = _ensemble(seed, base=(0.3,)), _rows(seed)

    assert (_run(ensemble, rows) == sums(ensemble, rows)).all()


def test_sums_are_rounded_after_each_tree_where_the_library_does_so() -> None:
    leaves = (np.float32(0.1), np.float32(0.2), np.float32(0.3))
    trees = tuple(leaf_tree([float(leaf)]) for leaf in leaves)
    ensemble = Ensemble(trees, COLUMNS, (16777216.0,), rounds=True)
    rounded = np.float32(16777216) + leaves[0] + leaves[1] + leaves[2]

    assert _run(ensemble, _rows(0))[0, 0] == rounded == 16777216
    assert sums(ensemble, _rows(0))[0, 0] == rounded
    wide = Ensemble(tuple(leaf_tree([1.0]) for _ in range(3)), COLUMNS, (16777216.0,))
    assert _run(wide, _rows(0))[0, 0] == 16777220


def test_a_mean_is_divided_before_it_is_rounded() -> None:
    ensemble = Ensemble(tuple(leaf_tree([v]) for v in (1.1, 2.7, 5.3)), COLUMNS, mean=True)

    assert _run(ensemble, _rows(0))[0, 0] == np.float32((1.1 + 2.7 + 5.3) / 3)


@pytest.mark.parametrize("mean", [False, True])
def test_trees_add_to_the_sums_they_are_for(mean: bool) -> None:  # noqa: FBT001  # a case
    trees = tuple(_tree(number, (number % 2,)) for number in range(6))
    ensemble = Ensemble(trees, COLUMNS, (0.0, 0.0), mean=mean)
    rows = _rows(5)
    parts = [Ensemble(trees[n::2], COLUMNS, mean=mean) for n in range(2)]
    parts = [
        replace(part, trees=tuple(replace(t, targets=(0,)) for t in part.trees)) for part in parts
    ]

    given = _run(ensemble, rows)

    assert (given == sums(ensemble, rows)).all()
    assert (given == np.hstack([sums(part, rows) for part in parts])).all()


@pytest.mark.parametrize("missing_left", [False, True])
@pytest.mark.parametrize("starts_left", [False, True])
@pytest.mark.parametrize("count", range(1, 8))
def test_a_set_is_searched(count: int, starts_left: bool, missing_left: bool) -> None:  # noqa: FBT001
    edges = [float(edge) for edge in range(count)]
    ensemble = _stump(edges, starts_left=starts_left, missing_left=missing_left)
    rows = np.append(np.arange(-1, count + 1, 0.5), np.nan).astype(np.float32).reshape(-1, 1)
    expected = [
        (-1 if (sum(edge < x for edge in edges) % 2 == 0) == starts_left else 1)
        for x in rows[:-1, 0]
    ]
    expected.append(-1 if missing_left else 1)

    given = Session(build_graph({"score": ensemble})).run(["score"], {"features": rows})[0]

    assert given[:, 0].tolist() == expected


def test_a_split_without_edges_sends_every_number_to_one_side() -> None:
    ensemble = _stump([], starts_left=True, missing_left=False)
    rows = np.array([[-1e30], [0], [3e38], [np.nan]], np.float32)

    given = Session(build_graph({"score": ensemble})).run(["score"], {"features": rows})[0]

    assert given[:, 0].tolist() == [-1, -1, -1, 1]
    assert sums(ensemble, rows)[:, 0].tolist() == [-1, -1, -1, 1]


def test_zeros_are_missing_only_where_the_library_takes_them_for_missing() -> None:
    splits = [(0, np.array([5.0]), True, False)]
    ends = (np.array([[-1.0], [1.0]]), None)
    tree = build_tree(splits, np.array([~0]), np.array([~1]), ends)
    ensemble = Ensemble((tree,), 1, near_zero_missing=frozenset({0}))
    beyond = np.nextafter(np.float32(NEAR_ZERO), np.float32(1))
    rows = np.array([[0], [-0.0], [NEAR_ZERO], [-NEAR_ZERO], [beyond], [-beyond]], np.float32)

    given = Session(build_graph({"score": ensemble})).run(["score"], {"features": rows})[0]

    assert given[:, 0].tolist() == [1, 1, 1, 1, -1, -1]
    assert (given == sums(ensemble, rows)).all()
    assert {-NEAR_ZERO, NEAR_ZERO} <= set(boundaries(ensemble)[0])


def test_intervals_that_touch_are_one() -> None:
    before, last = np.array([0.0, 1.0, 4.0]), np.array([1.0, 2.0, 5.0])

    assert interval_edges(before, last).tolist() == [0, 2, 4, 5]


def test_boundaries_are_the_edges_of_each_column() -> None:
    first = _stump([1.5, 2.5, np.inf], starts_left=True, missing_left=True).trees
    second = _stump([2.5, -1.0][::-1], starts_left=True, missing_left=True).trees

    assert boundaries(Ensemble(first + second, 2)) == ((-1.0, 1.5, 2.5), ())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("mean", [False, True])
def test_contributions_and_the_expected_margin_are_the_margin(seed: int, mean: bool) -> None:  # noqa: FBT001
    ensemble, rows = _ensemble(seed, base=(0.25 * (not mean),), mean=mean), _rows(seed)
    parts = contribution_ensemble(ensemble, [[0], [2, 1]])

    given = _run(parts, rows)

    assert (given == sums(parts, rows)).all()
    total = given.sum(axis=1) + expected_margin(ensemble)
    np.testing.assert_allclose(total, sums(ensemble, rows)[:, 0], atol=2e-6)


def test_a_contribution_is_the_step_from_the_mean_to_the_leaf() -> None:
    stump = _stump([0.0], starts_left=True, missing_left=True)

    # Three quarters of the training data are at -1, and one at 1.
    assert node_values(stump.trees[0]).tolist() == [-0.5, -1, 1]
    parts = contribution_ensemble(stump, [[0]])
    assert sums(parts, np.array([[-3], [3]], np.float32))[:, 0].tolist() == [-0.5, 1.5]


def test_what_belongs_to_no_group_is_left_out() -> None:
    ensemble, rows = _ensemble(3), _rows(3)
    every = sums(contribution_ensemble(ensemble, [[0], [1], [2]]), rows)

    assert (sums(contribution_ensemble(ensemble, [[1]]), rows)[:, 0] == every[:, 1]).all()


def test_rows_end_in_the_leaf_of_their_path() -> None:
    tree = _stump([0.0], starts_left=False, missing_left=True).trees[0]

    assert leaves_of(tree, np.array([[-1], [1], [np.nan]], np.float32)).tolist() == [1, 0, 0]


def _model(ensemble: Ensemble, **changes: object) -> TreeModel:
    model = TreeModel(ensemble, lambda rows: sums(ensemble, rows), "trees", "1.0")
    return replace(model, **changes)  # type: ignore[arg-type]  # fields


def test_names_and_columns_must_agree() -> None:
    with pytest.raises(RowsError, match="`features` has 2 names and the model 3 columns; name"):
        import_ensemble(_model(_ensemble(1)), ["a", "b"])


def test_a_group_of_unknown_features_is_refused() -> None:
    with pytest.raises(RowsError, match=r"`contributions\['R1'\]`: `d` is no feature"):
        import_ensemble(_model(_ensemble(1)), ["a", "b", "c"], {"R1": ["d"]})


def test_a_feature_in_two_groups_is_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="`a` is in two groups"):
        import_ensemble(_model(_ensemble(1)), ["a", "b", "c"], {"R1": ["a"], "R2": ["a"]})


def test_contributions_to_several_margins_are_refused() -> None:
    ensemble = Ensemble((leaf_tree([1.0, 2.0]),), COLUMNS, (0.0, 0.0))
    model = _model(ensemble, labels=("no", "yes"))

    with pytest.raises(UnsupportedModelError, match="2 margins, and contributions are to one"):
        import_ensemble(model, ["a", "b", "c"], {"R1": ["a"]})


def test_outputs_are_called_by_their_classes_and_codes() -> None:
    ensemble = Ensemble((leaf_tree([1.0, 2.0]),), COLUMNS, (0.0, 0.0))
    several = import_ensemble(_model(ensemble, labels=("No", "not sure")), ["a", "b", "c"])
    one = import_ensemble(_model(_ensemble(1)), ["a", "b", "c"], {"R01": ["a"]})

    assert [(o.suffix, o.tensor, o.index) for o in several.outputs] == [
        ("no", "scores", 0),
        ("not_sure", "scores", 1),
    ]
    assert [(o.suffix, o.tensor, o.index) for o in one.outputs] == [
        ("score", "score", 0),
        ("r01", "contributions", 0),
    ]
