"""The program as Kubernetes runs it: environment in, files and a termination message out."""

import os
import subprocess
import sys
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from modelspec.artifacts import sha256_of
from modelspec.schema.sources import Source, read_sources, write_sources
from support.fetching import CASES, Pod, at_url, source
from support.object_store import ACCESS_KEY, BUCKET, SECRET_KEY, ObjectStore
from support.web import Certificates, Web

CONTENT = b"rows of gold\n"


def _model(*, external: bool = False, opset: int = 18) -> bytes:
    weights = helper.make_tensor("W", TensorProto.FLOAT, [2, 1], [1.0, 2.0])
    if external:
        weights.data_location = TensorProto.EXTERNAL
        weights.external_data.add(key="location", value="weights.bin")
        weights.ClearField("float_data")
    x = helper.make_tensor_value_info("X", TensorProto.FLOAT, ["N", 2])
    y = helper.make_tensor_value_info("Y", TensorProto.FLOAT, ["N", 1])
    node = helper.make_node("MatMul", ["X", "W"], ["Y"])
    graph = helper.make_graph([node], "g", [x], [y], [weights])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    content: bytes = onnx.ModelProto.SerializeToString(made)
    return content


def _run(folder: Path, *sources: Source, **environment: str) -> "subprocess.CompletedProcess[str]":
    (folder / "artifacts").mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "modelspec_fetch"],
        env={
            **os.environ,
            "MODELSPEC_SOURCES": write_sources(sources),
            "MODELSPEC_ARTIFACT_DIRECTORY": str(folder / "artifacts"),
            "MODELSPEC_TERMINATION_LOG": str(folder / "log"),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _in_volume(folder: Path, name: str, content: bytes, path: str) -> Source:
    (folder / name).write_bytes(content)
    place = {"claimName": "models", "path": name}
    made = source("PersistentVolumeClaim", "persistentVolumeClaim", place, content, path=path)
    return made.model_copy(update={"directory": str(folder), "variables": None})


def test_it_ends_well_when_all_is_there(tmp_path: Path) -> None:
    sources = [
        _in_volume(tmp_path, "m.onnx", _model(), "spec.models[0].artifact"),
        _in_volume(tmp_path, "golden.jsonl", CONTENT, CASES),
    ]

    done = _run(tmp_path, *sources)

    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name for path in (tmp_path / "artifacts").iterdir()} == {
        sha256_of(_model()),
        sha256_of(CONTENT),
    }
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no model", "MS412 spec.models[3]: not a valid ONNX model: "),
        (
            _model(external=True),
            "MS413 spec.models[3]: ONNX external data is not allowed; save as one file",
        ),
        (_model(opset=99), "MS414 spec.models[3]: opset 99 is newer than"),
    ],
    ids=["garbage", "external data", "opset"],
)
def test_bytes_that_cannot_be_served_are_refused_in_the_words_of_lint(
    tmp_path: Path, pod: Pod, content: bytes, words: str
) -> None:
    wanted = _in_volume(tmp_path, "m.onnx", content, "spec.models[3].artifact")

    findings = pod.fetch(wanted)

    assert findings[0].startswith(words)
    assert pod.fetch(wanted) == findings, "a restart finds the file, and the same fault"


def test_a_refusal_is_the_termination_message(tmp_path: Path) -> None:
    done = _run(tmp_path, _in_volume(tmp_path, "m", b"no model", "spec.models[0].artifact"))

    assert done.returncode == 3
    assert (tmp_path / "log").read_text().startswith("MS412 spec.models[0]: not a valid ONNX ")


def test_a_message_is_no_longer_than_kubernetes_keeps(tmp_path: Path) -> None:
    sources = [
        _in_volume(tmp_path, f"{n}.onnx", b"no model %d" % n, f"spec.models[{n}].artifact")
        for n in range(16)
    ]
    for wanted in sources:
        place = wanted.artifact.persistent_volume_claim
        assert place
        (tmp_path / place.path).unlink()
    long = "x" * 400
    sources = [
        each.model_copy(update={"path": f"spec.models[0].{long}.artifact"}) for each in sources
    ]

    assert _run(tmp_path, *sources).returncode == 3

    message = (tmp_path / "log").read_text()
    assert 3000 < len(message) <= 4096
    assert message.endswith("in PersistentVolumeClaim 'models'\n"), message[-200:]


@pytest.mark.parametrize("kind", ["HTTP", "S3"])
def test_proxies_of_the_environment_are_not_used(
    tmp_path: Path, web: Web, store: ObjectStore, identity: Certificates, kind: str
) -> None:
    store.put("golden", CONTENT)
    place = {"bucket": BUCKET, "key": "golden", "endpoint": store.endpoint}
    sources = {
        "HTTP": at_url(web.serve("/golden", CONTENT), CONTENT),
        "S3": source("S3", "s3", place, CONTENT),
    }
    dead = "http://127.0.0.1:1"

    done = _run(
        tmp_path,
        sources[kind],
        HTTPS_PROXY=dead,
        https_proxy=dead,
        ALL_PROXY=dead,
        SECRET_0_CA_CERTIFICATE=identity.authority,
        SECRET_0_HTTPS_PROXY=dead,
        SECRET_0_AWS_ACCESS_KEY_ID=ACCESS_KEY,
        SECRET_0_AWS_SECRET_ACCESS_KEY=SECRET_KEY,
    )

    assert done.returncode == 0, done.stdout


def test_settings_that_nobody_understands_are_told(tmp_path: Path) -> None:
    done = _run(tmp_path, MODELSPEC_SOURCES="[{}]")

    assert done.returncode == 2
    assert "wrong settings" in done.stdout
    assert "Field required" in done.stdout


def test_no_secret_is_logged(tmp_path: Path, web: Web, identity: Certificates) -> None:
    wanted = at_url(f"{web.url}/nothing?signature=s3cr3t", CONTENT)
    keys = {"SECRET_0_TOKEN": "t0ken", "SECRET_0_CA_CERTIFICATE": identity.authority}

    done = _run(tmp_path, wanted, **keys)

    told = done.stdout + done.stderr + (tmp_path / "log").read_text()
    assert "404 Not Found" in told
    assert "s3cr3t" not in told
    assert "t0ken" not in told


def test_what_is_written_for_the_program_is_what_it_reads() -> None:
    wanted = at_url("https://example.com/m", CONTENT)

    text = write_sources([wanted])

    assert read_sources(text) == (wanted,)
    assert write_sources(read_sources(text)) == text
