"""K-means of scikit-learn: the number of the nearest center, and the distances to all."""

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from modelspec.notebook.importers.graphs import Graph, affine
from modelspec.notebook.importers.imported import ImportedModel, ImportedOutput
from modelspec.notebook.importers.originals import (
    Float64Array,
    Original,
    import_original,
    named,
)

LABEL = ImportedOutput("label", "label")


def import_kmeans(original: Original) -> Sequence[ImportedModel]:
    """Return k-means: with distances, and without.

    The original takes distances as the root of ``x² - 2xc + c²``, which cancels where a row lies
    close to a center, so that no other order of additions gives the same bits. Where a compared
    row shows it, only the label is imported.
    """
    estimator = _widened(original.estimator)
    centers = estimator.cluster_centers_
    graph = Graph(len(original.features))
    norms = (centers**2).sum(axis=1)
    # The row's own square is the same for all centers, and left out as the original does.
    relative = affine(graph, graph.features, -2.0 * centers.T, norms)
    nearest = graph.add("ArgMin", relative, axis=1, keepdims=1)
    graph.answer("label", nearest, 1)
    boundaries = [_boundaries(column) for column in centers.T]
    label = import_original(
        original,
        graph.content(),
        (LABEL,),
        lambda rows: {"label": estimator.predict(rows)},
        boundaries=boundaries,
    )
    graph.answer("distances", _distances(graph, relative), len(centers))
    names = [f"distance_{index}" for index in range(len(centers))]
    both = import_original(
        original,
        graph.content(),
        (LABEL, *named("distances", names)),
        lambda rows: {"label": estimator.predict(rows), "distances": estimator.transform(rows)},
        boundaries=boundaries,
    )
    return (both, label)


def _distances(graph: Graph, relative: str) -> str:
    squares = graph.add("Mul", graph.features, graph.features)
    axis = graph.constant(np.array([1]))
    own = graph.add("ReduceSum", squares, axis, keepdims=1)
    squared = graph.add("Add", relative, own)
    return graph.add("Sqrt", graph.add("Max", squared, graph.constant(np.array(0.0))))


def _boundaries(column: Float64Array) -> tuple[float, ...]:
    """Return the centers' values and what lies between neighbors."""
    values = np.unique(column)
    return (*values.tolist(), *((values[1:] + values[:-1]) / 2).tolist())


def _widened(estimator: Any) -> Any:
    """Return the estimator with float64 centers: those of float32 take no float64 rows."""
    widened = copy.copy(estimator)
    widened.cluster_centers_ = np.asarray(estimator.cluster_centers_, np.float64)
    return widened
