"""Files that the pod mounts: copies of ConfigMaps, and volume claims."""

import os
from pathlib import Path

import pytest

from modelspec.artifacts import sha256_of
from modelspec.schema.sources import Source
from support.fetching import CASES, Pod, packed, source

CONTENT = b"rows of gold\n" * 1000
SHA256 = sha256_of(CONTENT)


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    directory = tmp_path / "volume"
    (directory / "fraud").mkdir(parents=True)
    return directory


def _in_volume(volume: Path, path: str) -> Source:
    place = {"claimName": "models", "path": path}
    made = source("PersistentVolumeClaim", "persistentVolumeClaim", place, CONTENT)
    return made.model_copy(update={"directory": str(volume)})


def _copy(volume: Path) -> Source:
    place = {"name": "fraud-a-0123456789", "key": SHA256}
    made = source("ConfigMap", "configMap", place, CONTENT, sizeBytes=None)
    return made.model_copy(update={"directory": str(volume)})


def test_a_file_of_a_volume_is_copied(pod: Pod, volume: Path) -> None:
    (volume / "fraud" / "golden.jsonl").write_bytes(CONTENT)

    assert pod.fetch(_in_volume(volume, "fraud/golden.jsonl")) == []
    assert pod.files == {SHA256: CONTENT}


def _link(path: Path) -> None:
    outside = path.parents[2] / "outside"
    outside.write_bytes(CONTENT)
    path.symlink_to(outside)


@pytest.mark.parametrize("make", [lambda _: None, _link, os.mkfifo, Path.mkdir])
def test_what_is_no_file_of_the_volume_is_refused(pod: Pod, volume: Path, make: object) -> None:
    assert callable(make)
    make(volume / "fraud" / "golden.jsonl")

    (finding,) = pod.fetch(_in_volume(volume, "fraud/golden.jsonl"))

    assert finding == (
        f"MS407 {CASES}.persistentVolumeClaim.path: no file 'fraud/golden.jsonl' in "
        "PersistentVolumeClaim 'models'"
    )


@pytest.mark.parametrize("stored", [CONTENT, packed(CONTENT)], ids=["plain", "packed"])
def test_a_copy_of_a_config_map_is_unpacked_where_it_is_packed(
    pod: Pod, volume: Path, stored: bytes
) -> None:
    (volume / SHA256).write_bytes(stored)

    assert pod.fetch(_copy(volume)) == []
    assert pod.files == {SHA256: CONTENT}


def test_a_copy_that_is_missing_is_told_beside_what_is_there(pod: Pod, volume: Path) -> None:
    assert pod.fetch(_copy(volume)) == [
        f"MS407 {CASES}: artifact '{SHA256}' is not mounted; artifacts: 'fraud'"
    ]


def test_a_copy_with_other_bytes_is_refused(pod: Pod, volume: Path) -> None:
    (volume / SHA256).write_bytes(b"other")

    (finding,) = pod.fetch(_copy(volume))

    assert finding.startswith(f"MS408 {CASES}: sha256 mismatch")
