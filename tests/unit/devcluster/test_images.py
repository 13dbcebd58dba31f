"""Names of images, and the commands that build and save them."""

import json
import tarfile
from pathlib import Path

import pytest

from devcluster.images import Engine, build_command, full_reference, parse_tag, save_command
from devcluster.node import oci

DOCKER = Engine(("docker",))
BUILDAH = Engine(("buildah", "--root=/r"))


def test_the_tag_is_the_beginning_of_the_image_id() -> None:
    assert parse_tag("sha256:0123456789abcdef\n") == "dev-0123456789ab"


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        pytest.param("a:1", "docker.io/library/a:1", id="bare"),
        pytest.param("b/a:1", "docker.io/b/a:1", id="with an owner"),
        pytest.param("localhost/a:1", "localhost/a:1", id="local"),
        pytest.param("quay.io/b/a:1", "quay.io/b/a:1", id="with a registry"),
        pytest.param("r:5000/a:1", "r:5000/a:1", id="with a port"),
    ],
)
def test_an_image_is_stored_under_the_name_that_a_pod_resolves_to(
    image: str, reference: str
) -> None:
    assert full_reference(image) == reference


def test_build_takes_a_target_of_the_dockerfile() -> None:
    command = build_command(DOCKER, "operator", Path("/id"), [])

    assert command[:6] == ["docker", "build", "--target", "operator", "--iidfile", "/id"]


def test_saving_keeps_the_full_name() -> None:
    archive = Path("/a.tar")

    assert save_command(DOCKER, "a:1", archive)[-1] == "docker.io/library/a:1"
    assert save_command(BUILDAH, "a:1", archive)[-1] == (
        "docker-archive:/a.tar:docker.io/library/a:1"
    )


def test_an_image_of_one_program_is_complete_and_reproducible(tmp_path: Path) -> None:
    program = tmp_path / "pause"
    program.write_bytes(b"\x7fELF")

    for name in ("one.tar", "two.tar"):
        oci.write_image(tmp_path / name, "localhost/pause:1", program)

    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()
    with tarfile.open(tmp_path / "one.tar") as archive:
        names = archive.getnames()
        index = json.load(archive.extractfile("index.json") or pytest.fail("no index"))
    (manifest,) = index["manifests"]
    assert f"blobs/{manifest['digest'].replace(':', '/')}" in names
    assert "localhost/pause:1" in manifest["annotations"].values()
