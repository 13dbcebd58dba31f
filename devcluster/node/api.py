"""Reading from the cluster's own API server, without starting a kubectl each time."""

import http.client
import json
import ssl
from typing import Any

import yaml

from devcluster.node.layout import Layout

__all__ = ["get", "has_condition", "is_ready"]

TIMEOUT = 5.0  # seconds


def get(layout: Layout, path: str) -> bytes | None:
    """Return the body of a successful answer; nothing for any other, or none."""
    config = yaml.safe_load(layout.kubeconfig.read_text())
    port = int(config["clusters"][0]["cluster"]["server"].rpartition(":")[2])
    connection = http.client.HTTPSConnection(
        "127.0.0.1", port, timeout=TIMEOUT, context=_context(layout)
    )
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return body if answer.status == http.HTTPStatus.OK else None


def is_ready(layout: Layout) -> bool:
    """Return whether the API server says that it is ready."""
    return layout.kubeconfig.exists() and get(layout, "/readyz") == b"ok"


def has_condition(layout: Layout, path: str, condition: str) -> bool:
    """Return whether the object at *path* has *condition* with the status True."""
    body = get(layout, path)
    return body is not None and condition in _true_conditions(json.loads(body))


def _true_conditions(thing: dict[str, Any]) -> set[str]:
    conditions = thing.get("status", {}).get("conditions", [])
    return {each["type"] for each in conditions if each["status"] == "True"}


def _context(layout: Layout) -> ssl.SSLContext:
    directory = layout.certificates
    context = ssl.create_default_context(cafile=str(directory / "ca.crt"))
    context.load_cert_chain(directory / "admin.crt", directory / "admin.key")
    return context
