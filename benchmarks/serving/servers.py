"""The servers that are compared, and how each is started with everything that it needs."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from modelspec.notebook.mounting import Mounted

ROOT = Path(__file__).resolve().parents[2]
APPS = "benchmarks.serving.apps"
CACHE = Path.home() / ".cache" / "modelspec-benchmarks"

_ENGINE = (
    *("numpy", "msgspec", "rfc8785", "typing-extensions", "tzdata", "google-re2", "pyyaml"),
    *("onnxruntime==1.26.*", "setuptools<81"),
)
"""What the engine needs in a peer's environment."""

_OURS = (f"modelspec-operator[serving] @ {ROOT.as_uri()}",)
"""What the image of a pod has, and nothing else."""


@dataclass(frozen=True)
class Server:
    """One server."""

    name: str
    start: Callable[[Mounted, int], tuple[list[str], dict[str, str]]]
    """Returns command and environment, for a bundle and a port."""

    path: str
    ready: str
    body: str
    """Shape of the body, see `case.write_bodies`."""

    requirements: tuple[str, ...] = ()
    """Of a virtual environment of its own; empty for this one."""

    python: str = "3.11"


def _ours(mounted: Mounted, port: int, **settings: str) -> tuple[list[str], dict[str, str]]:
    values = {
        "NAME": mounted.name,
        "MODEL_VERSION": "1",
        "SNAPSHOT": mounted.digest,
        "SNAPSHOT_DIRECTORY": str(mounted.snapshot),
        "ARTIFACT_DIRECTORY": str(mounted.artifacts),
        "STATUS_FILE": str(mounted.snapshot.parent / f"status-{port}.json"),
        "HTTP_PORT": str(port),
        "ADMIN_PORT": str(port + 1),
        **settings,
    }
    environment = {f"MODELSPEC_{name}": value for name, value in values.items()}
    return ["python", "-m", "modelspec_serving"], environment


def _uvicorn(app: str, port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "uvicorn", f"{APPS}.{app}:app", "--port", str(port)),
        *("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"),
    ]


def _peer(app: str) -> Callable[[Mounted, int], tuple[list[str], dict[str, str]]]:
    return lambda _, port: (["python", "-m", f"{APPS}.{app}"], {"BENCHMARK_PORT": str(port)})


def _mlserver(mounted: Mounted, port: int) -> tuple[list[str], dict[str, str]]:
    folder = mounted.snapshot.parent / "mlserver"
    folder.mkdir(exist_ok=True)
    settings = {
        "http_port": port,
        "grpc_port": port + 1,
        "metrics_port": port + 2,
        "parallel_workers": 0,
        "debug": False,
    }
    model = {"name": "fraud", "implementation": f"{APPS}.with_mlserver.Fraud"}
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps(model))
    return ["mlserver", "start", str(folder)], {}


SERVERS: Mapping[str, Server] = {
    server.name: server
    for server in (
        Server("no-op", lambda _, port: (_uvicorn("noop", port), {}), "/", "/", "v1"),
        Server(
            "ours",
            _ours,
            "/v1/models/fraud:predict",
            "/v2/health/ready",
            "v1",
            _OURS,
        ),
        Server(
            "ours, bins off",
            lambda mounted, port: _ours(mounted, port, BINS="false"),
            "/v1/models/fraud:predict",
            "/v2/health/ready",
            "v1",
            _OURS,
        ),
        Server(
            "FastAPI",
            lambda _, port: (_uvicorn("with_fastapi", port), {}),
            "/predict",
            "/ready",
            "row",
        ),
        Server(
            "KServe",
            _peer("with_kserve"),
            "/v1/models/fraud:predict",
            "/v2/models/fraud/ready",
            "v1",
            ("kserve==0.21.0", *_ENGINE),
        ),
        Server(
            "MLServer",
            _mlserver,
            "/v2/models/fraud/infer",
            "/v2/models/fraud/ready",
            "bytes",
            ("mlserver==1.7.1", *_ENGINE),
        ),
        Server(
            "PyTriton",
            _peer("with_pytriton"),
            "/v2/models/fraud/infer",
            "/v2/models/fraud/ready",
            "batched bytes",
            ("nvidia-pytriton==0.7.0", *_ENGINE),
            # Its stub embeds the Python of the distribution.
            "/usr/bin/python3",
        ),
    )
}


def start(
    server: Server, mounted: Mounted, port: int, log: Path, core: int
) -> subprocess.Popen[bytes]:
    """Start a server on one core, in a session of its own."""
    command, own = server.start(mounted, port)
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'spec'}",
        "BENCHMARK_FOLDER": str(mounted.snapshot.parent),
        "ORT_DISABLE_TELEMETRY": "1",
        **own,
    }
    if server.requirements == _OURS:
        del environment["PYTHONPATH"]
    if server.requirements:
        binaries = environment_of(server) / "bin"
        command = [str(binaries / command[0]), *command[1:]]
        environment["PATH"] = f"{binaries}:{environment['PATH']}"
        environment["VIRTUAL_ENV"] = str(binaries.parent)
    with log.open("wb") as output:
        return subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            env=environment,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def environment_of(server: Server) -> Path:
    """Return the virtual environment of a server that has one of its own."""
    own = server.requirements == _OURS
    return CACHE / ("ours" if own else server.requirements[0].replace("==", "-"))


def install(server: Server) -> None:
    """Make the virtual environment of a server if it is not there."""
    folder = environment_of(server)
    done = folder / ".installed"
    is_done = done.exists() and done.read_text() == repr(server.requirements)
    # Our own code may have changed since.
    if server.requirements == _OURS or not is_done:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["uv", "venv", "--quiet", "--python", server.python, folder], check=True)
        python = str(folder / "bin" / "python")
        packages = server.requirements
        subprocess.run(
            [
                *("uv", "pip", "install", "--quiet", "--compile-bytecode"),
                *("--python", python, *packages),
            ],
            check=True,
        )
        done.write_text(repr(server.requirements))
