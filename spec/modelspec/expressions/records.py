"""Immutable data that a specification needs by the thousand."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, frozen: bool, eq: bool = True, **options: Any) -> Any:
        """Make a dataclass whose fields only a type checker keeps from being changed.

        A frozen dataclass watches over every field while it is made, too, and that takes four
        times as long as making it.
        """
        assert frozen  # noqa: S101  # or it would be a dataclass
        return dataclass(eq=eq, unsafe_hash=eq, **options)


__all__ = ["record"]
