"""What ``modelspec serve`` does when it runs: starts the program of a pod on a bundle."""

import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import typer

from modelspec.documents.complaints import DocumentError
from modelspec.errors import ModelSpecError
from modelspec.notebook.declarations import SpecError
from modelspec.notebook.mounting import Mounted, mount
from modelspec.notebook.spec import Spec
from modelspec_cli import render

EXIT_FINDINGS = 1

_PROGRAM = "modelspec_serving"


@dataclass(frozen=True)
class Ports:
    """Where to listen."""

    host: str
    inference: int
    admin: int


def run_serve(bundle: Path, ports: Ports, workers: int) -> int:
    """Serve a bundle until told to stop, and return the exit code."""
    if importlib.util.find_spec(_PROGRAM) is None or importlib.util.find_spec("uvicorn") is None:
        raise typer.BadParameter("needs: pip install 'modelspec-operator[cli,serving]'")
    if not bundle.exists():
        raise typer.BadParameter(f"{bundle}: no such file or folder", param_hint="BUNDLE")
    with tempfile.TemporaryDirectory(prefix="modelspec-") as folder:
        try:
            mounted = mount(Spec.load(bundle), Path(folder))
        except (SpecError, DocumentError, ModelSpecError) as error:
            render.print_line(f"{bundle}: {error}", to_error=True)
            return EXIT_FINDINGS
        except OSError as error:
            raise typer.BadParameter(f"{error.filename}: {error.strerror}") from None
        host = f"[{ports.host}]" if ":" in ports.host else ports.host
        path = f"/v1/models/{mounted.name}:predict"
        render.print_line(f"serving {mounted.name} at http://{host}:{ports.inference}{path}")
        code = _run(_environment(mounted, Path(folder), ports, workers))
    return EXIT_FINDINGS if code else 0


def _environment(mounted: Mounted, folder: Path, ports: Ports, workers: int) -> dict[str, str]:
    settings = {
        "NAME": mounted.name,
        "MODEL_VERSION": 1,
        "SNAPSHOT": mounted.digest,
        "SNAPSHOT_DIRECTORY": mounted.snapshot,
        "ARTIFACT_DIRECTORY": mounted.artifacts,
        "TERMINATION_LOG": folder / "termination-log",
        "STATUS_FILE": folder / "status.json",
        "HOST": ports.host,
        "HTTP_PORT": ports.inference,
        "ADMIN_PORT": ports.admin,
        "WORKERS": workers,
        "DRAIN_SECONDS": 0,
    }
    named = {f"MODELSPEC_{name}": str(value) for name, value in settings.items()}
    return {**os.environ, **named}


def _run(environment: dict[str, str]) -> int:
    """Run the program; what ends this one ends that one, in its own way."""
    process = subprocess.Popen([sys.executable, "-m", _PROGRAM], env=environment)  # noqa: S603  # ours

    def forward(number: int, _: FrameType | None) -> None:
        process.send_signal(number)

    signal.signal(signal.SIGTERM, forward)
    signal.signal(signal.SIGINT, forward)
    return process.wait()
