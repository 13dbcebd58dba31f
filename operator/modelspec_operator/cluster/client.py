"""Raw JSON to and from the API server, over the official client's connection and credentials.

Typed models cost more than the request itself and refuse fields that they do not know; every
caller here wants plain dicts. All use of the ``kubernetes`` package stands in this module.
"""

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic
from typing import Any

import aiohttp
from aiolimiter import AsyncLimiter
from kubernetes.aio import client as kubernetes_client, config as kubernetes_config

from modelspec import names
from modelspec_operator.children.metadata import Manifest
from modelspec_operator.monitoring import observe_request

REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=30)
WATCH_SECONDS = 290  # the API server ends the watch then; streams move to other API servers
SERVICE_HOST = "KUBERNETES_SERVICE_HOST"  # set in every pod
PAGE = 200  # objects of a list that are asked for at once; what is parsed takes ten times its text
BUSY_ATTEMPTS = 5
LONGEST_PAUSE = 30.0  # seconds, however long an API server that is busy wants to be left alone
STALL_SECONDS = 75  # bookmarks come every minute; a longer silence means a dead connection

_METADATA_ONLY = "application/json;as={kind};g=meta.k8s.io;v=v1"


@dataclass(frozen=True)
class Resource:
    """Where the API server keeps the objects of one kind."""

    prefix: str
    plural: str

    def path(self, namespace: str | None, name: str | None = None) -> str:
        """Return the URL path of a collection, or of one object."""
        scope = f"/namespaces/{namespace}" if namespace else ""
        return f"{self.prefix}{scope}/{self.plural}" + (f"/{name}" if name else "")


RESOURCES: Mapping[str, Resource] = {
    names.KIND: Resource(f"/apis/{names.API_VERSION}", names.PLURAL),
    "ConfigMap": Resource("/api/v1", "configmaps"),
    "Service": Resource("/api/v1", "services"),
    "Pod": Resource("/api/v1", "pods"),
    "Event": Resource("/api/v1", "events"),
    "Deployment": Resource("/apis/apps/v1", "deployments"),
    "PodDisruptionBudget": Resource("/apis/policy/v1", "poddisruptionbudgets"),
    "Lease": Resource("/apis/coordination.k8s.io/v1", "leases"),
}


class ApiError(Exception):
    """The API server refused a request."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        """HTTP status code."""
        self.reason = reason
        """Kubernetes' own word, such as ``AlreadyExists``."""


class FencedError(Exception):
    """This replica may not write now; somebody else may."""


@dataclass(frozen=True)
class Pace:
    """How many requests may be sent."""

    per_second: float = 50.0
    burst: int = 100


