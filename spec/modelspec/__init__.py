"""The ModelSpec library: what a specification is, what identifies it, how it is checked.

``import modelspec as ms`` is for notebooks: ``ms.Spec``, the functions of the language as
``ms.coalesce``, the types as ``ms.Float32``, ``ms.from_sklearn``, ``ms.onnx``. They are imported
when they are used. Below ``modelspec.notebook`` everything is pure: nothing reads a file, a clock,
the environment or the network.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from modelspec.notebook.spec import Spec as Spec


def __getattr__(name: str) -> Any:
    """Return what notebooks use, from modules that are imported now.

    Raises:
        AttributeError: There is nothing of that name.
    """
    # `from modelspec import parts` asks here first, in every program: it must cost nothing.
    if find_spec(f"{__name__}.{name}") is not None:
        raise AttributeError(f"module {__name__!r} has not imported its module {name!r}")
    from modelspec.notebook.names import find  # noqa: PLC0415  # pods and operators never ask

    return find(name)


def __dir__() -> list[str]:
    """Return the names that notebooks use."""
    from modelspec.notebook.names import listed  # noqa: PLC0415  # as above

    return ["__version__", *listed()]
