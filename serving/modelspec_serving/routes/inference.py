"""The inference port: exact paths, and what each answers; no framework between them.

Everything runs on the event loop: a row takes tens of microseconds, less than handing it over.
What takes longer, a request of many rows, is done in turns with other requests.
"""

import secrets
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from time import perf_counter_ns
from typing import Any, TypeAlias

import msgspec
import structlog

from modelspec import __version__
from modelspec_serving.dataplane.scoring import RefusedRowError
from modelspec_serving.http1.messages import OCTETS, Answer, Headers, Request, Work, error_answer
from modelspec_serving.lifecycle.load import Decision
from modelspec_serving.lifecycle.readiness import Readiness
from modelspec_serving.monitoring.requests import Protocol, Requests, Stage
from modelspec_serving.protocol import binary, compression, v1, v2, v2_answers
from modelspec_serving.protocol.errors import RequestError
from modelspec_serving.protocol.openapi import Served, describe
from modelspec_serving.routes.answers import compressed

_MAX_SHOWN_PATH = 200

BATCH = 32
"""Rows that are decided before others have their turn: a millisecond or two."""

Refuse: TypeAlias = Callable[[int, str, str], RequestError]


@dataclass(frozen=True)
class Endpoint:
    """What a path does for a method."""

    handle: Callable[[bytes, Headers], Work]
    protocol: Protocol = Protocol.METADATA


