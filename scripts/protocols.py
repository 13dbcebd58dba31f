"""Ask our runtime, KServe and MLServer what the conformance suite asks, and write the table.

Run ``make protocols``. Afterwards the clients of Triton and KServe, and Schemathesis, ask ours.
All of them are installed in environments of their own.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import xml.etree.ElementTree as ET  # the suite's own report
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import modelspec as ms

ROOT = Path(__file__).resolve().parents[1]
SUITE = ROOT / "tests" / "conformance" / "oip"
PAGE = ROOT / "docs" / "reference" / "protocols.md"
CACHE = Path.home() / ".cache" / "modelspec-benchmarks"

PEERS: Mapping[str, tuple[str, ...]] = {
    "KServe": ("kserve==0.21.0", "setuptools<81"),
    "MLServer": ("mlserver==1.7.1", "setuptools<81"),
}

REQUEST = {"inputs": [{"name": "x", "shape": [1, 1], "datatype": "FP64", "data": [1.5]}]}
"""What the peers' model answers."""

INTRODUCTION = """\
# The Open Inference Protocol, asked of three servers

`tests/conformance/oip` asks any server:
`OIP_URL=http://… OIP_MODEL=name pytest tests/conformance/oip`. These are its answers for ours, and
for {versions}, each in its default configuration with a model that doubles a
number. *Required* is what the specification demands; *extension* is skipped (-) where a server
does not have it; *refusal* is what this project expects of errors, where the specification says
only that they are typically 400: a peer that answers otherwise does not break the specification.
Written by `make protocols`.

"""


def main() -> None:
    """Run the suite against each, and write the page."""
    found = {"ours": suite({})}
    for name, requirements in PEERS.items():
        with tempfile.TemporaryDirectory() as folder, running(name, Path(folder)) as url:
            request = Path(folder) / "request.json"
            request.write_text(json.dumps(REQUEST))
            asked = {"OIP_URL": url, "OIP_MODEL": "double", "OIP_REQUEST": str(request)}
            found[name] = suite(asked)
        print(name, requirements[0], *summary(found[name]))
    print("ours", *summary(found["ours"]))
    ask_as_clients()
    PAGE.write_text(page(found), encoding="utf-8")


CLIENTS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("tritonclient[http]==2.73.0", "numpy"): ("python", "with_tritonclient.py", "{url}"),
    PEERS["KServe"]: ("python", "with_kserve.py", "{url}"),
    ("schemathesis==4.*",): (
        *("schemathesis", "run", "{url}/openapi.json", "--max-examples", "50"),
        # A schema cannot say that tensors must have as many rows as each other.
        *("--exclude-checks", "positive_data_acceptance,negative_data_rejection"),
    ),
}
"""Programs that ask, with what they need."""


