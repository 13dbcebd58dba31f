"""`modelspec serve`: a bundle answers requests on this machine, as in a pod."""

import json
import os
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

import modelspec as ms
from modelspec_cli.__main__ import app
from support.kube import eventually


def spec() -> ms.Spec:
    made = ms.Spec("rules")
    made.feature("amount", ms.Float64, required=True)
    half = {"name": "half", "type": "Float64", "expr": "amount / 2.0"}
    made.postprocessing = {"outputs": [half]}
    made.golden({"amount": [1.0, 2.0, 300.0]})
    return made


def free_ports() -> list[str]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return [str(first.getsockname()[1]), str(second.getsockname()[1])]


def test_a_bundle_answers_over_http_until_it_is_interrupted(tmp_path: Path) -> None:
    bundle = spec().dump(tmp_path / "bundle")
    port, admin_port = free_ports()
    command = ["serve", str(bundle), "--port", port, "--admin-port", admin_port, "--workers", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "modelspec_cli", *command],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines: list[str] = []
        while sum('"ready"' in line for line in lines) < 2:
            lines.append(process.stdout.readline())
            assert lines[-1], lines
        answers = [answered(int(port)) for _ in range(8)]
        # Whichever worker answers tells of both, of the other what it knew a second ago.
        eventually(lambda: rows_counted(int(admin_port)) == 8, within=5, what="all are counted")
        process.send_signal(signal.SIGINT)
        lines += process.communicate(timeout=20)[0].splitlines()
    finally:
        process.kill()

    assert answers == [{"predictions": [{"half": 1.5}]}] * 8
    assert lines[0] == f"serving rules at http://127.0.0.1:{port}/v1/models/rules:predict\n"
    events = [json.loads(line)["event"] for line in lines[1:]]
    assert events.count("ready") == events.count("proving") == events.count("stopped") == 2
    assert process.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def answered(port: int) -> object:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    body = json.dumps({"instances": [{"amount": 3}]})
    connection.request("POST", "/v1/models/rules:predict", body)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def rows_counted(port: int) -> float:
    families = text_string_to_metric_families(metrics(port))
    return float(
        sum(s.value for f in families for s in f.samples if s.name == "modelspec_rows_total")
    )


def metrics(port: int) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def test_a_bundle_that_breaks_its_golden_rows_is_not_served(tmp_path: Path) -> None:
    bundle = spec().dump(tmp_path / "bundle")
    file = bundle / "modelspec.yaml"
    file.write_text(file.read_text().replace("amount / 2.0", "amount / 2.5"))
    port, admin_port = free_ports()

    done = subprocess.run(
        [
            *(sys.executable, "-m", "modelspec_cli", "serve", str(bundle)),
            *("--port", port, "--admin-port", admin_port),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 1
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["event"] == "refused"
    assert last["findings"][0].startswith("MS525 spec.verification: row 0: 'half' expected")


@pytest.mark.parametrize(("change", "code"), [("amuont / 2.0", 1), (None, 2)])
def test_what_is_no_bundle_is_said(tmp_path: Path, change: str | None, code: int) -> None:
    bundle = tmp_path / "bundle"
    if change:
        file = spec().dump(bundle) / "modelspec.yaml"
        file.write_text(file.read_text().replace("amount / 2.0", change))

    result = CliRunner().invoke(app, ["serve", str(bundle)], env={"COLUMNS": "300"})

    assert result.exit_code == code
    assert "did you mean 'amount'" in result.stderr or "no such file" in result.stderr
