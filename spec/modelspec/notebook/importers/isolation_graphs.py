"""Isolation forests as ONNX graphs: a power of a sum, computed in float64 and rounded once.

``TreeEnsemble`` of ai.onnx.ml 5 gives the sum as float64, which the older operators do not.
"""

from typing import Any

import numpy as np

from modelspec.notebook.importers.ensemble_graphs import build_model
from modelspec.notebook.importers.ensembles import Ensemble, IntArray, Tree
from modelspec.notebook.importers.extras import require
from modelspec.notebook.importers.imported import INPUT

_OPSET = 5
_UP_TO = 0
_SUM = 1


def build_isolation(ensemble: Ensemble, expected_depth: float, offset: float) -> bytes:
    """Return the graph of ``-2 ** -(depth / expected_depth) - offset``.

    Args:
        ensemble: What gives the depths of a row's leaves, added.
        expected_depth: The depth of a row that is as far in as expected.
        offset: Below it rows are outliers.
    """
    onnx = require("onnx", "notebook")
    make = onnx.helper.make_node
    numbers = {"two": 2.0, "expected": expected_depth, "offset": offset}
    constants = [onnx.numpy_helper.from_array(np.array(n), name) for name, n in numbers.items()]
    nodes = [
        make("Cast", [INPUT], ["wide"], to=onnx.TensorProto.DOUBLE),
        _depth_node(ensemble, "wide", "depth"),
        make("Div", ["depth", "expected"], ["share"]),
        make("Neg", ["share"], ["exponent"]),
        make("Pow", ["two", "exponent"], ["power"]),
        make("Neg", ["power"], ["sample"]),
        make("Sub", ["sample", "offset"], ["decision"]),
        make("Cast", ["decision"], ["score"], to=onnx.TensorProto.FLOAT),
    ]
    return build_model(nodes, ensemble.columns, {"score": 1}, constants, _OPSET)


def _depth_node(ensemble: Ensemble, source: str, name: str) -> Any:
    onnx = require("onnx", "notebook")
    trees = list(map(_with_split, ensemble.trees))
    splits = np.cumsum([0, *(len(tree.features) for tree in trees)])
    leaves = np.cumsum([0, *(len(tree.values) for tree in trees)])
    sides = {
        side: np.concatenate(
            [
                np.where(child < 0, leaves[number] + ~child, splits[number] + child)
                for number, child in enumerate(getattr(tree, branch) for tree in trees)
            ]
        )
        for side, branch in (("true", "left"), ("false", "right"))
    }
    missing = np.concatenate([tree.missing_left for tree in trees]).astype(np.int64)
    edges = np.concatenate([tree.edges for tree in trees])
    return onnx.helper.make_node(
        "TreeEnsemble",
        [source],
        [name],
        domain="ai.onnx.ml",
        aggregate_function=_SUM,
        n_targets=1,
        tree_roots=splits[:-1].tolist(),
        nodes_featureids=np.concatenate([tree.features for tree in trees]).tolist(),
        nodes_splits=onnx.numpy_helper.from_array(edges),
        nodes_modes=onnx.numpy_helper.from_array(np.full(len(edges), _UP_TO, np.uint8)),
        nodes_missing_value_tracks_true=missing.tolist(),
        nodes_truenodeids=sides["true"].tolist(),
        nodes_trueleafs=_are_leaves(trees, "left"),
        nodes_falsenodeids=sides["false"].tolist(),
        nodes_falseleafs=_are_leaves(trees, "right"),
        leaf_targetids=np.zeros(leaves[-1], np.int64).tolist(),
        leaf_weights=onnx.numpy_helper.from_array(
            np.concatenate([tree.values[:, 0] for tree in trees])
        ),
    )


def _are_leaves(trees: list[Tree], branch: str) -> list[int]:
    children: IntArray = np.concatenate([getattr(tree, branch) for tree in trees])
    return list(map(int, children < 0))


def _with_split(tree: Tree) -> Tree:
    """Return a tree that has a split: the operator knows no others."""
    if len(tree.features):
        return tree
    one = np.full(1, ~0)
    return Tree(
        features=np.zeros(1, np.int64),
        edges=np.full(1, np.inf),
        offsets=np.arange(2),
        starts_left=np.ones(1, bool),
        missing_left=np.ones(1, bool),
        left=one,
        right=one,
        values=tree.values,
    )
