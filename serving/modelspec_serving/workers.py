"""Several processes that serve alike: started together, ended together."""

import os
import signal
from collections.abc import Callable
from types import FrameType

_FORWARDED = (signal.SIGTERM, signal.SIGINT)


def run_workers(count: int, work: Callable[[int], int]) -> int:
    """Return the exit code of the first of *count* processes that ends.

    The first that ends ends the others, so that whoever watches this process sees the loss.

    Args:
        count: How many processes.
        work: Given the number of a process from 0; returns its exit code.
    """
    children = [_start(work, number) for number in range(count)]
    forwarded: list[int] = []

    def forward(number: int, _: FrameType | None) -> None:
        forwarded.append(number)
        _signal_all(children, number)

    before = {number: signal.signal(number, forward) for number in _FORWARDED}
    try:
        code = _wait(children)
        if not forwarded:  # a second signal would cut short what the others still answer
            _signal_all(children, signal.SIGTERM)
        while children:
            _wait(children)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code


def _start(work: Callable[[int], int], number: int) -> int:
    """Return the process that does the work of a number."""
    child = os.fork()
    if child == 0:
        for sent in _FORWARDED:
            signal.signal(sent, signal.SIG_DFL)
        os._exit(work(number))
    return child


def _wait(children: list[int]) -> int:
    """Return the exit code of the next process that ends; it is no child any more."""
    child, status = os.wait()
    children.remove(child)
    return abs(os.waitstatus_to_exitcode(status))


def _signal_all(children: list[int], number: int) -> None:
    for child in children:
        os.kill(child, number)
