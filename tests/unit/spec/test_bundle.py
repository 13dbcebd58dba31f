"""Bundles: the same content gives the same files, and artifacts are found by their bytes."""

import gzip
from base64 import b64decode
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from modelspec.documents.reader import read_documents
from modelspec.errors import ModelSpecError
from modelspec.notebook.bundle import GOLDEN_ROWS, ArtifactFolder, write_bundle
from modelspec.schema.spec import ModelSpecSpec
from modelspec.snapshot.identity import take_snapshot
from modelspec.validation.report import inspect
from support.specs import DECISION_SPEC, Body, model_body, sha256

CONTENT = {"gbdt": b"trees" * 1000, "nn": b"layers" * 1000, GOLDEN_ROWS: b'{"row": 1}\n'}


def _model() -> Body:
    return {**model_body(deepcopy(DECISION_SPEC)), "metadata": {"name": "fraud"}}


def _files(directory: Path) -> dict[str, bytes]:
    paths = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in paths}


def _documents(path: Path) -> list[Any]:
    return [document.value for document in read_documents(path.read_bytes())]


def test_a_bundle_is_a_specification_its_artifacts_and_what_carries_them(tmp_path: Path) -> None:
    filled = write_bundle(tmp_path, _model(), CONTENT)

    assert sorted(_files(tmp_path)) == [
        "artifacts/gbdt.onnx",
        "artifacts/golden.jsonl",
        "artifacts/nn.onnx",
        "configmaps.yaml",
        "kustomization.yaml",
        "modelspec.yaml",
    ]
    assert _documents(tmp_path / "modelspec.yaml") == [filled]
    assert inspect(filled).findings == ()
    assert _documents(tmp_path / "kustomization.yaml")[0]["resources"] == [
        "configmaps.yaml",
        "modelspec.yaml",
    ]


def test_config_maps_hold_the_bytes_that_the_specification_pins(tmp_path: Path) -> None:
    filled = write_bundle(tmp_path, _model(), CONTENT)

    config_maps = {
        item["metadata"]["name"]: item for item in _documents(tmp_path / "configmaps.yaml")
    }
    for model in filled["spec"]["models"]:
        artifact = model["artifact"]
        config_map = config_maps[artifact["configMap"]["name"]]
        content = gzip.decompress(
            b64decode(config_map["binaryData"][artifact["configMap"]["key"]])
        )
        assert content == CONTENT[model["name"]]
        assert artifact["sha256"] == sha256(content)
        assert artifact["sizeBytes"] == len(content)
        assert artifact["configMap"]["name"] == f"fraud-{model['name']}-{artifact['sha256'][:10]}"
        assert config_map["immutable"] is True


def test_golden_rows_are_packed_beside_a_model_of_any_name(tmp_path: Path) -> None:
    model = _model()
    model["spec"]["models"][1]["name"] = "verification"

    filled = write_bundle(tmp_path, model, {**CONTENT, "verification": CONTENT["nn"]})

    cases = filled["spec"]["verification"]["cases"]["artifact"]
    assert cases["sha256"] == sha256(CONTENT[GOLDEN_ROWS])
    assert cases["configMap"]["key"] == "golden.jsonl.gz"
    assert filled["spec"]["models"][1]["artifact"]["sha256"] == sha256(CONTENT["nn"])
    assert len(_documents(tmp_path / "configmaps.yaml")) == 3


@pytest.mark.parametrize("metadata", [{"name": "fraud"}, {"name": "fraud", "namespace": "risk"}])
def test_config_maps_go_where_the_specification_goes(tmp_path: Path, metadata: Body) -> None:
    write_bundle(tmp_path, {**_model(), "metadata": metadata}, CONTENT)

    for config_map in _documents(tmp_path / "configmaps.yaml"):
        assert config_map["metadata"].get("namespace") == metadata.get("namespace")


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    write_bundle(tmp_path / "a", _model(), CONTENT)
    write_bundle(tmp_path / "b", _model(), CONTENT)
    write_bundle(tmp_path / "b", _model(), CONTENT)

    assert _files(tmp_path / "a") == _files(tmp_path / "b")
    for config_map in _documents(tmp_path / "a/configmaps.yaml"):
        (stored,) = map(b64decode, config_map["binaryData"].values())
        assert stored[4:8] == bytes(4), "it tells when it was packed"


def test_where_the_bytes_are_is_no_part_of_the_identity(tmp_path: Path) -> None:
    filled = write_bundle(tmp_path, _model(), CONTENT)
    plain = deepcopy(filled)
    for model in plain["spec"]["models"]:
        model["artifact"] = {
            "type": "ConfigMap",
            "sha256": model["artifact"]["sha256"],
            "configMap": {"name": "elsewhere", "key": "bytes"},
        }

    digests = {
        take_snapshot(ModelSpecSpec.model_validate(body["spec"])).digest
        for body in (filled, plain)
    }
    assert len(digests) == 1


def test_reading_and_writing_a_specification_loses_nothing(tmp_path: Path) -> None:
    filled = write_bundle(tmp_path, _model(), CONTENT)

    expected = _model()
    for model, whole in zip(expected["spec"]["models"], filled["spec"]["models"], strict=True):
        model["artifact"] = whole["artifact"]
    expected["spec"]["verification"]["cases"] = filled["spec"]["verification"]["cases"]
    assert _documents(tmp_path / "modelspec.yaml") == [expected]


def test_what_does_not_fit_into_a_config_map_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    noise = b"".join(bytes.fromhex(sha256(b"%d" % number)) for number in range(34_375))

    with pytest.raises(ModelSpecError) as caught:
        write_bundle(tmp_path / "bundle", _model(), {**CONTENT, "nn": noise})

    assert str(caught.value).startswith("MS406 spec.models[1].artifact: 1100000 bytes, ")
    assert not (tmp_path / "bundle").exists()


def test_bytes_that_were_not_given_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelSpecError, match=r"^MS407 spec.models\[0\].artifact: no bytes .*gbdt"):
        write_bundle(tmp_path, _model(), {})


def test_other_files_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("mine")

    write_bundle(tmp_path, _model(), CONTENT)

    assert (tmp_path / "notes.md").read_text() == "mine"


@pytest.mark.parametrize("name", ["anything.bin", "deep/model.onnx"])
def test_an_artifact_is_found_by_its_bytes_whatever_it_is_called(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"weights")
    (tmp_path / "packed.gz").write_bytes(gzip.compress(b"other weights"))
    (tmp_path / "broken.gz").write_bytes(b"\x1f\x8bnonsense")
    folder = ArtifactFolder(tmp_path)

    assert folder.find(sha256(b"weights")) == b"weights"
    assert folder.find(sha256(b"other weights")) == b"other weights"
    assert folder.find("0" * 64) is None


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    folder = ArtifactFolder(tmp_path / "nowhere")

    assert not folder
    assert folder.find("0" * 64) is None
