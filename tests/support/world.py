"""A cluster in memory: carries out plans, and plays the parts that decisions see."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from modelspec import names
from modelspec.errors import Code, Finding
from modelspec_operator.children.metadata import Manifest
from modelspec_operator.core.actions import Action, Apply, Create, Delete
from modelspec_operator.core.desired import Desired, read_desired
from modelspec_operator.core.observed import Observed, PodProblem
from modelspec_operator.core.plan import Plan, plan
from modelspec_operator.core.status import Obstacle, Report, build_status
from modelspec_operator.settings import Settings
from support.specs import MODEL_BYTES, Body, model_body, sha256

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def settings(**changes: Any) -> Settings:
    """Return settings that read nothing from the environment."""
    return Settings(**{"serving_image": "serving:1", "warm_seconds": 600, **changes})


@dataclass
class World:
    """Our objects around one ModelSpec, and a clock that tests move."""

    body: Body = field(default_factory=model_body)
    settings: Settings = field(default_factory=settings)
    now: datetime = EPOCH
    objects: dict[str, dict[str, Manifest]] = field(
        default_factory=lambda: {
            "ConfigMap": {},
            "Deployment": {},
            "Service": {},
            "PodDisruptionBudget": {},
        }
    )
    user_artifacts: dict[str, bytes] = field(
        default_factory=lambda: {sha256(MODEL_BYTES): MODEL_BYTES}
    )
    has_turn: bool = False
    pod_problem: PodProblem | None = None
    obstacle: Obstacle | None = None
    status: Manifest = field(default_factory=dict)
    _uids: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def desired(self) -> Desired:
        """What the author asks for now."""
        return read_desired(self.body)

    @property
    def observed(self) -> Observed:
        """What a pass would see now."""
        return Observed(
            config_maps=dict(self.objects["ConfigMap"]),
            deployments=dict(self.objects["Deployment"]),
            services=dict(self.objects["Service"]),
            budgets=dict(self.objects["PodDisruptionBudget"]),
            artifacts=self._artifacts(),
            has_turn=self.has_turn,
            pod_problem=self.pod_problem,
        )

    def _artifacts(self) -> dict[str, bytes | Finding]:
        content = self.desired.content
        missing = Finding(Code.MS407, "spec.models[0].artifact", "not found")
        return {
            artifact.sha256: self.user_artifacts.get(artifact.sha256, missing)
            for artifact in (content.artifacts if content else ())
            if artifact.config_map
            and names.artifact_config_map_name("fraud", artifact.sha256)
            not in self.objects["ConfigMap"]
        }

    def decide(self) -> Plan:
        """Return what one pass would do."""
        return plan(self.desired, self.observed, self.settings, self.now)

    def reconcile(self) -> Plan:
        """Do one pass: plan, carry out, report."""
        desired, observed, decision = self.desired, self.observed, self.decide()
        for action in decision.actions:
            self._carry_out(action)
        report = Report(desired, observed, decision, self.obstacle)
        self.status = build_status(report, self.status, self.now)
        return decision

    def settle(self, *, ready: bool = True) -> None:
        """Let time stand still until nothing is left to do; pods become ready, or never."""
        for _ in range(10):
            self.reconcile()
            if ready:
                self.make_ready()
            if not self.decide().actions:
                self.reconcile()
                return
        raise AssertionError(f"still writing after ten passes: {self.decide().actions}")

    def change(self, spec: Body) -> None:
        """Let the author write another specification."""
        generation = self.body["metadata"]["generation"] + 1
        self.body = model_body(spec, generation=generation)
        for model in spec.get("models", []):
            self.user_artifacts.setdefault(model["artifact"]["sha256"], MODEL_BYTES)

    def make_ready(self, *name: str) -> None:
        """Let the pods of Deployments become ready; of all, if none is named."""
        for deployment in self.objects["Deployment"].values():
            if not name or deployment["metadata"]["name"] in name:
                replicas = deployment["spec"]["replicas"]
                deployment["status"] = {
                    "observedGeneration": deployment["metadata"]["generation"],
                    "replicas": replicas,
                    "updatedReplicas": replicas,
                    "readyReplicas": replicas,
                }

    def pass_time(self, seconds: float) -> None:
        """Move the clock."""
        self.now += timedelta(seconds=seconds)

    @property
    def serving(self) -> str | None:
        """The hash that the front Service selects."""
        front = self.objects["Service"].get("fraud")
        return front["spec"]["selector"][names.LABEL_SNAPSHOT] if front else None

    @property
    def wanted(self) -> str:
        """The hash of the present specification."""
        content = self.desired.content
        assert content is not None
        return content.snapshot.hash

    def replicas(self) -> dict[str, int]:
        """The size of every Deployment, by hash."""
        return {
            d["metadata"]["labels"][names.LABEL_SNAPSHOT]: d["spec"]["replicas"]
            for d in self.objects["Deployment"].values()
        }

    def condition(self, kind: str) -> tuple[str, str] | None:
        """Status and reason of one reported condition."""
        return next(
            (
                (condition["status"], condition["reason"])
                for condition in self.status["conditions"]
                if condition["type"] == kind
            ),
            None,
        )

    def _carry_out(self, action: Action) -> None:
        match action:
            case Create(manifest):
                kind, name = manifest["kind"], manifest["metadata"]["name"]
                assert name not in self.objects[kind], f"{kind} {name} was there already"
                self._store(manifest, uid=str(next(self._uids)), generation=1, status={})
            case Apply(manifest):
                live = self.objects[manifest["kind"]][manifest["metadata"]["name"]]
                grown = live["metadata"]["generation"] + (live["spec"] != manifest["spec"])
                self._store(
                    manifest,
                    uid=live["metadata"]["uid"],
                    generation=grown,
                    status=live.get("status", {}),
                )
            case Delete(kind, name, _, uid):
                assert self.objects[kind].pop(name)["metadata"]["uid"] == uid

    def _store(self, manifest: Manifest, *, uid: str, generation: int, status: Manifest) -> None:
        metadata = {**manifest["metadata"], "uid": uid, "generation": generation}
        self.objects[manifest["kind"]][metadata["name"]] = {
            **manifest,
            "metadata": metadata,
            "status": status,
        }
