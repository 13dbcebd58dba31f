"""Show the whole way on a real cluster: install, apply, ask, change, look.

Every step prints what a person would type. The commands are those that run, word for word; only
the environment variables at the top come before them.
"""

import argparse
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import yaml

from devcluster.errors import DevclusterError
from devcluster.node.packages import Package, ensure
from devcluster.progress import note, step

ROOT = Path(__file__).resolve().parent.parent
CURL = Package("curl", lambda: shutil.which("curl") is not None)
PROXY_PORT = 8001
SERVICE = f"http://127.0.0.1:{PROXY_PORT}/api/v1/namespaces/default/services/iris:80/proxy"
FLOWER = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
BOLD, PLAIN = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")


def main() -> int:
    """Run the demo; return the exit code."""
    parser = argparse.ArgumentParser(description="Show the whole way on a real cluster.")
    parser.add_argument("--name", default="modelspec", help="name of the local cluster")
    parser.add_argument("--keep", action="store_true", help="leave the cluster running")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    os.chdir(ROOT)
    status = 1
    try:
        _demonstrate(options.name, keep=options.keep)
        status = 0
    except subprocess.CalledProcessError as error:
        note(f"\nThis command failed: {_shown(error.cmd)}")
    except DevclusterError as error:
        note(f"\n{error}")
    except KeyboardInterrupt:
        note("\ninterrupted")
        status = 130
    finally:
        if not options.keep:
            _python("-m", "devcluster", "down", "--name", options.name, check=False)
    return status


def _demonstrate(name: str, *, keep: bool) -> None:
    ensure([CURL])
    title("A real Kubernetes on this machine")
    bound = [] if keep else [f"--until-exit-of={os.getpid()}"]
    kubeconfig = _python("-m", "devcluster", "up", "--name", name, *bound).strip()
    _use(kubeconfig)
    run("kubectl get nodes")

    title("The two images, built from the Dockerfile")
    images = _python("-m", "devcluster", "build").split()
    _python("-m", "devcluster", "load", "--name", name, *images)
    overlay = Path(_python("scripts/overlay.py", *images).strip()).relative_to(ROOT)

    title("The custom resource and the operator")
    run(f"kubectl apply --server-side -k {overlay}")
    run("kubectl -n modelspec-system rollout status deployment/modelspec-operator", expected_s=10)

    title("A model: trained by scikit-learn, checked bit for bit, written as one bundle")
    run("python examples/01-iris/train.py build/iris", expected_s=3)
    run("cat build/iris/modelspec.yaml")
    run("kubectl apply --server-side -k build/iris")
    run("kubectl wait --for=condition=Promoted mspec/iris --timeout=120s", expected_s=6)
    run("kubectl get mspec")

    with _proxy():
        _ask()
        _second_version()
    _look_around()
    if keep:
        _how_to_look_around(name, kubeconfig)


def _ask() -> None:
    title("Ask it, by both protocols")
    v1 = json.dumps({"instances": [FLOWER]})
    run(f"curl -sS {SERVICE}/v1/models/iris:predict -d {shlex.quote(v1)}")
    inputs = [
        {"name": name, "shape": [1], "datatype": "FP64", "data": [value]}
        for name, value in FLOWER.items()
    ]
    v2 = json.dumps({"inputs": inputs})
    run(f"curl -sS {SERVICE}/v2/models/iris/infer -d {shlex.quote(v2)}")


def _second_version() -> None:
    title("A second version: it takes over when its pods are ready, and not before")
    run("python examples/01-iris/train.py build/iris --regularization 0.1", expected_s=3)
    run("kubectl apply --server-side -k build/iris")
    run("kubectl get mspec")
    digest = _digest("build/iris/modelspec.yaml")
    run(
        "kubectl wait mspec/iris --timeout=120s --for=jsonpath='{.status.stable.version}'=v2",
        expected_s=6,
    )
    run("kubectl get mspec")
    v1 = json.dumps({"instances": [FLOWER]})
    run(f"curl -sS -D - {SERVICE}/v1/models/iris:predict -d {shlex.quote(v1)}")
    note(f"  (the model's bytes: sha256 {digest})")


