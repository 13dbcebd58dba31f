"""Compressed bodies: read within bounds, written where callers accept them."""

import gzip
import json
import zlib
from typing import Any

import pytest

from modelspec_serving.protocol.compression import choose
from support.pod import Caller

PREDICT = "/v1/models/echo:predict"
ROW = b'{"instances":[{"class":1}]}'
ROWS = json.dumps({"instances": [{"class": 1}] * 8}).encode()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("X-GZIP", gzip.compress), ("deflate", zlib.compress)],
)
def test_a_packed_body_is_read(echo: Caller, encoding: str, pack: Any) -> None:
    answer = echo.post(PREDICT, pack(ROW), content_encoding=encoding)

    assert answer.status == 200, answer.body


@pytest.mark.parametrize(
    ("encoding", "body", "status", "message"),
    [
        pytest.param("br", ROW, 415, "Content-Encoding: 'br' is not supported", id="unknown"),
        pytest.param("gzip", ROW, 400, "body: not gzip", id="not packed"),
        pytest.param("gzip", gzip.compress(ROW)[:-9], 400, "body: not one whole", id="cut"),
        pytest.param("gzip", gzip.compress(ROW) + b"x", 400, "body: not one whole", id="more"),
        pytest.param(
            "gzip", gzip.compress(b" " * 10**6), 413, "body: longer than 4096 bytes", id="bomb"
        ),
    ],
)
def test_a_wrong_body_is_refused(
    echo: Caller, encoding: str, body: bytes, status: int, message: str
) -> None:
    answer = echo.post(PREDICT, body, content_encoding=encoding)

    assert answer.status == status
    assert answer.json["error"].startswith(message)
    assert ("accept-encoding" in answer.headers) == (status == 415)


def test_a_long_answer_is_packed_for_who_accepts_it(echo: Caller) -> None:
    plain = echo.post(PREDICT, ROWS)
    packed = echo.post(PREDICT, ROWS, accept_encoding="br, gzip;q=0.5")
    short = echo.post(PREDICT, ROW, accept_encoding="gzip")

    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert "content-encoding" not in short.headers


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip, deflate", "gzip"),
        ("gzip;q=0, deflate", "deflate"),
        ("deflate;q=0.9, gzip;q=0.1", "deflate"),
        ("identity", None),
        ("gzip;q=0", None),
        ("", None),
    ],
)
def test_what_callers_prefer_is_chosen(accepted: str, chosen: str | None) -> None:
    assert choose(accepted) == chosen
