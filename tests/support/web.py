"""A web server over TLS that answers as a test says, and the authority that it is known by."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from typing_extensions import override

from devcluster.node.certificates import Subject, create_authority, issue

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Certificates:
    """A server's certificate and key as files, and who signed it (PEM)."""

    authority: str
    certificate: Path
    key: Path


def certificates(directory: Path, *hosts: str) -> Certificates:
    """Return new certificates for *hosts*, by an authority of their own."""
    now = datetime.now(UTC)  # noqa: TID251 - what is issued here is used at once
    authority = create_authority(now)
    issued = issue(authority, Subject("store", hosts=hosts), now)
    files = directory / "store.crt", directory / "store.key"
    files[0].write_bytes(issued.certificate)
    files[1].write_bytes(issued.key)
    return Certificates(issued.authority.decode(), *files)


@dataclass
class Web:
    """What a server answers by path, and what it was asked."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path and headers of every request."""

    def serve(self, path: str, content: bytes) -> str:
        """Answer a path with bytes; return its URL."""
        return self.on(path, lambda request: send(request, 200, content))

    def on(self, path: str, answer: Answer) -> str:
        """Answer a path by a function; return its URL."""
        self.answers[path] = answer
        return self.url + path


def send(
    request: BaseHTTPRequestHandler, status: int, content: bytes = b"", **headers: str
) -> None:
    """Send a whole answer."""
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content)


@contextmanager
def web_server(identity: Certificates) -> Iterator[Web]:
    """Run a server on loopback."""
    web = Web("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web.asked.append((self.path, dict(self.headers)))
            answer = web.answers.get(self.path.partition("?")[0])
            if answer is None:
                send(self, 404)
            else:
                answer(self)

        @override
        def log_message(self, format: str, *args: object) -> None:
            del format, args

    class Server(ThreadingHTTPServer):
        @override
        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing: clients that break off are what tests are about."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    web.url = f"https://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
