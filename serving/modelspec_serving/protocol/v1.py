"""The V1 protocol: rows as objects in, rows as objects out.

Source: TensorFlow Serving's REST API, "row format", as KServe's V1 data plane took it over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from modelspec_serving.protocol.errors import RequestError, check_row_count, decode

AT_ONCE = 16 * 1024
"""Bytes of a body that is decoded in one go; the rows of a longer one are decoded in turns."""


class _Split(msgspec.Struct):
    instances: list[msgspec.Raw]


_SPLITTER = msgspec.json.Decoder(_Split)


@dataclass(frozen=True)
class Prediction:
    """One request; its rows may still have to be decoded, which can fail."""

    count: int
    rows: Iterable[msgspec.Struct]


class Codec:
    """Reads and writes ``:predict`` bodies of one snapshot."""

    def __init__(self, row_type: type[msgspec.Struct], *, max_rows: int) -> None:
        row: Any = row_type
        body = msgspec.defstruct("Predict", [("instances", list[row])], gc=False)
        self._decoder = msgspec.json.Decoder(body)
        self._row_decoder = msgspec.json.Decoder(row)
        self._features = row_type.__struct_encode_fields__
        self._max_rows = max_rows

    def prediction(self, body: bytes) -> Prediction:
        """Return a request.

        Raises:
            RequestError: The body is not such a request; a key that names no feature is one that
                the struct of a row refuses. Rows of a long body are looked at one by one, later.
        """
        if len(body) > AT_ONCE:
            split = decode(_SPLITTER, body).instances
            check_row_count("instances", len(split), self._max_rows)
            return Prediction(len(split), self._decoded(split))
        decoded = decode(self._decoder, body, features=self._features)
        rows: list[msgspec.Struct] = getattr(decoded, "instances")  # noqa: B009
        check_row_count("instances", len(rows), self._max_rows)
        return Prediction(len(rows), rows)

    def _decoded(self, split: Sequence[msgspec.Raw]) -> Iterable[msgspec.Struct]:
        for number, text in enumerate(split):
            where = f"instances[{number}]"
            yield decode(self._row_decoder, text, where, features=self._features)

    def refusal(self, row: int, feature: str, problem: str) -> RequestError:
        """Return the error for a row that is refused for the value of a feature."""
        return RequestError(f"instances[{row}].{feature}: {problem}")

    def answer(self, predictions: Sequence[Mapping[str, Any]]) -> bytes:
        """Return the body of an answer.

        NaN and infinities become ``null``: JSON has no words for them, and a body that some
        readers refuse would be worse than a missing number.
        """
        return msgspec.json.encode({"predictions": predictions})


def model_list(name: str) -> bytes:
    """Return the body of ``GET /v1/models``."""
    return msgspec.json.encode({"models": [name]})


def model_status(name: str) -> bytes:
    """Return the body of ``GET /v1/models/{name}`` of a model that is ready."""
    return msgspec.json.encode({"name": name, "ready": True})
