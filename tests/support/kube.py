"""What a person does with a cluster: kubectl, and waiting until something is true."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

Json = dict[str, Any]
_T = TypeVar("_T")

EXTENSION = "modelspec.dev/devcluster"
POLL = 0.1  # seconds between two looks at a condition


class KubectlError(Exception):
    """kubectl failed; the message is what it said."""


@dataclass(frozen=True)
class Kubectl:
    """kubectl against one cluster, in one namespace. All that tests know is the kubeconfig."""

    kubeconfig: Path
    namespace: str = "default"

    def in_namespace(self, namespace: str) -> "Kubectl":
        """Return the same cluster seen from another namespace."""
        return Kubectl(self.kubeconfig, namespace)

    @property
    def local(self) -> Json:
        """What a cluster of ``devcluster`` tells about itself; empty for any other."""
        config = yaml.safe_load(self.kubeconfig.read_text())
        extensions = config["clusters"][0]["cluster"].get("extensions", [])
        return next((e["extension"] for e in extensions if e["name"] == EXTENSION), {})

    def command(self, *arguments: str) -> list[str]:
        """Return the command line."""
        program = self.local.get("kubectl", "kubectl")
        return [program, f"--kubeconfig={self.kubeconfig}", f"-n={self.namespace}", *arguments]

    def run(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl and return what it printed.

        Raises:
            KubectlError: It failed.
        """
        done = subprocess.run(
            self.command(*arguments),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode != 0:
            raise KubectlError(done.stderr.strip() or done.stdout.strip())
        return done.stdout

    def apply(self, *manifests: Json) -> str:
        """Apply manifests as a GitOps tool would, by server-side apply."""
        text = "\n".join(map(json.dumps, manifests))
        return self.run("apply", "--server-side", "-f", "-", stdin=text)

    def fresh_namespace(self, prefix: str, labels: dict[str, str] | None = None) -> "Kubectl":
        """Create a namespace with a name of its own and return the cluster seen from there."""
        manifest = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"generateName": f"{prefix}-", "labels": labels or {}},
        }
        created = self.run(
            "create", "-f", "-", "-o", "jsonpath={.metadata.name}", stdin=json.dumps(manifest)
        )
        return self.in_namespace(created)

    def dry_run(self, manifest: Json) -> Json:
        """Return what the API server would store for a new object."""
        text = self.run("create", "--dry-run=server", "-o", "json", "-f", "-",
                        stdin=json.dumps(manifest))  # fmt: skip
        stored: Json = json.loads(text)
        return stored

    def get(self, kind: str, name: str) -> Json | None:
        """Return one object, or ``None`` if there is none."""
        text = self.run("get", kind, name, "-o", "json", "--ignore-not-found")
        found: Json | None = json.loads(text) if text else None
        return found

    def list(self, kind: str, selector: str = "") -> list[Json]:
        """Return all objects of a kind that a label selector matches."""
        arguments = ["-l", selector] if selector else []
        items: list[Json] = json.loads(self.run("get", kind, "-o", "json", *arguments))["items"]
        return items

    def condition(self, model: str, kind: str) -> Json:
        """Return one condition of a ModelSpec, or an empty object."""
        status = (self.get("modelspec", model) or {}).get("status", {})
        conditions = status.get("conditions", [])
        return next((c for c in conditions if c["type"] == kind), {})

    def is_promoted(self, model: str, generation: int | None = None) -> bool:
        """Tell whether the present generation of a ModelSpec serves, and nothing is in motion."""
        found = self.get("modelspec", model)
        if found is None:
            return False
        status = found.get("status", {})
        held = {c["type"]: c["status"] for c in status.get("conditions", [])}
        return (
            status.get("observedGeneration") == found["metadata"]["generation"]
            and (generation is None or found["metadata"]["generation"] >= generation)
            and held.get("Ready") == held.get("Promoted") == "True"
            and "Reconciling" not in held
            and "Stalled" not in held
        )

    def diagnosis(self) -> str:
        """Return pods, events and logs: what a person would look at first."""
        looks = (
            ["get", "mspec,deploy,svc,cm,pods", "-o", "wide"],
            ["get", "mspec", "-o", "yaml"],
            ["get", "events", "--sort-by=.lastTimestamp"],
            ["logs", "-l", "modelspec.dev/model", "--all-containers", "--tail=30", "--prefix"],
            ["get", "pods", "-n=modelspec-system", "-o", "wide"],
            ["logs", "deploy/modelspec-operator", "-n=modelspec-system", "--tail=60"],
        )
        told = []
        for look in looks:
            try:
                answer = self.run(*look)
            except (KubectlError, subprocess.TimeoutExpired) as error:
                answer = str(error)
            told.append(f"$ kubectl {' '.join(look)}\n{answer}")
        return "\n".join(told)


def eventually(look: Callable[[], _T], *, within: float, what: str) -> _T:
    """Return the first true answer of *look*, asked again and again.

    Args:
        look: What to ask; kubectl's failures count as "not yet".
        within: Seconds until this fails.
        what: The sentence that became not true in time.
    """
    deadline = time.monotonic() + within
    answer: _T | None = None
    while time.monotonic() < deadline:
        with suppress(KubectlError):
            answer = look()
            if answer:
                return answer
        time.sleep(POLL)
    raise AssertionError(f"not within {within:g} s: {what} (last answer: {answer!r})")


def make_ready(kubectl: Kubectl, deployment: Json) -> None:
    """Write the status that the Deployment controller would write once all pods are ready."""
    replicas = deployment["spec"]["replicas"]
    status = {
        "observedGeneration": deployment["metadata"]["generation"],
        "replicas": replicas,
        "updatedReplicas": replicas,
        "readyReplicas": replicas,
        "availableReplicas": replicas,
    }
    kubectl.run(
        "patch", "deployment", deployment["metadata"]["name"], "--subresource=status",
        "--type=merge", f"--patch={json.dumps({'status': status})}",
    )  # fmt: skip


@contextmanager
def proxy(kubectl: Kubectl) -> Iterator[str]:
    """Run ``kubectl proxy`` and yield its address."""
    process = subprocess.Popen(
        kubectl.command("proxy", "--port=0"), stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()  # Starting to serve on 127.0.0.1:43210
        yield f"http://{line.rsplit(' ', 1)[-1].strip()}"
    finally:
        process.terminate()
        process.wait(10)


def audited_writes(kubectl: Kubectl, *, user: str = "", user_agent: str = "") -> list[Json]:
    """Return every write that the API server's audit log tells of, oldest first.

    Args:
        kubectl: The cluster; it must be a local one, whose audit log can be read.
        user: Only writes of this user.
        user_agent: Only writes whose user agent starts so.
    """
    log = Path(kubectl.local["auditLog"])
    entries = (json.loads(line) for line in log.read_text().splitlines())
    return [
        entry
        for entry in entries
        if user in {"", entry["user"]["username"]}
        and entry.get("userAgent", "").startswith(user_agent)
        and entry["verb"] in {"create", "update", "patch", "delete", "deletecollection"}
        and entry.get("objectRef", {}).get("resource") != "leases"
    ]
