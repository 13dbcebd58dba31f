"""From a fitted pipeline to a verified specification."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from modelspec.compiler.tensors import transform
from modelspec.expressions.canonical import canonical_expression
from modelspec.expressions.parser import parse
from modelspec.expressions.syntax import names_in
from modelspec.expressions.types import Kind
from modelspec.notebook.importers.refusals import MismatchError
from modelspec.notebook.importers.sklearn.comparison import (
    Comparison,
    Difference,
    Original,
    compare_rounded,
    with_rounded_thresholds,
)
from modelspec.notebook.importers.sklearn.composition import columns_of
from modelspec.notebook.importers.sklearn.drafts import Column, Draft, Feature, spelled
from modelspec.notebook.importers.sklearn.frames import Frame, FrameRefusedError, read_frame
from modelspec.notebook.importers.sklearn.refusals import UnsupportedTransformerError
from modelspec.notebook.importers.sklearn.trials import (
    BASES,
    answered,
    null_trials,
    value_trials,
)

MODEL = "model"
"""Name of the model object where the pipeline has none that can be one."""

_LARGEST = 1e30
"""Numbers that a feature takes where a model takes no null: what is computed of them is finite."""


@dataclass(frozen=True)
class _Translated:
    """A draft, and the columns that the model sees."""

    draft: Draft
    names: tuple[str, ...]


def from_sklearn(fitted: Any, frame: Any, *, name: str) -> Any:
    """Return the specification of a fitted transformer, pipeline or model of scikit-learn.

    Its features and its answers have the bits of the original: rounded to float32 once. This is
    verified on the given rows and on rows with null, unknown categories, edges and extremes.

    Args:
        fitted: A transformer, a ColumnTransformer, a FeatureUnion, or a Pipeline, whose last step
            may be a model.
        frame: The data that it was fitted on, or like them: they say the types of the features.
        name: Name of the specification.

    Raises:
        UnsupportedTransformerError: No expression gives a transformer bit for bit.
        UnsupportedModelError: No graph gives the model bit for bit.
        FrameRefusedError: The data are not those that it was fitted on.
        MismatchError: A row is answered otherwise; the message names it, with both values.
    """
    original = _split(getattr(fitted, "best_estimator_", fitted))
    given = _read(original, frame)
    translated = _translate(original, given)
    _answers(original, given)
    _require(original, given, translated.draft)
    return _verified(original, given, translated, name)


def _split(fitted: Any) -> Original:
    """Return the transformers and the model of what was fitted."""
    if not hasattr(fitted, "steps"):
        is_model = hasattr(fitted, "predict")
        return Original(None, fitted) if is_model else Original(fitted)
    last = fitted.steps[-1][1]
    if not hasattr(last, "predict"):
        return Original(fitted)
    return Original(fitted[:-1] if len(fitted.steps) > 1 else None, last)


def _read(original: Original, frame: Any) -> Frame:
    """Return the given data in the columns that the original was fitted on."""
    first = original.estimator if original.transformer is None else original.transformer
    names = getattr(first, "feature_names_in_", None)
    return read_frame(
        frame,
        None if names is None else list(map(str, names)),
        None if names is not None else getattr(first, "n_features_in_", None),
    )


def _answers(original: Original, given: Frame) -> None:
    """Refuse data that the original refuses.

    Raises:
        FrameRefusedError: It does, for one of the first rows.
    """
    try:
        original.check(given.take(range(min(len(given), 100))))
    except Exception as error:
        message = f"the original refuses the first rows of `frame`: {error}"
        raise FrameRefusedError(f"{message}; give rows that it can answer") from error


def _translate(original: Original, frame: Frame) -> _Translated:
    """Return the draft of what the transformers compute."""
    draft, columns = _draft(original, frame, set())
    if draft.integers:
        # Encoders have these floats as keys: once more, with integers.
        draft, columns = _draft(original, frame, draft.integers)
    return _Translated(draft, _named(draft, columns))


def _draft(original: Original, frame: Frame, integers: set[str]) -> tuple[Draft, list[Column]]:
    features = {
        name: Feature(name, Kind.INT64 if name in integers else column.kind)
        for name, column in frame.columns.items()
    }
    columns = [
        Column(name, name, features[name].kind, column.dtype, name, plain=True)
        for name, column in frame.columns.items()
    ]
    draft = Draft(features)
    return draft, columns_of(original.transformer, columns, draft)


def _named(draft: Draft, columns: Sequence[Column]) -> tuple[str, ...]:
    """Return names for the columns: raw features keep theirs, others are derived features.

    Raises:
        UnsupportedTransformerError: A column is no number.
    """
    if not columns:
        raise UnsupportedTransformerError(
            "the transformers keep no column; keep one and fit again"
        )
    names: list[str] = []
    for column in columns:
        if column.kind not in {Kind.FLOAT64, Kind.INT64, Kind.BOOL}:
            raise UnsupportedTransformerError(
                f"column '{column.label}' is {column.kind} when it reaches the model, which takes"
                " numbers; encode or drop it"
            )
        if column.text in draft.features and column.text not in names:
            names.append(column.text)
        else:
            names.append(_derive(draft, column))
    return tuple(names)


def _derive(draft: Draft, column: Column) -> str:
    label = column.label
    if label in draft.features:
        label = f"{label}_{column.word}"
    name = draft.free_name(label)
    draft.derived[name] = ("Float32", column.text)
    return name


def _require(original: Original, frame: Frame, draft: Draft) -> None:
    """Make features required whose null the original refuses."""
    for base in _bases(original, frame)[:1]:
        trials = null_trials(frame, base)
        kept = _answerable(original, trials.frame)
        for row, (name, _) in enumerate(trials.changes):
            draft.features[name].required = row not in kept


def _bases(original: Original, frame: Frame) -> list[int]:
    """Return a few given rows that the original takes."""
    return _answerable(original, frame.take(range(min(len(frame), 10 * BASES))))[:BASES]


def _answerable(original: Original, frame: Frame) -> list[int]:
    """Return the rows that the original takes."""

    def answer(rows: list[int]) -> list[int]:
        original.check(frame.take(rows))
        return rows

    kept, _ = answered(len(frame), answer)
    return kept


def _verified(original: Original, frame: Frame, translated: _Translated, name: str) -> Any:
    """Return the specification, with the bits of the original on rows that try to differ.

    Raises:
        MismatchError: It has not, or answers what the original refuses.
    """
    spec, imported = _assembled(original, frame, translated, name)
    differences = _differences(original, frame, translated, spec)
    nullable = _nullable(spec, imported, translated)
    if differences or nullable:
        # What is computed of smaller numbers is in its domain, or finite.
        names = {item.feature for item in differences} | _inputs(translated, nullable)
        translated.draft.limit(names, _LARGEST)
        spec, imported = _assembled(original, frame, translated, name)
        differences = _differences(original, frame, translated, spec)
        nullable = _nullable(spec, imported, translated)
    if differences:
        raise MismatchError(
            f"{differences[0]}, and the specification would answer it; keep what is computed"
            " finite and in its domain, as a scaler that clips does, and fit again"
        )
    _refuse_null(original, nullable, translated)
    return spec


def _differences(
    original: Original, frame: Frame, translated: _Translated, spec: Any
) -> list[Difference]:
    """Return what one side refuses and the other answers, after comparing what both answer."""
    draft = translated.draft
    comparison = Comparison(original, spec.program(), translated.names, draft)
    comparison.rows(frame)
    bases = _bases(original, frame)
    if not bases:
        return []
    nulls = comparison.trials(null_trials(frame, bases[0]))
    return nulls + comparison.trials(value_trials(frame, draft, bases))


def _nullable(spec: Any, imported: Any, translated: _Translated) -> list[str]:
    """Return the columns that can be null though the model takes no null."""
    if imported is None or imported.takes_missing:
        return []
    values = spec.program().values
    return [name for name in translated.names if values[name].type.nullable]


def _inputs(translated: _Translated, names: Sequence[str]) -> set[str]:
    """Return the raw features that these are computed from."""
    draft = translated.draft
    inputs: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in draft.features:
            inputs.add(name)
        elif name in draft.derived:
            waiting += names_in(parse(draft.derived[name][1]))
    return inputs


def _refuse_null(original: Original, names: Sequence[str], translated: _Translated) -> None:
    if names:
        _, text = translated.draft.derived.get(names[0], ("", names[0]))
        raise UnsupportedTransformerError(
            f"`{names[0]}` can be null, as `{canonical_expression(text)}` has no value everywhere,"
            f" and {type(original.estimator).__name__} takes none; put SimpleImputer before the"
            " model and fit again"
        )


def _assembled(
    original: Original, frame: Frame, translated: _Translated, name: str
) -> tuple[Any, Any]:
    """Return a draft as a specification, and the model that was added to it."""
    from modelspec.notebook.spec import Spec  # noqa: PLC0415

    draft = translated.draft
    spec = Spec(name)
    for feature in _used(translated):
        spec.feature(feature.name, _TYPES[feature.kind], **_declared(feature))
    for parameter, document in draft.parameters.items():
        spec.parameter(parameter, document)
    for derived, (kind, text) in draft.derived.items():
        spec.derive(derived, kind, canonical_expression(text))
    spec.inputs = list(translated.names)
    if original.estimator is None:
        return spec, None
    return spec, _add_model(spec, original, frame, translated)


def _used(translated: _Translated) -> list[Feature]:
    """Return the raw features that something is computed from, or whose null is refused."""
    names = _inputs(translated, translated.names)
    features = translated.draft.features.values()
    return [item for item in features if item.required or item.name in names]


_TYPES = {
    Kind.BOOL: "Bool",
    Kind.INT64: "Int64",
    Kind.FLOAT64: "Float64",
    Kind.STRING: "String",
    Kind.TIMESTAMP: "Timestamp",
}


def _declared(feature: Feature) -> dict[str, Any]:
    """Return what a specification says of a feature beside its type."""
    said: dict[str, Any] = {"required": True} if feature.required else {}
    if feature.allowed is not None:
        said["allowed_values"] = list(feature.allowed)
    whole = feature.kind is Kind.INT64
    if feature.low is not None:
        said["minimum"] = str(ceil(feature.low)) if whole else spelled(feature.low)
    if feature.high is not None:
        said["maximum"] = str(floor(feature.high)) if whole else spelled(feature.high)
    return said


def _add_model(spec: Any, original: Original, frame: Frame, translated: _Translated) -> Any:
    """Add the model to the specification, verified on the rows that it will see."""
    from modelspec.notebook.importers.estimators import (  # noqa: PLC0415
        from_sklearn as import_estimator,
    )

    rows = transform(spec.program(), frame.readable(), translated.names)
    served = with_rounded_thresholds(original.estimator)
    compare_rounded(original, served, original.matrix(frame))
    imported = import_estimator(served, features=translated.names, rows=rows)
    spec.add_model(MODEL, imported)
    if imported.calibration is not None and spec.postprocessing is None:
        spec.postprocessing = {"calibration": dict(imported.calibration)}
    return imported
