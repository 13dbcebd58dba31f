"""The way in: a port of the host on which the cluster's API server answers.

The socket listens in the host's network namespace; the connections that it accepts are continued
from within the cluster's. A process can do both because a socket stays where it was opened.
"""

import argparse
import asyncio
import ctypes
import os
import socket
import sys
from pathlib import Path

from devcluster.node.layout import API_PORT, NODE_ADDRESS, Layout
from devcluster.node.processes import Record, start

__all__ = ["open_listener", "start_relay"]

CHUNK = 256 * 1024  # bytes
BACKLOG = 128  # connections; asyncio sets it again, to a smaller number, unless told
CLONE_NEWNET = 0x40000000


def open_listener() -> socket.socket:
    """Return a socket that listens on a free port of the loopback interface."""
    return socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)


def start_relay(layout: Layout, listener: socket.socket) -> Record:
    """Start the relay, which takes over *listener*."""
    command = [sys.executable, "-m", "devcluster.node.relay"]
    return start(
        "relay",
        [*command, f"--listener={listener.fileno()}", f"--namespace={layout.namespace}"],
        records=layout.records,
        log=layout.logs / "relay.log",
        inherit=[listener.fileno()],
        environment={"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )


async def relay(listener: socket.socket, host: str, port: int) -> None:
    """Connect everything that *listener* accepts with *host*, for ever."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(host, port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))
        inner_writer.close()
        writer.close()

    server = await asyncio.start_server(serve, sock=listener, backlog=BACKLOG)
    await server.serve_forever()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        # Only this direction is over: the other may still have an answer to bring.
        writer.write_eof()
    except OSError:
        writer.close()


def enter_namespace(path: Path) -> None:
    """Move this process, which must have one thread, into the network namespace *path*."""
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns came with Python 3.12
    with path.open("rb") as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(path))


def main() -> None:
    """Run as a process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--listener", type=int, required=True)
    parser.add_argument("--namespace", type=Path, required=True)
    arguments = parser.parse_args()
    listener = socket.socket(fileno=arguments.listener)
    enter_namespace(arguments.namespace)
    asyncio.run(relay(listener, NODE_ADDRESS, API_PORT))


if __name__ == "__main__":
    main()