class InferenceRoutes:
    """Answers the requests of the inference port."""

    def __init__(
        self,
        decision: Decision,
        readiness: Readiness,
        requests: Requests,
        *,
        max_body_bytes: int,
        max_rows: int,
    ) -> None:
        self._decision = decision
        self._readiness = readiness
        self._requests = requests
        self._max_body_bytes = max_body_bytes
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
        self._answers = v2_answers.Answers(
            decision.name, decision.version, decision.digest, outputs
        )
        self._routes = self._build_routes(max_rows)

    def respond(self, request: Request) -> Work:
        """Answer one request; whatever goes wrong is an answer, too."""
        started = perf_counter_ns()
        self._requests.start()
        protocol, status = Protocol.METADATA, 499
        try:
            methods = self._routes.get(request.path, {})
            endpoint = methods.get(request.method)
            if endpoint is not None:
                protocol = endpoint.protocol
            answer = yield from self._answer(request, endpoint, methods)
            status = answer.status
            return answer
        finally:
            self._requests.end(protocol, status, perf_counter_ns() - started)

    def _answer(
        self, request: Request, endpoint: Endpoint | None, methods: Mapping[str, Endpoint]
    ) -> Work:
        headers = request.headers
        try:
            body = self._body(request)
            if endpoint is None:
                return self._no_endpoint(request, methods)
            answer = yield from endpoint.handle(body, headers)
        except RequestError as error:
            return error_answer(error.status, str(error), *_told(error.status))
        except Exception:  # noqa: BLE001  # the edge: logged, and answered without details
            self._log.exception("request failed", path=request.path[:_MAX_SHOWN_PATH])
            return error_answer(500, "internal error")
        return compressed(answer, headers)

    def _body(self, request: Request) -> bytes:
        """Return the body, unpacked."""
        if request.refusal is not None:
            raise request.refusal
        encoding = request.headers.get(b"content-encoding")
        if encoding is None:
            return request.body
        return compression.unpack(request.body, encoding.decode("latin-1"), self._max_body_bytes)

    def _build_routes(self, max_rows: int) -> Mapping[str, Mapping[str, Endpoint]]:
        name, version = self._decision.name, self._decision.version
        predict, infer = Endpoint(self._predict, Protocol.V1), Endpoint(self._infer, Protocol.V2)
        routes: dict[str, Mapping[str, Endpoint]] = {
            "/": _get(b'{"status":"alive"}'),
            f"/v1/models/{name}:predict": {"POST": predict},
            "/v1/models": _get(v1.model_list(name)),
            f"/v1/models/{name}": self._when_ready(v1.model_status(name)),
            "/v2": _get(v2_answers.server_metadata(__version__)),
            "/v2/": _get(v2_answers.server_metadata(__version__)),
            "/v2/health/live": _get(b'{"live":true}'),
            "/v2/health/ready": self._when_ready(b'{"ready":true}'),
            "/v2/models": _get(self._answers.model_list()),
            "/v2/repository/index": {"POST": Endpoint(self._index)},
            "/openapi.json": _get(self._description(max_rows)),
        }
        metadata = _get(self._answers.model_metadata(self._decision.shape.features))
        for path in (f"/v2/models/{name}", f"/v2/models/{name}/versions/{version}"):
            routes[path] = metadata
            routes[f"{path}/ready"] = self._when_ready(self._answers.model_ready())
            routes[f"{path}/infer"] = {"POST": infer}
        return routes

    def _description(self, max_rows: int) -> bytes:
        shape = self._decision.shape
        name, version = self._decision.name, self._decision.version
        return describe(Served(name, version, shape.features, shape.takes_unknown, max_rows))

    def _when_ready(self, body: bytes) -> dict[str, Endpoint]:
        def handle(_: bytes, __: Headers) -> Work:
            if self._readiness.is_draining:
                raise RequestError("this pod is stopping", status=503)
            return _done(Answer(200, body))

        return {"GET": Endpoint(handle), "HEAD": Endpoint(handle)}

    def _index(self, body: bytes, _: Headers) -> Work:
        ready = not self._readiness.is_draining
        return _done(Answer(200, self._answers.repository_index(body, is_ready=ready)))

    def _predict(self, body: bytes, _: Headers) -> Work:
        started = perf_counter_ns()
        request = self._v1.prediction(body)
        decoded = self._spent(Stage.DECODE, started)
        answers = yield from self._decide(request.rows, request.count, self._v1.refusal)
        decided = self._spent(Stage.DECIDE, decoded)
        encoded = self._v1.answer(answers)
        self._spent(Stage.ENCODE, decided)
        return Answer(200, encoded)

    def _infer(self, body: bytes, headers: Headers) -> Work:
        started = perf_counter_ns()
        given = headers.get(binary.SIZE_HEADER)
        size = None if given is None else binary.json_size(given, len(body))
        request = yield from self._v2.inference(body, size)
        decoded = self._spent(Stage.DECODE, started)
        answers = yield from self._decide(request.rows, request.count, self._v2.refusal)
        decided = self._spent(Stage.DECIDE, decoded)
        request_id = secrets.token_hex(8) if request.id is None else request.id
        encoded = self._answers.inference(answers, request.outputs, request_id, request.binary)
        self._spent(Stage.ENCODE, decided)
        if encoded.json_size is None:
            return Answer(200, encoded.body)
        length = (binary.SIZE_HEADER, str(encoded.json_size).encode())
        return Answer(200, encoded.body, (length,), OCTETS)

    def _decide(
        self, rows: Iterable[msgspec.Struct], count: int, refuse: Refuse
    ) -> Generator[None, None, list[dict[str, Any]]]:
        """Return the answer for each row; rows that were not decoded yet are decoded here."""
        if count == 1:
            return self._decide_batch(list(rows), 0, refuse)
        answers: list[dict[str, Any]] = []
        waiting = iter(rows)
        while batch := list(islice(waiting, BATCH)):
            answers += self._decide_batch(batch, len(answers), refuse)
            if len(answers) == count:
                break
            yield
        return answers

    def _decide_batch(
        self, batch: Sequence[msgspec.Struct], before: int, refuse: Refuse
    ) -> list[dict[str, Any]]:
        try:
            answers = self._decision.answering.answer(batch)
        except RefusedRowError as error:
            raise refuse(before + error.row, error.feature, error.problem) from error
        self._requests.add_rows(len(batch))
        return answers

    def _spent(self, stage: Stage, since: int) -> int:
        """Count the time of a stage that ends now; return the time."""
        now = perf_counter_ns()
        self._requests.stages[stage].add(now - since)
        return now

    def _no_endpoint(self, request: Request, methods: Mapping[str, Endpoint]) -> Answer:
        if methods:
            allowed = ", ".join(methods)
            message = f"{request.method} is not allowed; allowed: {allowed}"
            return error_answer(405, message, (b"allow", allowed.encode()))
        serves = f"this pod serves model '{self._decision.name}' version {self._decision.version}"
        return error_answer(404, f"nothing at {request.path[:_MAX_SHOWN_PATH]}; {serves}")


def _told(status: int) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers that say how to ask better."""
    is_packed_wrongly = status == 415  # noqa: PLR2004
    return ((b"accept-encoding", compression.ACCEPTED.encode()),) if is_packed_wrongly else ()


def _done(answer: Answer) -> Work:
    """Return work that is done."""
    yield from ()
    return answer


def _get(body: bytes) -> dict[str, Endpoint]:
    answer = Answer(200, body)

    def handle(_: bytes, __: Headers) -> Work:
        return _done(answer)

    return {"GET": Endpoint(handle), "HEAD": Endpoint(handle)}
