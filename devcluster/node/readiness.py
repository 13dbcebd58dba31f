"""Waiting for conditions, and saying what stood in the way when they do not come."""

import time
from collections.abc import Callable

from devcluster import progress
from devcluster.commands import last_lines, run
from devcluster.errors import CommandFailedError, DeadlineExceededError
from devcluster.node import api
from devcluster.node.layout import Layout
from devcluster.node.processes import check_alive, read_records
from devcluster.node.programs import program_path

__all__ = ["is_complete", "wait"]

POLL = 0.1  # seconds
DNS_PATH = "/apis/apps/v1/namespaces/kube-system/deployments/coredns"
LOG_LINES = 5  # per process; the pods and events usually say enough


def node_path(layout: Layout) -> str:
    """Return the API path of the cluster's only node."""
    return f"/api/v1/nodes/{layout.name}"


def wait(layout: Layout, what: str, is_done: Callable[[], bool], *, timeout_s: float) -> None:
    """Return as soon as *is_done* says so.

    Args:
        layout: The cluster, whose processes must stay alive meanwhile.
        what: What we wait for, for the reader.
        is_done: Asked again and again.
        timeout_s: How long.

    Raises:
        DeadlineExceededError: It took too long; the text has the state of the cluster.
        ProcessDiedError: One of the cluster's processes ended.
    """
    deadline = time.monotonic() + timeout_s
    with progress.step(f"waiting for {what}"):
        while not is_done():
            check_alive(read_records(layout.records), layout.logs)
            if time.monotonic() > deadline:
                raise DeadlineExceededError(
                    f"{what} not reached in {timeout_s:.0f} s\n{_diagnose(layout)}"
                )
            time.sleep(POLL)


def is_complete(layout: Layout) -> bool:
    """Return whether the node is ready and names resolve."""
    return api.has_condition(layout, node_path(layout), "Ready") and api.has_condition(
        layout, DNS_PATH, "Available"
    )


def _diagnose(layout: Layout) -> str:
    pods = _kubectl(layout, "get", "pods", "--all-namespaces", "--output=wide")
    events = _kubectl(layout, "get", "events", "--all-namespaces", "--sort-by=.lastTimestamp")
    logs = [
        f"{path.name}:\n{last_lines(path.read_text(errors='replace'), LOG_LINES)}"
        for path in sorted(layout.logs.glob("*.log"))
    ]
    return "\n".join(["pods:", last_lines(pods), "events:", last_lines(events), *logs])


def _kubectl(layout: Layout, *arguments: str) -> str:
    kubectl = str(program_path(layout.cache, "kubectl"))
    common = [f"--kubeconfig={layout.kubeconfig}", "--request-timeout=5s"]
    try:
        return run([kubectl, *common, *arguments])
    except CommandFailedError as error:
        return str(error)
