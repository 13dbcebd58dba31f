"""Who may write: one replica at a time, by a Lease. Times are seconds of a clock that never jumps.

Each replica judges the Lease by its own clock: a holder is gone when nobody has renewed for as
long as the Lease lasts *since this replica saw it change*. So clocks need not agree.

Source: ``k8s.io/client-go/tools/leaderelection``, whose durations these are.
"""

from dataclasses import dataclass, field
from datetime import datetime

from modelspec_operator.children.metadata import Manifest

LEASE_SECONDS = 15.0
"""A holder that has not renewed for so long is replaced."""

RENEW_SECONDS = 10.0
"""A holder that could not renew for so long stops to write, well before it is replaced."""

RETRY_SECONDS = 2.0
"""Between two attempts to renew, or to become the holder."""


@dataclass(frozen=True)
class Sight:
    """What a replica knows of the Lease, and since when it says so."""

    version: str = ""
    """Its resource version; empty if there is none."""

    spec: Manifest = field(default_factory=dict)
    since: float = 0.0

    @property
    def holder(self) -> str:
        """Who may write; empty if nobody may."""
        return self.spec.get("holderIdentity") or ""


def look(before: Sight, lease: Manifest | None, now: float) -> Sight:
    """Return what is known after the Lease was read."""
    if lease is None:
        return Sight(since=now)
    version, spec = lease["metadata"]["resourceVersion"], lease.get("spec") or {}
    return Sight(version, spec, before.since if version == before.version else now)


def is_free(sight: Sight, identity: str, now: float) -> bool:
    """Tell whether *identity* may become the holder."""
    return sight.holder in {"", identity} or now - sight.since >= LEASE_SECONDS


def may_write(renewed_at: float | None, now: float) -> bool:
    """Tell whether a holder that renewed last at this time may still write anything."""
    return renewed_at is not None and now - renewed_at < RENEW_SECONDS


def claim(sight: Sight, identity: str, now: datetime) -> Manifest:
    """Return the ``spec`` that makes *identity* the holder, or keeps it."""
    time = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    renewed = {
        **sight.spec,
        "holderIdentity": identity,
        "leaseDurationSeconds": int(LEASE_SECONDS),
        "renewTime": time,
    }
    if sight.holder == identity:
        return renewed
    transitions = (sight.spec.get("leaseTransitions") or 0) + 1
    return {**renewed, "acquireTime": time, "leaseTransitions": transitions}


def release(sight: Sight) -> Manifest:
    """Return the ``spec`` that lets anybody become the holder at once."""
    return {**sight.spec, "holderIdentity": ""}
