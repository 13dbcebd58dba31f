"""Ensembles of any library with what proves them right: the library's own answers."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from modelspec.notebook.importers.contributions import contribution_ensemble
from modelspec.notebook.importers.ensemble_graphs import build_graph
from modelspec.notebook.importers.ensembles import Ensemble, boundaries, sums
from modelspec.notebook.importers.imported import Float32Array, ImportedModel, ImportedOutput
from modelspec.notebook.importers.originals import named, score
from modelspec.notebook.importers.refusals import RowsError, UnsupportedModelError
from modelspec.notebook.importers.suffixes import suffixes

Groups: TypeAlias = Mapping[str, Sequence[str]]

CONTRIBUTIONS = "contributions"
"""Name of the graph's output with what groups of features contribute, ``(N, groups)``."""


@dataclass(frozen=True)
class TreeModel:
    """A library's model, read."""

    ensemble: Ensemble

    answer: Callable[[Float32Array], NDArray[Any]]
    """The library's own margins for a float32 matrix."""

    framework: str

    framework_version: str

    labels: tuple[Any, ...] = ()
    """What the margins are for, where they are several."""

    hyperparameters: Mapping[str, str] = field(default_factory=dict)

    calibration: Mapping[str, Any] | None = None

    takes_missing: bool = True

    content: bytes | None = None
    """The graph of `score`, where more is done to the sums than adding."""


def import_ensemble(
    model: TreeModel, features: Sequence[str], contributions: Groups | None = None
) -> ImportedModel:
    """Return a model's graph, not verified yet.

    Args:
        model: What was read.
        features: Names of its columns, in order.
        contributions: By reason code the features that contribute to it.

    Raises:
        RowsError: There are more or fewer names than columns, or a name is unknown.
        UnsupportedModelError: Contributions are asked of a model with several margins.
    """
    columns = tuple(features)
    if len(columns) != model.ensemble.columns:
        raise RowsError(
            f"`features` has {len(columns)} names and the model {model.ensemble.columns} columns;"
            " name each column that it was trained on, in that order"
        )
    tensor = "scores" if model.labels else "score"
    parts = {tensor: model.ensemble}
    outputs = named(tensor, suffixes(model.labels)) if model.labels else score()
    if contributions:
        _refuse_contributions(model)
        groups = _groups(columns, contributions)
        parts[CONTRIBUTIONS] = contribution_ensemble(model.ensemble, groups)
        outputs += tuple(
            ImportedOutput(suffix, CONTRIBUTIONS, index)
            for index, suffix in enumerate(suffixes(contributions, ("score",)))
        )
    return ImportedModel(
        content=model.content or build_graph(parts),
        columns=columns,
        outputs=outputs,
        reference=_Reference(model, tensor, parts.get(CONTRIBUTIONS)),
        boundaries=boundaries(model.ensemble),
        framework=model.framework,
        framework_version=model.framework_version,
        hyperparameters=model.hyperparameters,
        calibration=model.calibration,
        takes_missing=model.takes_missing,
    )


@dataclass(frozen=True)
class _Reference:
    """The original's answers, and contributions as NumPy adds them."""

    model: TreeModel
    tensor: str
    contributions: Ensemble | None

    def __call__(self, rows: Float32Array) -> dict[str, Float32Array]:
        with warnings.catch_warnings():
            # Models that were trained on named columns say that a matrix has no names.
            warnings.simplefilter("ignore")
            margins = np.asarray(self.model.answer(rows)).reshape(len(rows), -1)
        # The runtime begins sums with 0.0, which no zero leaf makes -0.0; libraries may begin with
        # -0.0, which is the same number.
        answers = {self.tensor: (margins + 0.0).astype(np.float32)}
        if self.contributions is not None:
            answers[CONTRIBUTIONS] = sums(self.contributions, rows)
        return answers


def refuse_no_trees(count: int) -> None:
    """Refuse a model without trees.

    Raises:
        UnsupportedModelError: It has none.
    """
    if not count:
        raise UnsupportedModelError("the model has no trees; train at least one round")


def _refuse_contributions(model: TreeModel) -> None:
    if model.content is not None:
        raise UnsupportedModelError(
            "the score is no sum, so that nothing contributes to it exactly; leave"
            " `contributions` out, or train gradient boosting"
        )


def _groups(columns: tuple[str, ...], contributions: Groups) -> list[list[int]]:
    """Return the numbers of each group's columns.

    Raises:
        RowsError: A name is unknown.
        UnsupportedModelError: A feature is in two groups.
    """
    groups: list[list[int]] = []
    taken: set[str] = set()
    for code, names in contributions.items():
        unknown = [name for name in names if name not in columns]
        if unknown:
            raise RowsError(
                f"`contributions['{code}']`: `{unknown[0]}` is no feature of the model;"
                " name some of `features`"
            )
        twice = taken.intersection(names)
        if twice:
            raise UnsupportedModelError(
                f"`contributions['{code}']`: `{min(twice)}` is in two groups; name each feature"
                " once"
            )
        taken.update(names)
        groups.append([columns.index(name) for name in names])
    return groups
