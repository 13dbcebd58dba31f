"""Ensembles of decision trees as plain arrays: what every library's trees become first.

A split cuts the numbers into intervals which go left and right in turn. An ordinary split has one
edge; a set of category codes has two for each run of them. Comparisons of any library are written
as *x <= edge*: where it asks *x < t*, the edge is the number before *t*.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from modelspec.notebook.importers.imported import Float32Array

Float64Array: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

_EVERY_NUMBER: Float64Array = np.array([np.inf])


@dataclass(frozen=True)
class Tree:
    """One tree; splits and leaves are numbered apart, and split 0 is the root."""

    features: IntArray
    """Which column each split asks for."""

    edges: Float64Array
    """The edges of all splits, one split after the other, each in ascending order."""

    offsets: IntArray
    """Where the edges of each split begin, and behind the last where they end."""

    starts_left: BoolArray
    """Whether the numbers up to a split's first edge go left."""

    missing_left: BoolArray
    """Whether NaN goes left."""

    left: IntArray
    """The next split on the left; ``~n`` is leaf n."""

    right: IntArray
    """The next split on the right; ``~n`` is leaf n."""

    values: Float64Array
    """What each leaf adds, shape ``(leaves, targets)``."""

    targets: tuple[int, ...] = (0,)
    """To which sums of the ensemble the columns of `values` are added."""

    covers: Float64Array | None = None
    """How much of the training data each leaf holds, where the library remembers it."""

    def edges_of(self, split: int) -> Float64Array:
        """Return the edges of one split."""
        return self.edges[self.offsets[split] : self.offsets[split + 1]]


@dataclass(frozen=True)
class Ensemble:
    """Trees whose leaves are added, in this order, to sums that begin with `base`."""

    trees: tuple[Tree, ...]

    columns: int

    base: tuple[float, ...] = (0.0,)
    """Where each sum begins; there are as many sums as numbers here."""

    rounds: bool = False
    """Whether sums are rounded to float32 after each tree, as XGBoost's are; else they are
    float64 and rounded once."""

    mean: bool = False
    """Whether sums are divided by the number of trees that add to them."""

    near_zero_missing: frozenset[int] = frozenset()
    """Columns in which numbers up to `NEAR_ZERO` are missing values."""

    @property
    def targets(self) -> int:
        """Return how many sums there are."""
        return len(self.base)

    @property
    def divisor(self) -> int:
        """Return what sums are divided by: how many trees add to each, or one."""
        return sum(0 in tree.targets for tree in self.trees) if self.mean else 1


NEAR_ZERO = float(np.float32(1e-35))
"""What LightGBM takes for zero: numbers that are no further from it."""


def build_tree(
    splits: Sequence[tuple[int, Float64Array, bool, bool]],
    left: IntArray,
    right: IntArray,
    leaves: tuple[Float64Array, Float64Array | None],
    targets: tuple[int, ...] = (0,),
) -> Tree:
    """Return a tree of splits that are written one by one.

    Args:
        splits: For each split its column, its edges, whether the numbers up to the first edge go
            left, and whether NaN does. Where there is no edge, all numbers go to one side.
        left: The next split on the left, or ``~leaf``.
        right: The next split on the right, or ``~leaf``.
        leaves: What each leaf adds, and how much of the training data it holds.
        targets: To which sums the columns of the leaves are added.
    """
    features, edges, starts, missing = zip(*splits, strict=True) if splits else ((),) * 4
    edges = tuple(some if len(some) else _EVERY_NUMBER for some in edges)
    offsets = np.concatenate([[0], np.cumsum([len(some) for some in edges])])
    return Tree(
        features=np.array(features, np.int64),
        edges=np.concatenate([*edges, np.empty(0)]),
        offsets=offsets.astype(np.int64),
        starts_left=np.array(starts, bool),
        missing_left=np.array(missing, bool),
        left=left,
        right=right,
        values=leaves[0],
        targets=targets,
        covers=leaves[1],
    )


def numeric_tree(
    features: IntArray,
    thresholds: Float64Array,
    missing_left: BoolArray,
    children: tuple[IntArray, IntArray],
    leaves: tuple[Float64Array, Float64Array | None],
    targets: tuple[int, ...] = (0,),
) -> Tree:
    """Return a tree in which numbers up to a split's threshold go left, and others right.

    Args:
        features: The column of each split.
        thresholds: The greatest number of each split that goes left.
        missing_left: Whether NaN goes left.
        children: The next split, or ``~leaf``, on the left and on the right.
        leaves: What each leaf adds, and how much of the training data it holds.
        targets: To which sums the columns of the leaves are added.
    """
    return Tree(
        features=features,
        edges=thresholds,
        offsets=np.arange(len(features) + 1),
        starts_left=np.ones(len(features), bool),
        missing_left=missing_left,
        left=children[0],
        right=children[1],
        values=leaves[0],
        targets=targets,
        covers=leaves[1],
    )


