"""``spec.calibrate`` and ``spec.reasons``: postprocessing that is fitted to a model's answers."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from modelspec.notebook.calibration import Calibrated, fit_beta, fit_isotonic, fit_platt
from modelspec.notebook.reasons import linear_reasons, output_reasons, points_reasons


class Holder(Protocol):
    """The specification that postprocessing belongs to."""

    postprocessing: Any

    def margins(self, output: str, inputs: Any) -> Any:
        """Return an output of a model for a matrix of its inputs."""


class Calibrators:
    """Fits ``spec.postprocessing.calibration`` to rows that the model was not trained on.

    Each takes the name of a model's output, its inputs as ``spec.transform`` gives them (or the
    output's values themselves, shape ``(rows,)``), and what happened: 0 or 1 for each row.
    """

    def __init__(self, spec: Holder) -> None:
        self._spec = spec

    def platt(self, output: str, inputs: Any, labels: Any, weights: Any = None) -> Calibrated:
        """Fit a sigmoid."""
        return self._set(fit_platt(self._raw(output, inputs), labels, weights))

    def isotonic(self, output: str, inputs: Any, labels: Any, weights: Any = None) -> Calibrated:
        """Fit the best function that never falls."""
        return self._set(fit_isotonic(self._raw(output, inputs), labels, weights))

    def beta(
        self,
        output: str,
        inputs: Any,
        labels: Any,
        weights: Any = None,
        *,
        margins: bool = True,
    ) -> Calibrated:
        """Fit beta calibration; *margins* says whether the output is one, or a probability."""
        raw = self._raw(output, inputs)
        return self._set(fit_beta(raw, labels, weights, margins=margins))

    def _raw(self, output: str, inputs: Any) -> Any:
        if np.ndim(inputs) == 1:
            return inputs
        return self._spec.margins(output, inputs)

    def _set(self, found: Calibrated) -> Calibrated:
        set_postprocessing(self._spec, "calibration", found.document)
        return found


class Reasons:
    """Writes ``spec.postprocessing.reasonCodes`` that are ranked by what they contributed.

    Each replaces the reasons that are ranked. Those that have no ``contribution``, as rules of
    people, stay before them, and `maximum` stays as it is unless one is given.
    """

    def __init__(self, spec: Holder) -> None:
        self._spec = spec

    def linear(
        self,
        weights: Mapping[str, float],
        baselines: Mapping[str, float],
        codes: Mapping[str, Sequence[str]],
        messages: Mapping[str, str] | None = None,
        *,
        maximum: int | None = None,
    ) -> None:
        """Explain a linear model: weight times distance from a baseline, exactly."""
        self._set(linear_reasons(weights, baselines, codes, messages), maximum)

    def points(
        self,
        points: Mapping[str, str],
        baselines: Mapping[str, float],
        messages: Mapping[str, str] | None = None,
        *,
        maximum: int | None = None,
    ) -> None:
        """Explain a scorecard: how many points each code is below its baseline."""
        self._set(points_reasons(points, baselines, messages), maximum)

    def from_outputs(
        self,
        model: str,
        codes: Sequence[str],
        messages: Mapping[str, str] | None = None,
        *,
        maximum: int | None = None,
    ) -> None:
        """Explain a model that was imported with ``contributions`` for these codes."""
        self._set(output_reasons(model, codes, messages), maximum)

    def _set(self, rules: list[dict[str, Any]], maximum: int | None) -> None:
        before = (self._spec.postprocessing or {}).get("reasonCodes", {})
        plain = [rule for rule in before.get("rules", []) if "contribution" not in rule]
        limit = {} if maximum is None else {"maximum": maximum}
        found = {**before, **limit, "rules": [*plain, *rules]}
        set_postprocessing(self._spec, "reasonCodes", found)


def set_postprocessing(spec: Holder, field: str, value: Any) -> None:
    """Set one field of ``spec.postprocessing``, and leave the others."""
    spec.postprocessing = {**(spec.postprocessing or {}), field: value}
