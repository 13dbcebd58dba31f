"""The states of a pod; each transition is a log line, a file, and later a metric."""

import json
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from time import monotonic

import structlog


class State(StrEnum):
    """Where a pod stands between its start and its end."""

    SYNCING = "syncing"
    """Reading what was mounted."""

    VALIDATING = "validating"
    """Comparing digests of snapshot and artifacts."""

    BUILDING = "building"
    """Compiling expressions, building sessions, warming up."""

    PROVING = "proving"
    """Executing golden rows."""

    READY = "ready"
    DRAINING = "draining"
    STOPPED = "stopped"
    REFUSED = "refused"
    """The snapshot must not be served; the reasons stand with it."""


class Progress:
    """Tells in which state this pod is."""

    def __init__(self, file: Path, *, now: Callable[[], float] = monotonic) -> None:
        self.seconds: dict[str, float] = {}
        """How long each state that is over took."""

        self._file = file
        self._now = now
        self._state: State | None = None
        self._since = now()
        self._log = structlog.get_logger()

    def enter(self, state: State, *, findings: Sequence[str] = (), **details: object) -> None:
        """Note that the pod is in another state now.

        Args:
            state: The state.
            findings: Why, where it is refused.
            details: What belongs to it.
        """
        now = self._now()
        if self._state is not None:
            self.seconds[self._state.value] = now - self._since
        self._state, self._since = state, now
        told = {**details, **({"findings": list(findings)} if findings else {})}
        level = self._log.error if findings else self._log.info
        level(state.value, **told)
        self._write({"state": state.value, **told, "seconds": self.seconds})

    def _write(self, document: dict[str, object]) -> None:
        """Replace the file; a pod without a place for it tells the same in its log."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            written = self._file.with_name(f"{self._file.name}.new")
            written.write_text(json.dumps(document) + "\n", encoding="utf-8")
            written.replace(self._file)
        except OSError:
            self._log.debug("no status file", path=str(self._file))
