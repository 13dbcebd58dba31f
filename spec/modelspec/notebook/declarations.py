"""From what a person writes in a notebook to what the document says: features and expressions."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel

from modelspec.errors import nearest
from modelspec.expressions.canonical import canonical_expression
from modelspec.expressions.parser import parse
from modelspec.expressions.syntax import Expression, Name, names_in
from modelspec.notebook.symbols import NOWHERE, Symbol, tree_of

Document = dict[str, Any]


class SpecError(ValueError):
    """What was written cannot be part of a specification; says what, and what to do."""


def field_document(shape: type[BaseModel], fields: Mapping[str, Any]) -> Document:
    """Return fields as the document writes them; those that are ``None`` or false are left out.

    Raises:
        SpecError: The schema does not allow them.
    """
    document = {
        to_camel(name): _plain(value)
        for name, value in fields.items()
        if value is not None and value is not False
    }
    try:
        shape.model_validate(document)
    except ValidationError as error:
        problems = "; ".join(
            f"`{'.'.join(map(str, item['loc']))}`: {item['msg']}" if item["loc"] else item["msg"]
            for item in error.errors()
        )
        raise SpecError(f"{fields.get('name')}: {problems}") from error
    return document


def _plain(value: Any) -> Any:
    """Return a value as the document has it: numbers of features are decimal strings."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return str(value)
    return list(value) if isinstance(value, set | frozenset | tuple) else value


def decimal_text(value: Any) -> str | None:
    """Return a bound or a default as a specification writes it: always a string."""
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else repr(value)


def expression_text(owner: str, written: Any, known: Iterable[str]) -> str:
    """Return the canonical text of an expression that was written as a text or as symbols.

    Raises:
        ExpressionError: The text cannot be parsed.
        SpecError: It names what was not declared before.
    """
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

    Raises:
        SpecError: A parameter is called like no feature.
    """
    names = list(inspect.signature(function).parameters)
    for name in names:
        if name not in known:
            near = nearest(name, known)
            hint = f"; did you mean `{near}`?" if near else ""
            raise SpecError(
                f"{function.__name__}: parameter `{name}` is called like no feature{hint}"
            )
    return function(*(Symbol(Name(name, NOWHERE)) for name in names))
