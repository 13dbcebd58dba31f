"""All outputs of the only model object: what callers receive without a pipeline."""

from typing import Any

from modelspec_serving.dataplane.answers import OutputColumn, Rows
from modelspec_serving.dataplane.scoring import Scorer


class AllOutputs:
    """Answers what the graph computes, as it is.

    A float32 becomes the float64 of the same value, so that reading it gives the same bits.
    """

    def __init__(self, scorer: Scorer, sample: Rows) -> None:
        """Take one row; its outputs show every output's type and width."""
        self._scorer = scorer
        self.columns = tuple(
            OutputColumn(name, array.dtype.name, array.size)
            for name, array in scorer.score(sample).items()
        )

    def answer(self, rows: Rows) -> list[dict[str, Any]]:
        """Return the answer for each row, by output."""
        columns = {name: array.tolist() for name, array in self._scorer.score(rows).items()}
        return [
            dict(zip(columns, values, strict=True))
            for values in zip(*columns.values(), strict=True)
        ]
