"""A serving pod without a network: small graphs, mounted snapshots, a caller of both ports."""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import onnx
from onnx import TensorProto, helper
from starlette.types import Message
from typing_extensions import override

from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import take_snapshot
from modelspec_serving.app import Apps, Worker, build_apps
from modelspec_serving.http1.connection import Connection, Shared
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
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Caller:
    """Calls both applications as their servers would."""

    apps: Apps
    readiness: Readiness

    def request(
        self,
        method: str,
        path: str,
        chunks: Iterable[bytes] = (b"",),
        *,
        admin: bool = False,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Response:
        """Return the answer to one request, whose body arrives in *chunks*."""
        if admin:
            return asyncio.run(self._ask_admin(method, path))
        written = _written(method, path, chunks, headers)
        return asyncio.run(_converse(self.apps.inference, method, written))

    def post(self, path: str, document: object, **headers: str) -> Response:
        """Return the answer to a body, which may be bytes or anything that JSON can say."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.request("POST", path, [body], headers=named)

    async def _ask_admin(self, method: str, path: str) -> Response:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": [],
        }
        await self.apps.admin(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Response(sent[0]["status"], headers, sent[1]["body"])


class Wire(asyncio.Transport):
    """Keeps what a connection writes."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.is_closed = self.is_aborted = False
        self.is_read = True

    @override
    def write(self, data: Any) -> None:
        assert not self.is_closed
        self.written += data

    @override
    def is_closing(self) -> bool:
        return self.is_closed

    @override
    def close(self) -> None:
        self.is_closed = True

    @override
    def abort(self) -> None:
        self.is_closed = self.is_aborted = True

    @override
    def pause_reading(self) -> None:
        self.is_read = False

    @override
    def resume_reading(self) -> None:
        self.is_read = True

    def answers(self, *methods: str) -> list[Response]:
        """Return the answers that were written, to requests by these methods."""
        found, rest = [], bytes(self.written)
        for method in methods:
            head, _, rest = rest.partition(b"\r\n\r\n")
            status, *lines = head.decode().split("\r\n")
            headers = {
                name.lower(): text for name, text in (line.split(": ", 1) for line in lines)
            }
            length = 0 if method == "HEAD" else int(headers["content-length"])
            found.append(Response(int(status.split()[1]), headers, rest[:length]))
            rest = rest[length:]
        assert not rest
        return found


def _written(
    method: str, path: str, chunks: Iterable[bytes], headers: Mapping[str, str]
) -> Iterator[bytes]:
    """Yield the bytes of a request; what has several chunks is sent as such."""
    named = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
    start = f"{method} {quote(path)} HTTP/1.1\r\nhost: pod\r\n{named}"
    if isinstance(chunks, Sequence) and len(chunks) == 1:
        yield f"{start}content-length: {len(chunks[0])}\r\n\r\n".encode() + chunks[0]
        return
    yield f"{start}transfer-encoding: chunked\r\n\r\n".encode()
    for chunk in chunks:
        if chunk:
            yield b"%x\r\n%b\r\n" % (len(chunk), chunk)
    yield b"0\r\n\r\n"


async def _converse(shared: Shared, method: str, written: Iterable[bytes]) -> Response:
    """Return the answer to what is written on a connection; nothing is, once it has come."""
    wire, connection = Wire(), Connection(shared)
    connection.connection_made(wire)
    for data in written:
        connection.data_received(data)
        if wire.written:
            break
    while not wire.written:  # noqa: ASYNC110  # nobody tells
        await asyncio.sleep(0)
    connection.connection_lost(None)
    (answer,) = wire.answers(method)
    return answer


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
    return Caller(build_apps(decision, worker, settings), worker.readiness)


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
