"""A real object store that speaks S3, built like the programs of the local cluster."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection, create_server

from devcluster.directories import cache_directory
from devcluster.node import programs
from devcluster.node.programs import Group, Program

NAME = "versitygw"
GROUP = Group(NAME, NAME, (Program(NAME, "github.com/versity/versitygw/cmd/versitygw"),), 90)

ACCESS_KEY, SECRET_KEY = "modelspec-tests", "not-so-secret"
BUCKET = "models"


@dataclass(frozen=True)
class ObjectStore:
    """A running store with one bucket."""

    endpoint: str
    directory: Path
    """What is put here as a file is an object of the bucket."""

    def put(self, key: str, content: bytes) -> None:
        """Store an object."""
        path = self.directory / BUCKET / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@contextmanager
def object_store(directory: Path, certificate: Path, key: Path) -> Iterator[ObjectStore]:
    """Run a store on loopback, over TLS."""
    files = directory / "files"
    (files / BUCKET).mkdir(parents=True)
    with closing(create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    address = ("127.0.0.1", port)
    command = [
        *(str(_program()), "--quiet", "--port", f"127.0.0.1:{port}"),
        *("--access", ACCESS_KEY, "--secret", SECRET_KEY),
        *("--cert", str(certificate), "--key", str(key)),
        *("posix", "--nometa", str(files)),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ})
    try:
        _await(address, process)
        yield ObjectStore(f"https://127.0.0.1:{port}", files)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(files, ignore_errors=True)


def _program() -> Path:
    cache = cache_directory()
    (cache / "programs").mkdir(parents=True, exist_ok=True)
    programs.ensure(cache, GROUP)
    return cache / "programs" / f"{NAME}-{programs.cache_key(GROUP)}" / NAME


def _await(address: tuple[str, int], process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            create_connection(address, 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"{NAME} does not answer")
