"""The program itself: ports, headers, signals, exit codes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from unittest.mock import Mock

import pytest
import structlog
from uvicorn import Config

from modelspec_serving.__main__ import main
from modelspec_serving.app import Server, Worker
from modelspec_serving.http1.connection import Shared
from modelspec_serving.http1.heads import Heads
from modelspec_serving.lifecycle.progress import Progress
from modelspec_serving.lifecycle.readiness import Readiness
from modelspec_serving.monitoring.counters import Counters
from modelspec_serving.monitoring.requests import Protocol, Requests
from modelspec_serving.settings import Settings
from support.pod import ECHO_SPEC, echo_graph, mount

ROW = b'{"instances":[{"class":1}]}'
PREDICT = "/v1/models/echo:predict"


@dataclass(frozen=True)
class Program:
    """A running `python -m modelspec_serving`."""

    process: subprocess.Popen[str]
    settings: Settings

    def connect(self, *, admin: bool = False) -> HTTPConnection:
        """Return a new connection to one of the ports."""
        port = self.settings.admin_port if admin else self.settings.http_port
        return HTTPConnection("127.0.0.1", port, timeout=5)


def start(settings: Settings) -> Program:
    environment = {
        f"MODELSPEC_{name.upper()}": str(value) for name, value in settings.model_dump().items()
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "modelspec_serving"],
        env={"PATH": os.environ["PATH"], "HOME": str(home(settings)), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Program(process, settings)


def home(settings: Settings) -> Path:
    """Return a home that is empty until the program writes there."""
    directory = settings.snapshot_directory.parent / "home"
    directory.mkdir()
    return directory


def free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def wait_until_ready(program: Program) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and program.process.poll() is None:
        try:
            if status(program, "/readyz", admin=True) == 200:
                return
        except ConnectionRefusedError:
            time.sleep(0.01)
    pytest.fail(f"not ready: {program.process.stdout and program.process.stdout.read()}")


def get(connection: HTTPConnection, path: str) -> HTTPResponse:
    connection.request("GET", path)
    return connection.getresponse()


def status(program: Program, path: str, *, admin: bool) -> int:
    with closing(program.connect(admin=admin)) as connection:
        response = get(connection, path)
        assert response.headers["modelspec-snapshot"] == program.settings.snapshot
        return response.status


def post(connection: HTTPConnection, body: bytes) -> HTTPResponse:
    connection.request("POST", PREDICT, body)
    return connection.getresponse()


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Start a pod whose artifact was changed after it was specified."""
    settings = mount(tmp_path_factory.mktemp("refused"), ECHO_SPEC, echo_graph())
    files = settings.artifact_directory.iterdir()
    next(path for path in files if not path.name.startswith("..")).write_bytes(b"other")
    yield from running(settings)


@pytest.fixture(scope="module")
def program(
    tmp_path_factory: pytest.TempPathFactory,
    refused: Program,  # both start at the same time
) -> Iterator[Program]:
    http_port, admin_port = free_ports()
    root = tmp_path_factory.mktemp("pod")
    ports = {"http_port": http_port, "admin_port": admin_port}
    yield from running(mount(root, ECHO_SPEC, echo_graph(), **ports))


def running(settings: Settings) -> Iterator[Program]:
    program = start(settings)
    with program.process:
        yield program
        program.process.kill()


