"""The operator as a process beside a cluster."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from support.kube import eventually


@dataclass
class OperatorProcess:
    """The operator, outside the cluster, with the administrator's kubeconfig."""

    kubeconfig: Path
    log: IO[str]
    health_port: int = 18099
    settings: dict[str, str] = field(default_factory=dict)
    """More environment variables."""

    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it says so."""
        before = self.count("started")
        environment = {
            **os.environ,
            "KUBECONFIG": str(self.kubeconfig),
            "MODELSPEC_SERVING_IMAGE": "modelspec-serving:test",
            "MODELSPEC_HEALTH_PORT": str(self.health_port),
            **self.settings,
        }
        command = [sys.executable, "-m", "modelspec_operator"]
        self.process = subprocess.Popen(command, env=environment, stdout=self.log)
        eventually(
            lambda: self.count("started") > before, within=20, what="the operator has started"
        )

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def text(self) -> str:
        """Return everything it logged."""
        return Path(self.log.name).read_text()

    def count(self, event: str) -> int:
        """Return how often it logged an event."""
        return self.text().count(f'"event": "{event}"')

    def metric(self, name: str, *labels: str) -> float:
        """Return one of its numbers: the sum over all that have one of these labels, or any."""
        with urlopen(f"http://127.0.0.1:{self.health_port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        return float(
            sum(
                sample.value
                for family in text_string_to_metric_families(text)
                for sample in family.samples
                if sample.name == f"modelspec_operator_{name}"
                and (not labels or set(labels) & set(sample.labels.values()))
            )
        )
