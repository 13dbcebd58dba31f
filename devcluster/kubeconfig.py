"""The kubeconfig: the only thing that a test has to know about a cluster."""

import base64
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Credentials", "Facts", "annotate", "build_kubeconfig", "write_private"]

EXTENSION = "modelspec.dev/devcluster"


@dataclass(frozen=True)
class Credentials:
    """Who speaks to the API server, and how it is recognized; all three in PEM."""

    authority: bytes
    """The certificate that signed the API server's."""
    certificate: bytes
    """The client's certificate."""
    key: bytes
    """The client's private key."""


@dataclass(frozen=True)
class Facts:
    """What a test cannot learn from the API server; an extension of the cluster's entry."""

    auditLog: str  # noqa: N815 - spelled as in the file
    """Path of the API server's audit log."""
    kubectl: str
    """Path of a kubectl of the right version."""
    provider: str
    """Which provider made the cluster."""


def build_kubeconfig(name: str, server: str, credentials: Credentials) -> dict[str, Any]:
    """Return a kubeconfig with one cluster, one user and one context, all called *name*."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": name,
                "cluster": {
                    "server": server,
                    "certificate-authority-data": _encode(credentials.authority),
                },
            }
        ],
        "users": [
            {
                "name": name,
                "user": {
                    "client-certificate-data": _encode(credentials.certificate),
                    "client-key-data": _encode(credentials.key),
                },
            }
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }


def annotate(config: dict[str, Any], facts: Facts) -> dict[str, Any]:
    """Return *config* with *facts* in every cluster's entry."""
    extension = {"name": EXTENSION, "extension": asdict(facts)}
    clusters = [
        {**entry, "cluster": {**entry["cluster"], "extensions": [extension]}}
        for entry in config["clusters"]
    ]
    return {**config, "clusters": clusters}


def write_private(path: Path, config: dict[str, Any]) -> None:
    """Write *config* so that nobody but its owner ever could read it."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    temporary.write_text(yaml.safe_dump(config, sort_keys=False))
    temporary.replace(path)


def _encode(pem: bytes) -> str:
    return base64.b64encode(pem).decode()
