"""The inference port: exact paths, a bounded body, an answer; no framework between them.

Everything runs on the event loop: a row takes tens of microseconds, less than handing it over.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
import structlog
from starlette.types import Receive, Scope, Send

from modelspec import __version__
from modelspec_serving.dataplane.scoring import RefusedRowError
from modelspec_serving.lifecycle.load import Decision
from modelspec_serving.lifecycle.readiness import Readiness
from modelspec_serving.protocol import v1, v2
from modelspec_serving.protocol.errors import RequestError
from modelspec_serving.routes.connections import Connections

_JSON = (b"content-type", b"application/json")
_CLOSE = (b"connection", b"close")
_MAX_SHOWN_PATH = 200

Handler = Callable[[bytes], bytes]
"""Turns the body of a request into the body of a 200 answer, or raises ``RequestError``."""


@dataclass(frozen=True)
class Answer:
    """What goes back to the caller."""

    status: int
    """HTTP status."""

    body: bytes
    """JSON text."""

    headers: tuple[tuple[bytes, bytes], ...] = ()
    """Headers beyond those that every answer has."""


class DisconnectedError(Exception):
    """The caller left before its request was complete."""


class InferenceRoutes:
    """The ASGI application of the inference port."""

    def __init__(
        self, decision: Decision, readiness: Readiness, *, max_body_bytes: int, max_rows: int
    ) -> None:
        self._decision = decision
        self._readiness = readiness
        self._max_body_bytes = max_body_bytes
        self._connections = Connections()
        self._log = structlog.get_logger()
        shape, outputs = decision.shape, decision.answering.columns
        self._v1 = v1.Codec(shape.row_type, max_rows=max_rows)
        self._v2 = v2.Codec(
            shape.row_type,
            shape.features,
            (output.name for output in outputs),
            takes_unknown=shape.takes_unknown,
            max_rows=max_rows,
        )
        self._answers = v2.Answers(decision.name, decision.version, decision.digest, outputs)
        self._routes = self._build_routes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self._answer(scope, receive)
        except DisconnectedError:
            return
        except RequestError as error:
            answer = error_answer(error.status, str(error))
        except Exception:  # noqa: BLE001  # the edge: logged, and answered without details
            self._log.exception("request failed", path=scope["path"][:_MAX_SHOWN_PATH])
            answer = error_answer(500, "internal error")
        closes = self._readiness.is_draining or self._connections.is_old(scope.get("client"))
        await _send(send, answer, closes=closes)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        methods = self._routes.get(scope["path"])
        if methods is None:
            return self._not_found(scope["path"])
        handler = methods.get(scope["method"])
        if handler is None:
            allowed = ", ".join(methods)
            message = f"{scope['method']} is not allowed; allowed: {allowed}"
            return error_answer(405, message, (b"allow", allowed.encode()))
        body = await self._body(receive) if scope["method"] == "POST" else b""
        return Answer(200, handler(body))

    async def _body(self, receive: Receive) -> bytes:
        """Return the body; what is too long is not kept."""
        body, is_complete = b"", False
        while not is_complete:
            message = await receive()
            if message["type"] != "http.request":
                raise DisconnectedError
            body += message.get("body", b"")
            is_complete = not message.get("more_body", False)
            if len(body) > self._max_body_bytes:
                raise RequestError(f"body: longer than {self._max_body_bytes} bytes", status=413)
        return body

    def _build_routes(self) -> Mapping[str, Mapping[str, Handler]]:
        name, version = self._decision.name, self._decision.version
        routes: dict[str, Mapping[str, Handler]] = {
            f"/v1/models/{name}:predict": {"POST": self._predict},
            "/v1/models": _get(v1.model_list(name)),
            f"/v1/models/{name}": self._when_ready(v1.model_status(name)),
            "/v2": _get(v2.server_metadata(__version__)),
            "/v2/": _get(v2.server_metadata(__version__)),
            "/v2/health/live": _get(b'{"live":true}'),
            "/v2/health/ready": self._when_ready(b'{"ready":true}'),
        }
        for path in (f"/v2/models/{name}", f"/v2/models/{name}/versions/{version}"):
            routes |= self._model_routes(path)
        return routes

    def _model_routes(self, path: str) -> dict[str, dict[str, Handler]]:
        metadata = self._answers.model_metadata(self._decision.shape.features)
        return {
            path: _get(metadata),
            f"{path}/ready": self._when_ready(self._answers.model_ready()),
            f"{path}/infer": {"POST": self._infer},
        }

    def _when_ready(self, body: bytes) -> dict[str, Handler]:
        def handler(_: bytes) -> bytes:
            if self._readiness.is_draining:
                raise RequestError("this pod is stopping", status=503)
            return body

        return {"GET": handler, "HEAD": handler}

    def _predict(self, body: bytes) -> bytes:
        rows = self._v1.rows(body)
        try:
            return self._v1.answer(self._decision.answering.by_row(rows))
        except RefusedRowError as error:
            raise RequestError(
                self._v1.refusal(error.row, error.feature, error.problem)
            ) from error

    def _infer(self, body: bytes) -> bytes:
        request = self._v2.inference(body)
        try:
            outputs = self._decision.answering.by_column(request.rows)
        except RefusedRowError as error:
            raise RequestError(
                self._v2.refusal(error.row, error.feature, error.problem)
            ) from error
        request_id = secrets.token_hex(8) if request.id is None else request.id
        return self._answers.inference(outputs, request.outputs, request_id)

    def _not_found(self, path: str) -> Answer:
        serves = f"this pod serves model '{self._decision.name}' version {self._decision.version}"
        return error_answer(404, f"nothing at {path[:_MAX_SHOWN_PATH]}; {serves}")


def error_answer(status: int, message: str, *headers: tuple[bytes, bytes]) -> Answer:
    """Return an answer whose body is ``{"error": message}``."""
    return Answer(status, msgspec.json.encode({"error": message}), headers)


def _get(body: bytes) -> dict[str, Handler]:
    def handler(_: bytes) -> bytes:
        return body

    return {"GET": handler, "HEAD": handler}


async def _send(send: Send, answer: Answer, *, closes: bool) -> None:
    length = (b"content-length", str(len(answer.body)).encode())
    headers = [_JSON, length, *answer.headers, *([_CLOSE] if closes else [])]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
