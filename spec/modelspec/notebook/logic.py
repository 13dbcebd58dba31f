"""What a specification computes, as a notebook declares it: features, parameters, expressions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

from modelspec.compiler.programs import derived_feature, read_program
from modelspec.errors import nearest
from modelspec.expressions.program import Program, ProgramError
from modelspec.expressions.syntax import Name
from modelspec.expressions.types import Boundary, Kind
from modelspec.notebook.declarations import (
    SpecError,
    decimal_text,
    explained,
    expression_text,
    field_document,
    trace,
)
from modelspec.notebook.draft import Draft
from modelspec.notebook.fit.declared import Declared, Fits
from modelspec.notebook.matrix import Matrix, column_names
from modelspec.notebook.streaming import stream_transform
from modelspec.notebook.symbols import NOWHERE, Symbol
from modelspec.notebook.training import train
from modelspec.schema.features import Feature
from modelspec.schema.preprocessing import Derived, Parameter
from modelspec.snapshot.identity import feature_fetching_part
from modelspec.snapshot.logic import preprocessing_part

_COLUMNS = frozenset({Kind.BOOL, Kind.INT64, Kind.FLOAT64, Kind.VECTOR})


_ANY_PARAMETER = {"type": "Imputation", "imputation": {"value": "0"}}


class NotFittedError(ValueError):
    """Something needs parameters that no fit has found yet."""


class FeatureLogic:
    """From what callers send to what models see; `Spec` adds models and what follows them."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._inputs: list[str] | None = None

    def feature(self, name: str, type: str, **fields: Any) -> Symbol:  # noqa: A002  # the field's name
        """Declare a raw feature, and return it.

        Args:
            name: Its name; callers use it as the key.
            type: As ``modelspec.Float64``.
            fields: Fields of the schema as Python writes them: ``required``, ``default``,
                ``minimum``, ``maximum``, ``allowed_values``, ``on_out_of_range``, ``max_length``,
                ``item_type``, ``max_items``, ``description``.

        Raises:
            SpecError: The schema does not allow it.
        """
        texts: dict[str, Any] = {
            key: decimal_text(fields.pop(key))
            for key in ("default", "minimum", "maximum")
            if key in fields
        }
        for field in fields.keys() - Feature.model_fields.keys():
            near = nearest(field, Feature.model_fields)
            hint = f"; did you mean `{near}`?" if near else ""
            raise SpecError(f"feature '{name}': a feature has no field `{field}`{hint}")
        document = field_document(Feature, {"name": name, "type": type, **fields, **texts})
        self._refuse_twins(name, self._draft.derived, self._draft.parameters)
        if self._draft.features.get(name, document) != document:
            self._draft.unfit(name)
        self._draft.features[name] = document
        return self[name]

    def parameter(self, name: str, document: Mapping[str, Any]) -> Symbol:
        """Set a fitted parameter as the specification writes it, without its name.

        Raises:
            SpecError: The schema does not allow it.
        """
        found = {"name": name, **document}
        field_document(Parameter, found)
        self._refuse_twins(name, self._draft.features, self._draft.derived)
        self._draft.parameters[name] = found
        return Symbol(Name(name, NOWHERE))

    @property
    def fit(self) -> Fits:
        """What declares parameters that are to be fitted: ``spec.fit.mean_std("scale", x)``."""
        return Fits(self._declare)

    @overload
    def derive(
        self, name: str, type: str, expr: Any, description: str | None = None
    ) -> Symbol: ...

    @overload
    def derive(self, name: str) -> Callable[[Callable[..., Any]], Symbol]: ...

    def derive(
        self,
        name: str,
        type: str | None = None,  # noqa: A002  # the field's name
        expr: Any = None,
        description: str | None = None,
    ) -> Any:
        """Declare a derived feature by a text, by symbols, or by a function.

        ``spec.derive("ratio", ms.Float32, "amount / average")``, or symbols instead of the text,
        or as a decorator that takes the type alone: the function is called once with symbols of
        the features that its parameters are named after, and its name is the feature's.

        Raises:
            ExpressionError: A text cannot be parsed.
            SpecError: It names what was not declared before, or the schema does not allow it.
        """
        if type is None:

            def decorate(function: Callable[..., Any]) -> Symbol:
                known = {*self._draft.features, *self._draft.derived}
                said = (function.__doc__ or "").strip().partition("\n")[0] or None
                return self._derive(function.__name__, name, trace(function, known), said)

            return decorate
        return self._derive(name, type, expr, description)

    def _derive(self, name: str, emitted: str, expr: Any, description: str | None) -> Symbol:
        known = {*self._draft.features, *self._draft.parameters, *self._draft.fits}
        text = expression_text(name, expr, known | {*self._draft.derived} - {name})
        fields = {"name": name, "type": emitted, "expr": text, "description": description}
        document = field_document(Derived, fields)
        self._refuse_twins(name, self._draft.features, self._draft.parameters, self._draft.fits)
        if self._draft.derived.get(name, document)["expr"] != text:
            self._draft.unfit(name)
        self._draft.derived[name] = document
        return self[name]

    def __getitem__(self, name: str) -> Symbol:
        """Return a raw or derived feature by its name.

        Raises:
            KeyError: There is none.
        """
        if name not in self:
            near = nearest(name, [*self._draft.features, *self._draft.derived])
            hint = f"; did you mean `{near}`?" if near else "; declare it first"
            raise KeyError(f"`{name}` is no feature of {self._draft.metadata['name']}{hint}")
        return Symbol(Name(name, NOWHERE))

    @property
    def inputs(self) -> list[str]:
        """What models see, in this order; all derived numbers, or raw ones, unless it was set."""
        if self._inputs is not None:
            return list(self._inputs)
        kinds = {name: Boundary(item["type"]).kind for name, item in self._draft.derived.items()}
        raw = {name: Boundary(item["type"]).kind for name, item in self._draft.features.items()}
        return [name for name, kind in (kinds or raw).items() if kind in _COLUMNS]

    @inputs.setter
    def inputs(self, names: Sequence[str | Symbol]) -> None:
        if isinstance(names, str):
            raise SpecError(f"`inputs` is a list of names, got '{names}'; write ['{names}']")
        listed = [name.text if isinstance(name, Symbol) else name for name in names]
        for name in listed:
            self[name]
        self._inputs = listed

    def program(self) -> Program:
        """Return what computes features: the same as in the pod.

        Raises:
            NotFittedError: A declared parameter is not fitted yet.
            SpecError: An expression is not valid; says which, and where.
        """
        if self._draft.unfitted:
            names = ", ".join(f"`{name}`" for name in self._draft.unfitted)
            raise NotFittedError(f"not fitted yet: {names}; call fit_transform(frame, y) first")
        preprocessing = self._draft.read_preprocessing()
        part = preprocessing_part(preprocessing) if preprocessing else None
        try:
            return read_program(feature_fetching_part(self._draft.read_fetching()), part)
        except ProgramError as error:
            derived = [derived_feature(item) for item in part.derived] if part else []
            raise explained(error, derived) from error

    def fit_transform(self, frame: Any, y: Any = None) -> Matrix:
        """Fit all declared parameters, and return the matrix that a model learns from.

        It is what ``transform`` gives, but for mean targets: a row has those of the other folds,
        so that the model does not learn from its own answers.

        Args:
            frame: Training data: a DataFrame of pandas or polars, a Table of pyarrow, or a
                mapping of columns.
            y: The target of each row, for parameters that need one.

        Raises:
            FitError: A parameter cannot be fitted; says which, and why.
            FrameError: The data lack a required feature, or a value is none of its feature.
        """
        found, values = train(self._draft, frame, y, self.inputs)
        for name, document in found.items():
            self.parameter(name, document)
        return Matrix(values, column_names(self.program(), self.inputs))

    def transform(self, frame: Any, *, progress: bool = True) -> Matrix:
        """Return what models see of these rows, as the pod computes it.

        Args:
            frame: As for ``fit_transform``.
            progress: Whether to show a bar when it takes longer than a second.

        Raises:
            NotFittedError: A declared parameter is not fitted yet.
            FrameError: The data lack a required feature, or a value is none of its feature.
        """
        program = self.program()
        values = stream_transform(program, frame, self.inputs, progress=progress)
        return Matrix(values, column_names(program, self.inputs))

    def _declare(self, declared: Declared) -> None:
        self._refuse_twins(declared.name, self._draft.features, self._draft.derived)
        # Only its name can be wrong yet.
        field_document(Parameter, {"name": declared.name, **_ANY_PARAMETER})
        text = Symbol(declared.column).text
        known = {*self._draft.features, *self._draft.derived, *self._draft.fits}
        expression_text(declared.name, text, known | {*self._draft.parameters})
        self._draft.fits[declared.name] = declared
        self._draft.parameters.pop(declared.name, None)

    def _refuse_twins(self, name: str, *others: Mapping[str, Any]) -> None:
        if any(name in other for other in others):
            raise SpecError(f"`{name}` is taken; features and parameters share one set of names")

    def __contains__(self, name: object) -> bool:
        """Return whether there is a raw or derived feature of that name."""
        return name in self._draft.features or name in self._draft.derived
