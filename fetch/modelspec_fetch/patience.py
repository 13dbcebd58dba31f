"""Trying again: with growing pauses, and not for ever."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from modelspec.errors import Code, fail
from modelspec_fetch.stores.store import RefusedError, TransientError


@dataclass(frozen=True)
class Patience:
    """How long and how often one artifact is tried."""

    seconds: float
    """For all tries together; half of what a Deployment is given to make progress."""

    tries: int
    first_pause: float
    """Seconds after the first failure; each further pause is twice as long."""

    def pauses(self) -> Iterator[float]:
        """Yield the pauses between tries."""
        for number in range(self.tries - 1):
            yield self.first_pause * 2**number


PATIENCE = Patience(seconds=300, tries=6, first_pause=0.5)


class Clock:
    """The time as it passes."""

    def now(self) -> float:
        """Return seconds from some moment on."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)


def persistently(
    attempt: Callable[[float], None], path: str, patience: Patience, clock: Clock
) -> None:
    """Call *attempt* until it succeeds, with the seconds that are left.

    Raises:
        ModelSpecError: ``MS410``, it failed for a reason that stays, or too often or too long.
    """
    began, pauses, tries = clock.now(), patience.pauses(), 0
    while True:
        tries += 1
        try:
            attempt(began + patience.seconds - clock.now())
        except RefusedError as error:
            raise fail(Code.MS410, f"{path}{error.field}", str(error)) from error
        except TransientError as error:
            pause = next(pauses, None)
            is_late = clock.now() - began + (pause or 0) >= patience.seconds
            if pause is None or is_late:
                times = "once" if tries == 1 else f"{tries} times"
                waited = f"tried {times} in {clock.now() - began:.0f} s"
                raise fail(Code.MS410, f"{path}{error.field}", f"{error}; {waited}") from error
            clock.sleep(pause)
        else:
            return