def test_a_pod_answers_drains_and_stops(program: Program) -> None:
    wait_until_ready(program)
    kept = program.connect()
    digest = program.settings.snapshot

    first = post(kept, ROW)
    assert (first.status, first.headers["modelspec-snapshot"]) == (200, digest)
    assert first.headers.get_all("content-type") == ["application/json"]
    assert first.headers["connection"] is None
    assert first.headers["server"] is None
    assert json.loads(first.read())["predictions"][0]["class"] == 1.0

    too_large = post(kept, b" " * 9_000_000)
    assert (too_large.status, too_large.headers["modelspec-snapshot"]) == (413, digest)
    assert list(json.loads(too_large.read())) == ["error"]

    # The same connection goes on after a body that nobody wanted.
    assert get(kept, PREDICT).read() == b'{"error":"GET is not allowed; allowed: POST"}'
    assert status(program, "/v2", admin=True) == status(program, "/readyz", admin=False) == 404

    left_behind = list((program.settings.snapshot_directory.parent / "home").rglob("*"))
    assert left_behind == []  # as onnxruntime's telemetry would

    program.process.send_signal(signal.SIGTERM)
    wait_until_draining(program)

    late = post(kept, ROW)
    assert (late.status, late.headers["connection"]) == (200, "close")
    late.read()
    new = post(program.connect(), ROW)
    assert (new.status, new.headers["connection"]) == (200, "close")
    new.read()
    for _ in range(5):  # nobody has a connection in between
        time.sleep(0.2)
        again = post(program.connect(), ROW)
        assert (again.status, again.headers["connection"]) == (200, "close")
        again.read()
    assert program.process.wait(timeout=10) == 0


def wait_until_draining(program: Program) -> None:
    """Return once the signal was seen, which takes the process a moment."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if status(program, "/readyz", admin=True) == 503:
            return
        time.sleep(0.01)
    pytest.fail("still ready")


def test_a_changed_artifact_is_never_served(refused: Program) -> None:
    output, _ = refused.process.communicate(timeout=30)

    assert refused.process.returncode == 3
    text = refused.settings.termination_log.read_text()
    assert text.startswith("MS408 spec.models[0].artifact: sha256 mismatch: expected ")
    lines = [json.loads(line) for line in output.splitlines()]
    assert [line["event"] for line in lines] == ["syncing", "validating", "refused"]
    assert lines[-1]["findings"] == [text.strip()]
    told = json.loads(refused.settings.status_file.read_text())
    assert (told["state"], told["findings"]) == ("refused", [text.strip()])
    assert list(told["seconds"]) == ["syncing", "validating"]


def test_wrong_settings_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MODELSPEC_NAME", "echo")
    monkeypatch.setenv("MODELSPEC_MODEL_VERSION", "0")

    try:
        assert main() == 2
    finally:
        structlog.reset_defaults()  # or later tests would write to what is captured here

    problems = json.loads(capsys.readouterr().out)["problems"]
    assert [problem.split(":")[0] for problem in problems] == [
        "MODELSPEC_MODEL_VERSION",
        "MODELSPEC_SNAPSHOT",
    ]


@pytest.mark.parametrize(
    ("seconds", "requests", "stops"),
    [
        pytest.param(2.9, 0, False, id="a client that reconnects has no connection just now"),
        pytest.param(3.0, 0, True, id="quiet for long enough"),
        pytest.param(24.9, 1, False, id="a request came"),
        pytest.param(25.0, 1, True, id="no more time"),
    ],
)
def test_a_draining_server_stops_when_nobody_asks(
    seconds: float,
    requests: int,
    stops: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    worker = _worker(tmp_path)
    server = _server(worker)
    server.handle_exit(signal.SIGTERM, None)
    for _ in range(requests):
        worker.requests.start()
        worker.requests.end(Protocol.V1, 200, 1)

    assert worker.readiness.is_draining
    assert not server.should_exit
    assert server._is_drained(server._draining_since + seconds) is stops


def test_a_draining_server_waits_for_a_request_that_takes_long(tmp_path: Path) -> None:
    server = _server(_worker(tmp_path))
    server._inference.connections.add(Mock(is_busy=True))
    server.handle_exit(signal.SIGTERM, None)

    assert not server._is_drained(server._draining_since + 10)


def test_a_second_signal_does_not_wait(tmp_path: Path) -> None:
    server = _server(_worker(tmp_path))

    server.handle_exit(signal.SIGTERM, None)
    server.handle_exit(signal.SIGTERM, None)

    assert server.should_exit


def _server(worker: Worker) -> Server:
    shared = Shared(Mock(), Heads(()), worker.readiness, max_body_bytes=1)
    return Server(Config("unused:app"), shared, worker, drain_seconds=25)


def _worker(root: Path) -> Worker:
    counters = Counters()
    return Worker(counters, Requests(counters), Readiness(), Progress(root / "status.json"))
