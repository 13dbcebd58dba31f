"""A model of another library as a graph, with what is needed to prove that it is the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Float32Array: TypeAlias = NDArray[np.float32]

INPUT = "features"
"""Name of the only input of every imported graph: float32, shape ``(N, columns)``."""


@dataclass(frozen=True)
class ImportedOutput:
    """One number of each row, or one vector."""

    suffix: str
    """What follows the model's name in the specification: ``score``, or the class it is for."""

    tensor: str
    """Name of the graph's output: float32, shape ``(N, width)``."""

    index: int | None = 0
    """The column of that output; ``None`` for all of it."""


@dataclass(frozen=True)
class ImportedModel:
    """A graph that was verified against the model it was made from.

    Margins are what graphs give: sums before any link function. What turns them into the
    library's own predictions is postprocessing, computed in float64: ``calibration``.
    """

    content: bytes
    """The ONNX file."""

    columns: tuple[str, ...]
    """Names of the features, in the order of the tensor's columns."""

    outputs: tuple[ImportedOutput, ...]

    reference: Callable[[Float32Array], Mapping[str, Float32Array]]
    """The original's own answer for a float32 matrix, ``(N, columns)``: by name of a graph output
    an array of its shape, rounded to float32 once."""

    boundaries: tuple[tuple[float, ...], ...]
    """Per column the values at which the answer may jump: thresholds, category codes."""

    framework: str
    """As a person writes it: LightGBM."""

    framework_version: str

    hyperparameters: Mapping[str, str] = field(default_factory=dict)

    calibration: Mapping[str, Any] | None = None
    """``spec.postprocessing.calibration`` that makes the library's prediction of the margin, as
    ``{"type": "Sigmoid", "sigmoid": {"slope": "1", "intercept": "0"}}``; none for regressions."""

    takes_missing: bool = True
    """Whether the original answers rows with NaN. If not, `missingEncoding` of the model's input
    must be Forbidden, and no row with NaN is compared."""
