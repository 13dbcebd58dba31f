"""A cluster that lives no longer than the program which asked for it.

A test run that is killed cannot clean up after itself. So it asks for a guard: a small process in
a session of its own, which waits until the program has ended, however it ended, and then removes
the cluster. The guard's order is a file; removing the cluster in any other way removes the order,
and the guard goes home.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["dismiss", "is_running", "keep", "post"]

LOOK_EVERY = 0.2  # seconds


def post(name: str, order: Path, pid: int) -> None:
    """Let a guard remove the cluster *name* once process *pid* has ended.

    Args:
        name: The cluster's name.
        order: The file that the guard obeys; it names the one guard that may act.
        pid: The process to wait for.
    """
    order.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [sys.executable, "-m", "devcluster.guard", name, str(order), str(pid)]
    guard = subprocess.Popen(
        command,
        cwd=Path(__file__).resolve().parent.parent,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    order.write_text(str(guard.pid))


def dismiss(order: Path) -> None:
    """Send the guard home, if there is one."""
    order.unlink(missing_ok=True)


def keep(order: Path, pid: int, remove: Callable[[], None]) -> None:
    """Wait until *pid* has ended, then remove the cluster; stop early when dismissed."""
    _wait_for(order.exists)
    while is_running(pid):
        if _dismissed(order):
            return
        time.sleep(LOOK_EVERY)
    if not _dismissed(order):
        remove()


def is_running(pid: int) -> bool:
    """Tell whether a process exists and has not ended; a zombie has."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return not Path("/proc/self").exists() and _answers(pid)
    except ProcessLookupError:
        return False
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}


def _answers(pid: int) -> bool:
    """Tell the same where there is no /proc, without telling zombies apart."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _dismissed(order: Path) -> bool:
    try:
        return order.read_text() != str(os.getpid())
    except FileNotFoundError:
        return True


def _wait_for(condition: Callable[[], bool], patience_s: float = 5.0) -> None:
    deadline = time.monotonic() + patience_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(LOOK_EVERY / 10)


def _main(name: str, order: str, pid: str) -> None:
    down = [sys.executable, "-m", "devcluster", "down", "--name", name]
    keep(Path(order), int(pid), lambda: _run(down))


def _run(command: list[str]) -> None:
    subprocess.run(command, check=False)


if __name__ == "__main__":
    _main(*sys.argv[1:])
