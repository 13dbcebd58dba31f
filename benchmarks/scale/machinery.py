"""A cluster to measure on, and the operator as a process beside it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import yaml
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

ROOT = Path(__file__).resolve().parents[2]
CLUSTER = "modelspec-bench"
PORT = 18120

_PREFIX = "modelspec_operator"
_START_SECONDS = 120


def devcluster(*arguments: str) -> str:
    """Run ``python -m devcluster`` and return what it printed."""
    command = [sys.executable, "-m", "devcluster", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


@contextmanager
def control_plane() -> Iterator[Path]:
    """Start an API server without nodes; yield its kubeconfig."""
    try:
        options = ("--name", CLUSTER, f"--until-exit-of={os.getpid()}", "--control-plane")
        yield Path(devcluster("up", *options))
    finally:
        devcluster("down", "--name", CLUSTER)


def kubectl_of(kubeconfig: Path) -> str:
    """Return the kubectl that was built with a local cluster."""
    cluster = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]
    (told,) = (
        item["extension"] for item in cluster["extensions"] if "kubectl" in item["extension"]
    )
    return str(told["kubectl"])


class Operator:
    """The operator, with nothing that holds it back."""

    def __init__(self, kubeconfig: Path, namespace: str, log: Path) -> None:
        self._environment = {
            **os.environ,
            "KUBECONFIG": str(kubeconfig),
            "MODELSPEC_SERVING_IMAGE": "modelspec-serving:bench",
            "MODELSPEC_NAMESPACE": namespace,
            "MODELSPEC_HEALTH_PORT": str(PORT),
            "MODELSPEC_API_REQUESTS_PER_SECOND": "10000",
            "MODELSPEC_API_BURST": "10000",
        }
        self._log = log

    def start(self) -> float:
        """Start it; return how many seconds it took until it leads."""
        started = time.monotonic()
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "modelspec_operator"]
            self._process = subprocess.Popen(command, env=self._environment, stdout=log)
        while time.monotonic() - started < _START_SECONDS:
            if self._process.poll() is not None:
                break
            if self._leads():
                return time.monotonic() - started
            time.sleep(0.1)
        raise RuntimeError(f"the operator does not start: {self._log.read_text()[-2000:]}")

    def stop(self) -> None:
        """End it."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)

    def memory_megabytes(self) -> float:
        """Return its resident memory."""
        text = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024  # type: ignore[index]

    def cpu_seconds(self) -> float:
        """Return its processor time."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def requests(self) -> Mapping[str, float]:
        """Return how many requests it sent, by method and resource; not those about the Lease."""
        found: defaultdict[str, float] = defaultdict(float)
        for sample in _samples():
            labels = sample.labels
            if sample.name == f"{_PREFIX}_api_requests_total" and labels["resource"] != "leases":
                found[f"{labels['method']} {labels['resource']}"] += sample.value
        return found

    def queue(self) -> tuple[float, float]:
        """Return how many keys are due, and how many passes there were."""
        values = {sample.name: sample.value for sample in _samples()}
        passes = values[f"{_PREFIX}_reconcile_duration_seconds_count"]
        return values[f"{_PREFIX}_queue_depth"], passes

    def _leads(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{PORT}/metrics", timeout=5) as answer:
                return "modelspec_operator_leader 1.0" in answer.read().decode()
        except OSError:
            return False


def _samples() -> Iterator[Sample]:
    with urlopen(f"http://127.0.0.1:{PORT}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    for family in text_string_to_metric_families(text):
        yield from family.samples
