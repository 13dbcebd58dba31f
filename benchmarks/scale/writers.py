"""Who writes: people, the Deployment controller, and a bare client that knows what to write."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from benchmarks.scale import subject
from benchmarks.scale.subject import Json
from modelspec import names
from modelspec_operator.cluster.client import ApiError, Client
from modelspec_operator.core.actions import Create, Delete
from modelspec_operator.core.desired import read_desired
from modelspec_operator.core.observed import Observed
from modelspec_operator.core.plan import plan
from modelspec_operator.core.status import Report, build_status
from modelspec_operator.settings import Settings

AT_ONCE = 8
"""Requests in flight of each writer; as many as the operator has workers."""

_MERGE = "application/merge-patch+json"


async def each(numbers: Iterable[int], do: Callable[[int], Awaitable[object]]) -> None:
    """Do something for every number, a few at once."""
    waiting = iter(numbers)

    async def worker() -> None:
        for number in waiting:
            await do(number)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


class People:
    """Create ModelSpecs and change them."""

    def __init__(self, client: Client, namespace: str) -> None:
        self._client = client
        self._namespace = namespace

    async def create(self, number: int) -> None:
        """Create one."""
        await self._client.create(subject.model(self._namespace, number))

    async def change(self, number: int) -> Json:
        """Ask for the second version of one."""
        return await self._client.patch(
            names.KIND,
            self._namespace,
            f"model-{number}",
            {"spec": subject.spec(subject.SECOND)},
            content_type=_MERGE,
        )


class Bare:
    """Writes for each ModelSpec what the operator writes, knowing in advance what that is.

    It decides by the operator's own functions, looks at nothing and waits for nothing but the
    answers to its writes: no program that keeps objects in order can write less.
    """

    def __init__(self, client: Client, namespace: str) -> None:
        self._client = client
        self._namespace = namespace
        self._settings = Settings(serving_image="modelspec-serving:bench")
        self._people = People(client, namespace)
        self._seen: dict[int, Observed] = {}

    async def create(self, number: int) -> None:
        """Create a ModelSpec and everything that serves it."""
        model = await self._client.create(subject.model(self._namespace, number))
        artifacts = {subject.MODEL_SHA256: subject.MODEL_BYTES}
        await self._bring_up(number, model, Observed(artifacts=artifacts))

    async def change(self, number: int) -> None:
        """Ask for the second version, and write everything that serves it."""
        await self._bring_up(number, await self._people.change(number), self._seen[number])

    async def _bring_up(self, number: int, model: Json, observed: Observed) -> None:
        """Write the children, say so; then, as their pods are ready, the front, and say so."""
        model, observed = await self._carry_out(model, observed)
        deployments = {
            name: deployment
            if deployment.get("status", {}).get("readyReplicas")
            else await self._patch("Deployment", name, subject.ready(deployment))
            for name, deployment in observed.deployments.items()
        }
        observed = replace(observed, deployments=deployments)
        _, self._seen[number] = await self._carry_out(model, observed)

    async def _carry_out(self, model: Json, observed: Observed) -> tuple[Json, Observed]:
        now = datetime.now(UTC)  # noqa: TID251  # the edge
        desired = read_desired(model)
        decision = plan(desired, observed, self._settings, now)
        kinds = {
            "ConfigMap": dict(observed.config_maps),
            "Deployment": dict(observed.deployments),
            "Service": dict(observed.services),
        }
        for action in decision.actions:
            assert not isinstance(action, Delete)  # noqa: S101  # nothing is old enough
            manifest = action.manifest
            write = self._client.create if isinstance(action, Create) else self._client.apply
            written = await write(manifest)
            kinds[manifest["kind"]][manifest["metadata"]["name"]] = written
        after = Observed(kinds["ConfigMap"], kinds["Deployment"], kinds["Service"])
        report = Report(desired, after, decision)
        status = build_status(report, model.get("status", {}), now)
        told = await self._patch(names.KIND, model["metadata"]["name"], {"status": status})
        return told, after

    async def _patch(self, kind: str, name: str, body: Json) -> Json:
        place = f"{name}/status"
        return await self._client.patch(kind, self._namespace, place, body, content_type=_MERGE)


class Kubelets:
    """Says of every new Deployment that its pods are ready, as soon as it is there."""

    def __init__(self, client: Client, namespace: str) -> None:
        self._client = client
        self._namespace = namespace

    async def run(self) -> None:
        """Follow until cancelled."""
        version = "0"
        while True:
            with suppress(ApiError):
                listed = await self._client.list("Deployment", self._namespace, names.LABEL_MODEL)
                version = listed["metadata"]["resourceVersion"]
                for deployment in listed["items"]:
                    await self._say_ready(deployment)
                watching = self._client.watch(
                    "Deployment", self._namespace, names.LABEL_MODEL, version
                )
                async for event in watching:
                    if event["type"] in {"ADDED", "MODIFIED"}:
                        await self._say_ready(event["object"])

    async def _say_ready(self, deployment: Json) -> None:
        seen = deployment.get("status", {}).get("observedGeneration", 0)
        if seen < deployment["metadata"]["generation"]:
            name = f"{deployment['metadata']['name']}/status"
            with suppress(ApiError):
                await self._client.patch(
                    "Deployment",
                    self._namespace,
                    name,
                    subject.ready(deployment),
                    content_type=_MERGE,
                )
