"""Models of other libraries as ONNX graphs that give the same bits, or a refusal.

Known to notebooks as ``modelspec.onnx``. Nothing is imported before it is used: each library that
models come from is an extra of its own.
"""

from importlib import import_module
from typing import Any

_FUNCTIONS = {
    "from_lightgbm": "modelspec.notebook.importers.lightgbm",
    "from_sklearn": "modelspec.notebook.importers.estimators",
    "from_xgboost": "modelspec.notebook.importers.xgboost",
}


def __getattr__(name: str) -> Any:
    """Return an importer, from a module that is imported now.

    Raises:
        AttributeError: There is none of that name.
    """
    if name not in _FUNCTIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_FUNCTIONS[name]), name)


def __dir__() -> list[str]:
    """Return what can be imported."""
    return sorted(_FUNCTIONS)
