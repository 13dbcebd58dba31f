"""Preprocessing in its one canonical form: what means the same has the same bytes.

Expressions get their canonical text, numbers the shortest text of the same float64, and items are
sorted by name where their order has no meaning. Descriptions are left out.
"""

from collections.abc import Iterable, Iterator

from modelspec import choices, parts
from modelspec.expressions.canonical import Texts
from modelspec.expressions.types import LANGUAGE
from modelspec.quantities import canonical_float
from modelspec.schema import preprocessing as schema
from modelspec.snapshot.defaults import canonical_int64


def preprocessing_part(
    preprocessing: schema.Preprocessing, texts: Texts | None = None
) -> parts.Preprocessing:
    """Return valid preprocessing as it is hashed; *texts* has what was parsed already."""
    known = texts or Texts()
    parameters = sorted(preprocessing.parameters or (), key=lambda item: item.name)
    derived = sorted(preprocessing.derived, key=lambda item: item.name)
    return parts.Preprocessing(
        language=preprocessing.language or LANGUAGE,
        derived=tuple(_derived(item, known) for item in derived),
        parameters=tuple(map(parameter_part, parameters)),
    )


def _derived(item: schema.Derived, texts: Texts) -> parts.Derived:
    return parts.Derived(name=item.name, type=item.type, expr=texts.canonical(item.expr))


def parameter_part(item: schema.Parameter) -> parts.Parameter:  # noqa: C901, PLR0911  # by type
    """Return a fitted parameter as it is hashed.

    Raises:
        ValueError: A key is not one of its type.
    """
    match item.fitted:
        case schema.Affine() as fitted:
            center, scale = map(canonical_float, (fitted.center, fitted.scale))
            return parts.Affine(name=item.name, center=center, scale=scale)
        case schema.Bounds() as fitted:
            low, high = map(canonical_float, (fitted.low, fitted.high))
            return parts.Bounds(name=item.name, low=low, high=high)
        case schema.Edges() as fitted:
            return parts.Edges(name=item.name, values=_floats(fitted.values))
        case schema.Imputation() as fitted:
            return parts.Imputation(name=item.name, value=canonical_float(fitted.value))
        case schema.LookupTable() as fitted:
            return _lookup_table(item.name, fitted)
        case schema.Piecewise() as fitted:
            x, values = map(_floats, (fitted.x, fitted.values))
            return parts.Piecewise(name=item.name, x=x, values=values)
        case schema.PowerTransform() as fitted:
            exponent = canonical_float(fitted.exponent)
            return parts.PowerTransform(name=item.name, exponent=exponent)
        case schema.Set() as fitted:
            keys = tuple(sorted(_keys(fitted)))
            return parts.Set(name=item.name, key_type=fitted.key_type, keys=keys)
        case schema.Vocabulary() as fitted:
            return _vocabulary(item.name, fitted)


def canonical_key(key_type: choices.KeyType, text: str) -> str:
    """Return a key in the one form of its type.

    Raises:
        ValueError: The text is not a value of the type.
    """
    return canonical_int64(text) if key_type is choices.KeyType.INT64 else text


def _lookup_table(name: str, table: schema.LookupTable) -> parts.LookupTable:
    default = canonical_float(table.default)
    missing = default if table.missing is None else canonical_float(table.missing)
    return parts.LookupTable(
        name=name,
        key_type=table.key_type,
        entries={
            canonical_key(table.key_type, entry.key): canonical_float(entry.value)
            for entry in table.entries
        },
        default=default,
        missing=None if missing == default else missing,
    )


def _vocabulary(name: str, vocabulary: schema.Vocabulary) -> parts.Vocabulary:
    return parts.Vocabulary(
        name=name,
        key_type=vocabulary.key_type,
        keys=tuple(_keys(vocabulary)),
        unknown=parts.DEFAULT_CODE if vocabulary.unknown is None else vocabulary.unknown,
        missing=parts.DEFAULT_CODE if vocabulary.missing is None else vocabulary.missing,
    )


def _floats(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(canonical_float, texts))


def _keys(fitted: schema.Set | schema.Vocabulary) -> Iterator[str]:
    return (canonical_key(fitted.key_type, key) for key in fitted.keys)