class Client:
    """One connection pool to one API server."""

    def __init__(self, api: kubernetes_client.ApiClient, pace: Pace) -> None:
        self._api = api
        self._limiter = AsyncLimiter(pace.burst, pace.burst / pace.per_second)
        self.may_write: Callable[[], bool] = lambda: True
        """Asked before each write of anything but the Lease, after all waiting."""

    @classmethod
    async def connect(cls, pace: Pace, kubeconfig: str | None = None) -> "Client":
        """Return a client with the pod's service account, or the user's kubeconfig elsewhere."""
        configuration = kubernetes_client.Configuration()
        if SERVICE_HOST in os.environ and kubeconfig is None:
            kubernetes_config.load_incluster_config(client_configuration=configuration)
        else:
            await kubernetes_config.load_kube_config(
                kubeconfig, client_configuration=configuration
            )
        api = kubernetes_client.ApiClient(configuration)
        api.user_agent = names.FIELD_MANAGER
        return cls(api, pace)

    async def close(self) -> None:
        """Close every connection."""
        await self._api.close()

    async def get(self, kind: str, namespace: str, name: str) -> Manifest | None:
        """Return one object, or ``None`` if there is none."""
        try:
            return await self._call("GET", RESOURCES[kind].path(namespace, name))
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    async def serves(self, kind: str) -> bool:
        """Tell whether the API server knows the kind, that is, whether its CRD is installed."""
        try:
            await self._call("GET", RESOURCES[kind].path(None), {"limit": "1"})
        except ApiError as error:
            # 429: a CRD that was created a moment ago is still being set up.
            if error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS}:
                return False
            raise
        return True

    async def list(
        self, kind: str, namespace: str | None, selector: str, *, metadata_only: bool = False
    ) -> Manifest:
        """Return the list of all objects that the label selector matches."""
        pages = self.pages(kind, namespace, selector, metadata_only=metadata_only)
        found = [page async for page in pages]
        return {**found[-1], "items": [item for page in found for item in page["items"]]}

    async def pages(
        self, kind: str, namespace: str | None, selector: str, *, metadata_only: bool = False
    ) -> AsyncIterator[Manifest]:
        """Yield the list of all objects that the label selector matches, some at a time.

        The API server leaves out kind and version of a list's items, and sends an empty list of
        metadata as null; both are mended here, so that an object looks the same from everywhere.
        """
        accept = _METADATA_ONLY.format(kind="PartialObjectMetadataList") if metadata_only else None
        query = {"labelSelector": selector, "limit": str(PAGE)}
        while True:
            answer = await self._call("GET", RESOURCES[kind].path(namespace), query, accept=accept)
            identity = {"apiVersion": answer["apiVersion"], "kind": kind}
            items = answer["items"] or []
            yield {**answer, "items": [{**identity, **item} for item in items]}
            following = answer["metadata"].get("continue")
            if not following:
                return
            query["continue"] = following

    async def create(self, manifest: Manifest) -> Manifest:
        """Create an object; ``ApiError`` with reason ``AlreadyExists`` if the name is taken."""
        path = RESOURCES[manifest["kind"]].path(manifest["metadata"]["namespace"])
        return await self._call("POST", path, _OWNED, body=manifest)

    async def apply(self, manifest: Manifest) -> Manifest:
        """Bring one of our objects to this state by server-side apply."""
        metadata = manifest["metadata"]
        path = RESOURCES[manifest["kind"]].path(metadata["namespace"], metadata["name"])
        query = {**_OWNED, "force": "true"}
        content_type = "application/apply-patch+yaml"
        return await self._call("PATCH", path, query, body=manifest, content_type=content_type)

    async def update(self, manifest: Manifest) -> Manifest:
        """Replace an object, if it is still the one with the manifest's resource version."""
        metadata = manifest["metadata"]
        path = RESOURCES[manifest["kind"]].path(metadata["namespace"], metadata["name"])
        return await self._call("PUT", path, _OWNED, body=manifest)

    async def patch(
        self, kind: str, namespace: str, name: str, body: object, *, content_type: str
    ) -> Manifest:
        """Patch one object; *name* may end in ``/status``."""
        path = RESOURCES[kind].path(namespace, name)
        return await self._call("PATCH", path, _OWNED, body=body, content_type=content_type)

    async def delete(self, kind: str, namespace: str, name: str, uid: str) -> None:
        """Delete an object if it is still the one with *uid*; its dependents go with it."""
        body = {"propagationPolicy": "Background", "preconditions": {"uid": uid}}
        try:
            await self._call("DELETE", RESOURCES[kind].path(namespace, name), body=body)
        except ApiError as error:
            if error.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:
                raise

    async def watch(
        self,
        kind: str,
        namespace: str | None,
        selector: str,
        resource_version: str,
        *,
        metadata_only: bool = False,
    ) -> AsyncIterator[Manifest]:
        """Yield watch events from *resource_version* on until the server ends the stream.

        Raises:
            ApiError: The stream broke; 410 means that the version is too old and a list is needed.
        """
        query = {
            "watch": "true",
            "labelSelector": selector,
            "resourceVersion": resource_version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        accept = _METADATA_ONLY.format(kind="PartialObjectMetadata") if metadata_only else None
        limits = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=STALL_SECONDS)
        path = RESOURCES[kind].path(namespace)
        response = await self._send("GET", path, query, accept=accept, limits=limits)
        try:
            async for line in response.content:
                event: Manifest = json.loads(line)
                if event["type"] == "ERROR":
                    raise _error(event["object"].get("code", 500), event["object"])
                yield event
        finally:
            response.close()

    async def _call(
        self, method: str, path: str, query: Mapping[str, str] | None = None, **rest: Any
    ) -> Manifest:
        response = await self._send(method, path, query, **rest)
        answer: Manifest = json.loads(await response.read())
        return answer

    async def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        *,
        body: object = None,
        content_type: str = "application/json",
        accept: str | None = None,
        limits: aiohttp.ClientTimeout = REQUEST_TIMEOUT,
    ) -> aiohttp.ClientResponse:
        """Return an answer below 400.

        What the API server is too busy for it has not begun: that is asked again when it says.
        """
        for _ in range(BUSY_ATTEMPTS):
            await self._admit(method, path)
            response = await self._exchange(
                method, path, query, body, content_type, accept, limits
            )
            if response.status != HTTPStatus.TOO_MANY_REQUESTS:
                break
            await asyncio.sleep(_pause(response.headers))
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise _error(response.status, _json_or_text(await response.read()))
        return response

    async def _admit(self, method: str, path: str) -> None:
        """Wait for a place among the requests of a second; writes only while they are allowed."""
        if _LEASES in path:
            return
        await self._limiter.acquire()
        if method != "GET" and not self.may_write():
            raise FencedError(f"{method} {path}: the Lease is not held")

    async def _exchange(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: object,
        content_type: str,
        accept: str | None,
        limits: aiohttp.ClientTimeout,
    ) -> aiohttp.ClientResponse:
        started = monotonic()
        _, url, headers, *_ = await self._api.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params={"Accept": accept or "application/json", "Content-Type": content_type},
            auth_settings=["BearerToken"],
        )
        answer = await self._api.call_api(method, url, headers, body, _request_timeout=limits)
        response: aiohttp.ClientResponse = answer.response
        observe_request(method, path, response.status, monotonic() - started)
        return response


_OWNED = {"fieldManager": names.FIELD_MANAGER}
_LEASES = "/leases"


def _pause(headers: Mapping[str, str]) -> float:
    """Return how long the API server wants to be left alone, in seconds."""
    told = headers.get("Retry-After", "")
    seconds = min(float(told), LONGEST_PAUSE) if told.isdecimal() else 1.0
    return seconds * random.uniform(1.0, 1.5)  # noqa: S311  # spreads, protects nothing


def _json_or_text(content: bytes) -> Manifest:
    try:
        answer = json.loads(content)
    except ValueError:
        answer = None
    return (
        answer if isinstance(answer, dict) else {"message": content[:500].decode(errors="replace")}
    )


def _error(status: int, body: Manifest) -> ApiError:
    return ApiError(status, body.get("reason", ""), body.get("message", ""))
