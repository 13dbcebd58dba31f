"""What the importers of scikit-learn's estimators have in common: what is asked, how it answers.

An original is asked in float64, with the float32 features widened. Its sums are products of
matrices whose order of addition nobody documents, and so are the graph's. They differ by an ulp of
float64, which rounding to float32 absorbs: of 2**29 values about one is rounded otherwise, more
often where large terms cancel. Every import is compared, and refused where one is.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from modelspec.notebook.importers.extras import require
from modelspec.notebook.importers.imported import Float32Array, ImportedModel, ImportedOutput
from modelspec.notebook.importers.refusals import RowsError

Float64Array: TypeAlias = NDArray[np.float64]
Groups: TypeAlias = Mapping[str, Sequence[str]]

MAX_NAMED = 60
"""A specification names at most 64 outputs of a model; of more classes the answer is a vector."""

SIGMOID: Mapping[str, Any] = {"type": "Sigmoid", "sigmoid": {"slope": "1.0", "intercept": "0.0"}}
"""Log odds become a probability."""

EXPONENTIAL: Mapping[str, Any] = {"type": "Expr", "expr": "exp(raw)"}
"""The logarithm of an expectation becomes the expectation."""


@dataclass(frozen=True)
class Original:
    """A fitted estimator, and what is wanted of it."""

    estimator: Any

    features: tuple[str, ...]
    """Names of its columns, in order."""

    rows: Float32Array
    """What it will see."""

    contributions: Groups | None = None
    """For each reason code the features that contribute to it."""

    baseline: Float64Array | None = None
    """Where contributions are zero."""

    @property
    def name(self) -> str:
        """The class of the estimator."""
        return type(self.estimator).__name__


Importer: TypeAlias = Callable[[Original], Sequence[ImportedModel]]
"""Returns what may be imported, the most complete first; the first that is verified is."""

Reference: TypeAlias = Callable[[Float64Array], Mapping[str, NDArray[Any]]]


def import_original(
    original: Original,
    content: bytes,
    outputs: Sequence[ImportedOutput],
    reference: Reference,
    *,
    calibration: Mapping[str, Any] | None = None,
    boundaries: Sequence[Sequence[float]] = (),
    takes_missing: bool = False,
) -> ImportedModel:
    """Return a graph with what is known of its estimator.

    Args:
        original: The estimator.
        content: The graph.
        outputs: Its outputs.
        reference: The estimator's answers to a float64 matrix: by graph output an array with a
            row for each row.
        calibration: What makes a probability of the margin.
        boundaries: By column where the answer may jump.
        takes_missing: Whether the estimator answers rows with NaN.
    """
    return ImportedModel(
        content=content,
        columns=original.features,
        outputs=tuple(outputs),
        reference=lambda rows: _rounded(reference, rows),
        boundaries=tuple(tuple(map(float, values)) for values in boundaries),
        framework="scikit-learn",
        framework_version=str(require("sklearn", "sklearn").__version__),
        hyperparameters=hyperparameters(original.estimator),
        calibration=calibration,
        takes_missing=takes_missing,
    )


def hyperparameters(estimator: Any) -> dict[str, str]:
    """Return the settings of an estimator, as a person would write them."""
    return {
        str(name): " ".join(repr(value).split())[:256]
        for name, value in estimator.get_params(deep=False).items()
    }


def score(suffix: str = "score") -> tuple[ImportedOutput, ...]:
    """Return the output of a graph that gives one number."""
    return (ImportedOutput(suffix, "score"),)


def named(tensor: str, names: Sequence[str]) -> tuple[ImportedOutput, ...]:
    """Return an output for each column of a tensor, or one for all where there are too many."""
    if len(names) > MAX_NAMED:
        return (ImportedOutput(tensor, tensor, None),)
    return tuple(ImportedOutput(name, tensor, index) for index, name in enumerate(names))


def column_numbers(original: Original, names: Sequence[str], where: str) -> list[int]:
    """Return the numbers of columns by their names.

    Raises:
        RowsError: A name is none of the model's features.
    """
    unknown = [name for name in names if name not in original.features]
    if unknown:
        known = ", ".join(f"`{name}`" for name in original.features[:8])
        raise RowsError(f"{where}: `{unknown[0]}` is no feature of the model; it has {known}")
    return [original.features.index(name) for name in names]


def _rounded(reference: Reference, rows: Float32Array) -> dict[str, Float32Array]:
    """Return what the original answers, rounded to float32 once.

    Originals that were fitted on named columns warn that these have no names; the ends of float32
    overflow, in the graph too.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        answers = reference(rows.astype(np.float64))
        return {
            tensor: np.asarray(values, np.float64).reshape(len(rows), -1).astype(np.float32)
            for tensor, values in answers.items()
        }
