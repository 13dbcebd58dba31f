"""What every store does, and how it says that it cannot."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from urllib.parse import urlsplit, urlunsplit

from modelspec.schema.sources import Source
from modelspec_fetch.stores.credentials import Credentials

CHUNK = 1_048_576
"""Bytes that are read at once."""

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
"""How long nothing may come before a connection counts as lost."""

MAX_SENTENCE = 300
"""Characters of what somebody else says that a message repeats."""

Open = Callable[[Source, Credentials, float], AbstractContextManager[Iterator[bytes]]]
"""Opens an artifact as it is stored, for at most so many seconds."""


class StoreError(Exception):
    """Raised where a store does not give the bytes; says so in one sentence without secrets."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field
        """The field below the artifact that is at fault, as in ``.http.url``."""


class TransientError(StoreError):
    """What may pass: a lost connection, a server that is busy."""


class RefusedError(StoreError):
    """What stays as it is: no such file, no permission, a certificate of nobody."""


def shown(url: str) -> str:
    """Return a URL as messages may show it: without user, query and fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def clipped(text: object) -> str:
    """Return the beginning of what somebody else says, on one line."""
    return " ".join(str(text).split())[:MAX_SENTENCE]
