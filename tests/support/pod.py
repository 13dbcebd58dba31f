"""A serving pod without a network: small graphs, mounted snapshots, a caller that speaks ASGI."""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import onnx
from onnx import TensorProto, helper
from starlette.types import ASGIApp, Message

from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import take_snapshot
from modelspec_serving.app import Worker, build_app
from modelspec_serving.lifecycle.load import Decision, load_decision
from modelspec_serving.lifecycle.progress import Progress
from modelspec_serving.lifecycle.readiness import Readiness
from modelspec_serving.monitoring.counters import Counters
from modelspec_serving.monitoring.requests import Requests
from modelspec_serving.settings import Settings

Document = dict[str, Any]

ECHO_SPEC: Document = {
    "featureFetching": {
        "features": [
            {"name": "class", "type": "Float64", "required": True},
            {"name": "count", "type": "Int64"},
            {"name": "flag", "type": "Bool"},
            {"name": "rate", "type": "Float64", "default": "0.1"},
        ]
    },
    "models": [
        {
            "name": "echo",
            "artifact": {"type": "ConfigMap", "configMap": {"name": "echo", "key": "m"}},
            "inputs": [{"name": "X", "featureNames": ["rate", "class", "flag", "count"]}],
            "outputs": [
                {"name": "class", "tensor": "Y", "index": 1},
                {"name": "count", "tensor": "Y", "index": 3},
                {"name": "flag", "tensor": "Y", "index": 2},
                {"name": "rate", "tensor": "Y", "index": 0},
                {"name": "row", "tensor": "Y"},
                {"name": "wide", "tensor": "D", "index": 1},
                {"name": "whole", "tensor": "I", "index": 1},
            ],
        }
    ],
}
"""Answers every feature as the tensor held it, and a row as vector, double and integer."""


@dataclass(frozen=True)
class Response:
    """What came back through ASGI."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Caller:
    """Calls an ASGI application as a server would."""

    app: ASGIApp
    readiness: Readiness
    http_port: int
    admin_port: int

    def request(
        self,
        method: str,
        path: str,
        chunks: Iterable[bytes] = (b"",),
        *,
        admin: bool = False,
        client: tuple[str, int] = ("10.0.0.1", 1),
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Response:
        """Return the answer to one request, whose body arrives in *chunks*."""
        port = self.admin_port if admin else self.http_port
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
            "client": client,
            "server": ("127.0.0.1", port),
        }
        return asyncio.run(self._exchange(scope, iter(chunks)))

    def post(self, path: str, document: object, **headers: str) -> Response:
        """Return the answer to a body, which may be bytes or anything that JSON can say."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.request("POST", path, [body], headers=named)

    async def _exchange(self, scope: dict[str, Any], chunks: Iterator[bytes]) -> Response:
        sent: list[Message] = []

        async def receive() -> Message:
            body = next(chunks, None)
            return {"type": "http.request", "body": body or b"", "more_body": body is not None}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Response(sent[0]["status"], headers, sent[1]["body"])


def mount(root: Path, spec: Document, *contents: bytes, **settings: Any) -> Settings:
    """Return where a specification and its artifacts were laid out as the kubelet mounts them."""
    spec = deepcopy(spec)
    artifacts = {hashlib.sha256(content).hexdigest(): content for content in contents}
    models = spec.get("models", [])
    for model, content in zip(models, contents, strict=True):
        model["artifact"]["sha256"] = hashlib.sha256(content).hexdigest()
    snapshot = take_snapshot(ModelSpecSpec.model_validate(spec))
    _lay_out(root / "artifacts", artifacts)
    _lay_out(root / "snapshot", {key: text.encode() for key, text in snapshot.documents.items()})
    given: Document = {
        "name": models[0]["name"] if models else "rules",
        "model_version": 3,
        "snapshot": snapshot.digest,
        "snapshot_directory": root / "snapshot",
        "artifact_directory": root / "artifacts",
        "termination_log": root / "termination-log",
        "status_file": root / "status.json",
    }
    return Settings(**(given | settings))


def call(settings: Settings) -> Caller:
    """Return a caller of what is mounted."""
    worker = make_worker(settings)
    decision = load_decision(settings, worker.progress, worker.requests)
    app = build_app(decision, worker, settings)
    return Caller(app, worker.readiness, settings.http_port, settings.admin_port)


def load(settings: Settings) -> Decision:
    """Return the decision that is mounted."""
    worker = make_worker(settings)
    return load_decision(settings, worker.progress, worker.requests)


def make_worker(settings: Settings) -> Worker:
    """Return what one process serves with."""
    counters = Counters()
    return Worker(counters, Requests(counters), Readiness(), Progress(settings.status_file))


def joining_graph(*inputs: tuple[str, int]) -> bytes:
    """Return a graph that answers its inputs, each of a width, beside each other as ``row``."""
    width = sum(columns for _, columns in inputs)
    graph = helper.make_graph(
        [helper.make_node("Concat", [name for name, _ in inputs], ["row"], axis=1)],
        "join",
        [value(name, TensorProto.FLOAT, "N", columns) for name, columns in inputs],
        [value("row", TensorProto.FLOAT, "N", width)],
    )
    return serialized(graph)


def echo_graph() -> bytes:
    """Return a graph whose outputs are its input: as it is, as double, as integers."""
    graph = helper.make_graph(
        [
            helper.make_node("Identity", ["X"], ["Y"]),
            helper.make_node("Cast", ["X"], ["D"], to=TensorProto.DOUBLE),
            helper.make_node("Cast", ["X"], ["I"], to=TensorProto.INT64),
        ],
        "echo",
        [value("X", TensorProto.FLOAT, "N", 4)],
        [
            value("Y", TensorProto.FLOAT, "N", 4),
            value("D", TensorProto.DOUBLE, "N", 4),
            value("I", TensorProto.INT64, "N", "W"),
        ],
    )
    return serialized(graph)


def value(name: str, element_type: int, *shape: int | str) -> onnx.ValueInfoProto:
    """Return the declaration of a graph's input or output."""
    return helper.make_tensor_value_info(name, element_type, shape)


def serialized(graph: onnx.GraphProto) -> bytes:
    """Return the bytes of a graph as a model."""
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    content: bytes = model.SerializeToString()
    return content


def _lay_out(directory: Path, files: dict[str, bytes]) -> None:
    """Write files as a ConfigMap's volume: links into a directory that can be swapped at once."""
    data = directory / "..2026_01_01"
    data.mkdir(parents=True)
    (directory / "..data").symlink_to(data.name)
    for name, content in files.items():
        (data / name).write_bytes(content)
        (directory / name).symlink_to(f"..data/{name}")
