"""Every function of the language as a function of Python that takes symbols and constants."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from keyword import iskeyword
from typing import Any

from modelspec.errors import nearest
from modelspec.expressions.functions import FUNCTIONS
from modelspec.expressions.operation import Operation
from modelspec.expressions.signature import Argument, Role, Signature
from modelspec.expressions.syntax import Call, Expression, Keyword, Name
from modelspec.notebook.symbols import NOWHERE, Symbol, SymbolError, literal, tree_of

NAMES = frozenset(name for name in FUNCTIONS if name.isidentifier() and not iskeyword(name))
"""What a notebook calls as ``modelspec.<name>``; operators are those of Python."""


@cache
def function(name: str) -> Callable[..., Symbol]:
    """Return the function of the language with this name.

    Raises:
        KeyError: There is none.
    """
    operation = FUNCTIONS[name][0]

    def apply(*arguments: Any, **keywords: Any) -> Symbol:
        trees, named = _placed(operation, arguments, keywords)
        return Symbol(Call(name, tuple(trees), tuple(named), NOWHERE))

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = _documentation(name)
    vars(apply)["__signature__"] = _python_signature(operation.signature)
    return apply


def _placed(
    operation: Operation, arguments: Sequence[Any], keywords: Mapping[str, Any]
) -> tuple[list[Expression], list[Keyword]]:
    """Return the arguments of a call where the language has them.

    Only a literal that has a default is written by its name there.

    Raises:
        SymbolError: An argument is missing, unknown, given twice, or one too many.
    """
    signature = operation.signature
    listed = signature.arguments
    _check_given(signature, len(arguments), keywords)
    trees = [_tree(signature.argument(place), value) for place, value in enumerate(arguments)]
    named: list[Keyword] = []
    for argument in listed[len(arguments) :]:
        if argument.name not in keywords:
            _check_optional(signature, argument)
        elif argument.has_default:
            value = literal(_constant(argument, keywords[argument.name]))
            named.append(Keyword(argument.name, value, NOWHERE))
        else:
            trees.append(_tree(argument, keywords[argument.name]))
    return trees, named


def _check_given(signature: Signature, count: int, keywords: Mapping[str, Any]) -> None:
    if signature.most is not None and count > signature.most:
        takes = f"{signature.most} argument{'s' * (signature.most != 1)}"
        raise SymbolError(f"{signature.name}() takes at most {takes}, got {count}")
    names = [argument.name for argument in signature.arguments if not argument.repeated]
    for name in keywords:
        if name not in names:
            near = nearest(name, names)
            hint = f"; did you mean `{near}`?" if near else ""
            raise SymbolError(f"{signature.name}() has no argument `{name}`{hint}")
        if name in names[:count]:
            raise SymbolError(f"{signature.name}() got its argument `{name}` twice")


def _check_optional(signature: Signature, argument: Argument) -> None:
    if not (argument.has_default or argument.repeated):
        raise SymbolError(f"{signature.name}() misses its argument `{argument.name}`")


def _tree(argument: Argument, value: Any) -> Expression:
    """Return the tree of an argument; a parameter may be given by its name."""
    if argument.role is Role.PARAMETER and isinstance(value, str):
        return Name(value, NOWHERE)
    return tree_of(_constant(argument, value))


def _constant(argument: Argument, value: Any) -> Any:
    """Return what is given for an argument, which may have to be a constant."""
    if argument.role is Role.LITERAL and isinstance(value, Symbol):
        message = f"`{argument.name}` must be a constant, got a symbolic value ({value.described})"
        raise SymbolError(message)
    return value


def _python_signature(signature: Signature) -> inspect.Signature:
    """Return what editors show; kinds are those of the language."""
    return inspect.Signature(
        [_python_parameter(argument) for argument in signature.arguments],
        return_annotation=Symbol,
    )


def _python_parameter(argument: Argument) -> inspect.Parameter:
    if argument.repeated:
        return inspect.Parameter(
            argument.name, inspect.Parameter.VAR_POSITIONAL, annotation=argument.word
        )
    return inspect.Parameter(
        argument.name,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=argument.default if argument.has_default else inspect.Parameter.empty,
        annotation=argument.word,
    )


def _documentation(name: str) -> str:
    overloads = FUNCTIONS[name]
    signatures = "\n    ".join(item.text for item in overloads)
    examples = "\n    ".join(f"{text} = {value!r}" for text, value in overloads[0].examples)
    return (
        f"{overloads[0].summary}\n\nIn the language:\n    {signatures}\n\n"
        f"For instance:\n    {examples}"
    )
