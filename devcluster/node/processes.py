"""Starting programs that outlive us, and stopping exactly those again.

Each gets a record of its id, its start time and its command line. A signal goes only to a process
that matches all three: ids are reused, and a stale record must never hit a stranger.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from devcluster.commands import build_environment, last_lines
from devcluster.errors import ProcessDiedError

__all__ = [
    "Record",
    "check_alive",
    "identify",
    "is_running",
    "kill",
    "read_records",
    "start",
    "stop",
]

POLL = 0.02  # seconds


@dataclass(frozen=True)
class Record:
    """One process that we started."""

    name: str
    """What it is, such as ``kubelet``."""
    pid: int
    """Its id."""
    start_time: int
    """When the kernel started it, in clock ticks since boot."""
    command: tuple[str, ...]
    """Its command line after anything that ran before it under the same id."""


def start(
    name: str,
    command: Sequence[str],
    *,
    records: Path,
    log: Path,
    prefix: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    inherit: Sequence[int] = (),
) -> Record:
    """Start *command* in a session of its own, and record it.

    Args:
        name: What to call it.
        command: The program and its arguments.
        records: The directory of records.
        log: Where its output goes.
        prefix: A command, such as ``nsenter``, that replaces itself by *command*.
        environment: Variables on top of our own.
        inherit: Open files that it keeps.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=build_environment(environment or {}),
            start_new_session=True,
            pass_fds=tuple(inherit),
        )
    record = Record(name, process.pid, _read_stat(process.pid)[1], tuple(command))
    records.mkdir(mode=0o700, exist_ok=True)
    temporary = records / f".{name}"
    temporary.write_text(json.dumps(asdict(record)))
    temporary.replace(records / f"{name}.json")
    return record


def read_records(records: Path) -> dict[str, Record]:
    """Return all records, by name."""
    found = [json.loads(path.read_text()) for path in sorted(records.glob("*.json"))]
    return {
        fields["name"]: Record(**{**fields, "command": tuple(fields["command"])})
        for fields in found
    }


def identify(name: str, pid: int) -> Record | None:
    """Return a record of the process *pid* as it is now; nothing if it has ended."""
    command = _read_command(pid)
    state, start_time = _read_stat(pid)
    return Record(name, pid, start_time, command) if command and state != "Z" else None


def is_running(record: Record) -> bool:
    """Return whether the very process of *record* runs."""
    state, start_time = _read_stat(record.pid)
    if start_time != record.start_time or state == "Z":
        return False
    # Up to the moment when the prefix replaces itself the command line is longer, and in that
    # moment the kernel shows none.
    command = _read_command(record.pid)
    return not command or command[-len(record.command) :] == record.command


def check_alive(found: Mapping[str, Record], logs: Path) -> None:
    """Raise if one of the processes has ended.

    Raises:
        ProcessDiedError: It has; the text has the end of its log.
    """
    for record in found.values():
        if not is_running(record):
            log = logs / f"{record.name}.log"
            said = last_lines(log.read_text(errors="replace")) if log.exists() else ""
            raise ProcessDiedError(f"{record.name} ended; the end of {log}:\n{said}")


def stop(found: Sequence[Record], *, grace_s: float) -> None:
    """End processes: politely at first, and after *grace_s* by force."""
    _signal(found, signal.SIGTERM)
    if not _wait(found, grace_s):
        kill(found)


def kill(found: Sequence[Record]) -> None:
    """End processes by force."""
    _signal(found, signal.SIGKILL)
    _wait(found, 5.0)


def _signal(found: Sequence[Record], number: signal.Signals) -> None:
    for record in found:
        if is_running(record):
            try:
                os.kill(record.pid, number)
            except ProcessLookupError:
                continue


def _wait(found: Sequence[Record], timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while any(is_running(record) for record in found):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL)
    return True


def _read_stat(pid: int) -> tuple[str, int]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "", 0
    # The second field, the program's name in parentheses, may itself hold spaces.
    fields = text.rpartition(")")[2].split()
    return fields[0], int(fields[19])


def _read_command(pid: int) -> tuple[str, ...]:
    try:
        text = Path(f"/proc/{pid}/cmdline").read_text(errors="surrogateescape")
    except OSError:
        return ()
    return tuple(text.removesuffix("\0").split("\0")) if text else ()
