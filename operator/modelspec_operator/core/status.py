"""What is reported: a complete status, written from what a pass saw and did.

``Ready`` answers whether a validated version serves; ``Promoted`` whether it is the one that the
specification asks for. ``Stalled`` and ``Reconciling`` are present only while they hold, never
both, and stand first: that is how kstatus reads a list of conditions, and what the REASON column
shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from modelspec import names
from modelspec.errors import Finding
from modelspec.names import ConditionType
from modelspec.schema.status import MAX_FAILURES
from modelspec_operator.children.metadata import Manifest, Version, pod_selector
from modelspec_operator.core.actions import Action, Delete, writes_deployment
from modelspec_operator.core.desired import Desired
from modelspec_operator.core.observed import (
    Observed,
    deadline_exceeded,
    is_ready,
    ready_replicas,
)
from modelspec_operator.core.plan import Plan, Stable
from modelspec_operator.core.situation import timestamp

MESSAGE_LENGTH = 32768
PATH_LENGTH = 512


@dataclass(frozen=True)
class Conflict:
    """An object of somebody else that has the name of one of our children."""

    kind: str
    name: str


@dataclass(frozen=True)
class Refusal:
    """What the API server said to a write that it will not take."""

    message: str


@dataclass(frozen=True)
class Delay:
    """What has to go away before a pass can be finished."""

    message: str


Obstacle = Conflict | Refusal | Delay
"""Why a pass ended before its last write."""


@dataclass(frozen=True)
class _Problem:
    """Why the wanted version cannot be brought up without somebody doing something."""

    reason: str
    message: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Report:
    """All that one pass knows when it reports."""

    desired: Desired
    observed: Observed
    plan: Plan
    obstacle: Obstacle | None = None

    @property
    def stable(self) -> Stable | None:
        """What serves: as planned, unless the pass ended before its last write."""
        return self.plan.before if self.obstacle else self.plan.after

    @property
    def stable_version(self) -> Version | None:
        """The version that serves."""
        return self.stable.version if self.stable else None


def build_status(report: Report, previous: Manifest, now: datetime) -> Manifest:
    """Return the complete status after a pass.

    Args:
        report: What the pass saw and did.
        previous: The status as it stands; only times are carried over from it.
        now: The time of conditions that changed.
    """
    problem = _problem(report)
    status = {
        "observedGeneration": report.desired.generation,
        "conditions": list(_conditions(report, problem, previous, now)),
        "stable": _stable(report),
        "canary": _canary(report, previous, now),
        "failures": [_failure(finding) for finding in problem.findings] if problem else None,
        "replicas": ready_replicas(_deployment(report, report.stable_version)),
        "selector": _selector(report),
    }
    return {key: value for key, value in status.items() if value not in (None, [])}


def _conditions(
    report: Report, problem: _Problem | None, previous: Manifest, now: datetime
) -> Iterator[Manifest]:
    before = {condition["type"]: condition for condition in previous.get("conditions", [])}
    for kind, status, reason, message in _facts(report, problem):
        known = before.get(kind, {})
        changed = known.get("status") != status
        yield {
            "type": str(kind),
            "status": status,
            "reason": reason,
            "message": message[:MESSAGE_LENGTH],
            "observedGeneration": report.desired.generation,
            "lastTransitionTime": timestamp(now) if changed else known["lastTransitionTime"],
        }


def _facts(
    report: Report, problem: _Problem | None
) -> Iterator[tuple[ConditionType, str, str, str]]:
    """Yield type, status, reason and message of every condition, the most urgent first."""
    if problem:
        yield ConditionType.STALLED, "True", problem.reason, problem.message
    elif not _converged(report):
        yield ConditionType.RECONCILING, "True", *_progress(report)
    yield ConditionType.READY, *_readiness(report)
    yield ConditionType.PROMOTED, *_promotion(report, problem)


def _problem(report: Report) -> _Problem | None:
    if report.plan.blockers:
        return _from_findings(report.plan.blockers)
    if isinstance(report.obstacle, Conflict):
        return _from_conflict(report.obstacle)
    if isinstance(report.obstacle, Refusal):
        return _Problem("WriteRefused", f"the API server refuses: {report.obstacle.message}")
    seen = report.observed.pod_problem
    if seen and seen.findings and not _converged(report):
        return _from_findings(seen.findings)
    if deadline_exceeded(_deployment(report, report.plan.wanted)) and not _converged(report):
        return _Problem("ProgressDeadlineExceeded", seen.message if seen else "pods are not ready")
    return None


def _from_findings(findings: tuple[Finding, ...]) -> _Problem:
    lines = "\n".join(str(finding) for finding in findings)
    return _Problem(findings[0].code.reason, lines, findings[:MAX_FAILURES])


def _from_conflict(conflict: Conflict) -> _Problem:
    message = (
        f"{conflict.kind} '{conflict.name}' exists and does not belong to this ModelSpec; "
        f"it is left alone. Rename the ModelSpec, or delete the {conflict.kind} if nobody needs it"
    )
    return _Problem("NameConflict", message)


def _converged(report: Report) -> bool:
    """Tell whether the wanted version serves at full size and nothing of it is being changed."""
    wanted = report.plan.wanted
    changes = any(
        writes_deployment(action) and _belongs_to(action, wanted) for action in report.plan.actions
    )
    return (
        wanted is not None
        and report.obstacle is None
        and wanted == report.stable_version
        and not changes
        and is_ready(_deployment(report, wanted))
    )


def _progress(report: Report) -> tuple[str, str]:
    wanted, seen = report.plan.wanted, report.observed.pod_problem
    if isinstance(report.obstacle, Delay):
        return "Waiting", report.obstacle.message
    if seen:
        return seen.reason, f"{wanted}: {seen.message}"
    reason = "Updating" if wanted == report.stable_version else "NewVersion"
    deployment = _deployment(report, wanted)
    count = report.desired.content.serving.pod_count if report.desired.content else 0
    return reason, f"{wanted}: {ready_replicas(deployment)} of {count} pods ready"


def _readiness(report: Report) -> tuple[str, str, str]:
    stable = report.stable_version
    if stable is None:
        return "False", "NothingServes", "no version has become ready yet"
    if ready_replicas(_deployment(report, stable)) == 0:
        return "False", "StableUnavailable", f"no pod of {stable} is ready"
    reason = "Serving" if stable == report.plan.wanted else "ServingStable"
    return "True", reason, f"{stable} serves all requests"


def _promotion(report: Report, problem: _Problem | None) -> tuple[str, str, str]:
    wanted, stable = report.plan.wanted, report.stable_version
    if wanted is not None and wanted == stable:
        return "True", "Promoted", f"{stable} is what the specification asks for"
    serves = f"{stable} serves" if stable else "nothing serves yet"
    asked = f"the specification asks for {wanted}" if wanted else "the specification is invalid"
    return "False", problem.reason if problem else "NewVersion", f"{serves}; {asked}"


def _stable(report: Report) -> Manifest | None:
    stable = report.stable
    if stable is None:
        return None
    version = stable.version
    return {"version": str(version), "hash": version.hash, "since": stable.since}


def _canary(report: Report, previous: Manifest, now: datetime) -> Manifest | None:
    """Return the wanted version while it exists and does not serve yet."""
    wanted = report.plan.wanted
    if wanted is None or wanted == report.stable_version or report.plan.blockers:
        return None
    known = previous.get("canary", {})
    since = known["since"] if known.get("hash") == wanted.hash else timestamp(now)
    return {"version": str(wanted), "hash": wanted.hash, "since": since}


def _failure(finding: Finding) -> Manifest:
    return {
        "code": finding.code.name,
        "path": finding.path[:PATH_LENGTH],
        "message": finding.message[:MESSAGE_LENGTH],
    }


def _selector(report: Report) -> str | None:
    stable = report.stable_version
    if stable is None:
        return None
    labels = pod_selector(report.desired.owner, stable.hash)
    return ",".join(f"{key}={value}" for key, value in labels.items())


def _deployment(report: Report, version: Version | None) -> Manifest | None:
    if version is None:
        return None
    name = names.child_name(report.desired.owner.name, version.hash)
    return report.observed.deployments.get(name)


def _belongs_to(action: Action, version: Version | None) -> bool:
    if version is None or isinstance(action, Delete):
        return False
    labels = action.manifest["metadata"]["labels"]
    return bool(labels.get(names.LABEL_SNAPSHOT) == version.hash)
