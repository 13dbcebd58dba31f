"""Ensembles of trees as ONNX graphs whose sums have the library's own bits.

``TreeEnsembleRegressor`` of ai.onnx.ml 3 does it: its double tensors keep thresholds whole, and on
one thread onnxruntime adds leaves in the order of the trees. All splits become one kind of
comparison, ``x <= edge``, for which onnxruntime has a fast path
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modelspec.notebook.importers.comparisons import comparisons
from modelspec.notebook.importers.ensembles import (
    NEAR_ZERO,
    BoolArray,
    Ensemble,
    Float64Array,
    IntArray,
    Tree,
    leaf_tree,
    select_target,
)
from modelspec.notebook.importers.extras import require
from modelspec.notebook.importers.graphs import IR_VERSION, OPSET
from modelspec.notebook.importers.imported import INPUT

TREES_OPSET = 3
"""Of ai.onnx.ml: the first whose thresholds may be doubles."""

_CLEARED = "cleared"
_WIDE = "wide"


def build_graph(outputs: Mapping[str, Ensemble]) -> bytes:
    """Return an ONNX model that gives the sums of ensembles of the same columns.

    Args:
        outputs: By name of a graph output, whose shape is ``(N, targets)``, what gives it.
    """
    first = next(iter(outputs.values()))
    nodes: list[Any] = []
    constants: list[Any] = []
    source = INPUT
    if first.near_zero_missing:
        nodes, constants = _clear_near_zero(first)
        source = _CLEARED
    if not all(ensemble.rounds for ensemble in outputs.values()):
        nodes.append(_cast(source))
    for name, ensemble in outputs.items():
        nodes += _ensemble_nodes(ensemble, source if ensemble.rounds else _WIDE, name)
    widths = {name: ensemble.targets for name, ensemble in outputs.items()}
    return build_model(nodes, first.columns, widths, constants)


def build_model(
    nodes: Sequence[Any],
    columns: int,
    widths: Mapping[str, int],
    constants: Sequence[Any] = (),
    trees_opset: int = TREES_OPSET,
) -> bytes:
    """Return the model of nodes that lead from the features to outputs of these widths."""
    onnx = require("onnx", "notebook")

    def tensor(name: str, width: int) -> Any:
        return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["N", width])

    graph = onnx.helper.make_graph(
        nodes,
        "trees",
        [tensor(INPUT, columns)],
        [tensor(name, width) for name, width in widths.items()],
        initializer=list(constants),
    )
    opsets = [
        onnx.helper.make_opsetid("", OPSET),
        onnx.helper.make_opsetid("ai.onnx.ml", trees_opset),
    ]
    model = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
    return bytes(model.SerializeToString(deterministic=True))


def _cast(source: str) -> Any:
    onnx = require("onnx", "notebook")
    return onnx.helper.make_node("Cast", [source], [_WIDE], to=onnx.TensorProto.DOUBLE)


def _clear_near_zero(ensemble: Ensemble) -> tuple[list[Any], list[Any]]:
    """Return nodes that put NaN for zeros where the library takes them for missing."""
    onnx = require("onnx", "notebook")
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    limits = np.full(ensemble.columns, -1, np.float32)
    limits[list(ensemble.near_zero_missing)] = NEAR_ZERO
    nodes = [
        helper.make_node("Abs", [INPUT], ["magnitudes"]),
        helper.make_node("LessOrEqual", ["magnitudes", "limits"], ["zeros"]),
        helper.make_node("Where", ["zeros", "nan", INPUT], [_CLEARED]),
    ]
    nan = numpy_helper.from_array(np.array(np.nan, np.float32), "nan")
    return nodes, [numpy_helper.from_array(limits, "limits"), nan]


def _ensemble_nodes(ensemble: Ensemble, source: str, name: str) -> Iterator[Any]:
    """Yield the nodes that give an ensemble's sums under a name."""
    if not ensemble.mean or ensemble.divisor == len(ensemble.trees):
        yield _ensemble_node(ensemble, source, name)
        return
    # The runtime divides by the number of all trees, whichever sums they add to.
    parts = [f"{name}_{target}" for target in range(ensemble.targets)]
    for target, part in enumerate(parts):
        yield _ensemble_node(select_target(ensemble, target), source, part)
    yield require("onnx", "notebook").helper.make_node("Concat", parts, [name], axis=1)


