"""The claim over the wire: HTTP, the command line and the notebook give the same bits.

`make test` looks at a sample; ``MODELSPEC_FUZZ=50 pytest tests/parity/test_served.py`` at 100 000
payments that no training has seen.
"""

import importlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from modelspec.notebook.instances import instances_of
from modelspec_cli.__main__ import app
from modelspec_serving.protocol.tensors import FEATURE_DATATYPE
from support.effort import times

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "02-fraud"
ROWS = times(2_000)
SIZES = (1, 7, 400, 1000)
"""Rows of a request, in turns: some are decoded at once, some in parts."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path, Any]:
    """Return a specification, its bundle, and payments that it was not trained on."""
    sys.path.insert(0, str(FOLDER))
    try:
        scenario = importlib.import_module("payments.scenario").Scenario
        simulate = importlib.import_module("payments.stream").simulate
        make = importlib.import_module("train_fraud").make
        spec = make(simulate(scenario(30_000, 1)), "lightgbm", 100)
        unseen = simulate(scenario(ROWS, 2)).columns
    finally:
        sys.path.remove(str(FOLDER))
    return spec, spec.dump(tmp_path_factory.mktemp("fraud") / "bundle"), unseen


@pytest.fixture(scope="module")
def port(trained: tuple[Any, Path, Any]) -> Iterator[int]:
    """Serve the bundle; yield where."""
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        ports = [str(item.getsockname()[1]) for item in (first, second)]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "modelspec_cli", "serve", str(trained[1])),
            *("--port", ports[0], "--admin-port", ports[1]),
        ],
        stdout=subprocess.DEVNULL,
        env={**os.environ},
    )
    with process:
        yield int(ports[0])
        process.terminate()


def post(connection: HTTPConnection, path: str, document: object) -> Any:
    connection.request("POST", path, json.dumps(document))
    answer = connection.getresponse()
    body = json.loads(answer.read())
    assert answer.status == 200, body
    return body


def connect(port: int) -> HTTPConnection:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return HTTPConnection("127.0.0.1", port, timeout=60)
    pytest.fail("never listened")


def test_every_answer_over_http_has_the_bits_of_the_notebook(
    trained: tuple[Any, Path, Any], port: int
) -> None:
    spec, _, unseen = trained
    expected = spec.predict(unseen, progress=False)
    instances = instances_of(unseen, spec.program().features)
    found: list[dict[str, Any]] = []
    connection = connect(port)
    while len(found) < ROWS:
        for size in SIZES:
            chosen = instances[len(found) : len(found) + size]
            if chosen:
                path = f"/v1/models/{spec.name}:predict"
                found += post(connection, path, {"instances": chosen})["predictions"]

    assert len(found) == ROWS
    for name, values in expected.items():
        listed = [list(value) if isinstance(value, tuple) else value for value in values]
        assert [answer[name] for answer in found] == listed, name


def test_tensors_over_http_give_the_same(trained: tuple[Any, Path, Any], port: int) -> None:
    spec, _, unseen = trained
    rows = min(ROWS, 1000)
    first = {name: column[:rows] for name, column in unseen.items()}
    expected = spec.predict(first, progress=False)
    instances = instances_of(first, spec.program().features)
    inputs = [
        {
            "name": feature.name,
            "shape": [rows, 1],
            "datatype": FEATURE_DATATYPE[feature.type.kind],
            "data": [row.get(feature.name) for row in instances],
        }
        for feature in spec.program().features
    ]

    answer = post(connect(port), f"/v2/models/{spec.name}/infer", {"inputs": inputs})

    found = {output["name"]: output["data"] for output in answer["outputs"]}
    assert found["probability"] == expected["probability"]
    assert found["score"] == expected["score"]
    assert found["band"] == expected["band"]
    assert found["reasonCodes"] == [",".join(codes) for codes in expected["reasonCodes"]]


def test_the_command_line_gives_the_same(trained: tuple[Any, Path, Any], tmp_path: Path) -> None:
    spec, bundle, unseen = trained
    expected = spec.predict(unseen, progress=False)
    rows, out = tmp_path / "rows.parquet", tmp_path / "out.parquet"
    pq.write_table(pa.table({name: _arrow(column) for name, column in unseen.items()}), rows)

    arguments = ["predict", str(bundle), "--rows", str(rows), "--out", str(out)]
    result = CliRunner().invoke(app, arguments)

    assert result.exit_code == 0, result.output
    found = pq.read_table(out)
    for name, values in expected.items():
        listed = [list(value) if isinstance(value, tuple) else value for value in values]
        assert found[name].to_pylist() == listed, name


def _arrow(column: Any) -> pa.Array:
    found = pa.array(column, from_pandas=True)
    is_time = pa.types.is_timestamp(found.type)
    return found.cast(pa.timestamp("us", tz="UTC")) if is_time else found
