"""From rows of raw features to named outputs, whatever the wire looked like.

Numbers are float64 until they enter a tensor and are rounded to float32 there, once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import msgspec
import numpy as np

from modelspec.parts import Feature, FeatureType, Model, ModelOutput
from modelspec_serving.session import Array, Float32Array, Session

Value = float | bool | None
"""A raw feature as callers send it; ``None`` is the only missing value."""

MAX_EXACT_INTEGER = 2**53 - 1
"""Larger integers are not exact as float64; they count as missing."""

_PYTHON_TYPE = MappingProxyType(
    {FeatureType.BOOL: bool, FeatureType.INT64: int, FeatureType.FLOAT64: float}
)


class MissingFeatureError(Exception):
    """A row lacks a required feature."""

    def __init__(self, row: int, feature: str) -> None:
        super().__init__(f"row {row} lacks {feature!r}")
        self.row = row
        self.feature = feature


class DataPlane:
    """The decision of one snapshot."""

    def __init__(self, features: Sequence[Feature], model: Model, session: Session) -> None:
        self.features = tuple(features)
        self.row_type = build_row_type(features)
        self._rules = _rules(features)
        self._session = session
        self._columns = _columns(features, model)
        self._outputs = model.outputs
        self._tensors = sorted({output.graph_name for output in model.outputs})

    def infer(self, rows: Sequence[msgspec.Struct]) -> dict[str, Array]:
        """Return every output by name: shape ``(rows,)``, or ``(rows, width)`` for a vector.

        Args:
            rows: Instances of ``row_type``, at least one.

        Raises:
            MissingFeatureError: A row lacks a required feature.
            SessionError: The runtime failed.
        """
        return self.select(self.run(rows))

    def run(self, rows: Sequence[msgspec.Struct]) -> dict[str, Array]:
        """Return the tensors that the graph computes for *rows*, by their names in the graph."""
        matrix = _matrix([self._values(number, row) for number, row in enumerate(rows)])
        inputs = {name: matrix.take(columns, axis=1) for name, columns in self._columns}
        results = self._session.run(self._tensors, inputs)
        return dict(zip(self._tensors, results, strict=True))

    def select(self, tensors: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs that the specification picks from the graph's tensors."""
        return {output.name: _pick(output, tensors) for output in self._outputs}

    def _values(self, number: int, row: msgspec.Struct) -> Sequence[Value]:
        values = msgspec.structs.astuple(row)
        if not self._rules:
            return values
        settled = list(values)
        for index, rule in self._rules:
            settled[index] = rule.settle(number, settled[index])
        return settled


def build_row_type(features: Sequence[Feature]) -> type[msgspec.Struct]:
    """Return the struct of one row: a field per feature in the given order, each may be missing.

    Fields are called by position, because a feature may have the name of a Python keyword.
    """
    names = {f"f{index}": feature.name for index, feature in enumerate(features)}
    fields = [
        (field, _PYTHON_TYPE[feature.type] | None, None)
        for field, feature in zip(names, features, strict=True)
    ]
    return msgspec.defstruct("Row", fields, rename=names, gc=False)


@dataclass(frozen=True)
class _Rule:
    """What happens to a value that may be missing, for a feature that cares."""

    feature: str
    default: Value
    is_required: bool
    is_integer: bool

    def settle(self, row: int, value: Value) -> Value:
        """Return the value, or what stands in for it."""
        if not self._is_missing(value):
            return value
        if self.is_required:
            raise MissingFeatureError(row, self.feature)
        return self.default

    def _is_missing(self, value: Value) -> bool:
        if value is None or value != value:  # noqa: PLR0124  # only NaN differs from itself
            return True
        return self.is_integer and abs(value) > MAX_EXACT_INTEGER


def _rules(features: Sequence[Feature]) -> tuple[tuple[int, _Rule], ...]:
    """Return the rules by column; without one a missing value becomes NaN by itself."""
    return tuple(
        (index, _Rule(feature.name, _default(feature), feature.required, is_integer))
        for index, feature in enumerate(features)
        if (is_integer := feature.type is FeatureType.INT64)
        or feature.required
        or feature.default is not None
    )


def _default(feature: Feature) -> Value:
    if feature.default is None:
        return None
    return (
        feature.default == "true" if feature.type is FeatureType.BOOL else float(feature.default)
    )


def _columns(
    features: Sequence[Feature], model: Model
) -> tuple[tuple[str, np.ndarray[tuple[int], np.dtype[np.intp]]], ...]:
    """Return, per graph input, which features it takes, as indexes in the tensor's order."""
    position = {feature.name: index for index, feature in enumerate(features)}
    return tuple(
        (item.name, np.array([position[name] for name in item.feature_names], dtype=np.intp))
        for item in model.inputs
    )


# A number beyond float32 becomes infinite, as IEEE 754 rounds it; that is no event to warn about.
@np.errstate(over="ignore")
def _matrix(rows: Sequence[Sequence[Value]]) -> Float32Array:
    return np.array(rows, dtype=np.float32)


def _pick(output: ModelOutput, tensors: Mapping[str, Array]) -> Array:
    tensor = tensors[output.graph_name]
    return tensor if output.index is None else tensor[:, output.index]
