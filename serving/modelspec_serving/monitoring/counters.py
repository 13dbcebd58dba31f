"""Whole numbers in memory that workers may share, without locks."""

from mmap import mmap

CELLS = 2**21
"""Most numbers that one worker counts; memory that is never written costs nothing."""

_BYTES = 8


class Counters:
    """The numbers of one worker, and the sums over all workers.

    Every worker adds to cells of its own, so no count is lost; whoever reads adds them up. All
    workers take cells in the same order, so that a number has the same place in each.
    """

    def __init__(self, memory: memoryview | None = None, worker: int = 0) -> None:
        """Use memory from `shared_memory`, or memory of this process alone."""
        whole = shared_memory(1) if memory is None else memory
        self._workers = [whole[start : start + CELLS] for start in range(0, len(whole), CELLS)]
        self.cells = self._workers[worker]
        """What this worker adds to."""

        self._taken = 0

    def take(self, count: int = 1) -> int:
        """Return the first of some cells that nobody else has.

        Raises:
            MemoryError: There are no more.
        """
        first = self._taken
        if first + count > CELLS:
            raise MemoryError(f"more than {CELLS} numbers to count")
        self._taken += count
        return first

    def total(self, cell: int) -> int:
        """Return the sum over all workers."""
        return sum(worker[cell] for worker in self._workers)

    def clear(self) -> None:
        """Start from 0, in this worker."""
        for cell in range(self._taken):
            if self.cells[cell]:
                self.cells[cell] = 0


def shared_memory(workers: int) -> memoryview:
    """Return memory that processes forked later share: 64-bit integers, all 0."""
    return memoryview(mmap(-1, workers * CELLS * _BYTES)).cast("q")
