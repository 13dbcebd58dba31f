"""The same decision for other servers: what a good engineer would write around the same logic.

It is this project's own compiler and session, so that what is compared is what servers add; it
needs of this project no more than the library.
"""

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from modelspec.compiler.decision import build_decision
from modelspec.compiler.programs import read_program
from modelspec.compiler.rows import build_row_type
from modelspec.compiler.scalar import compile_tensor, pack_row, row_layout
from modelspec.sessions import Session
from modelspec.snapshot.reader import read_snapshot


class Engine:
    """Answers rows of a bundle that was laid out in a folder."""

    def __init__(self, folder: Path) -> None:
        documents = {path.name: path.read_bytes() for path in (folder / "snapshot").iterdir()}
        digest = json.loads(documents["manifest.json"])["digest"]
        contents = read_snapshot(documents, expected_digest=digest)
        program = read_program(contents.feature_fetching, contents.preprocessing)
        assert contents.models is not None  # noqa: S101  # the case has one
        (model,) = contents.models.models
        (taken,) = model.inputs
        self._session = Session((folder / "artifacts" / model.sha256).read_bytes())
        self._compute = compile_tensor(program, taken.feature_names).function
        self._layout = row_layout(len(taken.feature_names))
        self._buffer = bytearray(self._layout.size)
        self._inputs = {taken.name: np.frombuffer(self._buffer, np.float32).reshape(1, -1)}
        self._output = model.outputs[0].graph_name
        self._decision = build_decision(
            program,
            preprocessing=contents.preprocessing,
            models=contents.models,
            pipeline=contents.pipeline,
            postprocessing=contents.postprocessing,
        )
        self._row_type: Any = build_row_type(program.features)
        self._decoder = msgspec.json.Decoder(self._row_type)

    def answer(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a row that was decoded."""
        return self._answer(msgspec.convert(row, self._row_type))

    def answer_text(self, row: bytes | str) -> dict[str, Any]:
        """Return the answer to a row as JSON."""
        return self._answer(self._decoder.decode(row))

    def _answer(self, row: Any) -> dict[str, Any]:
        pack_row(self._layout, self._buffer, 0, self._compute(row))
        (margins,) = self._session.run([self._output], self._inputs)
        margin = margins.item()
        return self._decision.document(self._decision.decide(row, lambda _: margin))
