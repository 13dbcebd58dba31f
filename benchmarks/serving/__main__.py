"""Measure what a request costs our runtime, and others that serve the same model.

Run ``make bench-serving``. All servers run at once, one of them under load at a time, pinned to
one core; the load to another.
"""

import argparse
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.report import Claim
from benchmarks.serving.case import Case, make_case, write_bodies
from benchmarks.serving.load import (
    Target,
    ensure_wrk,
    memory_megabytes,
    post,
    put_load,
    single_latencies,
    wait_until_ready,
)
from benchmarks.serving.page import describe, plot
from benchmarks.serving.servers import SERVERS, Server, install, start
from benchmarks.timing import describe_machine

SERVER_CORE, LOAD_CORE = 0, 1
FIRST_PORT = 18100
CONNECTIONS = (1, 16)
CHECKED = 50
TOLERANCE = 1e-9

BOUNDS: Mapping[tuple[str, str], float] = {
    ("ours", "no-op"): 3.6,
    ("ours, bins off", "no-op"): 3.2,
    ("ours", "KServe"): 1 / 5,
    ("ours", "MLServer"): 1 / 5,
    ("ours", "PyTriton"): 1 / 4,
}


def main() -> int:
    """Run the benchmark; return 1 if a claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--servers", default=",".join(SERVERS).replace("ours, bins", "ours; bins"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2, help="of one load")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--markdown", type=Path, metavar="FILE")
    parser.add_argument("--plot", type=Path, metavar="FILE")
    options = parser.parse_args()

    ensure_wrk()
    names = [name.replace(";", ",") for name in options.servers.split(",")]
    with TemporaryDirectory() as folder:
        figures = measure(Path(folder), names, options.rounds, options.seconds)
    found = claims(figures)
    for claim in found:
        verdict = "holds" if claim.holds else "MISSED"
        print(f"{claim.text}: {claim.found:.3g} (at most {claim.bound:.3g}) {verdict}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    if options.markdown:
        options.markdown.write_text(describe(figures, found))
    if options.plot:
        plot(figures, options.plot)
    return 0 if all(claim.holds for claim in found) else 1


def measure(folder: Path, names: Sequence[str], rounds: int, seconds: int) -> dict[str, Any]:
    """Return all figures."""
    (folder / "bundle").mkdir()
    case = make_case(folder / "bundle")
    bodies = write_bodies(case, folder)
    with ExitStack() as stack:
        targets = {}
        figures: dict[str, dict[str, Any]] = {}
        for index, name in enumerate(names):
            server, port = SERVERS[name], FIRST_PORT + 10 * index
            log = folder / f"{port}.log"
            process, ready = stack.enter_context(running(server, case, port, log))
            targets[name] = Target(port, server.path, bodies[server.body], process.pid)
            figures[name] = {"startSeconds": ready}
            check(case, server, targets[name])
        rows = list(under_load(targets, rounds, seconds))
        for name, target in targets.items():
            figures[name] |= summarize([row for row in rows if row["server"] == name])
            figures[name]["pssMegabytes"] = memory_megabytes(target.pid)
            figures[name]["rssMegabytes"] = memory_megabytes(target.pid, "Rss")
        stall = stalls(case, targets["ours"]) if "ours" in targets else None
    return {
        "date": time.strftime("%Y-%m-%d"),
        "machine": describe_machine(),
        "rounds": rounds,
        "servers": figures,
        "ratios": ratios(rows),
        "stall": stall,
    }


@contextmanager
def running(
    server: Server, case: Case, port: int, log: Path
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """Start a server and end it; yield it, and the seconds until it answered."""
    if server.requirements:
        install(server)
    started = time.perf_counter()
    process = start(server, case.mounted, port, log, SERVER_CORE)
    try:
        wait_until_ready(port, server.ready, process, log)
        yield process, time.perf_counter() - started
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def check(case: Case, server: Server, target: Target) -> None:
    """Refuse a server that does not serve this model."""
    if server.name == "no-op":
        return
    lines = target.bodies.read_bytes().splitlines()[:CHECKED]
    for number, (line, expected) in enumerate(
        zip(lines, case.answers["probability"], strict=False)
    ):
        found = probability(post(target.port, target.path, line))
        near = found == expected if server.name.startswith("ours") else True
        if not near or abs(found - expected) > TOLERANCE:
            raise RuntimeError(f"{server.name}, row {number}: {found} instead of {expected}")


def probability(answer: Any) -> float:
    """Return the probability in an answer of any of the servers."""
    if "predictions" in answer:
        return float(answer["predictions"][0]["probability"])
    if "outputs" in answer:
        (found,) = (item for item in answer["outputs"] if item["name"] == "probability")
        return float(found["data"][0])
    return float(answer["probability"])


def under_load(
    targets: Mapping[str, Target], rounds: int, seconds: int
) -> Iterator[dict[str, Any]]:
    """Yield what each round found for each server, one server after the other in each round."""
    for number in range(rounds):
        for name, target in targets.items():
            for connections in CONNECTIONS:
                found = put_load(target, connections, seconds, LOAD_CORE)
                yield {
                    "round": number,
                    "server": name,
                    "connections": connections,
                    "perSecond": found.per_second,
                    "p50": found.p50_microseconds,
                    "p99": found.p99_microseconds,
                    "cpu": found.cpu_microseconds,
                }


def summarize(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the medians over the rounds, by number of connections."""
    return {
        f"c{connections}": {
            key: median(row[key] for row in rows if row["connections"] == connections)
            for key in ("perSecond", "p50", "p99", "cpu")
        }
        for connections in CONNECTIONS
    }