def _ensemble_node(ensemble: Ensemble, source: str, name: str) -> Any:
    onnx = require("onnx", "notebook")
    helper, kinds = onnx.helper, onnx.AttributeProto
    # A sum begins as the library's does only when its beginning is the first thing added.
    base = (leaf_tree(ensemble.base),) if any(ensemble.base) else ()
    table = _table([*base, *ensemble.trees])
    node = helper.make_node(
        "TreeEnsembleRegressor",
        [source],
        [name],
        domain="ai.onnx.ml",
        n_targets=ensemble.targets,
        aggregate_function="AVERAGE" if ensemble.mean else "SUM",
        nodes_modes=np.where(table.is_leaf, "LEAF", "BRANCH_LEQ").tolist(),
    )
    for key, integers in table.integers.items():
        attribute = kinds(name=key, type=kinds.INTS, ints=integers.tolist())
        node.attribute.append(attribute)
    for key, numbers in (("nodes_values", table.edges), ("target_weights", table.weights)):
        if ensemble.rounds:
            attribute = helper.make_attribute(key, numbers.tolist())
        else:
            tensor = onnx.numpy_helper.from_array(numbers)
            attribute = helper.make_attribute(f"{key}_as_tensor", tensor)
        node.attribute.append(attribute)
    return node


@dataclass(frozen=True)
class _Table:
    """The nodes of all trees, and what their leaves add, as the operator's columns."""

    integers: dict[str, IntArray]
    is_leaf: BoolArray
    edges: Float64Array
    weights: Float64Array


def _table(trees: Sequence[Tree]) -> _Table:
    parts = [_part(number, tree) for number, tree in enumerate(trees)]
    return _Table(
        {key: np.concatenate([part.integers[key] for part in parts]) for key in _COLUMNS},
        np.concatenate([part.is_leaf for part in parts]),
        np.concatenate([part.edges for part in parts]),
        np.concatenate([part.weights for part in parts]),
    )


_COLUMNS = (
    "nodes_treeids",
    "nodes_nodeids",
    "nodes_featureids",
    "nodes_truenodeids",
    "nodes_falsenodeids",
    "nodes_missing_value_tracks_true",
    "target_treeids",
    "target_nodeids",
    "target_ids",
)


def _part(number: int, tree: Tree) -> _Table:
    """Return the columns of one tree: its comparisons first, then its leaves."""
    steps = comparisons(tree)
    splits, leaves, width = len(steps.features), len(steps.leaves), len(tree.targets)
    nodes = np.arange(splits + leaves)
    true, false = (np.where(c < 0, splits + ~c, c) for c in (steps.true, steps.false))
    padded = (steps.features, true, false, steps.missing_true.astype(np.int64))
    features, true, false, missing = (np.pad(column, (0, leaves)) for column in padded)
    weights = tree.values[steps.leaves].ravel()
    # What adds nothing is left out: most groups contribute nothing to most leaves. The operator
    # wants one weight at least.
    adds = weights != 0
    adds[0] = True
    kept = np.flatnonzero(adds)
    targets = (np.repeat(nodes[splits:], width)[kept], np.tile(tree.targets, leaves)[kept])
    columns = (
        *(np.full(len(nodes), number), nodes, features, true, false, missing),
        *(np.full(len(kept), number), *targets),
    )
    return _Table(
        dict(zip(_COLUMNS, columns, strict=True)),
        nodes >= splits,
        np.pad(steps.edges, (0, leaves)),
        weights[kept],
    )
