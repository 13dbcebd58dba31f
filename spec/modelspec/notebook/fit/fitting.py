"""Fitting: declared parameters from training data, each after those that its column needs."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from modelspec.compiler.columns import compute_columns
from modelspec.compiler.tensors import Float32Array, to_float32
from modelspec.expressions.columns import Column, IntegerArray, rows_of, take
from modelspec.expressions.parameters import Parameter
from modelspec.expressions.printer import print_expression
from modelspec.expressions.program import (
    DerivedFeature,
    Program,
    ProgramError,
    RawFeature,
    build_program,
    check_expression,
)
from modelspec.expressions.syntax import Expression, names_in
from modelspec.expressions.types import Boundary, Kind
from modelspec.notebook.declarations import explained
from modelspec.notebook.fit.analyzer import (
    Document,
    FitError,
    FloatArray,
    Keys,
    floats_of,
    keys_of,
)
from modelspec.notebook.fit.declared import Declared
from modelspec.notebook.fit.keys import TargetMean

Documents = dict[str, Document]
"""Fitted parameters by name."""

_EMITTED = {
    Kind.BOOL: Boundary.BOOL,
    Kind.INT64: Boundary.INT64,
    Kind.FLOAT64: Boundary.FLOAT64,
    Kind.STRING: Boundary.STRING,
}
"""What emits a value of a kind as it is; of other kinds nothing can be fitted."""


@dataclass(frozen=True)
class Logic:
    """Features and expressions, with the parameters that are known already."""

    raw: tuple[RawFeature, ...]
    derived: Mapping[str, tuple[DerivedFeature, Expression]]
    """Every derived feature with its syntax tree."""

    parameters: Mapping[str, Parameter]
    read: Callable[[str, Document], Parameter]
    """Reads a parameter back as it is stored."""

    def knowing(self, found: Mapping[str, Document]) -> "Logic":
        """Return the same with more parameters, with the numbers that are stored."""
        known = {name: self.read(name, document) for name, document in found.items()}
        return replace(self, parameters={**self.parameters, **known})

    def program(self, more: Sequence[DerivedFeature] = ()) -> Program:
        """Return the program of what can be computed already."""
        ready = [item for item, tree in self.derived.values() if self._is_ready(tree)]
        derived = (*ready, *more)
        try:
            return build_program(self.raw, derived, self.parameters)
        except ProgramError as error:
            raise explained(error, derived) from error

    def names_below(self, tree: Expression) -> frozenset[str]:
        """Return every name that an expression needs, directly or not."""
        found: set[str] = set()
        waiting = list(names_in(tree))
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += names_in(self.derived[name][1]) if name in self.derived else ()
        return frozenset(found)

    def _is_ready(self, tree: Expression) -> bool:
        known = {*self.derived, *self.parameters, *(item.name for item in self.raw)}
        return self.names_below(tree) <= known


@dataclass(frozen=True)
class Training:
    """The training data: columns of raw features, and what is to be predicted."""

    columns: Mapping[str, Column]
    rows: int
    target: FloatArray | None

    def part(self, chosen: IntegerArray) -> dict[str, Column]:
        """Return the columns of the rows with these numbers; a constant has one row."""
        return {
            name: column if rows_of(column) == 1 else take(column, chosen)
            for name, column in self.columns.items()
        }


@dataclass(frozen=True)
class Fitted:
    """What a fit has found."""

    documents: Documents
    foldings: Mapping[str, tuple[TargetMean, Keys]]
    """The mean targets, with their columns, for what each fold takes of the others."""


def fit(logic: Logic, declared: Iterable[Declared], training: Training) -> Fitted:
    """Return the parameters, fitted in the order in which their columns need each other.

    Raises:
        FitError: A column cannot be fitted, or parameters need each other.
        ProgramError: An expression is not valid.
    """
    waiting = {item.name: item for item in declared}
    found = Fitted({}, {})
    while waiting:
        ready = [
            item
            for item in waiting.values()
            if not logic.names_below(item.column) & waiting.keys()
        ]
        if not ready:
            raise FitError(f"these parameters need each other: {', '.join(sorted(waiting))}")
        more = _fit_ready(logic, ready, training)
        logic = logic.knowing(more.documents)
        found = Fitted(found.documents | more.documents, {**found.foldings, **more.foldings})
        for item in ready:
            del waiting[item.name]
    return found


def _fit_ready(logic: Logic, ready: Sequence[Declared], training: Training) -> Fitted:
    program = logic.program()
    wanted = [_column(logic, program, item) for item in ready]
    names = [item.name for item in wanted]
    columns = compute_columns(logic.program(wanted), training.columns, names)
    documents: Documents = {}
    foldings: dict[str, tuple[TargetMean, Keys]] = {}
    for item, name in zip(ready, names, strict=True):
        try:
            read = keys_of if item.takes_keys else floats_of
            values = read(columns[name], training.rows)
            documents[item.name] = item.analyzer.fit(values, training.target)
        except FitError as error:
            message = f"parameter `{item.name}` of `{print_expression(item.column)}`: {error}"
            raise FitError(message) from error
        if isinstance(item.analyzer, TargetMean) and isinstance(values, Keys):
            foldings[item.name] = item.analyzer, values
    return Fitted(documents, foldings)


def _column(logic: Logic, program: Program, item: Declared) -> DerivedFeature:
    """Return what is fitted to as a feature with a name that no other can have."""
    features = [RawFeature(name, node.type) for name, node in program.values.items()]
    text = print_expression(item.column)
    kind = check_expression(text, features, logic.parameters).type.kind
    if kind not in _EMITTED:
        raise FitError(f"parameter `{item.name}`: `{text}` is a {kind}, which cannot be fitted")
    return DerivedFeature(f"#{item.name}", text, _EMITTED[kind])


def training_matrix(
    logic: Logic, found: Fitted, training: Training, names: Sequence[str]
) -> Float32Array:
    """Return what a model learns from: each fold with the mean targets of the other folds."""
    complete = logic.knowing(found.documents)
    if not found.foldings:
        return to_float32(complete.program(), training.columns, names)
    blocks = [
        (inside, _fold_block(complete, found, training, inside, names))
        for inside in _folds(found, training.rows)
    ]
    matrix = np.empty((training.rows, blocks[0][1].shape[1]), np.float32)
    for inside, block in blocks:
        matrix[inside] = block
    return matrix


def _fold_block(
    logic: Logic, found: Fitted, training: Training, inside: IntegerArray, names: Sequence[str]
) -> Float32Array:
    """Return the rows of one fold, with mean targets of the rows that are not in it."""
    others: Documents = {}
    for name, (analyzer, keys) in found.foldings.items():
        folds = analyzer.fold_of(training.rows)
        outside = folds != folds[inside[0]]
        target = None if training.target is None else training.target[outside]
        others[name] = analyzer.fit(keys.rows(outside), target)
    columns = training.part(inside)
    return to_float32(logic.knowing(others).program(), columns, names)


def _folds(found: Fitted, rows: int) -> Iterator[IntegerArray]:
    """Yield the numbers of the rows that are in the same fold of every analyzer."""
    analyzers = {(item.folds, item.seed): item for item, _ in found.foldings.values()}
    folds = np.stack([item.fold_of(rows) for item in analyzers.values()])
    _, numbers = np.unique(folds, axis=1, return_inverse=True)
    for number in range(int(numbers.max()) + 1):
        yield np.flatnonzero(numbers == number)
