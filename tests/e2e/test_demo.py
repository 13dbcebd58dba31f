"""The demo is what a newcomer sees first; it is run as it stands."""

import subprocess
import sys

from support.cluster import ROOT

STEPS = (
    "condition met",
    '"predictions":[{"setosa":0.98',
    '"model_name":"iris","model_version":"1"',
    "Modelspec-Snapshot: ",
    "v2 serves all requests",
    "python -m devcluster down --name modelspec-demo",
)
"""What it prints, in this order."""


def test_the_demo_shows_the_whole_way_and_removes_its_cluster() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.demo", "--name", "modelspec-demo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    positions = [done.stdout.find(step) for step in STEPS]
    assert -1 not in positions, f"missing {STEPS[positions.index(-1)]!r} in:\n{done.stdout}"
    assert positions == sorted(positions)
