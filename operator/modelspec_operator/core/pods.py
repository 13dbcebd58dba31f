"""Why a pod is not ready, in the words of the one who knows: the container, or the kubelet."""

import re
from collections.abc import Iterable, Iterator

from modelspec.errors import Code, Finding
from modelspec_operator.children.metadata import Manifest
from modelspec_operator.core.observed import PodProblem

_FINDING = re.compile(r"^(?P<code>MS\d{3}) (?P<path>\S+): (?P<message>.*)$", re.MULTILINE)

_UNREMARKABLE = {"ContainerCreating", "PodInitializing", "Completed"}
"""Reasons that every healthy pod passes through."""


def first_problem(pods: Iterable[Manifest]) -> PodProblem | None:
    """Return the most telling problem among pods: a finding of the runtime before all others."""
    problems = [problem for pod in pods for problem in _problems(pod)]
    return next((p for p in problems if p.findings), problems[0] if problems else None)


def _problems(pod: Manifest) -> Iterator[PodProblem]:
    status = pod.get("status", {})
    for container in (
        *status.get("initContainerStatuses", []),
        *status.get("containerStatuses", []),
    ):
        if not container.get("ready"):
            yield from _container_problems(container)
    for condition in status.get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            yield PodProblem(
                condition.get("reason", "Unschedulable"), condition.get("message", "")
            )


def _container_problems(container: Manifest) -> Iterator[PodProblem]:
    states = (container.get("state", {}), container.get("lastState", {}))
    for ended in (state["terminated"] for state in states if "terminated" in state):
        yield _ended(ended)
    waiting = states[0].get("waiting", {})
    if waiting and waiting.get("reason") not in _UNREMARKABLE:
        yield PodProblem(waiting.get("reason", "Waiting"), waiting.get("message", "").strip())


def _ended(ended: Manifest) -> PodProblem:
    message = ended.get("message", "").strip()
    findings = tuple(_read_findings(message))
    if findings:
        return PodProblem(findings[0].code.reason, message, findings)
    reason = ended.get("reason", "Error")
    return PodProblem(reason, f"container ended with exit code {ended.get('exitCode')}: {message}")


def _read_findings(message: str) -> Iterator[Finding]:
    for match in _FINDING.finditer(message):
        if match["code"] in Code.__members__:
            yield Finding(Code[match["code"]], match["path"], match["message"])
