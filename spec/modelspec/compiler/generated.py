"""Generated functions: the only place that hands text to Python's compiler.

The text is the emitter's, which writes nothing of a specification into it; the function sees the
few names that templates may use, the objects that were bound, and no builtins.
"""

from collections.abc import Callable, Mapping
from math import nan
from typing import Any

NAMES = {"NAN": nan, "abs": abs, "float": float, "int": int, "len": len, "round": round}
"""All that templates may call by name."""


def generate(source: str, bound: Mapping[str, Any]) -> Callable[..., Any]:
    """Return the function ``compute`` that an emitter's text defines."""
    namespace: dict[str, Any] = {"__builtins__": {}, **NAMES, **bound}
    exec(compile(source, "<modelspec>", "exec"), namespace)  # noqa: S102  # the emitter's text
    function: Callable[..., Any] = namespace["compute"]
    return function
