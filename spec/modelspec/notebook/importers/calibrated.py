"""`CalibratedClassifierCV` of scikit-learn: a classifier, and one calibrator on its answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from modelspec.notebook.importers.imported import ImportedModel
from modelspec.notebook.importers.isotonic import piecewise
from modelspec.notebook.importers.originals import SIGMOID, Importer, Original, hyperparameters
from modelspec.notebook.importers.refusals import UnsupportedModelError

BINARY = 2

Calibration = Mapping[str, Any]


def import_calibrated(original: Original, importer: Importer) -> Sequence[ImportedModel]:
    """Return the classifier inside with what was fitted on its answers as the calibration.

    Args:
        original: The calibrated classifier.
        importer: What imports the classifier inside.

    Raises:
        UnsupportedModelError: There are several classifiers inside, or more than two classes.
    """
    inside = _only_classifier(original)
    asked = replace(original, estimator=_unfrozen(inside.estimator))
    # Without the margin there is nothing to calibrate: only the likelihoods of naive Bayes.
    models = [model for model in importer(asked) if model.outputs[0].suffix == "score"]
    return tuple(_calibrated(original, inside, model) for model in models)


def _only_classifier(original: Original) -> Any:
    """Return the pair of classifier and calibrator.

    Raises:
        UnsupportedModelError: There is more than one pair, or more than one calibrator.
    """
    folds, classes = original.estimator.calibrated_classifiers_, original.estimator.classes_
    if len(classes) != BINARY:
        raise UnsupportedModelError(
            f"`CalibratedClassifierCV` of {len(classes)} classes divides by the sum of the"
            " classes' probabilities, which no calibration does; import the classifier inside,"
            " whose margins are exact, or train for two classes"
        )
    if len(folds) != 1:
        raise UnsupportedModelError(
            f"`CalibratedClassifierCV` averages {len(folds)} classifiers; give it"
            " `ensemble=False`, or a `FrozenEstimator` of one that is fitted"
        )
    return folds[0]


def _calibrated(original: Original, inside: Any, model: ImportedModel) -> ImportedModel:
    by_method: dict[str, Callable[[Any], Calibration]] = {
        "sigmoid": _sigmoid,
        "isotonic": piecewise,
        "temperature": _temperature,
    }
    calibration = by_method[inside.method](inside.calibrators[0])
    if not hasattr(inside.estimator, "decision_function"):
        calibration = _of_probability(inside, model, calibration)
    settings = hyperparameters(original.estimator)
    return replace(model, calibration=calibration, hyperparameters=settings)


def _of_probability(inside: Any, model: ImportedModel, calibration: Calibration) -> Calibration:
    """Return a calibration that was fitted on probabilities, for what the graph gives.

    Raises:
        UnsupportedModelError: The graph gives a margin, and the points are probabilities.
    """
    if inside.method == "temperature":
        raise UnsupportedModelError(
            "`CalibratedClassifierCV` takes logarithms of probabilities for"
            f" `{_inner(inside)}`, plus 1e-12; calibrate with method='sigmoid' or 'isotonic'"
        )
    if model.calibration is None:
        return calibration
    if model.calibration != SIGMOID or inside.method != "sigmoid":
        raise UnsupportedModelError(
            f"`CalibratedClassifierCV` fitted method='{inside.method}' on the probabilities of"
            f" `{_inner(inside)}`, whose graph gives margins; use method='sigmoid', or calibrate"
            " the margins with `Spec.calibrate`"
        )
    fitted = calibration["sigmoid"]
    linear = f"{fitted['slope']} * sigmoid(raw) + {fitted['intercept']}"
    return {"type": "Expr", "expr": f"sigmoid({linear})"}


def _inner(inside: Any) -> str:
    return type(_unfrozen(inside.estimator)).__name__


def _unfrozen(estimator: Any) -> Any:
    """Return what a `FrozenEstimator` holds; forests have an `estimator` too, which is none."""
    return estimator.estimator if type(estimator).__name__ == "FrozenEstimator" else estimator


def _sigmoid(calibrator: Any) -> Calibration:
    """Return Platt's sigmoid: the original's is 1 / (1 + exp(a * raw + b))."""
    return _scaled(-float(calibrator.a_), -float(calibrator.b_))


def _temperature(calibrator: Any) -> Calibration:
    """Return a temperature: softmax of (-raw, raw) is the sigmoid of twice the margin."""
    return _scaled(2.0 * float(np.asarray(calibrator.beta_).item()), 0.0)


def _scaled(slope: float, intercept: float) -> Calibration:
    return {"type": "Sigmoid", "sigmoid": {"slope": repr(slope), "intercept": repr(intercept)}}
