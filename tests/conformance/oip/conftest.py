"""A server of the Open Inference Protocol to ask: any, or ours if none is named.

``OIP_URL=http://127.0.0.1:8080 OIP_MODEL=fraud pytest tests/conformance/oip`` asks another;
``OIP_REQUEST=request.json`` gives a request that its model answers, where one made from its
metadata would not be one.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

import modelspec as ms


def pytest_configure(config: pytest.Config) -> None:
    """Declare what a test is about."""
    for name, meaning in {
        "required": "the specification demands it",
        "extension": "only for servers that advertise or know it",
        "refusal": "statuses and bodies of errors",
    }.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


@dataclass(frozen=True)
class Target:
    """A server with one model."""

    http: httpx.Client
    model: str
    request: dict[str, Any]
    """What the model answers."""

    @property
    def path(self) -> str:
        return f"/v2/models/{self.model}"

    def metadata(self) -> Any:
        return self.http.get(self.path).json()

    def infer(self, document: Any) -> httpx.Response:
        return self.http.post(f"{self.path}/infer", json=document)

    def extensions(self) -> list[str]:
        found: list[str] = self.http.get("/v2").json()["extensions"]
        return found


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Yield the server that is asked."""
    url = os.environ.get("OIP_URL")
    if url:
        yield _target(url, os.environ["OIP_MODEL"])
        return
    with _ours(tmp_path_factory.mktemp("oip")) as served:
        yield _target(served.url, "rules")


def _target(url: str, model: str) -> Target:
    http = httpx.Client(base_url=url, timeout=10)
    given = os.environ.get("OIP_REQUEST")
    if given:
        return Target(http, model, json.loads(Path(given).read_text()))
    inputs = http.get(f"/v2/models/{model}").json()["inputs"]
    return Target(http, model, {"inputs": [_tensor(item) for item in inputs]})


def _tensor(described: dict[str, Any]) -> dict[str, Any]:
    """Return a tensor as metadata describe it, with one row."""
    shape = [1 if length < 0 else length for length in described["shape"]]
    count = 1
    for length in shape:
        count *= length
    element: Any = {"BYTES": "a", "BOOL": True}.get(described["datatype"], 1)
    name, datatype = described["name"], described["datatype"]
    return {"name": name, "shape": shape, "datatype": datatype, "data": [element] * count}


class _ours:  # noqa: N801  # read as a function
    """Our own runtime, with features of every kind and no model file."""

    def __init__(self, folder: Path) -> None:
        spec = ms.Spec("rules")
        for name, kind in {
            "amount": ms.Float64,
            "count": ms.Int64,
            "country": ms.String,
            "known": ms.Bool,
        }.items():
            spec.feature(name, kind)
        spec.postprocessing = {
            "outputs": [
                {"name": "half", "type": "Float64", "expr": "amount / 2.0"},
                {"name": "twice", "type": "Int64", "expr": "count * 2"},
                {"name": "lower", "type": "String", "expr": "lower(country)"},
            ]
        }
        self._bundle = spec.dump(folder / "bundle")
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            second.bind(("127.0.0.1", 0))
            self._ports = [str(item.getsockname()[1]) for item in (first, second)]
        self.url = f"http://127.0.0.1:{self._ports[0]}"

    def __enter__(self) -> Self:
        options = ["--port", self._ports[0], "--admin-port", self._ports[1]]
        command = [sys.executable, "-m", "modelspec_cli", "serve", str(self._bundle), *options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{self.url}/v2/health/ready")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return self
        pytest.fail("the runtime does not answer")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