def ratios(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return processor time per request against each other, formed within each round."""
    cpu = {(row["round"], row["server"]): row["cpu"] for row in rows if row["connections"] != 1}
    p50 = {(row["round"], row["server"]): row["p50"] for row in rows if row["connections"] == 1}
    numbers = {number for number, _ in cpu}
    known = {server for _, server in cpu}
    found = {
        f"{ours} / {theirs}": median(cpu[number, ours] / cpu[number, theirs] for number in numbers)
        for ours in known
        for theirs in known
        if ours.startswith("ours") and theirs != ours
    }
    if {"ours", "no-op"} <= known:
        found["p50: ours / no-op"] = median(p50[n, "ours"] / p50[n, "no-op"] for n in numbers)
    return found


def stalls(case: Case, target: Target) -> dict[str, float]:
    """Return what single rows wait for while another client sends batches of 1000."""
    one = json.dumps({"instances": case.rows[:1]}).encode()
    many = json.dumps({"instances": case.rows[:1000]}).encode()
    os.sched_setaffinity(0, {LOAD_CORE})
    alone = single_latencies(target.port, target.path, one, 5, None)
    beside = single_latencies(target.port, target.path, one, 10, many)
    beside.sort()
    return {
        "aloneMilliseconds": median(alone),
        "p50Milliseconds": median(beside),
        "p99Milliseconds": beside[int(len(beside) * 0.99)],
        "maxMilliseconds": beside[-1],
        "requests": len(beside),
    }


def claims(figures: Mapping[str, Any]) -> list[Claim]:
    """Return what is claimed of what was measured."""
    found = [
        Claim(
            f"CPU per request, {ours} / {theirs}", figures["ratios"][f"{ours} / {theirs}"], bound
        )
        for (ours, theirs), bound in BOUNDS.items()
        if f"{ours} / {theirs}" in figures["ratios"]
    ]
    if "p50: ours / no-op" in figures["ratios"]:
        found.append(
            Claim(
                "p50 at one connection, ours / no-op", figures["ratios"]["p50: ours / no-op"], 2.0
            )
        )
    if "ours" in figures["servers"]:
        ours = figures["servers"]["ours"]
        found += [
            Claim("seconds from start to ready", ours["startSeconds"], 1.0),
            Claim("resident memory in MB", ours["rssMegabytes"], 110.0),
            Claim(
                "ms that a batch of 1000 rows holds others, p99",
                figures["stall"]["p99Milliseconds"],
                10.0,
            ),
        ]
    return found


if __name__ == "__main__":
    raise SystemExit(main())
