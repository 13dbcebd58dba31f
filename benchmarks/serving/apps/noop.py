"""The least that an ASGI application can do: read the body, answer as many bytes as ours."""

from typing import Any

BODY = (
    b'{"predictions":[{"probability":0.012345678901234567,"score":12,"band":"Approve",'
    b'"action":null}]}'
)
HEADERS = [
    (b"content-type", b"application/json"),
    (b"content-length", str(len(BODY)).encode()),
]


async def app(_: Any, receive: Any, send: Any) -> None:
    """Answer one request."""
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})
