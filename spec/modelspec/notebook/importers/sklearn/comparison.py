"""Whether a specification gives the bits of the transformers that it was made from."""

import warnings
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from modelspec.compiler.frames import FrameError
from modelspec.compiler.tensors import Float32Array, round_to_float32, transform
from modelspec.expressions.program import Program
from modelspec.notebook.importers.refusals import MismatchError
from modelspec.notebook.importers.sklearn.drafts import Draft
from modelspec.notebook.importers.sklearn.frames import Frame
from modelspec.notebook.importers.sklearn.trials import Trials, answered

CHUNK = 50_000
"""Rows that are compared at a time."""

TOLERANCE = 1e-5
"""How far rounding features to float32 may move an answer; golden rows allow as much."""


@dataclass(frozen=True)
class Original:
    """What was fitted: the part that transforms, and the model that may follow it."""

    transformer: Any
    """``None`` where the model takes the data as they are."""

    estimator: Any = None

    def matrix(self, frame: Frame) -> NDArray[np.float64]:
        """Return what the transformers make of rows, in float64."""
        return as_floats(self._made(frame))

    def check(self, frame: Frame) -> None:
        """Raise what the original raises for rows, as it transforms them or predicts."""
        made = self._made(frame)
        if self.estimator is not None:
            with _quiet():
                self.estimator.predict(made)

    def _made(self, frame: Frame) -> Any:
        if self.transformer is None:
            return frame.data
        with _quiet(), np.errstate(all="ignore"):
            return self.transformer.transform(frame.data)


def _quiet() -> Any:
    return warnings.catch_warnings(action="ignore")


def as_floats(made: Any) -> NDArray[np.float64]:
    """Return a matrix of any kind, sparse or a frame, in float64."""
    for convert in ("toarray", "to_numpy"):
        if hasattr(made, convert):
            made = getattr(made, convert)()
    matrix = np.asarray(made)
    if matrix.dtype.kind == "O":
        items = [None if type(item).__name__ == "NAType" else item for item in matrix.flat]
        matrix = np.array(items, object).reshape(matrix.shape)
    return matrix.astype(np.float64)


@dataclass(frozen=True)
class Difference:
    """A row that a specification would answer though the original does otherwise."""

    trials: Trials
    row: int
    said: str
    """What the original makes of it."""

    @property
    def feature(self) -> str:
        """The raw feature that was moved."""
        return self.trials.changes[self.row][0]

    @override
    def __str__(self) -> str:
        """Return it as a sentence."""
        return f"{self.trials.named(self.row)} {self.said}"


def _by_row(answers: tuple[list[int], list[Any]]) -> dict[int, Any]:
    return dict(zip(*answers, strict=True))


@dataclass(frozen=True)
class Comparison:
    """The two that are compared."""

    original: Original
    program: Program
    names: Sequence[str]
    draft: Draft

    def rows(self, frame: Frame) -> None:
        """Compare on all given rows.

        Raises:
            MismatchError: A row is answered otherwise, or one that is answered is refused.
        """
        for start in range(0, len(frame), CHUNK):
            part = frame.take(range(start, min(start + CHUNK, len(frame))))
            try:
                ours = self._ours(part)
            except FrameError as error:
                message = f"the pipeline takes a row that the specification refuses: {error}"
                raise MismatchError(message) from error
            theirs = self.original.matrix(part)
            place = first_difference(round_to_float32(theirs), ours)
            if place is not None:
                row, column = place
                values = theirs[row, column], ours[row, column]
                raise self._mismatch(f"row {start + row}", column, values)

    def trials(self, trials: Trials) -> list[Difference]:
        """Compare on rows that try to differ.

        Returns:
            What the original refuses and the specification would answer, and what makes infinite
            features of which a model knows and a specification does not.

        Raises:
            MismatchError: A row is answered otherwise.
        """
        trials = trials.take(
            [row for row, change in enumerate(trials.changes) if self.draft.takes(*change)]
        )
        count = len(trials.changes)
        theirs = _by_row(answered(count, lambda rows: self._theirs(trials, rows)))
        ours = _by_row(answered(count, lambda rows: self._ours(trials.frame.take(rows))))
        taken, _ = answered(count, lambda rows: self._checked(trials, rows))
        self._compare(trials, theirs, ours)
        refused = sorted(ours.keys() - set(taken))
        infinite = [row for row in taken if row in ours and np.isinf(theirs[row]).any()]
        return [
            *(Difference(trials, row, "is refused by the original") for row in refused),
            *(Difference(trials, row, "makes a feature infinite") for row in self._seen(infinite)),
        ]

    def _seen(self, rows: list[int]) -> list[int]:
        """Return rows whose infinite features a model sees."""
        return rows if self.original.estimator is not None else []

    def _compare(self, trials: Trials, known: dict[int, Any], ours: dict[int, Any]) -> None:
        both = sorted(known.keys() & ours.keys())
        if not both:
            return
        theirs = np.array([known[row] for row in both])
        given = np.array([ours[row] for row in both])
        place = first_difference(round_to_float32(theirs), given)
        if place is not None:
            row, column = place
            values = theirs[row, column], given[row, column]
            raise self._mismatch(trials.named(both[row]), column, values)

    def _theirs(self, trials: Trials, rows: list[int]) -> NDArray[np.float64]:
        return self.original.matrix(trials.frame.take(rows))

    def _ours(self, frame: Frame) -> Float32Array:
        return transform(self.program, frame.readable(), self.names)

    def _checked(self, trials: Trials, rows: list[int]) -> list[int]:
        self.original.check(trials.frame.take(rows))
        return rows

    def _mismatch(self, row: str, column: int, values: tuple[Any, Any]) -> MismatchError:
        theirs, ours = values
        return MismatchError(
            f"`{self.names[column]}` of {row}: scikit-learn gives {float(theirs)!r}, the"
            f" specification {float(ours)!r}; it is not imported, as it would not serve what was"
            " trained: leave that transformer out, derive the feature with `Spec.derive`, and"
            " report it with this message"
        )


