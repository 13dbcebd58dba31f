"""How an answer is packed."""

from collections.abc import Mapping
from dataclasses import replace

from modelspec_serving.http1.messages import Answer
from modelspec_serving.protocol import compression


def compressed(answer: Answer, headers: Mapping[bytes, bytes]) -> Answer:
    """Return an answer packed as the caller accepts it, where that is worth it."""
    accepted = headers.get(b"accept-encoding")
    if accepted is None or len(answer.body) < compression.SMALLEST:
        return answer
    encoding = compression.choose(accepted.decode("latin-1"))
    if encoding is None:
        return answer
    packed = compression.pack(answer.body, encoding)
    told = ((b"content-encoding", encoding.encode()), (b"vary", b"accept-encoding"))
    return replace(answer, body=packed, headers=(*answer.headers, *told))
