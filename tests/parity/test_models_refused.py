"""What is refused, in which words; contributions; what else the importer takes."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, RANSACRegressor, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils import all_estimators

from modelspec.notebook.importers.estimators import REFUSED, SUPPORTED, WRAPPERS, from_sklearn
from modelspec.notebook.importers.imported import INPUT
from modelspec.notebook.importers.refusals import RowsError, UnsupportedModelError
from modelspec.sessions import Session

NAMES = ["age", "amount", "income"]
ROWS = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)
LABELS = (ROWS[:, 0] - ROWS[:, 2] > 0).astype(int)
DOUBLES = ROWS.astype(np.float64)
LOGISTIC = LogisticRegression().fit(DOUBLES, LABELS)


class OwnRegression(LinearRegression):  # type: ignore[misc]  # untyped
    """A person's own estimator, which answers otherwise."""


class Unheard(BaseEstimator):  # type: ignore[misc]  # untyped
    """What estimators of a newer scikit-learn derive from."""


def test_every_estimator_that_predicts_is_supported_or_refused_by_name() -> None:
    said = {item.name for item in SUPPORTED} | {item.name for item in REFUSED} | set(WRAPPERS)
    predicting = {name for name, kind in all_estimators() if hasattr(kind, "predict")}

    assert predicting - said == set()


def test_no_estimator_is_said_twice() -> None:
    said = [item.name for item in SUPPORTED] + [item.name for item in REFUSED]

    assert len(said) == len(set(said))


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (
            KNeighborsClassifier(),
            "`KNeighborsClassifier` is not imported, as it needs its .*; use a gradient boosting",
        ),
        (SVC(), "`SVC` is not imported, as .*; use `LinearSVC`"),
        (make_pipeline(StandardScaler(), SVC()), "use `modelspec.from_sklearn"),
        (OwnRegression(), "`OwnRegression` of `.*` is no estimator of scikit-learn"),
        (
            type("Ridges", (Unheard,), {"__module__": "sklearn.x"})(),
            "`Ridges` is not supported; `Ridge` is",
        ),
        (
            type("Quux", (Unheard,), {"__module__": "sklearn.x"})(),
            "`Quux` is not supported; gradient boosting",
        ),
        (42, "`int` of `builtins` is no estimator of scikit-learn"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(estimator: Any, message: str) -> None:
    with pytest.raises(UnsupportedModelError, match=message):
        from_sklearn(estimator, features=NAMES, rows=ROWS)


def test_what_is_not_fitted_is_refused() -> None:
    with pytest.raises(NotFittedError):
        from_sklearn(LogisticRegression(), features=NAMES, rows=ROWS)


def test_names_that_are_too_few_are_refused() -> None:
    with pytest.raises(
        RowsError, match="fitted on 3 columns and `features` has 2; give the names"
    ):
        from_sklearn(LOGISTIC, features=NAMES[:2], rows=ROWS[:, :2])


@pytest.mark.parametrize(
    "wrapper",
    [GridSearchCV(Ridge(), {"alpha": [0.1, 1]}, cv=2), RANSACRegressor(random_state=0)],
    ids=lambda item: type(item).__name__,
)
def test_the_estimator_that_answers_for_a_wrapper_is_imported(wrapper: Any) -> None:
    wrapper.fit(DOUBLES, DOUBLES[:, 0])

    imported = from_sklearn(wrapper, features=NAMES, rows=ROWS)

    found = Session(imported.content).run(["score"], {INPUT: ROWS})[0][:, 0]
    np.testing.assert_array_equal(found, wrapper.predict(DOUBLES).astype(np.float32))


def test_an_import_knows_where_it_is_from() -> None:
    imported = from_sklearn(LOGISTIC, features=NAMES, rows=ROWS)

    assert imported.framework == "scikit-learn"
    assert imported.hyperparameters["C"] == "1.0"
    assert imported.columns == tuple(NAMES)
    assert not imported.takes_missing


def test_contributions_and_the_margin_at_the_baseline_are_the_margin() -> None:
    groups = {"R001": ["age"], "R002": ["income", "amount"]}

    imported = from_sklearn(LOGISTIC, features=NAMES, rows=ROWS, contributions=groups)

    assert [output.suffix for output in imported.outputs] == ["score", "r001", "r002"]
    score, parts = Session(imported.content).run(["score", "contributions"], {INPUT: ROWS})
    baseline = DOUBLES.mean(axis=0)
    age = LOGISTIC.coef_[0, 0] * (DOUBLES[:, 0] - baseline[0])
    np.testing.assert_array_equal(parts[:, 0], age.astype(np.float32))
    bias = LOGISTIC.decision_function(baseline[np.newaxis])
    np.testing.assert_allclose(parts.sum(axis=1) + bias, score[:, 0], atol=1e-6)


def test_contributions_are_zero_at_a_given_baseline() -> None:
    imported = from_sklearn(
        LOGISTIC,
        features=NAMES,
        rows=ROWS,
        contributions={"R001": NAMES},
        baseline=ROWS[4].tolist(),
    )

    parts = Session(imported.content).run(["contributions"], {INPUT: ROWS})[0]
    assert parts[4] == 0
    assert np.count_nonzero(parts) == len(ROWS) - 1


@pytest.mark.parametrize(
    ("estimator", "settings", "error", "message"),
    [
        (
            GaussianNB().fit(DOUBLES, LABELS),
            {"contributions": {"R1": ["age"]}},
            UnsupportedModelError,
            "`contributions` of `GaussianNB` are not exact; they are for linear models and trees",
        ),
        (
            GaussianNB().fit(DOUBLES, LABELS),
            {"baseline": [0, 0, 0]},
            UnsupportedModelError,
            "`baseline` is for linear models, and `GaussianNB` is none; leave it out",
        ),
        (
            LogisticRegression().fit(DOUBLES, LABELS + (ROWS[:, 1] > 1)),
            {"contributions": {"R1": ["age"]}},
            UnsupportedModelError,
            "`LogisticRegression` has 3 margins, and contributions are to one",
        ),
        (
            LOGISTIC,
            {"contributions": {"R1": ["agee"]}},
            RowsError,
            r"contributions\['R1'\]: `agee` is no feature of the model; it has `age`, `amount`",
        ),
        (
            LOGISTIC,
            {"contributions": {"R1": ["age"]}, "baseline": [1, 2]},
            RowsError,
            r"`baseline` has the shape \(2,\) and the model 3 columns; give one number",
        ),
    ],
)
def test_contributions_that_are_not_exact_are_refused(
    estimator: Any, settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        from_sklearn(estimator, features=NAMES, rows=ROWS, **settings)


def test_importing_the_importers_imports_no_library() -> None:
    code = (
        "import sys, modelspec.notebook.importers as onnx; assert 'from_sklearn' in dir(onnx);"
        "onnx.from_sklearn;"
        "print({'sklearn', 'onnx', 'onnxruntime', 'lightgbm'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