def _look_around() -> None:
    title("What the operator made, and what it says")
    run("kubectl get deployments,services,configmaps -l modelspec.dev/model=iris")
    run("kubectl describe mspec iris | sed -n '/^Status:/,$p'")


def _how_to_look_around(name: str, kubeconfig: str) -> None:
    title("It is still running; look around")
    note(_exports(kubeconfig))
    note("  kubectl get mspec -w")
    note("  kubectl scale mspec/iris --replicas=3")
    note("  kubectl -n modelspec-system logs deployment/modelspec-operator -f")
    note(f"  kubectl proxy --port={PROXY_PORT} &")
    note(f"  curl {SERVICE}/v2/models/iris")
    end = "make down" if name == "modelspec" else f"make down CLUSTER={name}"
    note(f"\nEnd it with: {end}")


def title(text: str) -> None:
    """Print the heading of a step."""
    print(f"\n{BOLD}== {text}{PLAIN}", flush=True)


def run(command: str, *, expected_s: float | None = None) -> None:
    """Print a command as a person would type it, and run it.

    Raises:
        subprocess.CalledProcessError: It failed.
    """
    print(f"{BOLD}$ {command}{PLAIN}", flush=True)
    with step(command.split(" -", 1)[0], expected_s=expected_s):
        subprocess.run(["/bin/bash", "-c", command], check=True)
    if command.startswith("curl"):
        print()


def _shown(command: str | Sequence[str]) -> str:
    return command if isinstance(command, str) else shlex.join(map(str, command))


def _python(*arguments: str, check: bool = True) -> str:
    """Run a program of this project, print its command line, and return what it printed."""
    print(f"{BOLD}$ python {shlex.join(arguments)}{PLAIN}", flush=True)
    command: Sequence[str] = [sys.executable, *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=check).stdout


def _use(kubeconfig: str) -> None:
    """Let the commands that follow find the cluster, its kubectl and this project's Python."""
    os.environ["KUBECONFIG"] = kubeconfig
    os.environ["PATH"] = ":".join([*_folders(kubeconfig), os.environ["PATH"]])
    note("In a shell of your own, these come first:")
    note(_exports(kubeconfig))


def _exports(kubeconfig: str) -> str:
    return f"  export KUBECONFIG={kubeconfig} PATH={':'.join(_folders(kubeconfig))}:$PATH"


def _folders(kubeconfig: str) -> list[str]:
    """Return the folders of this project's programs and of the cluster's kubectl."""
    return [str(ROOT / ".venv" / "bin"), *_kubectl_folder(kubeconfig)]


def _kubectl_folder(kubeconfig: str) -> list[str]:
    """Return the folder of the kubectl that came with a local cluster, if it did."""
    cluster = yaml.safe_load(Path(kubeconfig).read_text())["clusters"][0]["cluster"]
    extensions = [entry["extension"] for entry in cluster.get("extensions", [])]
    return [str(Path(e["kubectl"]).parent) for e in extensions if "kubectl" in e]


def _digest(modelspec: str) -> str:
    body = yaml.safe_load(Path(modelspec).read_text())
    digest: str = body["spec"]["models"][0]["artifact"]["sha256"]
    return digest


@contextmanager
def _proxy() -> Iterator[None]:
    """Run ``kubectl proxy`` in the background until the requests are done."""
    command = f"kubectl proxy --port={PROXY_PORT}"
    print(f"{BOLD}$ {command} &{PLAIN}", flush=True)
    process = subprocess.Popen(command.split(), stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None or "Starting to serve" not in process.stdout.readline():
            raise subprocess.CalledProcessError(1, command)
        yield
    finally:
        process.terminate()
        process.wait()


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
