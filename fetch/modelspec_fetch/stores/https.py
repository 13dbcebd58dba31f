"""Files of web servers: encrypted connections only, wherever they lead, and no proxies."""

import base64
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from modelspec.schema.sources import Source
from modelspec_fetch.stores.credentials import Credentials
from modelspec_fetch.stores.store import (
    CHUNK,
    CONNECT_SECONDS,
    READ_SECONDS,
    RefusedError,
    TransientError,
    clipped,
    shown,
)

FIELD = ".http.url"
SECRET_FIELD = ".http.secretName"  # noqa: S105  # the name of a field

MAX_REDIRECTS = 5

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})

_HINTS = {
    401: "name a Secret with TOKEN, or USERNAME and PASSWORD, in `secretName`",
    403: "the server does not allow it to whom `secretName` names",
    404: "correct the URL",
}


@dataclass(frozen=True)
class _Request:
    url: SplitResult
    context: ssl.SSLContext
    headers: dict[str, str]
    deadline: float
    """In seconds of the monotonic clock."""

    @property
    def remaining(self) -> float:
        return max(self.deadline - time.monotonic(), 0.001)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.deadline


@contextmanager
def open_url(
    source: Source, credentials: Credentials, seconds: float
) -> Iterator[Iterator[bytes]]:
    """Open what stands at a URL, after redirects.

    Raises:
        StoreError: The server cannot be reached, or does not give it.
    """
    file = source.artifact.http
    assert file is not None, "the schema demands the member that `type` names"  # noqa: S101
    url, deadline = file.url, time.monotonic() + seconds
    context, headers = _context(credentials), _authorization(credentials)
    for _ in range(1 + MAX_REDIRECTS):
        request = _Request(_encrypted(url), context, headers, deadline)
        with _connected(request) as connection:
            response = _ask(request, connection)
            if response.status not in _REDIRECTS:
                _check(request, response)
                yield _chunks(request, response)
                return
            target = urljoin(url, response.getheader("Location", ""))
        # Whoever is redirected to is somebody else, whatever the name.
        url, headers = target, {}
    raise RefusedError(f"{shown(file.url)}: more than {MAX_REDIRECTS} redirects", FIELD)


def _encrypted(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise RefusedError(f"leads to {shown(url)}, must use 'https'", FIELD)
    return parts


def _context(credentials: Credentials) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if credentials.authority:
        try:
            context.load_verify_locations(cadata=credentials.authority)
        except (ssl.SSLError, ValueError) as error:
            message = "CA_CERTIFICATE holds no certificate in PEM"
            raise RefusedError(message, SECRET_FIELD) from error
    return context


def _authorization(credentials: Credentials) -> dict[str, str]:
    """Return the header that proves who asks."""
    keys = credentials.keys
    if not credentials.is_named:
        return {}
    if "TOKEN" in keys:
        value = f"Bearer {keys['TOKEN']}"
    elif "USERNAME" in keys and "PASSWORD" in keys:
        pair = f"{keys['USERNAME']}:{keys['PASSWORD']}"
        value = f"Basic {base64.b64encode(pair.encode()).decode()}"
    elif credentials.authority:
        return {}
    else:
        message = "the Secret is missing, or has neither TOKEN nor USERNAME and PASSWORD"
        raise RefusedError(message, SECRET_FIELD)
    if not value.isascii() or not value.isprintable():
        raise RefusedError("the Secret holds characters that no header can carry", SECRET_FIELD)
    return {"Authorization": value}


@contextmanager
def _connected(request: _Request) -> Iterator[http.client.HTTPSConnection]:
    """Yield a connection that is cut at the deadline, however slowly bytes trickle in."""
    connection = http.client.HTTPSConnection(
        request.url.hostname or "",
        request.url.port,
        timeout=min(CONNECT_SECONDS, request.remaining),
        context=request.context,
    )
    try:
        with _described(request):
            connection.connect()
        connection.sock.settimeout(READ_SECONDS)
        with _cut_at_deadline(request, connection.sock):
            yield connection
    finally:
        connection.close()


@contextmanager
def _cut_at_deadline(request: _Request, sock: socket.socket) -> Iterator[None]:
    def cut() -> None:
        with suppress(OSError):  # it may be closed already
            # Not the method of the TLS socket, which would go on in plain text.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    cutter = threading.Timer(request.remaining, cut)
    cutter.daemon = True
    cutter.start()
    try:
        yield
    finally:
        cutter.cancel()


@contextmanager
def _described(request: _Request) -> Iterator[None]:
    """Turn what libraries raise into what a store says."""
    where = shown(request.url.geturl())
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        hint = "put the authority into CA_CERTIFICATE of the Secret of `secretName`"
        raise RefusedError(f"{where}: {error.verify_message}; {hint}", FIELD) from error
    except (OSError, http.client.HTTPException) as error:
        is_late = isinstance(error, TimeoutError) or request.is_over
        reason = "timed out" if is_late else clipped(error) or type(error).__name__
        raise TransientError(f"{where}: {reason}", FIELD) from error


def _ask(request: _Request, connection: http.client.HTTPSConnection) -> http.client.HTTPResponse:
    """Return the answer of a server, its body still to come."""
    url = request.url
    target = f"{url.path or '/'}{'?' if url.query else ''}{url.query}"
    headers = {"Accept-Encoding": "identity", "User-Agent": "modelspec", **request.headers}
    with _described(request):
        connection.request("GET", target, headers=headers)
        return connection.getresponse()


def _check(request: _Request, response: http.client.HTTPResponse) -> None:
    if response.status == http.client.OK:
        return
    hint = _HINTS.get(response.status)
    where = shown(request.url.geturl())
    said = f"{where}: {response.status} {clipped(response.reason)}".rstrip()
    kind = TransientError if response.status in _BUSY else RefusedError
    raise kind(f"{said}; {hint}" if hint else said, FIELD)


def _chunks(request: _Request, response: http.client.HTTPResponse) -> Iterator[bytes]:
    """Yield the body; one that ends before its announced length is a lost connection."""
    announced, found = response.length, 0
    while True:
        with _described(request):
            chunk = response.read1(CHUNK)
            if not chunk and announced is not None and found < announced:
                raise ConnectionResetError(f"ended after {found} of {announced} bytes")
        if not chunk:
            return
        found += len(chunk)
        yield chunk
