"""How a change of a specification looks in a notebook."""

from collections.abc import Iterable
from html import escape

from typing_extensions import override

from modelspec.snapshot.difference import Difference
from modelspec.snapshot.difference_changes import Change, Effect

MAX_SHOWN = 40
"""Changes that are listed; `difference` has all of them."""

_HEADS = ("what", "where", "difference", "effect")


class Changes:
    """What a change from one specification to another means: `difference`, fit to be read."""

    def __init__(self, difference: Difference) -> None:
        self.difference = difference

    def __bool__(self) -> bool:
        """Return whether anything differs."""
        return bool(self.difference.changes)

    def __len__(self) -> int:
        """Return how many differences there are."""
        return len(self.difference.changes)

    @property
    def is_breaking(self) -> bool:
        """Whether callers that work today would not work any more."""
        return self.difference.effect is Effect.BREAKING

    @override
    def __repr__(self) -> str:
        """Return the summary, and under it a line for each difference."""
        lines = (
            f"  {kind} {path}: {summary}{f' ({effect})' if effect else ''}"
            for kind, path, summary, effect in self._rows()
        )
        return "\n".join((self._title, *lines, *self._rest()))

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{word}</th>" for word in _HEADS)
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
            for row in self._rows()
        )
        table = f"<table><tr>{head}</tr>{body}</table>" if body else ""
        return f"<p>{escape(self._title)}</p>{table}{''.join(self._rest())}"

    @property
    def _title(self) -> str:
        found = self.difference
        if not found.changes:
            return f"no difference; version {found.after.hash}"
        if found.before.digest == found.after.digest:
            return f"version {found.after.hash} as before; {found.summary}"
        return f"version {found.before.hash} -> {found.after.hash}; {found.summary}"

    def _rows(self) -> Iterable[tuple[str, str, str, str]]:
        return map(_row, self.difference.changes[:MAX_SHOWN])

    def _rest(self) -> Iterable[str]:
        left = len(self.difference.changes) - MAX_SHOWN
        return (f"  … and {left} more",) if left > 0 else ()


def _row(change: Change) -> tuple[str, str, str, str]:
    effect = "" if change.effect is Effect.BEHAVIORAL else str(change.effect)
    why = f"{effect}: {change.reason}" if change.reason else effect
    return str(change.kind), change.path, change.summary, why
