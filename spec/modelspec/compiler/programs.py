"""From the parts of a snapshot to the program that they say, and back to paths when they do not.

The one reading of features, parameters and expressions: for pods, for validation, for training.
"""

from collections.abc import Iterable, Iterator, Sequence

from modelspec import choices, parts
from modelspec.compiler.rows import parse_time
from modelspec.errors import Finding
from modelspec.expressions import parameters as fitted
from modelspec.expressions.limits import Limits, number_limits, text_limits
from modelspec.expressions.parameters import Key
from modelspec.expressions.program import (
    DerivedFeature,
    FeatureProblem,
    Program,
    ProgramError,
    RawFeature,
    build_program,
)
from modelspec.expressions.syntax import Problem, Value
from modelspec.expressions.types import (
    BOOL,
    FLOAT64,
    INT64,
    TIMESTAMP,
    Boundary,
    Kind,
    Type,
    list_of,
    string,
)

PATH = "spec.preprocessing"


def read_program(
    fetching: parts.FeatureFetching, preprocessing: parts.Preprocessing | None
) -> Program:
    """Return the program of a specification.

    Raises:
        ProgramError: An expression is not valid, or features depend on themselves.
        ValueError: A default, a bound or a parameter is not in its canonical form.
    """
    raw = map(raw_feature, fetching.features)
    if preprocessing is None:
        return build_program(raw)
    return build_program(
        raw,
        tuple(map(derived_feature, preprocessing.derived)),
        {item.name: parameter_value(item) for item in preprocessing.parameters},
    )


def raw_feature(feature: parts.Feature) -> RawFeature:
    """Return a raw feature as expressions know it."""
    never_null = feature.required or feature.default is not None
    declared = _declared_type(feature)
    return RawFeature(
        feature.name,
        declared if never_null else declared.optional(),
        None if feature.default is None else _default(feature.type, feature.default),
        feature.required,
        _limits(feature, declared),
    )


def _limits(feature: parts.Feature, declared: Type) -> Limits | None:
    out_of_range = feature.on_out_of_range
    if feature.allowed_values and declared.kind is Kind.STRING:
        return text_limits(feature.allowed_values, out_of_range)
    low, high = feature.minimum, feature.maximum
    if declared.kind not in {Kind.INT64, Kind.FLOAT64} or low is high is None:
        return None
    # An Int64 is exact as a float, too.
    least, most = (None if text is None else float(text) for text in (low, high))
    return number_limits(declared, least, most, out_of_range)


def _declared_type(feature: parts.Feature) -> Type:
    match feature.type:
        case choices.FeatureType.BOOL:
            return BOOL
        case choices.FeatureType.INT64:
            return INT64
        case choices.FeatureType.FLOAT64:
            return FLOAT64
        case choices.FeatureType.STRING:
            return string(feature.max_length)
        case choices.FeatureType.TIMESTAMP:
            return TIMESTAMP
        case choices.FeatureType.LIST:
            item = Boundary(feature.item_type or choices.ItemType.FLOAT64).kind
            length = feature.max_length if item is Kind.STRING else 0
            return list_of(item, feature.max_items, item_length=length)


def _default(feature_type: choices.FeatureType, text: str) -> Value:
    match feature_type:
        case choices.FeatureType.BOOL:
            return text == "true"
        case choices.FeatureType.INT64:
            return int(text)
        case choices.FeatureType.FLOAT64:
            return float(text)
        case choices.FeatureType.TIMESTAMP:
            return parse_time(text)
        case _:
            return text


def derived_feature(item: parts.Derived) -> DerivedFeature:
    """Return a derived feature as expressions know it."""
    return DerivedFeature(item.name, item.expr, item.type)


def parameter_value(item: parts.Parameter) -> fitted.Parameter:  # noqa: C901, PLR0911  # by type
    """Return a fitted parameter with its texts read as numbers and keys.

    Raises:
        ValueError: A text is no number.
    """
    match item:
        case parts.Affine():
            return fitted.Affine(float(item.center), float(item.scale))
        case parts.Bounds():
            return fitted.Bounds(float(item.low), float(item.high))
        case parts.Edges():
            return fitted.Edges(_floats(item.values))
        case parts.Imputation():
            return fitted.Imputation(float(item.value))
        case parts.LookupTable():
            return _lookup_table(item)
        case parts.Piecewise():
            return fitted.Piecewise(_floats(item.x), _floats(item.values))
        case parts.PowerTransform():
            return fitted.PowerTransform(float(item.exponent))
        case parts.Set():
            return fitted.Set(_kind(item.key_type), _keys(item.key_type, item.keys))
        case parts.Vocabulary():
            keys = _keys(item.key_type, item.keys)
            return fitted.Vocabulary(_kind(item.key_type), keys, item.unknown, item.missing)


def _lookup_table(item: parts.LookupTable) -> fitted.LookupTable:
    keys = _keys(item.key_type, item.entries)
    return fitted.LookupTable(
        key_kind=_kind(item.key_type),
        entries=dict(zip(keys, _floats(item.entries.values()), strict=True)),
        default=float(item.default),
        missing=None if item.missing is None else float(item.missing),
    )


def _floats(texts: Iterable[str]) -> tuple[float, ...]:
    return tuple(map(float, texts))


def _kind(key_type: choices.KeyType) -> Kind:
    return Boundary(key_type).kind


def _keys(key_type: choices.KeyType, texts: Iterable[str]) -> tuple[Key, ...]:
    return tuple(map(int, texts)) if key_type is choices.KeyType.INT64 else tuple(texts)


def program_findings(error: ProgramError, derived: Sequence[DerivedFeature]) -> Iterator[Finding]:
    """Yield what is wrong with a program, with paths as for the derived features in this order."""
    return (_finding(item, derived) for item in error.problems)


def _finding(item: FeatureProblem, derived: Sequence[DerivedFeature]) -> Finding:
    problem = item.problem
    if item.index < 0:
        return Finding(problem.code, f"{PATH}.derived", problem.message)
    path = f"{PATH}.derived[{item.index}].expr"
    return expression_finding(path, problem, derived[item.index].text)


def expression_finding(path: str, problem: Problem, text: str) -> Finding:
    """Return what is wrong with one expression as a finding."""
    excerpt = problem.excerpt(text)
    return Finding(problem.code, path, problem.sentence, excerpt, problem.span.start)
