"""Whether this pod should get new connections."""

from dataclasses import dataclass


@dataclass
class Readiness:
    """Shared by the server, which decides, and the routes, which tell."""

    is_draining: bool = False
    """True from the moment when the pod was told to stop."""
