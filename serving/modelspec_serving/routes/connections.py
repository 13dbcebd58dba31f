"""When a connection should end, so that its client finds the pods that serve now."""

from collections.abc import Callable
from time import monotonic

MAX_AGE_SECONDS = 5.0
"""kube-proxy never moves an established connection; a client that keeps one keeps its pod."""

MAX_REMEMBERED = 4096
"""Connections whose age is known at once; beyond, the oldest count as new again."""

Client = tuple[str, int]


class Connections:
    """Remembers when each connection brought its first request.

    A connection that its client closed is forgotten only when its place is needed. Should the
    client use the same port again, that connection ends after one answer: harmless, and rare.
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._first_seen: dict[Client, float] = {}

    def is_old(self, client: Client | None) -> bool:
        """Return whether the connection from *client* should close after this answer."""
        if client is None:
            return False
        now = self._now()
        if now - self._first_seen.setdefault(client, now) > MAX_AGE_SECONDS:
            del self._first_seen[client]
            return True
        if len(self._first_seen) > MAX_REMEMBERED:
            del self._first_seen[next(iter(self._first_seen))]
        return False
