"""What groups of columns contribute to a margin, by the path that a row takes through each tree.

The value of a split is the mean of the leaves below it, weighted by how much of the training data
each holds. A step from a split to the next moves the margin by the difference of their values, for
which the column that the split asks for is responsible (Saabas). A leaf fixes its path, so that
contributions are leaf values of a second ensemble, which an ONNX graph adds as it adds margins.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from modelspec.notebook.importers.ensembles import Ensemble, Float64Array, IntArray, Tree
from modelspec.notebook.importers.refusals import UnsupportedModelError


def contribution_ensemble(ensemble: Ensemble, groups: Sequence[Sequence[int]]) -> Ensemble:
    """Return the ensemble whose sums are the contributions of groups of columns.

    Args:
        ensemble: What gives the margin, which is one number.
        groups: Numbers of columns, each in one group at most; what others contribute is left out.

    Raises:
        UnsupportedModelError: The model has several margins.
    """
    if ensemble.targets != 1:
        raise UnsupportedModelError(
            f"the model has {ensemble.targets} margins, and contributions are to one; leave"
            " `contributions` out, or train a model of two classes"
        )
    owners = _owners(groups, ensemble.columns)
    trees = tuple(_contributing(tree, owners, len(groups)) for tree in ensemble.trees)
    return replace(ensemble, trees=trees, base=(0.0,) * len(groups), rounds=False)


def expected_margin(ensemble: Ensemble) -> float:
    """Return the margin before any split: with all contributions it adds up to a row's own."""
    roots = [float(node_values(tree)[0]) for tree in ensemble.trees]
    return ensemble.base[0] + sum(roots) / (len(roots) if ensemble.mean else 1)


def node_values(tree: Tree) -> Float64Array:
    """Return the value of each split, then of each leaf, for a tree of one target."""
    splits = len(tree.features)
    leaves = tree.values[:, 0]
    covers = np.concatenate([np.zeros(splits), _covers(tree)])
    values = np.concatenate([np.zeros(splits), leaves])
    for split, left, right in reversed(_top_down(tree)):
        weights = covers[[left, right]]
        covers[split] = weights.sum()
        # Nothing was seen on either side: both count the same.
        shares = weights / covers[split] if covers[split] > 0 else np.full(2, 0.5)
        values[split] = shares @ values[[left, right]]
    return values


def _contributing(tree: Tree, owners: IntArray, groups: int) -> Tree:
    """Return a tree whose leaves hold what each group contributed on the way to them."""
    splits = len(tree.features)
    values = node_values(tree)
    # The column behind the last group collects what belongs to none.
    paths = np.zeros((len(values), groups + 1))
    for split, *children in _top_down(tree):
        for child in children:
            paths[child] = paths[split]
            paths[child, owners[tree.features[split]]] += values[child] - values[split]
    return replace(tree, values=paths[splits:, :groups], targets=tuple(range(groups)))


def _top_down(tree: Tree) -> list[tuple[int, int, int]]:
    """Return each split with both children, parents first; leaves are numbered after splits."""
    splits = len(tree.features)
    left, right = (np.where(c < 0, splits + ~c, c).tolist() for c in (tree.left, tree.right))
    waiting, ordered = [0] if splits else [], []
    while waiting:
        split = waiting.pop()
        ordered.append((split, left[split], right[split]))
        waiting += [child for child in (left[split], right[split]) if child < splits]
    return ordered


def _covers(tree: Tree) -> Float64Array:
    return np.ones(len(tree.values)) if tree.covers is None else tree.covers


def _owners(groups: Sequence[Sequence[int]], columns: int) -> IntArray:
    owners = np.full(columns, len(groups))
    for number, group in enumerate(groups):
        owners[list(group)] = number
    return owners
