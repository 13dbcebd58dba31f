"""Whole numbers that are counted in one process, and summed over several."""

from array import array
from mmap import mmap

CELLS = 2**21
"""Most numbers that one worker counts; memory that is never written costs nothing."""

_BYTES = 8


class Counters:
    """The numbers of one worker, and the sums over all workers.

    A worker counts in a list of its own, which is as fast as Python counts, and shows it to the
    others now and then in memory that all map. All take cells in the same order, so that a number
    has the same place in each.
    """

    def __init__(self, memory: memoryview | None = None, worker: int = 0) -> None:
        """Share memory from `shared_memory` with other workers, or count alone."""
        self.cells: list[int] = []
        """What this worker adds to."""

        whole = memoryview(array("q")) if memory is None else memory
        shown = [whole[start : start + CELLS] for start in range(0, len(whole), CELLS)]
        self._own = shown.pop(worker) if shown else None
        self._others = shown

    def take(self, count: int = 1) -> int:
        """Return the first of some cells that nobody else has.

        Raises:
            MemoryError: There are no more.
        """
        first = len(self.cells)
        if first + count > CELLS:
            raise MemoryError(f"more than {CELLS} numbers to count")
        self.cells.extend([0] * count)
        return first

    def show(self) -> None:
        """Let the other workers see what was counted up to now."""
        if self._own is not None:
            self._own[: len(self.cells)] = memoryview(array("q", self.cells))

    def total(self, cell: int) -> int:
        """Return the sum over all workers, of the others what they have shown."""
        return self.cells[cell] + sum(other[cell] for other in self._others)

    def clear(self) -> None:
        """Start from 0, in this worker."""
        self.cells[:] = [0] * len(self.cells)


def shared_memory(workers: int) -> memoryview:
    """Return memory that processes forked later share: 64-bit integers, all 0."""
    return memoryview(mmap(-1, workers * CELLS * _BYTES)).cast("q")
