"""The operator before there is anything to do."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from support.cluster import local_cluster
from support.kube import eventually


def test_the_operator_waits_for_its_crd_and_can_be_stopped_meanwhile(tmp_path: Path) -> None:
    with (
        local_cluster("modelspec-nocrd", "--control-plane") as kubectl,
        (tmp_path / "log").open("w") as log,
    ):
        environment = {
            **os.environ,
            "KUBECONFIG": str(kubectl.kubeconfig),
            "MODELSPEC_SERVING_IMAGE": "modelspec-serving:test",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "modelspec_operator"], env=environment, stdout=log
        )
        eventually(
            lambda: "is not installed yet" in (tmp_path / "log").read_text(),
            within=20,
            what="the operator says what it waits for",
        )

        process.send_signal(signal.SIGTERM)

        assert process.wait(10) == 0
