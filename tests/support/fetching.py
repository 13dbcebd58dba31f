"""An init container without a cluster: what it is told, and what it fetches."""

import gzip
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typing_extensions import override

from modelspec.errors import Finding
from modelspec.schema.sources import Source
from modelspec_fetch.fetching import fetch_all
from modelspec_fetch.patience import Clock, Patience

CASES = "spec.verification.cases.artifact"
"""Where bytes stand that are no model."""

QUICK = Patience(seconds=20, tries=4, first_pause=0.5)


@dataclass
class FastClock(Clock):
    """A clock whose pauses take no time."""

    pauses: list[float] = field(default_factory=list)

    @override
    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


@dataclass
class Pod:
    """An init container: what it is told, and where it puts what it fetches."""

    directory: Path
    authority: str
    environment: dict[str, str] = field(default_factory=dict)
    clock: FastClock = field(default_factory=FastClock)
    patience: Patience = QUICK

    def fetch(self, *sources: Source) -> list[str]:
        """Fetch, and return what was wrong."""
        findings: list[Finding] = list(
            fetch_all(
                sources,
                self.directory,
                {"SECRET_0_CA_CERTIFICATE": self.authority, **self.environment},
                patience=self.patience,
                clock=self.clock,
            )
        )
        return list(map(str, findings))

    @property
    def files(self) -> dict[str, bytes]:
        """What is there, by name."""
        return {path.name: path.read_bytes() for path in self.directory.iterdir()}


def source(
    kind: str,
    member: str,
    place: dict[str, Any],
    content: bytes,
    *,
    path: str = CASES,
    **more: Any,
) -> Source:
    """Return a source of bytes that a test knows."""
    artifact = {
        "type": kind,
        "sha256": hashlib.sha256(content).hexdigest(),
        "sizeBytes": len(content),
        member: place,
        **more,
    }
    return Source.model_validate(
        {"path": path, "artifact": artifact, "variables": "SECRET_0_", "directory": "/nowhere"}
    )


def at_url(url: str, content: bytes, **more: Any) -> Source:
    """Return the source of a file of a web server."""
    return source("HTTP", "http", {"url": url, "secretName": "modelspec-web"}, content, **more)


def packed(content: bytes) -> bytes:
    """Return content with gzip."""
    return gzip.compress(content, 9, mtime=0)
