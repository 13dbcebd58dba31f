"""Trees whose every split is one comparison with one number, which is what onnxruntime runs fast.

A split with many edges, as a set of category codes, becomes a binary search over them, at whose
ends the same two subtrees appear many times. They are not copied: onnxruntime reads the branches
of a node false one first, and lets a true branch lead to what it has read before.
"""

from dataclasses import dataclass

import numpy as np

from modelspec.notebook.importers.ensembles import BoolArray, Float64Array, IntArray, Tree


@dataclass(frozen=True)
class Comparisons:
    """A tree of comparisons: numbers up to the edge take the true branch, others the false one."""

    features: IntArray
    edges: Float64Array
    missing_true: BoolArray
    true: IntArray
    false: IntArray

    leaves: IntArray
    """The row of the tree's `values` that each leaf adds; some rows are there more than once."""


def comparisons(tree: Tree) -> Comparisons:
    """Return a tree that does the same with single comparisons."""
    many = np.diff(tree.offsets) != 1
    steps = Comparisons(
        features=tree.features,
        edges=tree.edges[tree.offsets[:-1]],
        missing_true=tree.missing_left == tree.starts_left,
        true=np.where(tree.starts_left, tree.left, tree.right),
        false=np.where(tree.starts_left, tree.right, tree.left),
        leaves=np.arange(len(tree.values)),
    )
    if not many.any():
        return steps
    searches = _Searches(tree, steps)
    for split in np.flatnonzero(many).tolist():
        searches.expand(split)
    return searches.comparisons()


class _Searches:
    """A tree of comparisons while splits become searches; each keeps its number."""

    def __init__(self, tree: Tree, steps: Comparisons) -> None:
        self._tree = tree
        self._features = steps.features.tolist()
        self._edges = steps.edges.tolist()
        self._missing_true = steps.missing_true.tolist()
        self._true = steps.true.tolist()
        self._false = steps.false.tolist()
        self._leaves = steps.leaves.tolist()

    def comparisons(self) -> Comparisons:
        """Return what was made."""
        return Comparisons(
            np.array(self._features, np.int64),
            np.array(self._edges, np.float64),
            np.array(self._missing_true, bool),
            np.array(self._true, np.int64),
            np.array(self._false, np.int64),
            np.array(self._leaves, np.int64),
        )

    def expand(self, split: int) -> None:
        """Make a search of one split."""
        search = _search_of(self._tree, split)
        last = len(search.edges)
        if search.missing in (search.sides[0], search.sides[last]):
            missing_true = search.missing != search.sides[last]
            self._search(search, (0, last), split, missing_true=missing_true)
            return
        # NaN goes where neither the smallest nor the greatest numbers go.
        root = self._append(search.feature)
        self._set(split, np.inf, missing_true=False, true=root, false=search.missing)
        self._search(search, (0, last), root, missing_true=False)

    def _search(
        self, search: "_Search", span: tuple[int, int], node: int, *, missing_true: bool
    ) -> None:
        """Make a node decide between the intervals from the first to the last of a span."""
        low, high = span
        middle = (low + high - 1) // 2
        ends = []
        for part in ((low, middle), (middle + 1, high)):
            if part[0] == part[1]:
                ends.append(search.sides[part[0]])
            else:
                ends.append(self._append(search.feature))
                self._search(search, part, ends[-1], missing_true=missing_true)
        true, false = ends
        if middle + 1 == high and not search.reads_first(high):
            false = self._again(false, search.feature)
        self._set(node, search.edges[middle], missing_true=missing_true, true=true, false=false)

    def _again(self, place: int, feature: int) -> int:
        """Return where a false branch finds what was read before."""
        if place < 0:
            self._leaves.append(self._leaves[~place])
            return ~(len(self._leaves) - 1)
        detour = self._append(feature)
        nowhere = self._again(~0, feature)
        self._set(detour, np.inf, missing_true=True, true=place, false=nowhere)
        return detour

    def _append(self, feature: int) -> int:
        self._features.append(feature)
        for column in (self._edges, self._missing_true, self._true, self._false):
            column.append(0)
        return len(self._features) - 1

    def _set(self, node: int, edge: float, *, missing_true: bool, true: int, false: int) -> None:
        self._edges[node] = edge
        self._missing_true[node] = missing_true
        self._true[node], self._false[node] = true, false


@dataclass(frozen=True)
class _Search:
    """A split with many edges."""

    feature: int

    edges: list[float]

    sides: list[int]
    """Where each interval goes, in ascending order; one more than edges."""

    missing: int
    """Where NaN goes."""

    def reads_first(self, interval: int) -> bool:
        """Return whether the runtime has not read this interval's subtree when it comes to it.

        It comes to the last interval first; NaN's side may stand before all of them.
        """
        last = len(self.edges)
        if interval == last:
            return True
        return interval == last - 1 and self.missing in (self.sides[0], self.sides[last])


def _search_of(tree: Tree, split: int) -> _Search:
    edges = tree.edges_of(split).tolist()
    left, right = int(tree.left[split]), int(tree.right[split])
    sides = (left, right) if tree.starts_left[split] else (right, left)
    return _Search(
        feature=int(tree.features[split]),
        edges=edges,
        sides=[sides[interval % 2] for interval in range(len(edges) + 1)],
        missing=left if tree.missing_left[split] else right,
    )
