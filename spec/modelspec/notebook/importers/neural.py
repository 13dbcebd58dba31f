"""Multilayer perceptrons of scikit-learn: products, sums, and activations between them."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from modelspec.notebook.importers.graphs import Graph, affine
from modelspec.notebook.importers.imported import ImportedModel
from modelspec.notebook.importers.originals import (
    EXPONENTIAL,
    SIGMOID,
    Original,
    import_original,
    named,
    score,
)
from modelspec.notebook.importers.suffixes import suffixes


def import_perceptron(original: Original) -> Sequence[ImportedModel]:
    """Return a perceptron up to its last sum; what follows it is calibration."""
    estimator = original.estimator
    graph = Graph(len(original.features))
    layers = list(zip(estimator.coefs_, estimator.intercepts_, strict=True))
    activate = ACTIVATIONS[estimator.activation]
    tensor = graph.features
    for index, (weights, intercepts) in enumerate(layers):
        tensor = affine(graph, activate(graph, tensor) if index else tensor, weights, intercepts)
    width = len(layers[-1][1])
    name = "score" if width == 1 else "scores"
    graph.answer(name, tensor, width)
    # The same sums without what the last layer does to them.
    plain = copy.copy(estimator)
    plain.out_activation_ = "identity"
    forward = plain._forward_pass_fast  # noqa: SLF001  # no public method gives the margin
    return (
        import_original(
            original,
            graph.content(),
            score() if width == 1 else named(name, _names(estimator, width)),
            lambda rows: {name: forward(rows)},
            calibration=CALIBRATIONS.get(estimator.out_activation_) if width == 1 else None,
        ),
    )


def _names(estimator: Any, width: int) -> tuple[str, ...]:
    return suffixes(getattr(estimator, "classes_", range(width)))


def _identity(_: Graph, tensor: str) -> str:
    return tensor


def _logistic(graph: Graph, tensor: str) -> str:
    """Return 1 / (1 + exp(-x)): the runtime's own Sigmoid loses digits far below zero."""
    one = graph.constant(np.array(1.0))
    return graph.add("Div", one, graph.add("Add", one, _exp(graph, graph.add("Neg", tensor))))


def _tanh(graph: Graph, tensor: str) -> str:
    return graph.add("Tanh", tensor)


def _relu(graph: Graph, tensor: str) -> str:
    return graph.add("Relu", tensor)


def _exp(graph: Graph, tensor: str) -> str:
    return graph.add("Exp", tensor)


ACTIVATIONS: Mapping[str, Callable[[Graph, str], str]] = {
    "identity": _identity,
    "logistic": _logistic,
    "tanh": _tanh,
    "relu": _relu,
}

CALIBRATIONS: Mapping[str, Mapping[str, Any]] = {"logistic": SIGMOID, "exp": EXPONENTIAL}
"""By the last layer's activation; softmax of several margins is no calibration."""
