"""Load on a server, and what it costs the server."""

import json
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from multiprocessing import get_context
from pathlib import Path
from typing import Any

_LUA = """
local bodies = {}
for line in io.lines(os.getenv("BENCHMARK_BODIES")) do bodies[#bodies + 1] = line end
wrk.headers["Content-Type"] = "application/json"
local place = 0
request = function()
  place = place % #bodies + 1
  return wrk.format("POST", os.getenv("BENCHMARK_PATH"), nil, bodies[place])
end
done = function(summary, latency)
  io.write(string.format("{\\"requests\\":%d,\\"seconds\\":%f,\\"p50\\":%f,\\"p99\\":%f,\\"errors\\":%d}",
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""


@dataclass(frozen=True)
class Target:
    """Where to send what."""

    port: int
    path: str
    bodies: Path
    pid: int
    """Of the server; all processes that it started count with it."""


@dataclass(frozen=True)
class Load:
    """What one round of load found."""

    requests: int
    per_second: float
    p50_microseconds: float
    p99_microseconds: float
    cpu_microseconds: float
    """Of the server, for each request."""


def ensure_wrk() -> None:
    """Install wrk where it is missing."""
    if shutil.which("wrk") is None:
        subprocess.run(["apt-get", "-qq", "install", "-y", "wrk"], check=True)


def put_load(target: Target, connections: int, seconds: int, core: int) -> Load:
    """Send requests as fast as they are answered, over so many connections."""
    script = target.bodies.with_name("post.lua")
    script.write_text(_LUA)
    before = cpu_seconds(target.pid)
    done = subprocess.run(
        [
            *("taskset", "-c", str(core), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"),
            *("-s", str(script), f"http://127.0.0.1:{target.port}"),
        ],
        env={
            **os.environ,
            "BENCHMARK_BODIES": str(target.bodies),
            "BENCHMARK_PATH": target.path,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    spent = cpu_seconds(target.pid) - before
    found = json.loads(re.search(r"\{.*\}", done.stdout)[0])  # type: ignore[index]
    if found["errors"]:
        raise RuntimeError(f"{found['errors']} requests failed: {done.stdout}")
    return Load(
        found["requests"],
        found["requests"] / found["seconds"],
        found["p50"],
        found["p99"],
        spent / found["requests"] * 1e6,
    )


def tree(pid: int) -> list[int]:
    """Return a process and all that it started."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [pid, *(member for child in children for member in tree(int(child)))]


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a tree of processes."""
    ticks = 0
    for member in tree(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_megabytes(pid: int, kind: str = "Pss") -> float:
    """Return the memory of a tree of processes; each shared page counts once in the sum."""
    found = 0
    for member in tree(pid):
        text = Path(f"/proc/{member}/smaps_rollup").read_text()
        found += int(re.search(rf"^{kind}:\s+(\d+) kB", text, re.MULTILINE)[1])  # type: ignore[index]
    return found / 1024


def post(port: int, path: str, body: bytes, timeout: float = 30) -> Any:
    """Return the answer to one request."""
    connection = HTTPConnection("127.0.0.1", port, timeout=timeout)
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200:  # noqa: PLR2004  # what it should be
        raise RuntimeError(f"{answer.status}: {text[:500]!r}")
    return json.loads(text)


def wait_until_ready(port: int, path: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when a server answers."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:  # noqa: PLR2004
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    raise RuntimeError(f"not ready: {log.read_text()[-3000:]}")


def single_latencies(
    port: int, path: str, body: bytes, seconds: float, batch: bytes | None
) -> list[float]:
    """Return how long single rows took, in milliseconds, while another client sends batches."""
    context = get_context("spawn")
    other = context.Process(target=_send_batches, args=(port, path, batch)) if batch else None
    if other:
        other.start()
        time.sleep(1.0)  # it has to start; nothing is measured yet
    found = []
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        started = time.perf_counter()
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        connection.getresponse().read()
        found.append((time.perf_counter() - started) * 1e3)
    connection.close()
    if other:
        other.terminate()
        other.join()
    return found


def _send_batches(port: int, path: str, body: bytes) -> None:
    while True:
        post(port, path, body)