def leaf_tree(values: Sequence[float]) -> Tree:
    """Return a tree that adds the same numbers to the first sums of each row."""
    none = np.empty(0, np.int64)
    leaves = np.array([values], np.float64)
    return build_tree([], none, none, (leaves, np.ones(1)), tuple(range(len(values))))


def interval_edges(before: Float64Array, last: Float64Array) -> Float64Array:
    """Return the edges of a union of intervals, outside of which the numbers up to the first are.

    Args:
        before: The greatest number below each interval, ascending.
        last: The greatest number in each interval, not above the next interval's `before`.
    """
    edges = np.column_stack([before, last]).ravel()
    # Where an interval begins right behind the one before, they are one interval.
    joined = np.flatnonzero(edges[1:] == edges[:-1])
    return np.delete(edges, np.concatenate([joined, joined + 1]))


def leaves_of(tree: Tree, rows: Float32Array) -> IntArray:
    """Return the number of the leaf in which each row ends."""
    found = np.full(len(rows), -1, np.int64)
    waiting = [(0 if len(tree.features) else ~0, np.arange(len(rows)))]
    while waiting:
        place, numbers = waiting.pop()
        if place < 0:
            found[numbers] = ~place
            continue
        goes_left = _goes_left(tree, place, rows[numbers, tree.features[place]])
        for child, part in ((tree.left, goes_left), (tree.right, ~goes_left)):
            if part.any():
                waiting.append((int(child[place]), numbers[part]))
    return found


def _goes_left(tree: Tree, split: int, values: Float32Array) -> BoolArray:
    interval = np.searchsorted(tree.edges_of(split), values.astype(np.float64), side="left")
    decided: BoolArray = (interval % 2 == 0) == tree.starts_left[split]
    return np.where(np.isnan(values), tree.missing_left[split], decided)


def sums(ensemble: Ensemble, rows: Float32Array) -> Float32Array:
    """Return the sums of each row, shape ``(rows, targets)``, as the library adds them."""
    seen = clear_near_zero(ensemble, rows)
    precision = np.float32 if ensemble.rounds else np.float64
    total = np.tile(np.array(ensemble.base, precision), (len(rows), 1))
    for tree in ensemble.trees:
        total[:, tree.targets] += tree.values.astype(precision)[leaves_of(tree, seen)]
    return (total / ensemble.divisor).astype(np.float32)


def clear_near_zero(ensemble: Ensemble, rows: Float32Array) -> Float32Array:
    """Return the rows with NaN where a number is so near to zero that it counts as missing."""
    if not ensemble.near_zero_missing:
        return rows
    hidden = np.zeros(rows.shape[1], bool)
    hidden[list(ensemble.near_zero_missing)] = True
    nan = np.float32(np.nan)
    return np.where(hidden & (np.abs(rows) <= np.float32(NEAR_ZERO)), nan, rows)


def boundaries(ensemble: Ensemble) -> tuple[tuple[float, ...], ...]:
    """Return per column the numbers at which any split decides otherwise."""
    pairs = [(tree.features, tree.edges, tree.offsets) for tree in ensemble.trees]
    columns = [np.repeat(features, np.diff(offsets)) for features, _, offsets in pairs]
    asked = np.concatenate([*columns, np.empty(0, np.int64)])
    edges = np.concatenate([*(edges for _, edges, _ in pairs), np.empty(0)])
    return tuple(
        tuple(_jumps(edges[asked == column], near_zero=column in ensemble.near_zero_missing))
        for column in range(ensemble.columns)
    )


def _jumps(edges: Float64Array, *, near_zero: bool) -> Iterator[float]:
    yield from np.unique(edges[np.isfinite(edges)]).tolist()
    if near_zero:
        yield from (-NEAR_ZERO, NEAR_ZERO)


def select_target(ensemble: Ensemble, target: int) -> Ensemble:
    """Return an ensemble of one of the sums alone."""
    trees = tuple(_narrow(tree, target) for tree in ensemble.trees if target in tree.targets)
    return Ensemble(
        trees,
        ensemble.columns,
        (ensemble.base[target],),
        ensemble.rounds,
        ensemble.mean,
        ensemble.near_zero_missing,
    )


def _narrow(tree: Tree, target: int) -> Tree:
    place = tree.targets.index(target)
    return replace(tree, values=tree.values[:, [place]], targets=(0,))
