"""A specification as it grows: columns as expressions, parameters with names, raw features."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import inf, isfinite
from typing import Any

import numpy as np

from modelspec.expressions.functions import FUNCTIONS
from modelspec.expressions.lexer import CONSTANTS, RESERVED
from modelspec.expressions.printer import print_expression
from modelspec.expressions.syntax import Literal, Span
from modelspec.expressions.types import Kind
from modelspec.notebook.importers.sklearn.refusals import UnsupportedTransformerError, refused

WORDS = RESERVED | CONSTANTS.keys() | FUNCTIONS.keys()
"""What neither a parameter nor a derived feature can be called."""

MAX_NAME = 63

_LONG = 160
"""Characters from which on an expression that is used inside another gets a name of its own."""

_ATOM = re.compile(r"[a-z][a-z0-9_]*|[0-9]+(\.[0-9]+)?")

Document = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column on its way through transformers."""

    label: str
    """What scikit-learn calls it."""

    text: str
    """Its expression."""

    kind: Kind
    """What it is in the language."""

    dtype: np.dtype[Any]
    """What NumPy holds the original in; scikit-learn computes float32 in float32."""

    feature: str
    """The raw feature that it is made from, or the first of them."""

    plain: bool = False
    """Whether its values are those of the raw feature, save for what was imputed."""

    sparse: bool = False
    """Whether the original is in a sparse matrix: some transformers then compute otherwise."""

    word: str = "value"
    """What was done to it last, for the case that its label is the raw feature's name."""

    def becomes(self, text: str, word: str, kind: Kind = Kind.FLOAT64, **changes: Any) -> "Column":
        """Return what a transformer makes of the column."""
        settled = {"dtype": np.dtype(np.float64), "plain": False, **changes}
        return replace(self, text=text, word=word, kind=kind, **settled)


@dataclass
class Feature:
    """A raw feature, with what the original says of its values."""

    name: str
    kind: Kind
    required: bool = False
    allowed: list[str] | None = None
    low: float | None = None
    high: float | None = None
    lowest: float | None = None
    """Values below are outside the domain of something that is computed."""
    highest: float | None = None
    trials: set[Any] = field(default_factory=set)
    """Values at which something happens: categories, edges, thresholds."""


