"""A cluster for a test run: one that it starts and ends, or the one that it is told to use."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.kube import Kubectl

ROOT = Path(__file__).resolve().parents[2]

KUBECONFIG_VARIABLE = "MODELSPEC_TEST_KUBECONFIG"
"""Names the kubeconfig of a cluster to use as it is, with the operator installed in it."""


def devcluster(*arguments: str) -> str:
    """Run ``python -m devcluster`` and return what it printed; its progress is shown."""
    command = [sys.executable, "-m", "devcluster", *arguments]
    return subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()


@contextmanager
def local_cluster(name: str, *options: str) -> Iterator[Kubectl]:
    """Start a cluster for as long as this process lives, even if it is killed."""
    try:
        kubeconfig = devcluster("up", "--name", name, f"--until-exit-of={os.getpid()}", *options)
        yield Kubectl(Path(kubeconfig))
    finally:
        devcluster("down", "--name", name)


def install_operator(kubectl: Kubectl, cluster: str) -> None:
    """Build the images, load them into a local cluster and install the operator there."""
    images = devcluster("build").splitlines()
    devcluster("load", "--name", cluster, *images)
    overlay = subprocess.run(
        [sys.executable, ROOT / "scripts" / "overlay.py", *images],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.strip()
    system = kubectl.in_namespace("modelspec-system")
    system.run("apply", "--server-side", "-k", overlay)
    system.run("rollout", "status", "deployment/modelspec-operator", "--timeout=90s")
