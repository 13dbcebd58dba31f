"""The audit log: who wrote what, counted by tests."""

from pathlib import Path
from typing import Any

import yaml

__all__ = ["LOG", "POLICY", "build_policy", "flags", "write_policy"]

POLICY = "audit-policy.yaml"
LOG = "audit.log"
WRITES = ("create", "update", "patch", "delete", "deletecollection")


def build_policy() -> dict[str, Any]:
    """Return a policy that logs every write of every user once, and no read."""
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [{"level": "Metadata", "verbs": list(WRITES)}, {"level": "None"}],
    }


def write_policy(path: Path) -> None:
    """Write the policy as the API server reads it."""
    path.write_text(yaml.safe_dump(build_policy()))


def flags(policy: Path, log: Path) -> list[str]:
    """Return the API server's flags for *policy*, with a log that cannot fill the disk."""
    return [
        f"--audit-policy-file={policy}",
        f"--audit-log-path={log}",
        "--audit-log-maxsize=100",  # MiB
        "--audit-log-maxbackup=2",
    ]