@dataclass
class Draft:
    """What was translated so far."""

    features: dict[str, Feature]
    integers: set[str] = field(default_factory=set)
    """Raw features that hold floats and have to be read as integers: an encoder's keys."""

    parameters: dict[str, Document] = field(default_factory=dict)
    derived: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By name: type and expression."""

    def parameter(self, column: Column, word: str, kind: str, **member: Any) -> str:
        """Return the name of a parameter with these values; it is new unless there is an equal."""
        document = {"type": kind, kind[:1].lower() + kind[1:]: member}
        stem = feature_name(f"{column.feature}_{word}")
        for name, known in self.parameters.items():
            if known == document and re.fullmatch(rf"{stem}(_\d+)?", name):
                return name
        name = self.free_name(stem)
        self.parameters[name] = document
        return name

    def free_name(self, label: str) -> str:
        """Return a label as a name that nothing has yet."""
        name = stem = feature_name(label)
        number = 1
        while name in WORDS or name in self.features or name in self._names():
            number += 1
            suffix = f"_{number}"
            name = stem[: MAX_NAME - len(suffix)] + suffix
        return name

    def _names(self) -> set[str]:
        return self.parameters.keys() | self.derived.keys()

    def part(self, column: Column) -> Column:
        """Return a column to be used several times: a long expression gets a name."""
        if len(column.text) <= _LONG:
            return column
        for name, (_, text) in self.derived.items():
            if text == column.text:
                return replace(column, text=name)
        name = self.free_name(column.label)
        self.derived[name] = (_EMITTED[column.kind], column.text)
        return replace(column, text=name)

    def tries(self, column: Column, values: Iterable[Any]) -> None:
        """Note values of a raw feature at which the answer may jump."""
        if column.plain:
            self.features[column.feature].trials.update(values)

    def bound(self, column: Column, low: float | None = None, high: float | None = None) -> None:
        """Note that what is computed of a column has no value outside these bounds."""
        if not column.plain:
            return
        feature = self.features[column.feature]
        self.tries(column, [value for value in (low, high) if value is not None])
        if low is not None:
            feature.lowest = low if feature.lowest is None else max(low, feature.lowest)
        if high is not None:
            feature.highest = high if feature.highest is None else min(high, feature.highest)

    def refuses(self, column: Column, low: float) -> None:
        """Let the raw feature take no smaller values, as the original refuses them."""
        if column.plain:
            feature = self.features[column.feature]
            feature.low = low if feature.low is None else max(low, feature.low)

    def limit(self, names: Iterable[str], most: float) -> None:
        """Keep features within what is computed, and small enough that nothing overflows."""
        for feature in map(self.features.__getitem__, names):
            size = most if feature.kind is Kind.FLOAT64 else None
            ends = [feature.low, feature.lowest, None if size is None else -size]
            if feature.kind in {Kind.FLOAT64, Kind.INT64}:
                feature.low = max((low for low in ends if low is not None), default=None)
                ends = [feature.high, feature.highest, size]
                feature.high = min((high for high in ends if high is not None), default=None)

    def takes(self, name: str, value: Any) -> bool:
        """Return whether a feature may have a value, by what the specification says of it."""
        feature = self.features[name]
        if value is None:
            return not feature.required
        if feature.allowed is not None:
            return value in feature.allowed
        if isinstance(value, str):
            return True
        low = -inf if feature.low is None else feature.low
        high = inf if feature.high is None else feature.high
        return bool(low <= value <= high)


_EMITTED = {Kind.FLOAT64: "Float64", Kind.INT64: "Int64", Kind.BOOL: "Bool", Kind.STRING: "String"}


def feature_name(label: str) -> str:
    """Return a label in the form of a name: ``num__Age (y)`` becomes ``num_age_y``."""
    words = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
    name = words if words[:1].isalpha() else f"x_{words}".rstrip("_")
    return name[:MAX_NAME].rstrip("_")


def spelled(number: Any) -> str:
    """Return a number as specifications write it, with all its digits.

    Raises:
        UnsupportedTransformerError: It is not finite.
    """
    if not isfinite(number):
        message = f"a fitted value is {number}, which no specification holds"
        raise UnsupportedTransformerError(
            f"{message}; fit on data in which every column has values"
        )
    return repr(float(number))


def literal(value: Any) -> str:
    """Return a constant as an expression."""
    match value:
        case str():
            return print_expression(Literal(value, Kind.STRING, Span(0, 0)))
        case bool() | np.bool_():
            return "true" if value else "false"
        case int() | np.integer():
            return str(int(value))
        case _:
            return spelled(value)


def operand(text: str) -> str:
    """Return a text that can stand beside an operator."""
    return text if _ATOM.fullmatch(text) else f"({text})"


def number(transformer: Any, column: Column) -> str:
    """Return a column as a number.

    Raises:
        UnsupportedTransformerError: It is text or time.
    """
    if column.kind is Kind.BOOL:
        return f"to_float({column.text})"
    if column.kind not in {Kind.FLOAT64, Kind.INT64}:
        what = f"column '{column.label}' is {column.kind}, not a number"
        raise refused(transformer, what, "encode it, as OrdinalEncoder does, or convert it")
    return column.text


def floating(transformer: Any, column: Column) -> str:
    """Return a column as a float, for operators that are others for integers.

    Raises:
        UnsupportedTransformerError: It is text or time.
    """
    text = number(transformer, column)
    return f"to_float({text})" if column.kind is Kind.INT64 else operand(text)


def computes_in_float64(transformer: Any, columns: Sequence[Column]) -> None:
    """Refuse columns in which scikit-learn computes with fewer bits.

    Raises:
        UnsupportedTransformerError: They are all float32 or less.
    """
    kinds = [column.dtype for column in columns]
    if not kinds or any(kind.kind not in "biuf" for kind in kinds):
        return
    held = np.result_type(*kinds)
    if held in {np.dtype(np.float32), np.dtype(np.float16)}:
        what = f"column '{columns[0].label}' is {held}, in which scikit-learn then computes"
        raise refused(transformer, what, "convert it to float64 and fit again")


def labels_of(transformer: Any, columns: Sequence[Column], fallback: Sequence[str]) -> list[str]:
    """Return what scikit-learn calls the columns that a transformer gives."""
    try:
        names = transformer.get_feature_names_out([column.label for column in columns])
    except (AttributeError, TypeError, ValueError):
        return list(fallback)
    return list(map(str, names)) if len(names) == len(fallback) else list(fallback)


def relabeled(transformer: Any, given: Sequence[Column], made: Sequence[Column]) -> list[Column]:
    """Return the columns that a transformer made with scikit-learn's names."""
    labels = labels_of(transformer, given, [column.label for column in made])
    return [replace(column, label=label) for column, label in zip(made, labels, strict=True)]
