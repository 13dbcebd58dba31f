"""From what a person writes in a notebook to what the document says: features and expressions."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from inspect import Parameter as PythonParameter, signature
from typing import Any

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from modelspec.errors import nearest
from modelspec.expressions.canonical import canonical_expression
from modelspec.expressions.parser import parse
from modelspec.expressions.program import DerivedFeature, ProgramError
from modelspec.expressions.syntax import Expression, Name, names_in
from modelspec.names import API_VERSION, KIND
from modelspec.notebook.symbols import NOWHERE, Symbol, tree_of
from modelspec.schema.features import Feature
from modelspec.schema.preprocessing import Derived, Parameter
from modelspec.validation.report import inspect

Document = dict[str, Any]


class SpecError(ValueError):
    """What was written cannot be part of a specification; says what, and what to do."""


def field_document(shape: type[BaseModel], fields: Mapping[str, Any]) -> Document:
    """Return fields as the document writes them; those that are ``None`` or false are left out.

    Raises:
        SpecError: No specification may have them; the words are those of ``modelspec lint``.
    """
    document = {
        to_camel(name): _plain(value)
        for name, value in fields.items()
        if value is not None and value is not False
    }
    path, around = _SURROUNDINGS[shape]
    problems = [
        f"`{finding.path.removeprefix(path) or shape.__name__}` {finding.message}"
        for finding in inspect(around(document)).findings
        if finding.path.startswith(path) and not finding.path.endswith(".expr")
    ]
    if problems:
        listed = "; ".join(problems)
        raise SpecError(f"{shape.__name__.lower()} '{fields.get('name')}': {listed}")
    return document


def _around_feature(feature: Document) -> Document:
    return _smallest(feature, [], _DERIVED)


def _around_parameter(parameter: Document) -> Document:
    return _smallest(_FEATURE, [parameter], _DERIVED)


def _around_derived(derived: Document) -> Document:
    # What the expression says is looked at where all that it names is known.
    return _smallest(_FEATURE, [], {**derived, "expr": "null"})


def _smallest(feature: Document, parameters: list[Document], derived: Document) -> Document:
    """Return a ModelSpec with hardly anything in it but these."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": "smallest"},
        "spec": {
            "featureFetching": {"features": [feature]},
            "preprocessing": {"parameters": parameters, "derived": [derived]},
            "postprocessing": {"outputs": [_OUTPUT]},
        },
    }


_FEATURE = {"name": "some_feature_that_is_there", "type": "Bool"}
_DERIVED = {"name": "some_feature_that_is_derived", "type": "Bool", "expr": "true"}
_OUTPUT = {"name": "some_output_that_is_given", "type": "Bool", "expr": "true"}

_SURROUNDINGS: Mapping[type[BaseModel], tuple[str, Callable[[Document], Document]]] = {
    Feature: ("spec.featureFetching.features[0].", _around_feature),
    Parameter: ("spec.preprocessing.parameters[0].", _around_parameter),
    Derived: ("spec.preprocessing.derived[0].", _around_derived),
}
"""By the shape of what is declared: where it stands in a ModelSpec that has little else."""


def _plain(value: Any) -> Any:
    """Return a value as the document has it: numbers of features are decimal strings."""
    if hasattr(value, "item"):
        return _plain(value.item())
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return str(value)
    return list(value) if isinstance(value, set | frozenset | tuple) else value


def decimal_text(value: Any) -> str | None:
    """Return a bound or a default as a specification writes it: always a string."""
    plain = value.item() if hasattr(value, "item") else value
    if plain is None or isinstance(plain, str):
        return plain
    return str(plain).lower() if isinstance(plain, bool) else repr(plain)


def expression_text(owner: str, written: Any, known: Iterable[str]) -> str:
    """Return the canonical text of an expression that was written as a text or as symbols.

    Raises:
        ExpressionError: The text cannot be parsed.
        SpecError: It names what was not declared before.
    """
    if written is None:
        raise SpecError(f"{owner}: there is no expression; give a text, symbols, or a function")
    tree = parse(written) if isinstance(written, str) else tree_of(written)
    _check_names(owner, tree, frozenset(known))
    return canonical_expression(written if isinstance(written, str) else Symbol(tree).text)


def _check_names(owner: str, tree: Expression, known: frozenset[str]) -> None:
    for name in sorted(names_in(tree) - known):
        near = nearest(name, known)
        hint = f"did you mean `{near}`?" if near else "declare it first"
        raise SpecError(f"{owner}: `{name}` is neither a feature nor a parameter; {hint}")


def trace(function: Callable[..., Any], known: Iterable[str]) -> Any:
    """Return what a function gives for the features that its parameters are called after.

    A parameter that is no feature keeps its default, if it has one.

    Raises:
        SpecError: A parameter is called like no feature, or the function returns nothing.
    """
    names = list(_traced_names(function, frozenset(known)))
    found = function(**{name: Symbol(Name(name, NOWHERE)) for name in names})
    if found is None:
        raise SpecError(f"{function.__name__}: returns nothing; end it with `return …`")
    return found


def _traced_names(function: Callable[..., Any], known: frozenset[str]) -> Iterator[str]:
    for name, parameter in signature(function).parameters.items():
        if parameter.kind not in _NAMED:
            raise SpecError(
                f"{function.__name__}: `{parameter}` names no feature; name them one by one"
            )
        if name in known:
            yield name
        elif parameter.default is PythonParameter.empty:
            near = nearest(name, known)
            hint = f"; did you mean `{near}`?" if near else "; declare it first"
            raise SpecError(
                f"{function.__name__}: parameter `{name}` is called like no feature{hint}"
            )


_NAMED = frozenset({PythonParameter.POSITIONAL_OR_KEYWORD, PythonParameter.KEYWORD_ONLY})


def explained(error: ProgramError, derived: Sequence[DerivedFeature]) -> SpecError:
    """Return what is wrong with derived features, listed in this order, with their names."""
    problems = [
        f"derived feature `{derived[item.index].name}`, "
        f"{item.problem.describe(derived[item.index].text)}"
        if item.index >= 0
        else item.problem.message
        for item in error.problems
    ]
    return SpecError("\n".join(problems))
