"""Libraries that only some people need: imported when used, each with what installs it."""

from importlib import import_module
from typing import Any


def require(module: str, extra: str) -> Any:
    """Return an optional module.

    Args:
        module: Its full name.
        extra: The extra of our distribution that installs what it needs.

    Raises:
        ImportError: It is not installed; the message says how to install it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name or module
        message = f"`{missing}` is not installed; run: pip install 'modelspec[{extra}]'"
        raise ImportError(message, name=missing) from error
