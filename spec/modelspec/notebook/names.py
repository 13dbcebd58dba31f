"""What ``import modelspec as ms`` offers a notebook, by name."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from modelspec.errors import nearest
from modelspec.expressions.types import Boundary

_PLACES: Mapping[str, str] = {
    "Spec": "modelspec.notebook.spec",
    "diff": "modelspec.notebook.comparison",
    "from_sklearn": "modelspec.notebook.importers.sklearn",
    "verify": "modelspec.notebook.verification",
}
"""The module of each name."""

_MODULES: Mapping[str, str] = {"onnx": "modelspec.notebook.importers"}
"""Modules under other names."""

_TYPES: Mapping[str, Boundary] = {str(boundary): boundary for boundary in Boundary}


def find(name: str) -> Any:
    """Return what a notebook calls by this name.

    Raises:
        AttributeError: There is nothing of that name.
    """
    if name.startswith("_"):
        raise AttributeError(f"module 'modelspec' has no attribute {name!r}")
    if name in _TYPES:
        return _TYPES[name]
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    if name in _MODULES:
        return import_module(_MODULES[name])
    functions = import_module("modelspec.notebook.functions")
    if name in functions.NAMES:
        return functions.function(name)
    near = nearest(name, listed())
    hint = f"; did you mean 'modelspec.{near}'?" if near else ""
    raise AttributeError(f"module 'modelspec' has no attribute {name!r}{hint}")


def listed() -> list[str]:
    """Return every name, sorted."""
    functions = import_module("modelspec.notebook.functions")
    return sorted({*_TYPES, *_PLACES, *_MODULES, *functions.NAMES})