def first_difference(left: Float32Array, right: Float32Array) -> tuple[int, int] | None:
    """Return row and column of the first values that differ; NaN equals NaN.

    Zeros of both signs are equal, as they are to every model.

    Raises:
        MismatchError: There are more columns on one side.
    """
    if left.shape != right.shape:
        wide = f"the pipeline gives {left.shape[1]} columns, the specification {right.shape[1]}"
        raise MismatchError(f"{wide}; please report it")
    places = np.argwhere(~((left == right) | (np.isnan(left) & np.isnan(right))))
    return (int(places[0, 0]), int(places[0, 1])) if len(places) else None


def compare_rounded(original: Original, served: Any, matrix: NDArray[np.float64]) -> None:
    """Refuse a model whose answer changes when its features are rounded to float32.

    Args:
        original: What was fitted, asked in float64.
        served: The model that is imported, asked with rounded features.
        matrix: What the transformers make of the given rows.

    Raises:
        MismatchError: It changes for a given row.
    """
    rounded = round_to_float32(matrix).astype(np.float64)
    model = original.estimator
    for method in ("predict_proba", "decision_function", "predict"):
        if not hasattr(model, method):
            continue
        with _quiet():
            exact = np.asarray(getattr(model, method)(matrix))
            answer = np.asarray(getattr(served, method)(rounded))
        moved = _moved(exact, answer).reshape(len(matrix), -1).any(axis=1)
        if moved.any():
            row = int(np.argmax(moved))
            raise MismatchError(
                f"row {row}: {type(model).__name__}.{method} is {exact[row]} and, with features"
                f" rounded to float32 as they are served, {answer[row]}; import the transformers"
                " alone, and fit the model on `spec.transform(frame).to_numpy()`"
            )


def with_rounded_thresholds(estimator: Any) -> Any:
    """Return an estimator that asks of rounded features what it asked of exact ones.

    The thresholds of HistGradientBoosting are often values of the training data. Rounded like
    them, they divide the rounded rows as they divided the exact ones: rounding keeps the order,
    and only values within half a unit of float32 above a threshold can change sides.
    """
    predictors = getattr(estimator, "_predictors", None)
    if predictors is None or not type(estimator).__module__.startswith("sklearn."):
        return estimator
    served = deepcopy(estimator)
    for tree in (tree for stage in served._predictors for tree in stage):  # noqa: SLF001
        thresholds = tree.nodes["num_threshold"]
        with np.errstate(over="ignore"):
            tree.nodes["num_threshold"] = thresholds.astype(np.float32)
    return served


def _moved(exact: NDArray[Any], answer: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where two answers differ by more than golden rows allow."""
    if exact.dtype.kind != "f":
        return np.asarray(exact != answer)
    near = np.abs(exact - answer) <= TOLERANCE * np.maximum(1.0, np.abs(exact))
    return np.asarray(~(near | (np.isnan(exact) & np.isnan(answer))))
