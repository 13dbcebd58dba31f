"""Measure how the operator does with many ModelSpecs, beside a client that only writes.

Run ``make bench-operator``. It needs no nodes: a part of this program says of every Deployment
that its pods are ready, and does so for both.
"""

import argparse
import asyncio
import json
import os
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.scale import subject
from benchmarks.scale.machinery import ROOT, Operator, control_plane, kubectl_of
from benchmarks.scale.page import claims, describe, plot
from benchmarks.scale.writers import Bare, Kubelets, People, each
from benchmarks.timing import describe_machine
from modelspec import names
from modelspec_operator.cluster.client import Client, Pace

COUNTS = (100, 300, 1000)
QUIET_SECONDS = 60
QUIET_LOOKS = 5
LIMIT_SECONDS = 900
NOTHING = 0.005
"""Of requests for each ModelSpec."""

UNLIMITED = Pace(10_000, 10_000)


def main() -> int:
    """Run the benchmark; return 1 if a claim does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--counts", default=",".join(map(str, COUNTS)))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--markdown", type=Path, metavar="FILE")
    parser.add_argument("--plot", type=Path, metavar="FILE")
    options = parser.parse_args()
    counts = [int(text) for text in options.counts.split(",")]
    with TemporaryDirectory() as folder, control_plane() as kubeconfig:
        os.environ["KUBECONFIG"] = str(kubeconfig)
        _kubectl("apply", "--server-side", "-k", str(ROOT / "crds"))
        _kubectl("wait", "--for=condition=Established", "crd/modelspecs.modelspec.dev")
        figures = asyncio.run(measure(kubeconfig, Path(folder), counts, options.rounds))
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


async def measure(
    kubeconfig: Path, folder: Path, counts: Sequence[int], rounds: int
) -> dict[str, Any]:
    """Return all figures."""
    client = await Client.connect(UNLIMITED, str(kubeconfig))
    try:
        runs = []
        for count in counts:
            for turn in range(rounds):
                log = folder / f"operator-{count}-{turn}.log"
                runs.append(await _run(client, kubeconfig, log, count, turn))
                print(json.dumps(runs[-1]), flush=True)
    finally:
        await client.close()
    return {
        "date": time.strftime("%Y-%m-%d"),
        "machine": describe_machine(),
        "runs": runs,
    }


async def _run(
    client: Client, kubeconfig: Path, log: Path, count: int, turn: int
) -> dict[str, Any]:
    bare = await _run_bare(client, f"bare-{count}-{turn}", count)
    ours = await _run_operator(client, kubeconfig, log, f"ours-{count}-{turn}", count)
    return {"count": count, "bare": bare, "ours": ours}


async def _run_bare(client: Client, namespace: str, count: int) -> dict[str, float]:
    await _prepare(client, namespace)
    bare = Bare(client, namespace)
    return {
        "create": await _timed(each(range(count), bare.create)),
        "change": await _timed(each(range(count), bare.change)),
    }


async def _run_operator(
    client: Client, kubeconfig: Path, log: Path, namespace: str, count: int
) -> dict[str, Any]:
    await _prepare(client, namespace)
    operator, people = Operator(kubeconfig, namespace, log), People(client, namespace)
    kubelets = asyncio.ensure_future(Kubelets(client, namespace).run())
    found: dict[str, Any] = {"start": operator.start()}
    try:
        before = operator.requests()
        found["create"] = await _until_served(client, namespace, people.create, count, "v1")
        await _until_idle(operator)
        found["createRequests"] = _per_model(before, operator.requests(), count)
        before = operator.requests()
        found["change"] = await _until_served(client, namespace, people.change, count, "v2")
        await _until_idle(operator)
        found["changeRequests"] = _per_model(before, operator.requests(), count)
        found |= await _restart(operator, count)
    finally:
        kubelets.cancel()
        operator.stop()
    return found


async def _restart(operator: Operator, count: int) -> dict[str, Any]:
    """Restart on a converged cluster, and stay quiet for a while."""
    operator.stop()
    started = time.monotonic()
    operator.start()
    while operator.queue()[1] < count or operator.queue()[0] > 0:  # noqa: ASYNC110
        await asyncio.sleep(0.2)
    seconds = time.monotonic() - started
    cpu = operator.cpu_seconds()
    await asyncio.sleep(QUIET_SECONDS)
    writes = sum(n for key, n in operator.requests().items() if not key.startswith("GET"))
    return {
        "restart": seconds,
        "restartWrites": writes,
        "memory": operator.memory_megabytes(),
        "cpu": cpu,
        "quietRequests": operator.requests(),
    }


async def _prepare(client: Client, namespace: str) -> None:
    _kubectl("create", "namespace", namespace)
    await client.create(subject.artifact(namespace))


def _kubectl(*arguments: str) -> None:
    kubectl = kubectl_of(Path(os.environ["KUBECONFIG"]))
    subprocess.run([kubectl, *arguments], check=True, stdout=subprocess.DEVNULL)


async def _timed(work: Awaitable[None]) -> float:
    started = time.monotonic()
    await work
    return time.monotonic() - started


async def _until_served(
    client: Client,
    namespace: str,
    do: Callable[[int], Awaitable[object]],
    count: int,
    version: str,
) -> float:
    """Return how long it took until every ModelSpec said that the version serves."""
    listed = await client.list(names.KIND, namespace, "")
    watching = client.watch(names.KIND, namespace, "", listed["metadata"]["resourceVersion"])
    started = time.monotonic()
    writing = asyncio.ensure_future(each(range(count), do))
    served: set[str] = set()
    async with asyncio.timeout(LIMIT_SECONDS):
        async for event in watching:
            model = event["object"]
            if event["type"] != "BOOKMARK" and subject.is_served(model, version):
                served.add(model["metadata"]["name"])
                if len(served) == count:
                    break
        await writing
    return time.monotonic() - started


async def _until_idle(operator: Operator) -> None:
    """Wait until the operator has nothing to do for a second."""
    quiet = 0
    while quiet < QUIET_LOOKS:
        before = operator.queue()
        await asyncio.sleep(0.2)
        quiet = quiet + 1 if operator.queue() == before and not before[0] else 0


def _per_model(
    before: Mapping[str, float], after: Mapping[str, float], count: int
) -> dict[str, float]:
    """Return how many requests each ModelSpec took, by method and resource."""
    found = {key: (value - before.get(key, 0)) / count for key, value in after.items()}
    return {key: round(value, 2) for key, value in sorted(found.items()) if value >= NOTHING}


if __name__ == "__main__":
    raise SystemExit(main())
