"""Progress lines on the standard error, so that nobody watches a silent terminal."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["note", "step"]

FIRST_LINE_AFTER = 2.0  # seconds; anything shorter is not worth a line
LINE_EVERY = 5.0  # seconds


def note(text: str) -> None:
    """Print one line of progress."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(label: str, *, expected_s: float | None = None) -> Iterator[None]:
    """Print how long the enclosed work has been running, and how long it usually takes.

    Args:
        label: What is being done, such as ``building etcd``.
        expected_s: How long it takes on two cores with nothing cached.
    """
    started = time.monotonic()
    done = threading.Event()
    ticker = threading.Thread(target=_tick, args=(label, expected_s, started, done), daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()
    elapsed = time.monotonic() - started
    if elapsed >= FIRST_LINE_AFTER:
        note(f"{label}: done in {elapsed:.0f} s")


def _tick(label: str, expected_s: float | None, started: float, done: threading.Event) -> None:
    pause = FIRST_LINE_AFTER
    while not done.wait(pause):
        pause = LINE_EVERY
        note(format_line(label, time.monotonic() - started, expected_s))


def format_line(label: str, elapsed_s: float, expected_s: float | None) -> str:
    """Return ``label … elapsed of about expected``."""
    usual = f" of about {expected_s:.0f} s" if expected_s else ""
    return f"{label} … {elapsed_s:.0f} s{usual}"