def ask_as_clients() -> None:
    """Let other people's clients ask our runtime.

    Raises:
        CalledProcessError: One of them found something.
    """
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url:
        for requirements, command in CLIENTS.items():
            binaries = install(requirements) / "bin"
            program, *arguments = (part.format(url=url) for part in command)
            subprocess.run(
                [str(binaries / program), *arguments],
                cwd=ROOT / "tests" / "conformance" / "clients",
                check=True,
            )


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve three rules; yield where."""
    spec = ms.Spec("rules")
    kinds = {"amount": ms.Float64, "count": ms.Int64, "country": ms.String, "known": ms.Bool}
    for name, kind in kinds.items():
        spec.feature(name, kind)
    spec.postprocessing = {
        "outputs": [
            {"name": "half", "type": "Float64", "expr": "amount / 2.0"},
            {"name": "twice", "type": "Int64", "expr": "count * 2"},
            {"name": "lower", "type": "String", "expr": "lower(country)"},
        ]
    }
    bundle = spec.dump(folder / "bundle")
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        ports = [str(item.getsockname()[1]) for item in (first, second)]
    command = ["serve", str(bundle), "--port", ports[0], "--admin-port", ports[1]]
    process = subprocess.Popen([sys.executable, "-m", "modelspec_cli", *command])
    try:
        _wait(f"http://127.0.0.1:{ports[0]}/v2/health/ready", process)
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        process.terminate()
        process.wait(20)


def suite(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the outcome of every test by its name: passed, failed or skipped."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", str(SUITE)),
                *("--junit-xml", str(report), "--timeout", "60"),
            ],
            env={**os.environ, **environment},
            cwd=ROOT,
            check=False,
            stdout=subprocess.DEVNULL,
        )
        return dict(_outcomes(ET.parse(report)))  # noqa: S314  # pytest wrote it


def _outcomes(report: "ET.ElementTree[ET.Element]") -> Iterator[tuple[str, str]]:
    for case in report.iter("testcase"):
        kinds = {child.tag for child in case}
        outcome = "failed" if kinds & {"failure", "error"} else "passed"
        kind = case.get("classname", "").rpartition("test_")[2]
        yield f"{kind}: {case.get('name')}", "skipped" if "skipped" in kinds else outcome


def summary(found: Mapping[str, str]) -> list[str]:
    """Return how many tests ended how."""
    outcomes = list(found.values())
    return [f"{outcomes.count(kind)} {kind}" for kind in ("passed", "failed", "skipped")]


@contextmanager
def running(name: str, folder: Path) -> Iterator[str]:
    """Start a peer and end it; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    binaries = install(PEERS[name]) / "bin"
    command = COMMANDS[name](port, folder)
    environment = {
        **os.environ,
        "PEER_PORT": str(port),
        "PYTHONPATH": str(SUITE / "peers"),
        "PATH": f"{binaries}:{os.environ['PATH']}",
    }
    process = subprocess.Popen(
        [str(binaries / command[0]), *command[1:]],
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{url}/v2/models/double/ready", process)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _kserve(_: int, __: Path) -> list[str]:
    return ["python", "-m", "with_kserve"]


def _mlserver(port: int, folder: Path) -> list[str]:
    settings = {"http_port": port, "grpc_port": port + 1, "metrics_port": port + 2}
    settings["parallel_workers"] = 0
    model = {
        "name": "double",
        "implementation": "with_mlserver.Double",
        "inputs": [{"name": "x", "datatype": "FP64", "shape": [-1, 1]}],
        "outputs": [{"name": "y", "datatype": "FP64", "shape": [-1, 1]}],
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps(model))
    return ["mlserver", "start", str(folder)]


COMMANDS = {"KServe": _kserve, "MLServer": _mlserver}


def install(requirements: tuple[str, ...]) -> Path:
    """Return a peer's environment, made if it is not there."""
    folder = CACHE / f"{requirements[0].replace('==', '-').replace('*', 'x')}-oip"
    if not (folder / ".installed").exists():
        subprocess.run(["uv", "venv", "--quiet", "--python", "3.11", folder], check=True)
        python = str(folder / "bin" / "python")
        subprocess.run(
            ["uv", "pip", "install", "--quiet", "--python", python, *requirements], check=True
        )
        (folder / ".installed").touch()
    return folder


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  # loopback
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"{url} never answered")


def page(found: Mapping[str, Mapping[str, str]]) -> str:
    """Return the table."""
    versions = " and ".join(" ".join(items[0].split("==")) for items in PEERS.values())
    signs = {"passed": "yes", "failed": "**no**", "skipped": "-"}
    lines = [f"| | {' | '.join(found)} |", f"|---|{'---|' * len(found)}"]
    for test in found["ours"]:
        cells = [signs.get(answers.get(test, ""), "-") for answers in found.values()]
        kind, _, name = test.partition(": ")
        words = name.removeprefix("test_").replace("_", " ")
        shown = {"extensions": "extension", "refusals": "refusal"}.get(kind, kind)
        lines.append(f"| *{shown}*: {words} | {' | '.join(cells)} |".replace("\\\\", "\\\\\\\\"))
    total = [f"{list(answers.values()).count('passed')}" for answers in found.values()]
    lines.append(f"| passed, of {len(found['ours'])} | {' | '.join(total)} |")
    return INTRODUCTION.format(versions=versions) + "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
